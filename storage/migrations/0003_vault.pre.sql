-- Which key sealed a secret, as a short fingerprint; '' until somebody has looked (`hunch keys
-- verify` or `rotate`). Only a hint: the version before this one seals without naming its key.
ALTER TABLE secrets ADD COLUMN key_id text NOT NULL DEFAULT '';

-- How many secrets lie under which key, in every workspace: numbers and fingerprints, no content.
-- It names the workspaces itself, one after the other, and leaves the transaction with none.
CREATE FUNCTION count_secrets()
RETURNS TABLE (workspace_id text, purpose text, key_id text, secrets bigint)
LANGUAGE plpgsql AS $$
DECLARE
    one text;
BEGIN
    FOR one IN SELECT r.workspace_id FROM workspace_routes r ORDER BY r.workspace_id LOOP
        PERFORM set_config('hunch.workspace_id', one, true);
        RETURN QUERY
            SELECT one, s.purpose, s.key_id, count(*)
              FROM secrets s WHERE s.workspace_id = one
          GROUP BY s.purpose, s.key_id ORDER BY s.purpose, s.key_id;
    END LOOP;
    PERFORM set_config('hunch.workspace_id', '', true);
END $$;
