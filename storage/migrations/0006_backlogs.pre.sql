-- How much waits in all workspaces together, for the metrics: sums only, no workspace's own number.
-- Row-level security stays in force: the function visits one workspace after another, as the login
-- that calls it, and leaves no workspace behind.
CREATE FUNCTION sum_backlogs(
    p_most integer,
    OUT workspaces bigint, OUT disconnected bigint, OUT pending bigint, OUT sending bigint, OUT unclear bigint,
    OUT parked bigint, OUT unreadable bigint, OUT oldest_due_at timestamptz
) LANGUAGE plpgsql
AS $$
DECLARE
    visited text;
    waiting record;
BEGIN
    workspaces := 0; disconnected := 0; pending := 0; sending := 0; unclear := 0; parked := 0;
    unreadable := 0;
    FOR visited IN SELECT workspace_id FROM workspace_routes WHERE uninstalled_at IS NULL
                    ORDER BY workspace_id LIMIT p_most LOOP
        PERFORM set_config('hunch.workspace_id', visited, true);
        SELECT count(*) FILTER (WHERE state = 'pending') AS pending,
               count(*) FILTER (WHERE state = 'sending') AS sending,
               count(*) FILTER (WHERE state = 'unclear') AS unclear,
               min(due_at) AS oldest_due_at
          INTO waiting
          FROM outbox
         WHERE workspace_id = visited AND state IN ('pending', 'sending', 'unclear');
        workspaces := workspaces + 1;
        disconnected := disconnected
            + (SELECT count(*) FROM hunch.workspaces w WHERE w.workspace_id = visited AND w.trouble IS NOT NULL);
        pending := pending + waiting.pending;
        sending := sending + waiting.sending;
        unclear := unclear + waiting.unclear;
        oldest_due_at := least(oldest_due_at, waiting.oldest_due_at);
        parked := parked
            + (SELECT count(*) FROM outbox WHERE workspace_id = visited AND state = 'parked');
        unreadable := unreadable
            + (SELECT count(*) FROM deliveries WHERE workspace_id = visited
                  AND processed_at IS NULL AND failure IS NOT NULL);
    END LOOP;
    PERFORM set_config('hunch.workspace_id', '', true);
END $$;

-- When GitHub was last heard of in any workspace; for `hunch doctor`, which asks seldom.
CREATE FUNCTION last_heard_at(p_most integer) RETURNS timestamptz LANGUAGE plpgsql
AS $$
DECLARE
    visited text;
    latest timestamptz;
BEGIN
    FOR visited IN SELECT workspace_id FROM workspace_routes ORDER BY workspace_id LIMIT p_most LOOP
        PERFORM set_config('hunch.workspace_id', visited, true);
        latest := greatest(latest, (SELECT max(received_at) FROM deliveries
                                     WHERE workspace_id = visited AND source = 'github'));
    END LOOP;
    PERFORM set_config('hunch.workspace_id', '', true);
    RETURN latest;
END $$;
