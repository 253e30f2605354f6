-- Whose work a pull request is: the traces kept of its texts, what the rules make of them, and who
-- corrected that.

-- Lines and accounts that could be a mark, of any rule to come; nothing else is kept of a text.
CREATE TABLE attribution_traces (
    workspace_id  text NOT NULL REFERENCES workspaces,
    repository_id bigint NOT NULL,
    number        integer NOT NULL,
    kind          text NOT NULL,
    trace         text NOT NULL,
    PRIMARY KEY (workspace_id, repository_id, number, kind, trace)
);

-- Derived: rules, traces, answers and corrections make it, and make it again.
CREATE TABLE attributions (
    workspace_id    text NOT NULL REFERENCES workspaces,
    repository_id   bigint NOT NULL,
    number          integer NOT NULL,
    tier            text NOT NULL CHECK (tier IN ('declared', 'strong', 'weak', 'unknown')),
    -- Null: nobody knows. No mark is no proof of a person's work.
    assisted        boolean,
    -- What the author said, in the survey or to correct it.
    declared        text CHECK (declared IN ('no', 'helped', 'wrote')),
    tools           text[] NOT NULL DEFAULT '{}',
    -- [[rule, tool, strength, kind of the trace, its text], ...]
    evidence        jsonb NOT NULL DEFAULT '[]',
    -- The tools that reviewed it; says nothing about who wrote it.
    ai_reviewers    text[] NOT NULL DEFAULT '{}',
    -- Who started the agent whose pull request it is.
    initiator_login text,
    rule_version    integer NOT NULL,
    PRIMARY KEY (workspace_id, repository_id, number)
);
-- Whose branch a push was to.
CREATE INDEX pull_requests_on_branch ON pull_requests (workspace_id, repository_id, head_ref)
    WHERE state = 'open';

-- What people put right; the newest of one kind by one side holds until it is undone.
CREATE TABLE attribution_corrections (
    workspace_id  text NOT NULL REFERENCES workspaces,
    correction_id bigint GENERATED ALWAYS AS IDENTITY,
    repository_id bigint NOT NULL,
    number        integer NOT NULL,
    -- 'declared': the author says what it was. 'dismissed': a rule's match was wrong.
    kind          text NOT NULL CHECK (kind IN ('declared', 'dismissed')),
    answer        text CHECK (answer IN ('no', 'helped', 'wrote')),
    rule          text,
    -- A member, or null for an operator at the terminal.
    member_id     bigint,
    corrected_at  timestamptz NOT NULL,
    undone_at     timestamptz,
    PRIMARY KEY (workspace_id, correction_id),
    FOREIGN KEY (workspace_id, repository_id, number) REFERENCES pull_requests,
    FOREIGN KEY (workspace_id, member_id) REFERENCES members,
    CHECK ((kind = 'declared') = (answer IS NOT NULL)),
    CHECK ((kind = 'dismissed') = (rule IS NOT NULL))
);
CREATE UNIQUE INDEX attribution_corrections_hold ON attribution_corrections
    (workspace_id, repository_id, number, kind, coalesce(rule, '')) WHERE undone_at IS NULL;

-- What was last told of the rules' quality, and the answers that rests on: the difference of two
-- reports could be one person's answer, so the next is told only when enough others have answered.
CREATE TABLE attribution_reports (
    workspace_id text NOT NULL REFERENCES workspaces,
    report       jsonb NOT NULL,
    basis        jsonb NOT NULL,
    counted_at   timestamptz NOT NULL,
    PRIMARY KEY (workspace_id)
);

-- What older rules saw in texts that were not kept.
DO $$
DECLARE
    visited text;
BEGIN
    FOR visited IN SELECT workspace_id FROM workspace_routes ORDER BY workspace_id LOOP
        PERFORM set_config('hunch.workspace_id', visited, true);
        INSERT INTO attribution_traces (workspace_id, repository_id, number, kind, trace)
        SELECT p.workspace_id, p.repository_id, p.number, 'earlier', s.sign
          FROM pull_requests p, unnest(p.signals) AS s (sign)
         WHERE p.workspace_id = visited AND s.sign ~ '^(trailer|body_marker|link):'
        ON CONFLICT DO NOTHING;
    END LOOP;
    PERFORM set_config('hunch.workspace_id', '', true);
END $$;

DO $$
DECLARE
    tenant_table text;
BEGIN
    FOREACH tenant_table IN ARRAY ARRAY['attribution_traces', 'attributions',
                                        'attribution_corrections', 'attribution_reports']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', tenant_table);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', tenant_table);
        EXECUTE format('CREATE POLICY tenant ON %I USING (workspace_id = current_workspace()) '
                       'WITH CHECK (workspace_id = current_workspace())', tenant_table);
    END LOOP;
END $$;
