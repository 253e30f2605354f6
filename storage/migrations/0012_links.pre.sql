-- Links that GitHub itself vouches for, the way to GitHub's pages and back, connections in trouble.

ALTER TABLE github_links
    DROP CONSTRAINT github_links_source_check,
    ADD CONSTRAINT github_links_source_check
        CHECK (source IN ('admin', 'csv', 'member', 'oauth')),
    -- The account itself, where GitHub has told us: logins change hands.
    ADD COLUMN github_id bigint;

ALTER TABLE connections
    -- Since when the state is what it is.
    ADD COLUMN state_since timestamptz,
    -- Which of the permissions we need it lacks.
    ADD COLUMN missing     text[] NOT NULL DEFAULT '{}';

-- One way into an account: a token and the App side by side would read everything twice.
DROP INDEX connections_token;
CREATE UNIQUE INDEX connections_account ON connections (workspace_id, service, account);

ALTER TABLE oauth_states
    ADD COLUMN purpose       text NOT NULL DEFAULT 'slack'
               CHECK (purpose IN ('slack', 'github_app', 'github_link')),
    ADD COLUMN slack_user_id text NOT NULL DEFAULT '',
    -- Which installation of the GitHub App is to be connected.
    ADD COLUMN installation_id bigint;
