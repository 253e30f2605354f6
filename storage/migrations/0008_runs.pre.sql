-- Durable runs: what is under way, step by step, what came of it, and what it left behind.

CREATE TABLE runs (
    workspace_id     text NOT NULL REFERENCES workspaces,
    run_id           bigint GENERATED ALWAYS AS IDENTITY,
    kind             text NOT NULL,
    params           jsonb NOT NULL,
    trigger          text NOT NULL CHECK (trigger IN ('cron', 'webhook', 'person')),
    started_by       text NOT NULL,
    -- Which of a schedule's slots it is for: a fan-out that is repeated starts nothing twice.
    slot             timestamptz,
    state            text NOT NULL CHECK (state IN ('pending', 'running', 'retrying', 'succeeded',
                                                    'failed', 'cancelled', 'no_work')),
    partial          boolean NOT NULL DEFAULT false,
    skipped          boolean NOT NULL DEFAULT false,
    attempt          integer NOT NULL DEFAULT 1,
    position         smallint NOT NULL DEFAULT 0,
    -- Which job is the next: one of an earlier turn finds nothing to do.
    turn             bigint NOT NULL DEFAULT 1,
    -- Which taking of that job is the current one: an earlier taker cannot commit.
    fence            bigint NOT NULL DEFAULT 0,
    -- Whether somebody has taken it and said nothing since.
    held             boolean NOT NULL DEFAULT false,
    due_at           timestamptz NOT NULL,
    cancel_asked     boolean NOT NULL DEFAULT false,
    credential       text NOT NULL DEFAULT '',
    credential_state text NOT NULL DEFAULT '',
    message          text NOT NULL DEFAULT '',
    error            text NOT NULL DEFAULT '',
    created_at       timestamptz NOT NULL,
    started_at       timestamptz,
    finished_at      timestamptz,
    restart_of       bigint,
    PRIMARY KEY (workspace_id, run_id),
    CHECK ((finished_at IS NULL) = (state IN ('pending', 'running', 'retrying')))
);
-- Its rows change often: room in each page, so that no index has to.
ALTER TABLE runs SET (fillfactor = 70);
CREATE UNIQUE INDEX runs_active ON runs (workspace_id, kind)
    WHERE state IN ('pending', 'running', 'retrying');
CREATE UNIQUE INDEX runs_slot ON runs (workspace_id, kind, slot) WHERE slot IS NOT NULL;
CREATE INDEX runs_of_kind ON runs (workspace_id, kind, run_id);

CREATE TABLE steps (
    workspace_id text NOT NULL,
    run_id       bigint NOT NULL,
    position     smallint NOT NULL,
    name         text NOT NULL,
    title        text NOT NULL,
    state        text NOT NULL CHECK (state IN ('pending', 'running', 'retrying', 'succeeded',
                                                'failed', 'cancelled', 'no_work')),
    partial      boolean NOT NULL DEFAULT false,
    attempt      integer NOT NULL DEFAULT 0,
    -- How often in a row it broke, or cost its worker's life, without getting on.
    faults       smallint NOT NULL DEFAULT 0,
    input        jsonb,
    output       jsonb,
    done         bigint NOT NULL DEFAULT 0,
    total        bigint,
    counts       jsonb NOT NULL DEFAULT '{}',
    message      text NOT NULL DEFAULT '',
    error        text NOT NULL DEFAULT '',
    started_at   timestamptz,
    finished_at  timestamptz,
    PRIMARY KEY (workspace_id, run_id, position),
    UNIQUE (workspace_id, run_id, name),
    FOREIGN KEY (workspace_id, run_id) REFERENCES runs ON DELETE CASCADE
);
ALTER TABLE steps SET (fillfactor = 70);

-- The same content is kept once, however many runs it belongs to.
CREATE TABLE artifact_contents (
    workspace_id text NOT NULL REFERENCES workspaces,
    sha256       bytea NOT NULL CHECK (length(sha256) = 32),
    body         bytea NOT NULL CHECK (length(body) <= 10000000),
    PRIMARY KEY (workspace_id, sha256)
);

CREATE TABLE artifacts (
    workspace_id text NOT NULL,
    artifact_id  bigint GENERATED ALWAYS AS IDENTITY,
    run_id       bigint NOT NULL,
    -- The name of the step that kept it; '' for what a person attached.
    step         text NOT NULL,
    name         text NOT NULL,
    media_type   text NOT NULL,
    size         integer NOT NULL,
    sha256       bytea NOT NULL,
    added_by     text NOT NULL,
    created_at   timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, artifact_id),
    UNIQUE (workspace_id, run_id, step, name),
    FOREIGN KEY (workspace_id, run_id) REFERENCES runs ON DELETE CASCADE,
    FOREIGN KEY (workspace_id, sha256) REFERENCES artifact_contents
);
CREATE INDEX artifacts_by_age ON artifacts (workspace_id, created_at);
CREATE INDEX artifacts_by_content ON artifacts (workspace_id, sha256);

CREATE TABLE run_notes (
    workspace_id text NOT NULL,
    note_id      bigint GENERATED ALWAYS AS IDENTITY,
    run_id       bigint NOT NULL,
    author       text NOT NULL,
    body         text NOT NULL,
    written_at   timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, note_id),
    FOREIGN KEY (workspace_id, run_id) REFERENCES runs ON DELETE CASCADE
);
CREATE INDEX run_notes_of ON run_notes (workspace_id, run_id);

-- What the clock's fan-outs over all workspaces came to: sums only.
CREATE TABLE fan_outs (
    kind        text NOT NULL,
    slot        timestamptz NOT NULL,
    began_at    timestamptz NOT NULL,
    finished_at timestamptz,
    dispatched  integer NOT NULL DEFAULT 0,
    skipped     integer NOT NULL DEFAULT 0,
    PRIMARY KEY (kind, slot)
);

DO $$
DECLARE
    tenant_table text;
BEGIN
    FOREACH tenant_table IN ARRAY ARRAY['runs', 'steps', 'artifact_contents', 'artifacts',
                                        'run_notes']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', tenant_table);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', tenant_table);
        EXECUTE format('CREATE POLICY tenant ON %I USING (workspace_id = current_workspace()) '
                       'WITH CHECK (workspace_id = current_workspace())', tenant_table);
    END LOOP;
END $$;

-- Takes up the next step of a run, in one round trip and as a transaction of its own: from here on
-- it is the caller's alone. `p_plans` tells each kind's steps ([name, title], …) and its window in
-- seconds. Any verdict but `begun` says why there is nothing to do, or that the run has to be ended.
-- The fence is drawn, not counted: no two takings have the same, also if one was lost in a power
-- cut. So a taking need not wait for the disk.
CREATE FUNCTION begin_step(
    p_workspace_id text, p_run_id bigint, p_turn bigint, p_plans jsonb, p_most_faults integer,
    p_now timestamptz,
    OUT verdict text, OUT kind text, OUT params jsonb, OUT trigger text, OUT place smallint,
    OUT step text, OUT input jsonb, OUT attempt integer, OUT faults smallint, OUT fence bigint,
    OUT unchecked boolean
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    run record;
    plan jsonb;
    one record;
BEGIN
    PERFORM set_config('hunch.workspace_id', p_workspace_id, true);
    PERFORM set_config('synchronous_commit', 'off', true);
    SELECT r.kind, r.params, r.trigger, r.position, r.held, r.cancel_asked, r.started_at, r.attempt,
           coalesce(r.slot, r.created_at) AS due_at, r.credential_state = '' AS unchecked
      INTO run
      FROM runs r
     WHERE r.workspace_id = p_workspace_id AND r.run_id = p_run_id AND r.turn = p_turn
       AND r.state IN ('pending', 'running', 'retrying')
       FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        verdict := 'passed';
        RETURN;
    END IF;
    kind := run.kind; params := run.params; trigger := run.trigger; place := run.position;
    unchecked := run.unchecked;
    plan := p_plans -> run.kind;
    verdict := CASE
        WHEN plan IS NULL THEN 'unknown'
        WHEN run.cancel_asked THEN 'cancelled'
        -- Who retries one that was cancelled before it began wants it now.
        WHEN run.trigger = 'cron' AND run.started_at IS NULL AND run.attempt = 1
             AND p_now > run.due_at + make_interval(secs => (plan ->> 'window_s')::float8)
             THEN 'too_late'
        ELSE 'begun' END;
    IF verdict <> 'begun' THEN
        RETURN;
    END IF;
    IF run.started_at IS NULL THEN
        INSERT INTO steps (workspace_id, run_id, position, name, title, state, input)
             SELECT p_workspace_id, p_run_id, s.ord - 1, s.said ->> 0, s.said ->> 1, 'pending',
                    CASE WHEN s.ord = 1 THEN run.params END
               FROM jsonb_array_elements(plan -> 'steps') WITH ORDINALITY AS s (said, ord)
        ON CONFLICT DO NOTHING;
    END IF;
    UPDATE steps s
       SET state = 'running',
           attempt = s.attempt + CASE WHEN s.state = 'running' AND NOT run.held THEN 0 ELSE 1 END,
           faults = s.faults + run.held::integer,
           input = coalesce(s.input, (
               SELECT b.output FROM steps b
                WHERE b.workspace_id = p_workspace_id AND b.run_id = p_run_id
                  AND b.position = run.position - 1)),
           started_at = coalesce(s.started_at, p_now), finished_at = NULL
     WHERE s.workspace_id = p_workspace_id AND s.run_id = p_run_id AND s.position = run.position
 RETURNING s.name, s.input, s.attempt, s.faults INTO one;
    IF NOT FOUND OR one.name IS DISTINCT FROM plan -> 'steps' -> run.position::integer ->> 0 THEN
        verdict := 'changed';
        RETURN;
    END IF;
    step := one.name; input := one.input; attempt := one.attempt; faults := one.faults;
    IF one.faults >= p_most_faults THEN
        verdict := 'broken';
        RETURN;
    END IF;
    UPDATE runs r
       SET state = 'running', held = true, fence = (random() * 9007199254740992)::bigint,
           started_at = coalesce(r.started_at, p_now)
     WHERE r.workspace_id = p_workspace_id AND r.run_id = p_run_id
 RETURNING r.fence INTO fence;
END $$;
