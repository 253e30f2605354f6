-- What can be said of each pull request's way, and the weeks' numbers that rest on it.

-- When people work, and what is not worth counting; no row: the defaults of bot/domain/facts.
CREATE TABLE fact_settings (
    workspace_id    text PRIMARY KEY REFERENCES workspaces,
    -- ISO: Monday is 1.
    working_days    smallint[] NOT NULL CHECK (working_days <@ '{1,2,3,4,5,6,7}'::smallint[]),
    begins_at       time NOT NULL,
    ends_at         time NOT NULL,
    holidays        date[] NOT NULL,
    ignored_labels  text[] NOT NULL,
    ignored_titles  text[] NOT NULL,
    ignored_authors text[] NOT NULL,
    most_lines      integer CHECK (most_lines > 0),
    most_files      integer CHECK (most_files > 0),
    hotfix_labels   text[] NOT NULL,
    hotfix_heads    text[] NOT NULL,
    CHECK (begins_at < ends_at)
);

-- One row a pull request, as bot/domain/facts makes it. Durations are seconds; null: not known.
-- Written by the thousand, and each for a pull request that is there: no foreign key.
CREATE TABLE facts (
    workspace_id           text NOT NULL,
    repository_id          bigint NOT NULL,
    number                 integer NOT NULL,
    -- The Monday of the ISO week it was merged in, by the workspace's clock; null: not merged.
    week                   date,
    tier                   text NOT NULL,
    population             text NOT NULL CHECK (population IN ('people', 'bots', 'excluded',
                                                               'noise')),
    -- Whom it counts to: the author, or who set the agent to work. The account may be unknown yet.
    author_login           text NOT NULL,
    author_id              bigint,
    team_ids               bigint[] NOT NULL,
    first_reviewer_login   text,
    cycle_s                integer,
    cycle_working_s        integer,
    first_review_s         integer,
    first_review_working_s integer,
    review_s               integer,
    review_working_s       integer,
    lines                  integer,
    files                  integer,
    rounds                 integer,
    bot_reviews            integer NOT NULL,
    is_revert              boolean NOT NULL,
    -- The pull request of the same repository that it takes back, or brings back.
    reverts                integer,
    -- The hashes of merges it names, where it says no number.
    reverts_shas           text[] NOT NULL,
    reverted               boolean NOT NULL,
    hotfix                 boolean NOT NULL,
    -- How many of its durations came out negative, by clocks that differ, and count as nothing.
    clipped                smallint NOT NULL,
    -- Where its measures fall in the histograms of bot/domain/histograms.py.
    buckets                smallint[] NOT NULL,
    merge_sha              text COLLATE "C",
    PRIMARY KEY (workspace_id, repository_id, number)
);
CREATE INDEX facts_of_week ON facts (workspace_id, week) WHERE week IS NOT NULL;
CREATE INDEX facts_of_author ON facts (workspace_id, author_id);
CREATE INDEX facts_of_login ON facts (workspace_id, author_login);
CREATE INDEX facts_of_reviewer ON facts (workspace_id, first_reviewer_login)
    WHERE first_reviewer_login IS NOT NULL;
CREATE INDEX facts_of_reverts ON facts (workspace_id, repository_id, reverts)
    WHERE reverts IS NOT NULL;
CREATE INDEX facts_of_reverts_by_sha ON facts (workspace_id, repository_id)
    WHERE reverts_shas <> '{}';
CREATE INDEX facts_of_merge ON facts (workspace_id, repository_id, merge_sha)
    WHERE merge_sha IS NOT NULL;

-- Whose facts must be made anew. Only ever added to and taken from, so that nobody who writes one
-- waits for anybody, and one that comes while its pull request is counted stays.
CREATE TABLE stale_facts (
    workspace_id  text NOT NULL,
    mark_id       bigint GENERATED ALWAYS AS IDENTITY,
    repository_id bigint NOT NULL,
    number        integer NOT NULL,
    PRIMARY KEY (workspace_id, mark_id)
);
ALTER TABLE stale_facts SET (autovacuum_vacuum_scale_factor = 0.05);

-- A week of a workspace (scope_id 0), team, member (their GitHub account) or repository.
CREATE TABLE rollups (
    workspace_id           text NOT NULL,
    week                   date NOT NULL,
    scope                  text NOT NULL CHECK (scope IN ('workspace', 'team', 'member',
                                                          'repository')),
    scope_id               bigint NOT NULL,
    tier                   text NOT NULL,
    population             text NOT NULL,
    merged                 integer NOT NULL,
    reviewed               integer NOT NULL,
    reverts                integer NOT NULL,
    reverted               integer NOT NULL,
    hotfixes               integer NOT NULL,
    clipped                integer NOT NULL,
    cycle_s                bigint NOT NULL,
    cycle_working_s        bigint NOT NULL,
    first_review_s         bigint NOT NULL,
    first_review_working_s bigint NOT NULL,
    review_s               bigint NOT NULL,
    review_working_s       bigint NOT NULL,
    lines                  bigint NOT NULL,
    files                  bigint NOT NULL,
    rounds                 bigint NOT NULL,
    -- The histograms of all measures in one: how many pull requests fall in which bucket. No
    -- counts: each bucket counts once, as often as it stands there.
    buckets                smallint[] NOT NULL,
    counts                 integer[] NOT NULL,
    PRIMARY KEY (workspace_id, scope, scope_id, week, tier, population)
);
CREATE INDEX rollups_of_week ON rollups (workspace_id, week);
CREATE INDEX rollups_empty ON rollups (workspace_id) WHERE merged = 0;

-- All buckets of several lists in one list; for lists that are short together.
CREATE AGGREGATE join_buckets(smallint[]) (SFUNC = array_cat, STYPE = smallint[], INITCOND = '{}');

-- Marks come with whatever change makes facts stale, in its own transaction, whoever makes it.
-- Whoever reads facts to know which are concerned keeps those out who write facts meanwhile: they
-- hold the lock alone (storage/rollups.py), and would not see a change that is not committed yet.

CREATE FUNCTION hold_facts() RETURNS void LANGUAGE sql
    RETURN pg_advisory_xact_lock_shared(hashtextextended('facts:' || current_workspace(), 0));

CREATE FUNCTION mark_attributed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO stale_facts (workspace_id, repository_id, number)
         SELECT c.workspace_id, c.repository_id, c.number FROM changed c;
    RETURN NULL;
END $$;
CREATE TRIGGER attributions_made AFTER INSERT ON attributions REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION mark_attributed();

CREATE FUNCTION mark_judged_anew() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO stale_facts (workspace_id, repository_id, number)
         SELECT n.workspace_id, n.repository_id, n.number
           FROM earlier o JOIN later n USING (workspace_id, repository_id, number)
          WHERE (o.tier, o.assisted, o.initiator_login)
                IS DISTINCT FROM (n.tier, n.assisted, n.initiator_login);
    RETURN NULL;
END $$;
CREATE TRIGGER attributions_changed AFTER UPDATE ON attributions
    REFERENCING OLD TABLE AS earlier NEW TABLE AS later
    FOR EACH STATEMENT EXECUTE FUNCTION mark_judged_anew();

CREATE FUNCTION mark_merged_meanwhile() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM changed) THEN
        PERFORM hold_facts();
        INSERT INTO stale_facts (workspace_id, repository_id, number)
             SELECT DISTINCT f.workspace_id, f.repository_id, f.number
               FROM changed c
               JOIN facts f ON f.workspace_id = c.workspace_id AND f.author_id = c.account_id
               JOIN pull_requests p ON p.workspace_id = f.workspace_id
                    AND p.repository_id = f.repository_id AND p.number = f.number
              WHERE p.merged_at >= c.since AND (c.until IS NULL OR p.merged_at < c.until);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER memberships_made AFTER INSERT ON team_memberships REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION mark_merged_meanwhile();
CREATE TRIGGER memberships_unmade AFTER DELETE ON team_memberships REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION mark_merged_meanwhile();
CREATE TRIGGER memberships_were AFTER UPDATE ON team_memberships REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION mark_merged_meanwhile();
CREATE TRIGGER memberships_are AFTER UPDATE ON team_memberships REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION mark_merged_meanwhile();

-- What the facts of these accounts' pull requests rest on has changed, or of those they looked at
-- first: whose they are, where those people live, whether they take part.
CREATE FUNCTION mark_of_logins(p_logins text[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF cardinality(p_logins) > 0 THEN
        PERFORM hold_facts();
        INSERT INTO stale_facts (workspace_id, repository_id, number)
             SELECT workspace_id, repository_id, number FROM facts
              WHERE workspace_id = current_workspace() AND author_login = ANY (p_logins)
              UNION
             SELECT workspace_id, repository_id, number FROM facts
              WHERE workspace_id = current_workspace() AND first_reviewer_login = ANY (p_logins);
    END IF;
END $$;

CREATE FUNCTION mark_linked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM mark_of_logins(ARRAY(SELECT github_login FROM changed WHERE state = 'confirmed'));
    RETURN NULL;
END $$;
CREATE TRIGGER links_made AFTER INSERT ON github_links REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION mark_linked();
CREATE TRIGGER links_unmade AFTER DELETE ON github_links REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION mark_linked();
CREATE TRIGGER links_were AFTER UPDATE ON github_links REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION mark_linked();
CREATE TRIGGER links_are AFTER UPDATE ON github_links REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION mark_linked();

CREATE FUNCTION mark_moved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM mark_of_logins(ARRAY(
        SELECT l.github_login
          FROM earlier o
          JOIN later n USING (workspace_id, member_id)
          JOIN github_links l USING (workspace_id, member_id)
         WHERE (o.timezone, o.excluded) IS DISTINCT FROM (n.timezone, n.excluded)
           AND l.state = 'confirmed'));
    RETURN NULL;
END $$;
CREATE TRIGGER members_changed AFTER UPDATE ON members
    REFERENCING OLD TABLE AS earlier NEW TABLE AS later
    FOR EACH STATEMENT EXECUTE FUNCTION mark_moved();

-- An agent's pull request counts to whoever set it to work, once we know that account.
CREATE FUNCTION mark_accounts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM mark_of_logins(ARRAY(
        SELECT login FROM changed
         WHERE EXISTS (SELECT FROM attributions a WHERE a.workspace_id = changed.workspace_id
                          AND a.initiator_login = changed.login)));
    RETURN NULL;
END $$;
CREATE INDEX attributions_of_initiator ON attributions (workspace_id, initiator_login)
    WHERE initiator_login IS NOT NULL;
CREATE TRIGGER accounts_made AFTER INSERT ON github_accounts REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION mark_accounts();
CREATE TRIGGER accounts_changed AFTER UPDATE ON github_accounts REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION mark_accounts();

-- The workspace's clock tells where its weeks begin, its settings how its days are counted.
CREATE FUNCTION mark_all() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM hold_facts();
    INSERT INTO stale_facts (workspace_id, repository_id, number)
         SELECT workspace_id, repository_id, number FROM facts WHERE workspace_id = NEW.workspace_id;
    RETURN NULL;
END $$;
CREATE TRIGGER games_made AFTER INSERT ON games
    FOR EACH ROW WHEN (NEW.timezone <> 'UTC') EXECUTE FUNCTION mark_all();
CREATE TRIGGER games_moved AFTER UPDATE ON games
    FOR EACH ROW WHEN (OLD.timezone IS DISTINCT FROM NEW.timezone) EXECUTE FUNCTION mark_all();
CREATE TRIGGER fact_settings_made AFTER INSERT ON fact_settings
    FOR EACH ROW EXECUTE FUNCTION mark_all();
CREATE TRIGGER fact_settings_changed AFTER UPDATE ON fact_settings
    FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION mark_all();

-- Pull requests that were there before.
DO $$
DECLARE
    visited text;
BEGIN
    FOR visited IN SELECT workspace_id FROM workspace_routes ORDER BY workspace_id LOOP
        PERFORM set_config('hunch.workspace_id', visited, true);
        INSERT INTO stale_facts (workspace_id, repository_id, number)
             SELECT workspace_id, repository_id, number FROM pull_requests
              WHERE workspace_id = visited;
    END LOOP;
    PERFORM set_config('hunch.workspace_id', '', true);
END $$;

DO $$
DECLARE
    tenant_table text;
BEGIN
    FOREACH tenant_table IN ARRAY ARRAY['fact_settings', 'facts', 'stale_facts', 'rollups']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', tenant_table);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', tenant_table);
        EXECUTE format('CREATE POLICY tenant ON %I USING (workspace_id = current_workspace()) '
                       'WITH CHECK (workspace_id = current_workspace())', tenant_table);
    END LOOP;
END $$;
