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
