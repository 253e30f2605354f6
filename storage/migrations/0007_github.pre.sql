-- GitHub in full: what we are connected to, whom and what it shows us, and all of a pull request.

CREATE TABLE connections (
    workspace_id    text NOT NULL REFERENCES workspaces,
    connection_id   bigint GENERATED ALWAYS AS IDENTITY,
    service         text NOT NULL CHECK (service IN ('github')),
    kind            text NOT NULL CHECK (kind IN ('app', 'token')),
    -- The organisation or person whose repositories it opens, in lower case.
    account         text NOT NULL,
    account_id      bigint,
    installation_id bigint,
    state           text NOT NULL CHECK (state IN ('active', 'suspended', 'removed', 'revoked',
                                                   'scope_missing')),
    scopes          text[] NOT NULL DEFAULT '{}',
    expires_at      timestamptz,
    checked_at      timestamptz,
    connected_at    timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, connection_id)
);
CREATE UNIQUE INDEX connections_installation ON connections (workspace_id, installation_id)
    WHERE installation_id IS NOT NULL;
CREATE UNIQUE INDEX connections_token ON connections (workspace_id, service, account)
    WHERE kind = 'token';

CREATE TABLE repositories (
    workspace_id   text NOT NULL REFERENCES workspaces,
    repository_id  bigint NOT NULL,
    full_name      text NOT NULL,
    node_id        text NOT NULL DEFAULT '',
    default_branch text NOT NULL DEFAULT 'main',
    private        boolean NOT NULL DEFAULT true,
    archived       boolean NOT NULL DEFAULT false,
    -- Whether its pull requests are read: decided by the workspace's selection.
    selected       boolean NOT NULL DEFAULT false,
    -- Null while GitHub shows it to us; otherwise since when it does no longer.
    gone_at        timestamptz,
    connection_id  bigint,
    -- How many pull requests a page GitHub has been able to answer.
    page_size      smallint NOT NULL DEFAULT 50 CHECK (page_size BETWEEN 1 AND 100),
    -- All that was updated until then is here.
    synced_until   timestamptz,
    synced_at      timestamptz,
    -- When all of its history was here for the first time; what came before is nobody's news.
    first_synced_at timestamptz,
    -- All that was updated since then is here; history goes back from now.
    history_since  timestamptz,
    -- The pass over its pull requests that is under way, newest first; null where none is: until
    -- when it goes back, since when it goes, what was the newest when it began, where it goes on,
    -- when it last got on, how many it has read of about how many.
    pass_until     timestamptz,
    pass_began_at  timestamptz,
    pass_newest_at timestamptz,
    cursor         text,
    paged_at       timestamptz,
    pass_done      integer NOT NULL DEFAULT 0,
    pass_total     integer NOT NULL DEFAULT 0,
    discovered_at  timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, repository_id),
    FOREIGN KEY (workspace_id, connection_id) REFERENCES connections
);
CREATE INDEX repositories_named ON repositories (workspace_id, lower(full_name));

-- Accounts on GitHub: people, agents, services; which of them are a member's is in github_links.
CREATE TABLE github_accounts (
    workspace_id text NOT NULL REFERENCES workspaces,
    account_id   bigint NOT NULL,
    login        text NOT NULL CHECK (login = lower(login)),
    kind         text NOT NULL,
    -- Since when the organisation no longer has them; null: it has, or they never belonged to it.
    left_at      timestamptz,
    in_org       boolean NOT NULL DEFAULT false,
    PRIMARY KEY (workspace_id, account_id)
);
CREATE INDEX github_accounts_login ON github_accounts (workspace_id, login);

CREATE TABLE teams (
    workspace_id   text NOT NULL REFERENCES workspaces,
    team_id        bigint GENERATED ALWAYS AS IDENTITY,
    github_team_id bigint NOT NULL,
    organisation   text NOT NULL,
    slug           text NOT NULL,
    name           text NOT NULL,
    parent_id      bigint,
    gone_at        timestamptz,
    PRIMARY KEY (workspace_id, team_id),
    UNIQUE (workspace_id, github_team_id)
);

-- Who was in which team when: a pull request counts to its author's team at the merge.
CREATE TABLE team_memberships (
    workspace_id text NOT NULL REFERENCES workspaces,
    team_id      bigint NOT NULL,
    account_id   bigint NOT NULL,
    -- '-infinity': they were in it when we first looked.
    since        timestamptz NOT NULL,
    until        timestamptz,
    PRIMARY KEY (workspace_id, team_id, account_id, since),
    FOREIGN KEY (workspace_id, team_id) REFERENCES teams,
    CHECK (until > since)
);
CREATE INDEX team_memberships_of ON team_memberships (workspace_id, account_id, since);

ALTER TABLE pull_requests
    ADD COLUMN node_id       text NOT NULL DEFAULT '',
    ADD COLUMN additions     integer,
    ADD COLUMN deletions     integer,
    ADD COLUMN changed_files integer,
    ADD COLUMN commit_count  integer,
    ADD COLUMN labels        text[] NOT NULL DEFAULT '{}',
    ADD COLUMN merged_by     jsonb,
    ADD COLUMN merge_sha     text,
    -- When it was as large as said: not every event names sizes.
    ADD COLUMN sized_at      timestamptz,
    -- Which look at its commits and turns is kept: `rank_of` in bot/domain/pull_requests.py.
    ADD COLUMN looked        text COLLATE "C" NOT NULL DEFAULT '',
    -- The look that showed not everything and makes another one wanted, if it is higher.
    ADD COLUMN glimpsed      text COLLATE "C" NOT NULL DEFAULT '';
CREATE INDEX pull_requests_glimpsed ON pull_requests (workspace_id, repository_id, number)
    WHERE glimpsed > looked;

-- How fresh what is said of the reviewer is.
ALTER TABLE reviews ADD COLUMN told_at timestamptz NOT NULL DEFAULT '-infinity';

CREATE TABLE commits (
    workspace_id  text NOT NULL REFERENCES workspaces,
    repository_id bigint NOT NULL,
    number        integer NOT NULL,
    sha           text NOT NULL,
    authored_at   timestamptz NOT NULL,
    committed_at  timestamptz NOT NULL,
    author_login  text,
    author_id     bigint,
    author_kind   text,
    PRIMARY KEY (workspace_id, repository_id, number, sha)
);

-- The turns of a pull request's way that its times depend on: drafts, review requests.
CREATE TABLE pull_request_events (
    workspace_id  text NOT NULL REFERENCES workspaces,
    repository_id bigint NOT NULL,
    number        integer NOT NULL,
    turn          text NOT NULL CHECK (turn IN ('drafted', 'ready', 'review_requested', 'closed',
                                                'reopened')),
    happened_at   timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, repository_id, number, turn, happened_at)
);

DO $$
DECLARE
    tenant_table text;
BEGIN
    FOREACH tenant_table IN ARRAY ARRAY['connections', 'repositories', 'github_accounts', 'teams',
                                        'team_memberships', 'commits', 'pull_request_events']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', tenant_table);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', tenant_table);
        EXECUTE format('CREATE POLICY tenant ON %I USING (workspace_id = current_workspace()) '
                       'WITH CHECK (workspace_id = current_workspace())', tenant_table);
    END LOOP;
END $$;
