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

-- How many ways into GitHub work and how many do not, in all workspaces together, as in 0006.
CREATE FUNCTION sum_connections(p_most integer, OUT working bigint, OUT troubled bigint)
LANGUAGE plpgsql
AS $$
DECLARE
    visited text;
    here record;
BEGIN
    working := 0; troubled := 0;
    FOR visited IN SELECT workspace_id FROM workspace_routes WHERE uninstalled_at IS NULL
                    ORDER BY workspace_id LIMIT p_most LOOP
        PERFORM set_config('hunch.workspace_id', visited, true);
        SELECT count(*) FILTER (WHERE state = 'active') AS working,
               count(*) FILTER (WHERE state <> 'active') AS troubled
          INTO here
          FROM connections
         WHERE workspace_id = visited;
        working := working + here.working;
        troubled := troubled + here.troubled;
    END LOOP;
    PERFORM set_config('hunch.workspace_id', '', true);
END $$;
