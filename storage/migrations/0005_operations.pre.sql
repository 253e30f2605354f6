-- A restored database does not remember what happened between its backup and its restore: the gap.
-- A message may have been posted in it, so it is looked for in Slack before it is posted; a merge
-- in it may have been asked about, so it opens no survey.
ALTER TABLE messages ADD COLUMN gap_from timestamptz, ADD COLUMN gap_until timestamptz;
ALTER TABLE games ADD COLUMN gap_from timestamptz, ADD COLUMN gap_until timestamptz;

-- The trail cannot be changed by the application's login; this lets it drop what is old, in
-- batches, and nothing younger than a quarter of a year. The policy holds for the owner, too, so
-- it reaches the transaction's own workspace only.
CREATE FUNCTION forget_audits(p_before timestamptz, p_limit integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = hunch, pg_temp AS $$
DECLARE
    forgotten bigint;
BEGIN
    DELETE FROM audits
     WHERE (workspace_id, audit_id) IN (
           SELECT a.workspace_id, a.audit_id FROM audits a
            WHERE a.workspace_id = current_workspace()
              AND a.happened_at < least(p_before, now() - interval '90 days')
         ORDER BY a.audit_id LIMIT p_limit);
    GET DIAGNOSTICS forgotten = ROW_COUNT;
    RETURN forgotten;
END $$;

-- Rows of these come and go, or change several times within minutes: by default a fifth of the
-- table would be dead before anybody clears up, and a queue of a million rows would be read
-- through its dead ones.
ALTER TABLE outbox SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500,
                        autovacuum_analyze_scale_factor = 0.05);
ALTER TABLE deliveries SET (autovacuum_vacuum_scale_factor = 0.05,
                            autovacuum_vacuum_insert_scale_factor = 0.05);
ALTER TABLE messages SET (autovacuum_vacuum_scale_factor = 0.05);
ALTER TABLE parts SET (autovacuum_vacuum_scale_factor = 0.05);
ALTER TABLE slack_budgets SET (fillfactor = 50, autovacuum_vacuum_scale_factor = 0,
                               autovacuum_vacuum_threshold = 500);
