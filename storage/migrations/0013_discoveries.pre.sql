-- Which repositories count, and what is needed to end the same in whatever order news come.

-- No row: all of them.
CREATE TABLE repository_selections (
    workspace_id   text PRIMARY KEY REFERENCES workspaces,
    choice         text NOT NULL CHECK (choice IN ('all', 'listed', 'matching')),
    repository_ids bigint[] NOT NULL DEFAULT '{}',
    patterns       text[] NOT NULL DEFAULT '{}'
);

ALTER TABLE repositories
    -- GitHub's own time of the newest description we have.
    ADD COLUMN updated_at   timestamptz,
    -- When we heard that description.
    ADD COLUMN described_at timestamptz,
    -- When we last heard whether GitHub shows it to us.
    ADD COLUMN heard_at     timestamptz;

ALTER TABLE github_accounts
    -- When we last heard whether they are in the organisation.
    ADD COLUMN heard_at timestamptz;

ALTER TABLE teams
    -- When its people were last read, all of them.
    ADD COLUMN looked_at timestamptz,
    -- When we last heard of it, to the newest description.
    ADD COLUMN heard_at  timestamptz;

-- What was heard of people and teams when: what team_memberships is made of.
CREATE TABLE team_news (
    workspace_id text NOT NULL REFERENCES workspaces,
    team_id      bigint NOT NULL,
    account_id   bigint NOT NULL,
    heard_at     timestamptz NOT NULL,
    -- A change that was heard of, or a state that was looked up.
    said         text NOT NULL CHECK (said IN ('joined', 'left', 'seen', 'missing')),
    PRIMARY KEY (workspace_id, team_id, account_id, heard_at, said),
    FOREIGN KEY (workspace_id, team_id) REFERENCES teams
);

DO $$
DECLARE
    tenant_table text;
BEGIN
    FOREACH tenant_table IN ARRAY ARRAY['repository_selections', 'team_news']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', tenant_table);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', tenant_table);
        EXECUTE format('CREATE POLICY tenant ON %I USING (workspace_id = current_workspace()) '
                       'WITH CHECK (workspace_id = current_workspace())', tenant_table);
    END LOOP;
END $$;
