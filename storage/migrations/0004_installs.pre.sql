-- Many workspaces: how each came to us, whether it is still there, and when its token ends.

-- `org_id`: reached through the installation of this whole organisation, without a token of its own.
-- `uninstalled_at`: it left; its rows are kept for a grace period and then purged.
ALTER TABLE workspace_routes ADD COLUMN org_id text, ADD COLUMN uninstalled_at timestamptz;

-- `installer` is the Slack user who installed us by OAuth, '' where the operator's SLACK_BOT_TOKEN
-- did. `trouble`: why Slack takes the token no longer, in Slack's own word.
ALTER TABLE workspaces
    ADD COLUMN app_id           text NOT NULL DEFAULT '',
    ADD COLUMN installer        text NOT NULL DEFAULT '',
    ADD COLUMN scopes           text[] NOT NULL DEFAULT '{}',
    ADD COLUMN token_expires_at timestamptz,
    ADD COLUMN trouble          text;

-- Somebody is on the way through Slack's page, and we don't know yet for which workspace. Only
-- fingerprints: whoever reads this table can neither finish nor forge an installation.
CREATE TABLE oauth_states (
    state_digest   bytea PRIMARY KEY,
    browser_digest bytea NOT NULL,
    wanted_id      text NOT NULL DEFAULT '',
    expires_at     timestamptz NOT NULL
);

-- Deletes every row of a workspace that left before `p_before`, in whatever table it stands: the
-- catalogue is asked, so that no later table is forgotten. Tables that refer come before those they
-- refer to. Needs the owner's login, because the application may not delete the trail.
CREATE FUNCTION purge_workspace(p_workspace_id text, p_before timestamptz)
RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    one regclass;
BEGIN
    PERFORM set_config('hunch.workspace_id', p_workspace_id, true);
    PERFORM FROM workspace_routes
      WHERE workspace_id = p_workspace_id AND uninstalled_at < p_before FOR UPDATE;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    FOR one IN
        WITH RECURSIVE referring (relid, level) AS (
            SELECT c.oid, 0
              FROM pg_class c
              JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'workspace_id'
                                 AND NOT a.attisdropped
             WHERE c.relnamespace = 'hunch'::regnamespace AND c.relkind = 'r'
            UNION
            SELECT k.conrelid, r.level + 1
              FROM referring r
              JOIN pg_constraint k ON k.confrelid = r.relid AND k.contype = 'f'
                                  AND k.conrelid <> k.confrelid
        )
        SELECT relid::regclass FROM referring GROUP BY relid ORDER BY max(level) DESC, relid
    LOOP
        EXECUTE format('DELETE FROM %s WHERE workspace_id = $1', one) USING p_workspace_id;
    END LOOP;
    DELETE FROM pgqueuer.pgqueuer WHERE headers ->> 'workspace_id' = p_workspace_id;
    RETURN true;
END $$;
