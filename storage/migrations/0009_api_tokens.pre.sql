-- The operators' API: who may use it, what was answered to whom, and which runs are followed in Slack.

-- A bearer token names its workspace and its row; of the secret in it only the SHA-256 is kept.
CREATE TABLE api_tokens (
    workspace_id text NOT NULL REFERENCES workspaces,
    token_id     bigint GENERATED ALWAYS AS IDENTITY,
    name         text NOT NULL,
    access       text NOT NULL CHECK (access IN ('read', 'write')),
    digest       bytea NOT NULL CHECK (length(digest) = 32),
    created_at   timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    revoked_at   timestamptz,
    last_used_at timestamptz,
    -- Until when the requests made so far use up its rate: a request moves it on by a little.
    busy_until   timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, token_id)
);

-- What was answered to a request with an Idempotency-Key, so that a repetition is answered alike.
CREATE TABLE api_answers (
    workspace_id    text NOT NULL,
    token_id        bigint NOT NULL,
    idempotency_key text NOT NULL,
    -- What was asked: the same key must not be used for anything else.
    request_digest  bytea NOT NULL,
    status          smallint,
    body            jsonb,
    asked_at        timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, token_id, idempotency_key),
    FOREIGN KEY (workspace_id, token_id) REFERENCES api_tokens
);
CREATE INDEX api_answers_asked ON api_answers (workspace_id, asked_at);

-- Who sees in Slack how a run goes: the message is looked at again when `look_at` comes.
CREATE TABLE run_follows (
    workspace_id  text NOT NULL,
    run_id        bigint NOT NULL,
    slack_user_id text NOT NULL,
    -- Null: the run has ended, and the message says how.
    look_at       timestamptz,
    PRIMARY KEY (workspace_id, run_id, slack_user_id),
    FOREIGN KEY (workspace_id, run_id) REFERENCES runs ON DELETE CASCADE
);
CREATE INDEX run_follows_due ON run_follows (workspace_id, look_at) WHERE look_at IS NOT NULL;

DO $$
DECLARE
    tenant_table text;
BEGIN
    FOREACH tenant_table IN ARRAY ARRAY['api_tokens', 'api_answers', 'run_follows']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', tenant_table);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', tenant_table);
        EXECUTE format('CREATE POLICY tenant ON %I USING (workspace_id = current_workspace()) '
                       'WITH CHECK (workspace_id = current_workspace())', tenant_table);
    END LOOP;
END $$;
