-- What the migrations add up to, for reading; `make schema` writes it. The job engine's own schema,
-- pgqueuer, is made by the engine (jobs/engine/schema.py).

CREATE SCHEMA hunch;

CREATE TYPE hunch.asked_part AS (
	part_id bigint,
	survey_id bigint,
	member_id bigint,
	slack_user_id text,
	role text,
	guessable boolean,
	state text,
	answer text,
	reveal_ok boolean,
	tool text,
	rework text,
	rating text,
	guess text,
	outcome text,
	asked_at timestamp with time zone,
	revealed_at timestamp with time zone,
	survey_state text,
	expires_at timestamp with time zone,
	version text
);

CREATE FUNCTION hunch.begin_step(p_workspace_id text, p_run_id bigint, p_turn bigint, p_plans jsonb, p_most_faults integer, p_now timestamp with time zone, OUT verdict text, OUT kind text, OUT params jsonb, OUT trigger text, OUT place smallint, OUT step text, OUT input jsonb, OUT attempt integer, OUT faults smallint, OUT fence bigint, OUT unchecked boolean) RETURNS record
    LANGUAGE plpgsql
    AS $$
#variable_conflict use_column
DECLARE
    run record;
    plan jsonb;
    one record;
BEGIN
    PERFORM set_config('hunch.workspace_id', p_workspace_id, true);
    PERFORM set_config('synchronous_commit', 'off', true);
    SELECT r.kind, r.params, r.trigger, r.position, r.held, r.cancel_asked, r.started_at, r.attempt,
           coalesce(r.slot, r.created_at) AS due_at, r.credential_state = '' AS unchecked
      INTO run
      FROM runs r
     WHERE r.workspace_id = p_workspace_id AND r.run_id = p_run_id AND r.turn = p_turn
       AND r.state IN ('pending', 'running', 'retrying')
       FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        verdict := 'passed';
        RETURN;
    END IF;
    kind := run.kind; params := run.params; trigger := run.trigger; place := run.position;
    unchecked := run.unchecked;
    plan := p_plans -> run.kind;
    verdict := CASE
        WHEN plan IS NULL THEN 'unknown'
        WHEN run.cancel_asked THEN 'cancelled'
        -- Who retries one that was cancelled before it began wants it now.
        WHEN run.trigger = 'cron' AND run.started_at IS NULL AND run.attempt = 1
             AND p_now > run.due_at + make_interval(secs => (plan ->> 'window_s')::float8)
             THEN 'too_late'
        ELSE 'begun' END;
    IF verdict <> 'begun' THEN
        RETURN;
    END IF;
    IF run.started_at IS NULL THEN
        INSERT INTO steps (workspace_id, run_id, position, name, title, state, input)
             SELECT p_workspace_id, p_run_id, s.ord - 1, s.said ->> 0, s.said ->> 1, 'pending',
                    CASE WHEN s.ord = 1 THEN run.params END
               FROM jsonb_array_elements(plan -> 'steps') WITH ORDINALITY AS s (said, ord)
        ON CONFLICT DO NOTHING;
    END IF;
    UPDATE steps s
       SET state = 'running',
           attempt = s.attempt + CASE WHEN s.state = 'running' AND NOT run.held THEN 0 ELSE 1 END,
           faults = s.faults + run.held::integer,
           input = coalesce(s.input, (
               SELECT b.output FROM steps b
                WHERE b.workspace_id = p_workspace_id AND b.run_id = p_run_id
                  AND b.position = run.position - 1)),
           started_at = coalesce(s.started_at, p_now), finished_at = NULL
     WHERE s.workspace_id = p_workspace_id AND s.run_id = p_run_id AND s.position = run.position
 RETURNING s.name, s.input, s.attempt, s.faults INTO one;
    IF NOT FOUND OR one.name IS DISTINCT FROM plan -> 'steps' -> run.position::integer ->> 0 THEN
        verdict := 'changed';
        RETURN;
    END IF;
    step := one.name; input := one.input; attempt := one.attempt; faults := one.faults;
    IF one.faults >= p_most_faults THEN
        verdict := 'broken';
        RETURN;
    END IF;
    UPDATE runs r
       SET state = 'running', held = true, fence = (random() * 9007199254740992)::bigint,
           started_at = coalesce(r.started_at, p_now)
     WHERE r.workspace_id = p_workspace_id AND r.run_id = p_run_id
 RETURNING r.fence INTO fence;
END $$;

CREATE FUNCTION hunch.count_secrets() RETURNS TABLE(workspace_id text, purpose text, key_id text, secrets bigint)
    LANGUAGE plpgsql
    AS $$
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

CREATE FUNCTION hunch.current_workspace() RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN NULLIF(current_setting('hunch.workspace_id'::text, true), ''::text);

CREATE FUNCTION hunch.forget_audits(p_before timestamp with time zone, p_limit integer) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'hunch', 'pg_temp'
    AS $$
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

CREATE FUNCTION hunch.hold_facts() RETURNS void
    LANGUAGE sql
    RETURN pg_advisory_xact_lock_shared(hashtextextended(('facts:'::text || hunch.current_workspace()), (0)::bigint));

CREATE FUNCTION hunch.last_heard_at(p_most integer) RETURNS timestamp with time zone
    LANGUAGE plpgsql
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

CREATE FUNCTION hunch.mark_accounts() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM mark_of_logins(ARRAY(
        SELECT login FROM changed
         WHERE EXISTS (SELECT FROM attributions a WHERE a.workspace_id = changed.workspace_id
                          AND a.initiator_login = changed.login)));
    RETURN NULL;
END $$;

CREATE FUNCTION hunch.mark_all() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM hold_facts();
    INSERT INTO stale_facts (workspace_id, repository_id, number)
         SELECT workspace_id, repository_id, number FROM facts WHERE workspace_id = NEW.workspace_id;
    RETURN NULL;
END $$;

CREATE FUNCTION hunch.mark_attributed() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO stale_facts (workspace_id, repository_id, number)
         SELECT c.workspace_id, c.repository_id, c.number FROM changed c;
    RETURN NULL;
END $$;

CREATE FUNCTION hunch.mark_judged_anew() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO stale_facts (workspace_id, repository_id, number)
         SELECT n.workspace_id, n.repository_id, n.number
           FROM earlier o JOIN later n USING (workspace_id, repository_id, number)
          WHERE (o.tier, o.assisted, o.initiator_login)
                IS DISTINCT FROM (n.tier, n.assisted, n.initiator_login);
    RETURN NULL;
END $$;

CREATE FUNCTION hunch.mark_linked() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM mark_of_logins(ARRAY(SELECT github_login FROM changed WHERE state = 'confirmed'));
    RETURN NULL;
END $$;

CREATE FUNCTION hunch.mark_merged_meanwhile() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
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

CREATE FUNCTION hunch.mark_moved() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
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

CREATE FUNCTION hunch.mark_of_logins(p_logins text[]) RETURNS void
    LANGUAGE plpgsql
    AS $$
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

CREATE FUNCTION hunch.purge_workspace(p_workspace_id text, p_before timestamp with time zone) RETURNS boolean
    LANGUAGE plpgsql
    AS $_$
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
END $_$;

CREATE FUNCTION hunch.read_for_replies(p_workspace_id text, p_part_ids bigint[]) RETURNS hunch.asked_part[]
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM set_config('hunch.workspace_id', p_workspace_id, true);
    RETURN ARRAY(
        SELECT CASE WHEN p.part_id IS NULL THEN NULL ELSE
                 ROW(p.part_id, p.survey_id, p.member_id, p.slack_user_id, p.role, p.guessable,
                     p.state, p.answer, p.reveal_ok, p.tool, p.rework, p.rating, p.guess,
                     p.outcome, p.asked_at, p.revealed_at, s.state, s.expires_at, p.xmin::text
                 )::asked_part END
          FROM unnest(p_part_ids) WITH ORDINALITY AS wanted (part_id, place)
          LEFT JOIN parts p ON p.workspace_id = p_workspace_id AND p.part_id = wanted.part_id
          LEFT JOIN surveys s ON s.workspace_id = p.workspace_id AND s.survey_id = p.survey_id
         ORDER BY wanted.place);
END $$;

CREATE FUNCTION hunch.save_replies(p_workspace_id text, p_part_ids bigint[], p_versions text[], p_answers text[], p_reveal_oks boolean[], p_tools text[], p_reworks text[], p_ratings text[], p_guesses text[], p_changed_at timestamp with time zone[], p_response_urls text[], p_job_keys text[]) RETURNS boolean[]
    LANGUAGE plpgsql
    AS $$
DECLARE
    saved bigint[];
    look_at text[];
    job_keys text[];
    count_saved integer;
BEGIN
    PERFORM set_config('hunch.workspace_id', p_workspace_id, true);
    -- In one order, so that two batches with the same parts cannot wait for each other in a circle.
    PERFORM FROM parts
      WHERE workspace_id = p_workspace_id AND part_id = ANY (p_part_ids)
      ORDER BY part_id FOR NO KEY UPDATE;
    WITH said AS (
        SELECT * FROM unnest(p_part_ids, p_versions, p_answers, p_reveal_oks, p_tools, p_reworks,
                             p_ratings, p_guesses, p_changed_at, p_response_urls, p_job_keys)
                      WITH ORDINALITY
                      AS t (part_id, version, answer, reveal_ok, tool, rework, rating, guess,
                            changed_at, response_url, job_key, place)
    ), written AS (
        UPDATE parts
           SET answer = said.answer, reveal_ok = said.reveal_ok, tool = said.tool,
               rework = said.rework, rating = said.rating, guess = said.guess,
               changed_at = said.changed_at, response_url = said.response_url,
               response_url_at = said.changed_at
          FROM said
         WHERE parts.workspace_id = p_workspace_id AND parts.part_id = said.part_id
           AND parts.xmin::text = said.version
     RETURNING said.place, parts.survey_id, said.job_key
    )
    SELECT coalesce(array_agg(place), '{}'), array_agg(survey_id::text), array_agg(job_key)
      INTO saved, look_at, job_keys
      FROM written;
    count_saved := cardinality(saved);
    IF count_saved > 0 THEN
        PERFORM pgqueuer.enqueue_jobs(
            array_fill('surveys.look'::text, ARRAY[count_saved]),
            array_fill(p_workspace_id, ARRAY[count_saved]),
            look_at, job_keys,
            array_fill(NULL::timestamptz, ARRAY[count_saved]),
            array_fill(1, ARRAY[count_saved]));
    END IF;
    RETURN ARRAY(SELECT place = ANY (saved)
                   FROM generate_series(1, cardinality(p_part_ids)) AS place ORDER BY place);
END $$;

CREATE FUNCTION hunch.store_deliveries(p_workspace_id text, p_sources text[], p_ids text[], p_events text[], p_bodies bytea[], p_received_at timestamp with time zone[]) RETURNS text[]
    LANGUAGE plpgsql
    AS $$
DECLARE
    fresh text[];
    again text[] := '{}';
    waiting integer;
BEGIN
    PERFORM set_config('hunch.workspace_id', p_workspace_id, true);
    -- Sorted, so that two batches with the same deliveries wait for each other in the same order.
    WITH stored AS (
        INSERT INTO deliveries (workspace_id, source, delivery_id, event, body, received_at)
             SELECT p_workspace_id, d.source, d.id, d.event, d.body, d.received_at
               FROM unnest(p_sources, p_ids, p_events, p_bodies, p_received_at)
                    AS d (source, id, event, body, received_at)
              ORDER BY d.source, d.id
        ON CONFLICT DO NOTHING
          RETURNING source || ':' || delivery_id AS ref
    )
    SELECT coalesce(array_agg(ref), '{}') INTO fresh FROM stored;
    IF cardinality(fresh) < cardinality(p_ids) THEN
        WITH retried AS (
            UPDATE deliveries AS k SET failure = NULL, body = d.body
              FROM unnest(p_sources, p_ids, p_bodies) AS d (source, id, body)
             WHERE k.workspace_id = p_workspace_id AND k.source = d.source
               AND k.delivery_id = d.id AND k.processed_at IS NULL AND k.failure IS NOT NULL
         RETURNING k.source || ':' || k.delivery_id AS ref
        )
        SELECT coalesce(array_agg(ref), '{}') INTO again FROM retried;
    END IF;
    waiting := cardinality(fresh || again);
    IF waiting > 0 THEN
        PERFORM pgqueuer.enqueue_jobs(
            array_fill('deliveries.process'::text, ARRAY[waiting]),
            array_fill(p_workspace_id, ARRAY[waiting]),
            fresh || again,
            ARRAY(SELECT 'deliveries.process:' || p_workspace_id || ':' || ref
                    FROM unnest(fresh || again) WITH ORDINALITY AS r (ref, place) ORDER BY place),
            array_fill(NULL::timestamptz, ARRAY[waiting]),
            array_fill(0, ARRAY[waiting]));
    END IF;
    RETURN ARRAY(
        SELECT CASE WHEN d.source || ':' || d.id = ANY (fresh) THEN 'new'
                    WHEN d.source || ':' || d.id = ANY (again) THEN 'again'
                    ELSE 'known' END
          FROM unnest(p_sources, p_ids) WITH ORDINALITY AS d (source, id, place)
         ORDER BY d.place);
END $$;

CREATE FUNCTION hunch.sum_backlogs(p_most integer, OUT workspaces bigint, OUT disconnected bigint, OUT pending bigint, OUT sending bigint, OUT unclear bigint, OUT parked bigint, OUT unreadable bigint, OUT oldest_due_at timestamp with time zone) RETURNS record
    LANGUAGE plpgsql
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

CREATE FUNCTION hunch.sum_connections(p_most integer, OUT working bigint, OUT troubled bigint) RETURNS record
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

CREATE AGGREGATE hunch.join_buckets(smallint[]) (
    SFUNC = array_cat,
    STYPE = smallint[],
    INITCOND = '{}'
);

CREATE TABLE hunch.api_answers (
    workspace_id text NOT NULL,
    token_id bigint NOT NULL,
    idempotency_key text NOT NULL,
    request_digest bytea NOT NULL,
    status smallint,
    body jsonb,
    asked_at timestamp with time zone NOT NULL
);

ALTER TABLE ONLY hunch.api_answers FORCE ROW LEVEL SECURITY;

CREATE TABLE hunch.api_tokens (
    workspace_id text NOT NULL,
    token_id bigint NOT NULL,
    name text NOT NULL,
    access text NOT NULL,
    digest bytea NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    revoked_at timestamp with time zone,
    last_used_at timestamp with time zone,
    busy_until timestamp with time zone NOT NULL,
    CONSTRAINT api_tokens_access_check CHECK ((access = ANY (ARRAY['read'::text, 'write'::text]))),
    CONSTRAINT api_tokens_digest_check CHECK ((length(digest) = 32))
);

ALTER TABLE ONLY hunch.api_tokens FORCE ROW LEVEL SECURITY;

ALTER TABLE hunch.api_tokens ALTER COLUMN token_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME hunch.api_tokens_token_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE hunch.artifact_contents (
    workspace_id text NOT NULL,
    sha256 bytea NOT NULL,
    body bytea NOT NULL,
    CONSTRAINT artifact_contents_body_check CHECK ((length(body) <= 10000000)),
    CONSTRAINT artifact_contents_sha256_check CHECK ((length(sha256) = 32))
);

ALTER TABLE ONLY hunch.artifact_contents FORCE ROW LEVEL SECURITY;

CREATE TABLE hunch.artifacts (
    workspace_id text NOT NULL,
    artifact_id bigint NOT NULL,
    run_id bigint NOT NULL,
    step text NOT NULL,
    name text NOT NULL,
    media_type text NOT NULL,
    size integer NOT NULL,
    sha256 bytea NOT NULL,
    added_by text NOT NULL,
    created_at timestamp with time zone NOT NULL
);

ALTER TABLE ONLY hunch.artifacts FORCE ROW LEVEL SECURITY;

ALTER TABLE hunch.artifacts ALTER COLUMN artifact_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME hunch.artifacts_artifact_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE hunch.attribution_corrections (
    workspace_id text NOT NULL,
    correction_id bigint NOT NULL,
    repository_id bigint NOT NULL,
    number integer NOT NULL,
    kind text NOT NULL,
    answer text,
    rule text,
    member_id bigint,
    corrected_at timestamp with time zone NOT NULL,
    undone_at timestamp with time zone,
    CONSTRAINT attribution_corrections_answer_check CHECK ((answer = ANY (ARRAY['no'::text, 'helped'::text, 'wrote'::text]))),
    CONSTRAINT attribution_corrections_check CHECK (((kind = 'declared'::text) = (answer IS NOT NULL))),
    CONSTRAINT attribution_corrections_check1 CHECK (((kind = 'dismissed'::text) = (rule IS NOT NULL))),
    CONSTRAINT attribution_corrections_kind_check CHECK ((kind = ANY (ARRAY['declared'::text, 'dismissed'::text])))
);

ALTER TABLE ONLY hunch.attribution_corrections FORCE ROW LEVEL SECURITY;

ALTER TABLE hunch.attribution_corrections ALTER COLUMN correction_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME hunch.attribution_corrections_correction_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE hunch.attribution_reports (
    workspace_id text NOT NULL,
    report jsonb NOT NULL,
    basis jsonb NOT NULL,
    counted_at timestamp with time zone NOT NULL
);

ALTER TABLE ONLY hunch.attribution_reports FORCE ROW LEVEL SECURITY;

CREATE TABLE hunch.attribution_traces (
    workspace_id text NOT NULL,
    repository_id bigint NOT NULL,
    number integer NOT NULL,
    kind text NOT NULL,
    trace text NOT NULL
);

ALTER TABLE ONLY hunch.attribution_traces FORCE ROW LEVEL SECURITY;

CREATE TABLE hunch.attributions (
    workspace_id text NOT NULL,
    repository_id bigint NOT NULL,
    number integer NOT NULL,
    tier text NOT NULL,
    assisted boolean,
    declared text,
    tools text[] DEFAULT '{}'::text[] NOT NULL,
    evidence jsonb DEFAULT '[]'::jsonb NOT NULL,
    ai_reviewers text[] DEFAULT '{}'::text[] NOT NULL,
    initiator_login text,
    rule_version integer NOT NULL,
    CONSTRAINT attributions_declared_check CHECK ((declared = ANY (ARRAY['no'::text, 'helped'::text, 'wrote'::text]))),
    CONSTRAINT attributions_tier_check CHECK ((tier = ANY (ARRAY['declared'::text, 'strong'::text, 'weak'::text, 'unknown'::text])))
);

ALTER TABLE ONLY hunch.attributions FORCE ROW LEVEL SECURITY;

CREATE TABLE hunch.audits (
    workspace_id text NOT NULL,
    audit_id bigint NOT NULL,
    happened_at timestamp with time zone NOT NULL,
    actor text NOT NULL,
    action text NOT NULL,
    subject text NOT NULL,
    details jsonb DEFAULT '{}'::jsonb NOT NULL
);

ALTER TABLE ONLY hunch.audits FORCE ROW LEVEL SECURITY;

ALTER TABLE hunch.audits ALTER COLUMN audit_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME hunch.audits_audit_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE hunch.commits (
    workspace_id text NOT NULL,
    repository_id bigint NOT NULL,
    number integer NOT NULL,
    sha text NOT NULL,
    authored_at timestamp with time zone NOT NULL,
    committed_at timestamp with time zone NOT NULL,
    author_login text,
    author_id bigint,
    author_kind text
);

ALTER TABLE ONLY hunch.commits FORCE ROW LEVEL SECURITY;

CREATE TABLE hunch.connections (
    workspace_id text NOT NULL,
    connection_id bigint NOT NULL,
    service text NOT NULL,
    kind text NOT NULL,
    account text NOT NULL,
    account_id bigint,
    installation_id bigint,
    state text NOT NULL,
    scopes text[] DEFAULT '{}'::text[] NOT NULL,
    expires_at timestamp with time zone,
    checked_at timestamp with time zone,
    connected_at timestamp with time zone NOT NULL,
    state_since timestamp with time zone,
    missing text[] DEFAULT '{}'::text[] NOT NULL,
    CONSTRAINT connections_kind_check CHECK ((kind = ANY (ARRAY['app'::text, 'token'::text]))),
    CONSTRAINT connections_service_check CHECK ((service = 'github'::text)),
    CONSTRAINT connections_state_check CHECK ((state = ANY (ARRAY['active'::text, 'suspended'::text, 'removed'::text, 'revoked'::text, 'scope_missing'::text])))
);

ALTER TABLE ONLY hunch.connections FORCE ROW LEVEL SECURITY;

ALTER TABLE hunch.connections ALTER COLUMN connection_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME hunch.connections_connection_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE hunch.cron_slots (
    name text NOT NULL,
    slot timestamp with time zone NOT NULL
);

CREATE TABLE hunch.deliveries (
    workspace_id text NOT NULL,
    source text NOT NULL,
    delivery_id text NOT NULL,
    event text NOT NULL,
    body bytea,
    received_at timestamp with time zone NOT NULL,
    processed_at timestamp with time zone,
    failure text,
    CONSTRAINT deliveries_source_check CHECK ((source = ANY (ARRAY['github'::text, 'slack'::text])))
)
WITH (autovacuum_vacuum_scale_factor='0.05', autovacuum_vacuum_insert_scale_factor='0.05');

ALTER TABLE ONLY hunch.deliveries FORCE ROW LEVEL SECURITY;

CREATE TABLE hunch.fact_settings (
    workspace_id text NOT NULL,
    working_days smallint[] NOT NULL,
    begins_at time without time zone NOT NULL,
    ends_at time without time zone NOT NULL,
    holidays date[] NOT NULL,
    ignored_labels text[] NOT NULL,
    ignored_titles text[] NOT NULL,
    ignored_authors text[] NOT NULL,
    most_lines integer,
    most_files integer,
    hotfix_labels text[] NOT NULL,
    hotfix_heads text[] NOT NULL,
    CONSTRAINT fact_settings_check CHECK ((begins_at < ends_at)),
    CONSTRAINT fact_settings_most_files_check CHECK ((most_files > 0)),
    CONSTRAINT fact_settings_most_lines_check CHECK ((most_lines > 0)),
    CONSTRAINT fact_settings_working_days_check CHECK ((working_days <@ '{1,2,3,4,5,6,7}'::smallint[]))
);

ALTER TABLE ONLY hunch.fact_settings FORCE ROW LEVEL SECURITY;

CREATE TABLE hunch.facts (
    workspace_id text NOT NULL,
    repository_id bigint NOT NULL,
    number integer NOT NULL,
    week date,
    tier text NOT NULL,
    population text NOT NULL,
    author_login text NOT NULL,
    author_id bigint,
    team_ids bigint[] NOT NULL,
    first_reviewer_login text,
    cycle_s integer,
    cycle_working_s integer,
    first_review_s integer,
    first_review_working_s integer,
    review_s integer,
    review_working_s integer,
    lines integer,
    files integer,
    rounds integer,
    bot_reviews integer NOT NULL,
    is_revert boolean NOT NULL,
    reverts integer,
    reverts_shas text[] NOT NULL,
    reverted boolean NOT NULL,
    hotfix boolean NOT NULL,
    clipped smallint NOT NULL,
    buckets smallint[] NOT NULL,
    merge_sha text COLLATE pg_catalog."C",
    CONSTRAINT facts_population_check CHECK ((population = ANY (ARRAY['people'::text, 'bots'::text, 'excluded'::text, 'noise'::text])))
);

ALTER TABLE ONLY hunch.facts FORCE ROW LEVEL SECURITY;

CREATE TABLE hunch.fan_outs (
    kind text NOT NULL,
    slot timestamp with time zone NOT NULL,
    began_at timestamp with time zone NOT NULL,
    finished_at timestamp with time zone,
    dispatched integer DEFAULT 0 NOT NULL,
    skipped integer DEFAULT 0 NOT NULL
);

CREATE TABLE hunch.games (
    workspace_id text NOT NULL,
    switched_on_at timestamp with time zone,
    reveals_on boolean DEFAULT true NOT NULL,
    leaderboard_channel text,
    weekday smallint DEFAULT 1 NOT NULL,
    hour smallint DEFAULT 9 NOT NULL,
    timezone text DEFAULT 'UTC'::text NOT NULL,
    daily_budget smallint DEFAULT 3 NOT NULL,
    weekly_budget smallint DEFAULT 8 NOT NULL,
    names_opt_in boolean DEFAULT false NOT NULL,
    threshold smallint DEFAULT 5 NOT NULL,
    gap_from timestamp with time zone,
    gap_until timestamp with time zone,
    CONSTRAINT games_daily_budget_check CHECK (((daily_budget >= 1) AND (daily_budget <= 50))),
    CONSTRAINT games_hour_check CHECK (((hour >= 0) AND (hour <= 23))),
    CONSTRAINT games_threshold_check CHECK ((threshold >= 5)),
    CONSTRAINT games_weekday_check CHECK (((weekday >= 1) AND (weekday <= 7))),
    CONSTRAINT games_weekly_budget_check CHECK (((weekly_budget >= 1) AND (weekly_budget <= 50)))
);

ALTER TABLE ONLY hunch.games FORCE ROW LEVEL SECURITY;

CREATE TABLE hunch.github_accounts (
    workspace_id text NOT NULL,
    account_id bigint NOT NULL,
    login text NOT NULL,
    kind text NOT NULL,
    left_at timestamp with time zone,
    in_org boolean DEFAULT false NOT NULL,
    heard_at timestamp with time zone,
    CONSTRAINT github_accounts_login_check CHECK ((login = lower(login)))
);

ALTER TABLE ONLY hunch.github_accounts FORCE ROW LEVEL SECURITY;

CREATE TABLE hunch.github_links (
    workspace_id text NOT NULL,
    github_login text NOT NULL,
    member_id bigint NOT NULL,
    state text NOT NULL,
    source text NOT NULL,
    linked_at timestamp with time zone NOT NULL,
    github_id bigint,
    CONSTRAINT github_links_github_login_check CHECK ((github_login = lower(github_login))),
    CONSTRAINT github_links_source_check CHECK ((source = ANY (ARRAY['admin'::text, 'csv'::text, 'member'::text, 'oauth'::text]))),
    CONSTRAINT github_links_state_check CHECK ((state = ANY (ARRAY['claimed'::text, 'confirmed'::text, 'blocked'::text])))
);

ALTER TABLE ONLY hunch.github_links FORCE ROW LEVEL SECURITY;

CREATE TABLE hunch.github_routes (
    installation_id bigint NOT NULL,
    workspace_id text NOT NULL
);

CREATE TABLE hunch.hook_routes (
    hook_key text NOT NULL,
    workspace_id text NOT NULL,
    CONSTRAINT hook_routes_hook_key_check CHECK ((length(hook_key) >= 16))
);

CREATE TABLE hunch.leaderboards (
    workspace_id text NOT NULL,
    slot text NOT NULL,
    posted_at timestamp with time zone NOT NULL,
    facts jsonb,
    basis jsonb
);

ALTER TABLE ONLY hunch.leaderboards FORCE ROW LEVEL SECURITY;

CREATE TABLE hunch.members (
    workspace_id text NOT NULL,
    member_id bigint NOT NULL,
    slack_user_id text NOT NULL,
    name text NOT NULL,
    timezone text DEFAULT 'UTC'::text NOT NULL,
    is_admin boolean DEFAULT false NOT NULL,
    excluded boolean DEFAULT false NOT NULL,
    departed boolean DEFAULT false NOT NULL,
    quiet_start_h smallint DEFAULT 19 NOT NULL,
    quiet_end_h smallint DEFAULT 8 NOT NULL,
    quiet_weekends boolean DEFAULT true NOT NULL,
    snoozed_until timestamp with time zone,
    stopped_at timestamp with time zone,
    name_shown boolean,
    introduced_at timestamp with time zone,
    CONSTRAINT members_quiet_end_h_check CHECK (((quiet_end_h >= 0) AND (quiet_end_h <= 23))),
    CONSTRAINT members_quiet_start_h_check CHECK (((quiet_start_h >= 0) AND (quiet_start_h <= 23)))
);

ALTER TABLE ONLY hunch.members FORCE ROW LEVEL SECURITY;

ALTER TABLE hunch.members ALTER COLUMN member_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME hunch.members_member_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE hunch.messages (
    workspace_id text NOT NULL,
    message_key text NOT NULL,
    digest bytea NOT NULL,
    channel text,
    ts text,
    uncertain boolean DEFAULT false NOT NULL,
    gap_from timestamp with time zone,
    gap_until timestamp with time zone
)
WITH (autovacuum_vacuum_scale_factor='0.05');

ALTER TABLE ONLY hunch.messages FORCE ROW LEVEL SECURITY;

CREATE TABLE hunch.oauth_states (
    state_digest bytea NOT NULL,
    browser_digest bytea NOT NULL,
    wanted_id text DEFAULT ''::text NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    purpose text DEFAULT 'slack'::text NOT NULL,
    slack_user_id text DEFAULT ''::text NOT NULL,
    installation_id bigint,
    CONSTRAINT oauth_states_purpose_check CHECK ((purpose = ANY (ARRAY['slack'::text, 'github_app'::text, 'github_link'::text])))
);

CREATE TABLE hunch.outbox (
    workspace_id text NOT NULL,
    outbox_id bigint NOT NULL,
    op text NOT NULL,
    target text NOT NULL,
    lane text NOT NULL,
    effect_key text NOT NULL,
    payload jsonb NOT NULL,
    response_url text,
    state text DEFAULT 'pending'::text NOT NULL,
    attempt integer DEFAULT 0 NOT NULL,
    failures integer DEFAULT 0 NOT NULL,
    budgeted boolean DEFAULT false NOT NULL,
    due_at timestamp with time zone NOT NULL,
    lease_until timestamp with time zone,
    tried_at timestamp with time zone,
    reason text,
    created_at timestamp with time zone NOT NULL,
    finished_at timestamp with time zone,
    CONSTRAINT outbox_op_check CHECK ((op = ANY (ARRAY['show'::text, 'home'::text, 'reply'::text]))),
    CONSTRAINT outbox_state_check CHECK ((state = ANY (ARRAY['pending'::text, 'sending'::text, 'unclear'::text, 'sent'::text, 'parked'::text])))
)
WITH (autovacuum_vacuum_scale_factor='0.02', autovacuum_vacuum_threshold='500', autovacuum_analyze_scale_factor='0.05');

ALTER TABLE ONLY hunch.outbox FORCE ROW LEVEL SECURITY;

ALTER TABLE hunch.outbox ALTER COLUMN outbox_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME hunch.outbox_outbox_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE hunch.parts (
    workspace_id text NOT NULL,
    part_id bigint NOT NULL,
    survey_id bigint NOT NULL,
    member_id bigint NOT NULL,
    slack_user_id text NOT NULL,
    role text NOT NULL,
    guessable boolean NOT NULL,
    state text NOT NULL,
    answer text,
    reveal_ok boolean DEFAULT true NOT NULL,
    tool text,
    rework text,
    rating text,
    guess text,
    outcome text,
    introduces boolean DEFAULT false NOT NULL,
    send_at timestamp with time zone NOT NULL,
    asked_at timestamp with time zone,
    changed_at timestamp with time zone,
    revealed_at timestamp with time zone,
    response_url text,
    response_url_at timestamp with time zone,
    CONSTRAINT parts_answer_check CHECK ((answer = ANY (ARRAY['no'::text, 'helped'::text, 'wrote'::text]))),
    CONSTRAINT parts_guess_check CHECK ((guess = ANY (ARRAY['yes'::text, 'no'::text, 'no_idea'::text]))),
    CONSTRAINT parts_outcome_check CHECK ((outcome = ANY (ARRAY['right'::text, 'wrong'::text, 'unresolved'::text, 'void'::text, 'private'::text]))),
    CONSTRAINT parts_rating_check CHECK ((rating = ANY (ARRAY['could_be_better'::text, 'ok'::text, 'super'::text]))),
    CONSTRAINT parts_role_check CHECK ((role = ANY (ARRAY['author'::text, 'reviewer'::text, 'combined'::text]))),
    CONSTRAINT parts_state_check CHECK ((state = ANY (ARRAY['waiting'::text, 'asked'::text, 'final'::text, 'closed'::text])))
)
WITH (fillfactor='70', autovacuum_vacuum_scale_factor='0.05');

ALTER TABLE ONLY hunch.parts FORCE ROW LEVEL SECURITY;

ALTER TABLE hunch.parts ALTER COLUMN part_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME hunch.parts_part_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE hunch.pull_request_events (
    workspace_id text NOT NULL,
    repository_id bigint NOT NULL,
    number integer NOT NULL,
    turn text NOT NULL,
    happened_at timestamp with time zone NOT NULL,
    CONSTRAINT pull_request_events_turn_check CHECK ((turn = ANY (ARRAY['drafted'::text, 'ready'::text, 'review_requested'::text, 'closed'::text, 'reopened'::text])))
);

ALTER TABLE ONLY hunch.pull_request_events FORCE ROW LEVEL SECURITY;

CREATE TABLE hunch.pull_requests (
    workspace_id text NOT NULL,
    repository_id bigint NOT NULL,
    number integer NOT NULL,
    repository text NOT NULL,
    title text NOT NULL,
    url text NOT NULL,
    author_login text NOT NULL,
    author_id bigint NOT NULL,
    author_kind text NOT NULL,
    head_ref text NOT NULL,
    base_ref text NOT NULL,
    draft boolean NOT NULL,
    state text NOT NULL,
    assignees jsonb DEFAULT '[]'::jsonb NOT NULL,
    signals text[] DEFAULT '{}'::text[] NOT NULL,
    opened_at timestamp with time zone NOT NULL,
    closed_at timestamp with time zone,
    merged_at timestamp with time zone,
    updated_at timestamp with time zone NOT NULL,
    node_id text DEFAULT ''::text NOT NULL,
    additions integer,
    deletions integer,
    changed_files integer,
    commit_count integer,
    labels text[] DEFAULT '{}'::text[] NOT NULL,
    merged_by jsonb,
    merge_sha text,
    sized_at timestamp with time zone,
    looked text DEFAULT ''::text NOT NULL COLLATE pg_catalog."C",
    glimpsed text DEFAULT ''::text NOT NULL COLLATE pg_catalog."C",
    CONSTRAINT pull_requests_state_check CHECK ((state = ANY (ARRAY['open'::text, 'closed'::text])))
);

ALTER TABLE ONLY hunch.pull_requests FORCE ROW LEVEL SECURITY;

CREATE TABLE hunch.repositories (
    workspace_id text NOT NULL,
    repository_id bigint NOT NULL,
    full_name text NOT NULL,
    node_id text DEFAULT ''::text NOT NULL,
    default_branch text DEFAULT 'main'::text NOT NULL,
    private boolean DEFAULT true NOT NULL,
    archived boolean DEFAULT false NOT NULL,
    selected boolean DEFAULT false NOT NULL,
    gone_at timestamp with time zone,
    connection_id bigint,
    page_size smallint DEFAULT 50 NOT NULL,
    synced_until timestamp with time zone,
    synced_at timestamp with time zone,
    first_synced_at timestamp with time zone,
    history_since timestamp with time zone,
    pass_until timestamp with time zone,
    pass_began_at timestamp with time zone,
    pass_newest_at timestamp with time zone,
    cursor text,
    paged_at timestamp with time zone,
    pass_done integer DEFAULT 0 NOT NULL,
    pass_total integer DEFAULT 0 NOT NULL,
    discovered_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone,
    described_at timestamp with time zone,
    heard_at timestamp with time zone,
    CONSTRAINT repositories_page_size_check CHECK (((page_size >= 1) AND (page_size <= 100)))
);

ALTER TABLE ONLY hunch.repositories FORCE ROW LEVEL SECURITY;

CREATE TABLE hunch.repository_selections (
    workspace_id text NOT NULL,
    choice text NOT NULL,
    repository_ids bigint[] DEFAULT '{}'::bigint[] NOT NULL,
    patterns text[] DEFAULT '{}'::text[] NOT NULL,
    CONSTRAINT repository_selections_choice_check CHECK ((choice = ANY (ARRAY['all'::text, 'listed'::text, 'matching'::text])))
);

ALTER TABLE ONLY hunch.repository_selections FORCE ROW LEVEL SECURITY;

CREATE TABLE hunch.reviews (
    workspace_id text NOT NULL,
    repository_id bigint NOT NULL,
    number integer NOT NULL,
    review_id bigint NOT NULL,
    reviewer_login text NOT NULL,
    reviewer_id bigint NOT NULL,
    reviewer_kind text NOT NULL,
    state text NOT NULL,
    submitted_at timestamp with time zone NOT NULL,
    told_at timestamp with time zone DEFAULT '-infinity'::timestamp with time zone NOT NULL
);

ALTER TABLE ONLY hunch.reviews FORCE ROW LEVEL SECURITY;

CREATE TABLE hunch.rollups (
    workspace_id text NOT NULL,
    week date NOT NULL,
    scope text NOT NULL,
    scope_id bigint NOT NULL,
    tier text NOT NULL,
    population text NOT NULL,
    merged integer NOT NULL,
    reviewed integer NOT NULL,
    reverts integer NOT NULL,
    reverted integer NOT NULL,
    hotfixes integer NOT NULL,
    clipped integer NOT NULL,
    cycle_s bigint NOT NULL,
    cycle_working_s bigint NOT NULL,
    first_review_s bigint NOT NULL,
    first_review_working_s bigint NOT NULL,
    review_s bigint NOT NULL,
    review_working_s bigint NOT NULL,
    lines bigint NOT NULL,
    files bigint NOT NULL,
    rounds bigint NOT NULL,
    buckets smallint[] NOT NULL,
    counts integer[] NOT NULL,
    CONSTRAINT rollups_scope_check CHECK ((scope = ANY (ARRAY['workspace'::text, 'team'::text, 'member'::text, 'repository'::text])))
);

ALTER TABLE ONLY hunch.rollups FORCE ROW LEVEL SECURITY;

CREATE TABLE hunch.run_follows (
    workspace_id text NOT NULL,
    run_id bigint NOT NULL,
    slack_user_id text NOT NULL,
    look_at timestamp with time zone
);

ALTER TABLE ONLY hunch.run_follows FORCE ROW LEVEL SECURITY;

CREATE TABLE hunch.run_notes (
    workspace_id text NOT NULL,
    note_id bigint NOT NULL,
    run_id bigint NOT NULL,
    author text NOT NULL,
    body text NOT NULL,
    written_at timestamp with time zone NOT NULL
);

ALTER TABLE ONLY hunch.run_notes FORCE ROW LEVEL SECURITY;

ALTER TABLE hunch.run_notes ALTER COLUMN note_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME hunch.run_notes_note_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE hunch.runs (
    workspace_id text NOT NULL,
    run_id bigint NOT NULL,
    kind text NOT NULL,
    params jsonb NOT NULL,
    trigger text NOT NULL,
    started_by text NOT NULL,
    slot timestamp with time zone,
    state text NOT NULL,
    partial boolean DEFAULT false NOT NULL,
    skipped boolean DEFAULT false NOT NULL,
    attempt integer DEFAULT 1 NOT NULL,
    "position" smallint DEFAULT 0 NOT NULL,
    turn bigint DEFAULT 1 NOT NULL,
    fence bigint DEFAULT 0 NOT NULL,
    held boolean DEFAULT false NOT NULL,
    due_at timestamp with time zone NOT NULL,
    cancel_asked boolean DEFAULT false NOT NULL,
    credential text DEFAULT ''::text NOT NULL,
    credential_state text DEFAULT ''::text NOT NULL,
    message text DEFAULT ''::text NOT NULL,
    error text DEFAULT ''::text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    started_at timestamp with time zone,
    finished_at timestamp with time zone,
    restart_of bigint,
    CONSTRAINT runs_check CHECK (((finished_at IS NULL) = (state = ANY (ARRAY['pending'::text, 'running'::text, 'retrying'::text])))),
    CONSTRAINT runs_state_check CHECK ((state = ANY (ARRAY['pending'::text, 'running'::text, 'retrying'::text, 'succeeded'::text, 'failed'::text, 'cancelled'::text, 'no_work'::text]))),
    CONSTRAINT runs_trigger_check CHECK ((trigger = ANY (ARRAY['cron'::text, 'webhook'::text, 'person'::text])))
)
WITH (fillfactor='70');

ALTER TABLE ONLY hunch.runs FORCE ROW LEVEL SECURITY;

ALTER TABLE hunch.runs ALTER COLUMN run_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME hunch.runs_run_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE hunch.schedules (
    workspace_id text NOT NULL,
    name text NOT NULL,
    weekday smallint NOT NULL,
    hour smallint NOT NULL,
    timezone text NOT NULL,
    effective_from timestamp with time zone NOT NULL,
    CONSTRAINT schedules_hour_check CHECK (((hour >= 0) AND (hour <= 23))),
    CONSTRAINT schedules_weekday_check CHECK (((weekday >= 1) AND (weekday <= 7)))
);

CREATE TABLE hunch.schema_migrations (
    name text NOT NULL,
    checksum text NOT NULL,
    applied_at timestamp with time zone NOT NULL
);

CREATE TABLE hunch.secrets (
    workspace_id text NOT NULL,
    purpose text NOT NULL,
    name text NOT NULL,
    ciphertext bytea NOT NULL,
    stored_at timestamp with time zone DEFAULT now() NOT NULL,
    key_id text DEFAULT ''::text NOT NULL
);

ALTER TABLE ONLY hunch.secrets FORCE ROW LEVEL SECURITY;

CREATE TABLE hunch.slack_budgets (
    workspace_id text NOT NULL,
    method text NOT NULL,
    scope text NOT NULL,
    full_at timestamp with time zone NOT NULL
)
WITH (fillfactor='50', autovacuum_vacuum_scale_factor='0', autovacuum_vacuum_threshold='500');

ALTER TABLE ONLY hunch.slack_budgets FORCE ROW LEVEL SECURITY;

CREATE TABLE hunch.stale_facts (
    workspace_id text NOT NULL,
    mark_id bigint NOT NULL,
    repository_id bigint NOT NULL,
    number integer NOT NULL
)
WITH (autovacuum_vacuum_scale_factor='0.05');

ALTER TABLE ONLY hunch.stale_facts FORCE ROW LEVEL SECURITY;

ALTER TABLE hunch.stale_facts ALTER COLUMN mark_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME hunch.stale_facts_mark_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE hunch.steps (
    workspace_id text NOT NULL,
    run_id bigint NOT NULL,
    "position" smallint NOT NULL,
    name text NOT NULL,
    title text NOT NULL,
    state text NOT NULL,
    partial boolean DEFAULT false NOT NULL,
    attempt integer DEFAULT 0 NOT NULL,
    faults smallint DEFAULT 0 NOT NULL,
    input jsonb,
    output jsonb,
    done bigint DEFAULT 0 NOT NULL,
    total bigint,
    counts jsonb DEFAULT '{}'::jsonb NOT NULL,
    message text DEFAULT ''::text NOT NULL,
    error text DEFAULT ''::text NOT NULL,
    started_at timestamp with time zone,
    finished_at timestamp with time zone,
    CONSTRAINT steps_state_check CHECK ((state = ANY (ARRAY['pending'::text, 'running'::text, 'retrying'::text, 'succeeded'::text, 'failed'::text, 'cancelled'::text, 'no_work'::text])))
)
WITH (fillfactor='70');

ALTER TABLE ONLY hunch.steps FORCE ROW LEVEL SECURITY;

CREATE TABLE hunch.surveys (
    workspace_id text NOT NULL,
    survey_id bigint NOT NULL,
    repository_id bigint NOT NULL,
    number integer NOT NULL,
    state text NOT NULL,
    rating_only boolean NOT NULL,
    probability double precision NOT NULL,
    opened_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    closed_at timestamp with time zone,
    CONSTRAINT surveys_probability_check CHECK (((probability >= (0)::double precision) AND (probability <= (1)::double precision))),
    CONSTRAINT surveys_state_check CHECK ((state = ANY (ARRAY['open'::text, 'closed'::text, 'drawn_out'::text])))
);

ALTER TABLE ONLY hunch.surveys FORCE ROW LEVEL SECURITY;

ALTER TABLE hunch.surveys ALTER COLUMN survey_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME hunch.surveys_survey_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE hunch.team_memberships (
    workspace_id text NOT NULL,
    team_id bigint NOT NULL,
    account_id bigint NOT NULL,
    since timestamp with time zone NOT NULL,
    until timestamp with time zone,
    CONSTRAINT team_memberships_check CHECK ((until > since))
);

ALTER TABLE ONLY hunch.team_memberships FORCE ROW LEVEL SECURITY;

CREATE TABLE hunch.team_news (
    workspace_id text NOT NULL,
    team_id bigint NOT NULL,
    account_id bigint NOT NULL,
    heard_at timestamp with time zone NOT NULL,
    said text NOT NULL,
    CONSTRAINT team_news_said_check CHECK ((said = ANY (ARRAY['joined'::text, 'left'::text, 'seen'::text, 'missing'::text])))
);

ALTER TABLE ONLY hunch.team_news FORCE ROW LEVEL SECURITY;

CREATE TABLE hunch.teams (
    workspace_id text NOT NULL,
    team_id bigint NOT NULL,
    github_team_id bigint NOT NULL,
    organisation text NOT NULL,
    slug text NOT NULL,
    name text NOT NULL,
    parent_id bigint,
    gone_at timestamp with time zone,
    looked_at timestamp with time zone,
    heard_at timestamp with time zone
);

ALTER TABLE ONLY hunch.teams FORCE ROW LEVEL SECURITY;

ALTER TABLE hunch.teams ALTER COLUMN team_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME hunch.teams_team_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE hunch.unlinked_accounts (
    workspace_id text NOT NULL,
    github_login text NOT NULL,
    last_seen_at timestamp with time zone NOT NULL
);

ALTER TABLE ONLY hunch.unlinked_accounts FORCE ROW LEVEL SECURITY;

CREATE TABLE hunch.workspace_routes (
    workspace_id text NOT NULL,
    installed_at timestamp with time zone NOT NULL,
    org_id text,
    uninstalled_at timestamp with time zone,
    CONSTRAINT workspace_routes_workspace_id_check CHECK ((workspace_id ~ '^[TE][A-Z0-9]{1,30}$'::text))
);

CREATE TABLE hunch.workspaces (
    workspace_id text NOT NULL,
    name text NOT NULL,
    bot_user_id text NOT NULL,
    bot_id text DEFAULT ''::text NOT NULL,
    enterprise_id text DEFAULT ''::text NOT NULL,
    members_synced_at timestamp with time zone,
    app_id text DEFAULT ''::text NOT NULL,
    installer text DEFAULT ''::text NOT NULL,
    scopes text[] DEFAULT '{}'::text[] NOT NULL,
    token_expires_at timestamp with time zone,
    trouble text
);

ALTER TABLE ONLY hunch.workspaces FORCE ROW LEVEL SECURITY;

ALTER TABLE ONLY hunch.api_answers
    ADD CONSTRAINT api_answers_pkey PRIMARY KEY (workspace_id, token_id, idempotency_key);

ALTER TABLE ONLY hunch.api_tokens
    ADD CONSTRAINT api_tokens_pkey PRIMARY KEY (workspace_id, token_id);

ALTER TABLE ONLY hunch.artifact_contents
    ADD CONSTRAINT artifact_contents_pkey PRIMARY KEY (workspace_id, sha256);

ALTER TABLE ONLY hunch.artifacts
    ADD CONSTRAINT artifacts_pkey PRIMARY KEY (workspace_id, artifact_id);

ALTER TABLE ONLY hunch.artifacts
    ADD CONSTRAINT artifacts_workspace_id_run_id_step_name_key UNIQUE (workspace_id, run_id, step, name);

ALTER TABLE ONLY hunch.attribution_corrections
    ADD CONSTRAINT attribution_corrections_pkey PRIMARY KEY (workspace_id, correction_id);

ALTER TABLE ONLY hunch.attribution_reports
    ADD CONSTRAINT attribution_reports_pkey PRIMARY KEY (workspace_id);

ALTER TABLE ONLY hunch.attribution_traces
    ADD CONSTRAINT attribution_traces_pkey PRIMARY KEY (workspace_id, repository_id, number, kind, trace);

ALTER TABLE ONLY hunch.attributions
    ADD CONSTRAINT attributions_pkey PRIMARY KEY (workspace_id, repository_id, number);

ALTER TABLE ONLY hunch.audits
    ADD CONSTRAINT audits_pkey PRIMARY KEY (workspace_id, audit_id);

ALTER TABLE ONLY hunch.commits
    ADD CONSTRAINT commits_pkey PRIMARY KEY (workspace_id, repository_id, number, sha);

ALTER TABLE ONLY hunch.connections
    ADD CONSTRAINT connections_pkey PRIMARY KEY (workspace_id, connection_id);

ALTER TABLE ONLY hunch.cron_slots
    ADD CONSTRAINT cron_slots_pkey PRIMARY KEY (name, slot);

ALTER TABLE ONLY hunch.deliveries
    ADD CONSTRAINT deliveries_pkey PRIMARY KEY (workspace_id, source, delivery_id);

ALTER TABLE ONLY hunch.fact_settings
    ADD CONSTRAINT fact_settings_pkey PRIMARY KEY (workspace_id);

ALTER TABLE ONLY hunch.facts
    ADD CONSTRAINT facts_pkey PRIMARY KEY (workspace_id, repository_id, number);

ALTER TABLE ONLY hunch.fan_outs
    ADD CONSTRAINT fan_outs_pkey PRIMARY KEY (kind, slot);

ALTER TABLE ONLY hunch.games
    ADD CONSTRAINT games_pkey PRIMARY KEY (workspace_id);

ALTER TABLE ONLY hunch.github_accounts
    ADD CONSTRAINT github_accounts_pkey PRIMARY KEY (workspace_id, account_id);

ALTER TABLE ONLY hunch.github_links
    ADD CONSTRAINT github_links_pkey PRIMARY KEY (workspace_id, github_login, member_id);

ALTER TABLE ONLY hunch.github_routes
    ADD CONSTRAINT github_routes_pkey PRIMARY KEY (installation_id);

ALTER TABLE ONLY hunch.hook_routes
    ADD CONSTRAINT hook_routes_pkey PRIMARY KEY (hook_key);

ALTER TABLE ONLY hunch.leaderboards
    ADD CONSTRAINT leaderboards_pkey PRIMARY KEY (workspace_id, slot);

ALTER TABLE ONLY hunch.members
    ADD CONSTRAINT members_pkey PRIMARY KEY (workspace_id, member_id);

ALTER TABLE ONLY hunch.members
    ADD CONSTRAINT members_workspace_id_slack_user_id_key UNIQUE (workspace_id, slack_user_id);

ALTER TABLE ONLY hunch.messages
    ADD CONSTRAINT messages_pkey PRIMARY KEY (workspace_id, message_key);

ALTER TABLE ONLY hunch.oauth_states
    ADD CONSTRAINT oauth_states_pkey PRIMARY KEY (state_digest);

ALTER TABLE ONLY hunch.outbox
    ADD CONSTRAINT outbox_pkey PRIMARY KEY (workspace_id, outbox_id);

ALTER TABLE ONLY hunch.parts
    ADD CONSTRAINT parts_pkey PRIMARY KEY (workspace_id, part_id);

ALTER TABLE ONLY hunch.parts
    ADD CONSTRAINT parts_workspace_id_survey_id_member_id_key UNIQUE (workspace_id, survey_id, member_id);

ALTER TABLE ONLY hunch.pull_request_events
    ADD CONSTRAINT pull_request_events_pkey PRIMARY KEY (workspace_id, repository_id, number, turn, happened_at);

ALTER TABLE ONLY hunch.pull_requests
    ADD CONSTRAINT pull_requests_pkey PRIMARY KEY (workspace_id, repository_id, number);

ALTER TABLE ONLY hunch.repositories
    ADD CONSTRAINT repositories_pkey PRIMARY KEY (workspace_id, repository_id);

ALTER TABLE ONLY hunch.repository_selections
    ADD CONSTRAINT repository_selections_pkey PRIMARY KEY (workspace_id);

ALTER TABLE ONLY hunch.reviews
    ADD CONSTRAINT reviews_pkey PRIMARY KEY (workspace_id, repository_id, number, review_id);

ALTER TABLE ONLY hunch.rollups
    ADD CONSTRAINT rollups_pkey PRIMARY KEY (workspace_id, scope, scope_id, week, tier, population);

ALTER TABLE ONLY hunch.run_follows
    ADD CONSTRAINT run_follows_pkey PRIMARY KEY (workspace_id, run_id, slack_user_id);

ALTER TABLE ONLY hunch.run_notes
    ADD CONSTRAINT run_notes_pkey PRIMARY KEY (workspace_id, note_id);

ALTER TABLE ONLY hunch.runs
    ADD CONSTRAINT runs_pkey PRIMARY KEY (workspace_id, run_id);

ALTER TABLE ONLY hunch.schedules
    ADD CONSTRAINT schedules_pkey PRIMARY KEY (workspace_id, name);

ALTER TABLE ONLY hunch.schema_migrations
    ADD CONSTRAINT schema_migrations_pkey PRIMARY KEY (name);

ALTER TABLE ONLY hunch.secrets
    ADD CONSTRAINT secrets_pkey PRIMARY KEY (workspace_id, purpose, name);

ALTER TABLE ONLY hunch.slack_budgets
    ADD CONSTRAINT slack_budgets_pkey PRIMARY KEY (workspace_id, method, scope);

ALTER TABLE ONLY hunch.stale_facts
    ADD CONSTRAINT stale_facts_pkey PRIMARY KEY (workspace_id, mark_id);

ALTER TABLE ONLY hunch.steps
    ADD CONSTRAINT steps_pkey PRIMARY KEY (workspace_id, run_id, "position");

ALTER TABLE ONLY hunch.steps
    ADD CONSTRAINT steps_workspace_id_run_id_name_key UNIQUE (workspace_id, run_id, name);

ALTER TABLE ONLY hunch.surveys
    ADD CONSTRAINT surveys_pkey PRIMARY KEY (workspace_id, survey_id);

ALTER TABLE ONLY hunch.surveys
    ADD CONSTRAINT surveys_workspace_id_repository_id_number_key UNIQUE (workspace_id, repository_id, number);

ALTER TABLE ONLY hunch.team_memberships
    ADD CONSTRAINT team_memberships_pkey PRIMARY KEY (workspace_id, team_id, account_id, since);

ALTER TABLE ONLY hunch.team_news
    ADD CONSTRAINT team_news_pkey PRIMARY KEY (workspace_id, team_id, account_id, heard_at, said);

ALTER TABLE ONLY hunch.teams
    ADD CONSTRAINT teams_pkey PRIMARY KEY (workspace_id, team_id);

ALTER TABLE ONLY hunch.teams
    ADD CONSTRAINT teams_workspace_id_github_team_id_key UNIQUE (workspace_id, github_team_id);

ALTER TABLE ONLY hunch.unlinked_accounts
    ADD CONSTRAINT unlinked_accounts_pkey PRIMARY KEY (workspace_id, github_login);

ALTER TABLE ONLY hunch.workspace_routes
    ADD CONSTRAINT workspace_routes_pkey PRIMARY KEY (workspace_id);

ALTER TABLE ONLY hunch.workspaces
    ADD CONSTRAINT workspaces_pkey PRIMARY KEY (workspace_id);

CREATE INDEX api_answers_asked ON hunch.api_answers USING btree (workspace_id, asked_at);

CREATE INDEX artifacts_by_age ON hunch.artifacts USING btree (workspace_id, created_at);

CREATE INDEX artifacts_by_content ON hunch.artifacts USING btree (workspace_id, sha256);

CREATE UNIQUE INDEX attribution_corrections_hold ON hunch.attribution_corrections USING btree (workspace_id, repository_id, number, kind, COALESCE(rule, ''::text)) WHERE (undone_at IS NULL);

CREATE INDEX attributions_of_initiator ON hunch.attributions USING btree (workspace_id, initiator_login) WHERE (initiator_login IS NOT NULL);

CREATE UNIQUE INDEX connections_account ON hunch.connections USING btree (workspace_id, service, account);

CREATE UNIQUE INDEX connections_installation ON hunch.connections USING btree (workspace_id, installation_id) WHERE (installation_id IS NOT NULL);

CREATE INDEX deliveries_waiting ON hunch.deliveries USING btree (workspace_id, received_at) WHERE (processed_at IS NULL);

CREATE INDEX facts_of_author ON hunch.facts USING btree (workspace_id, author_id);

CREATE INDEX facts_of_login ON hunch.facts USING btree (workspace_id, author_login);

CREATE INDEX facts_of_merge ON hunch.facts USING btree (workspace_id, repository_id, merge_sha) WHERE (merge_sha IS NOT NULL);

CREATE INDEX facts_of_reverts ON hunch.facts USING btree (workspace_id, repository_id, reverts) WHERE (reverts IS NOT NULL);

CREATE INDEX facts_of_reverts_by_sha ON hunch.facts USING btree (workspace_id, repository_id) WHERE (reverts_shas <> '{}'::text[]);

CREATE INDEX facts_of_reviewer ON hunch.facts USING btree (workspace_id, first_reviewer_login) WHERE (first_reviewer_login IS NOT NULL);

CREATE INDEX facts_of_week ON hunch.facts USING btree (workspace_id, week) WHERE (week IS NOT NULL);

CREATE INDEX github_accounts_login ON hunch.github_accounts USING btree (workspace_id, login);

CREATE UNIQUE INDEX github_links_one_login ON hunch.github_links USING btree (workspace_id, member_id) WHERE (state = 'confirmed'::text);

CREATE UNIQUE INDEX github_links_one_member ON hunch.github_links USING btree (workspace_id, github_login) WHERE (state = 'confirmed'::text);

CREATE INDEX outbox_finished ON hunch.outbox USING btree (workspace_id, finished_at) WHERE (finished_at IS NOT NULL);

CREATE INDEX outbox_lanes ON hunch.outbox USING btree (workspace_id, lane, outbox_id) WHERE (state = ANY (ARRAY['pending'::text, 'sending'::text, 'unclear'::text]));

CREATE INDEX outbox_parked ON hunch.outbox USING btree (workspace_id, outbox_id) WHERE (state = 'parked'::text);

CREATE UNIQUE INDEX outbox_pending ON hunch.outbox USING btree (workspace_id, effect_key) WHERE ((state = 'pending'::text) AND (attempt = 0));

CREATE UNIQUE INDEX outbox_replies ON hunch.outbox USING btree (workspace_id, effect_key) WHERE (op = 'reply'::text);

CREATE INDEX parts_of_member ON hunch.parts USING btree (workspace_id, member_id, send_at);

CREATE INDEX parts_revealed ON hunch.parts USING btree (workspace_id, revealed_at) WHERE (revealed_at IS NOT NULL);

CREATE INDEX parts_waiting ON hunch.parts USING btree (workspace_id, send_at) WHERE (state = 'waiting'::text);

CREATE INDEX pull_requests_glimpsed ON hunch.pull_requests USING btree (workspace_id, repository_id, number) WHERE (glimpsed > looked);

CREATE INDEX pull_requests_merged ON hunch.pull_requests USING btree (workspace_id, merged_at) WHERE (merged_at IS NOT NULL);

CREATE INDEX pull_requests_on_branch ON hunch.pull_requests USING btree (workspace_id, repository_id, head_ref) WHERE (state = 'open'::text);

CREATE INDEX repositories_named ON hunch.repositories USING btree (workspace_id, lower(full_name));

CREATE INDEX rollups_empty ON hunch.rollups USING btree (workspace_id) WHERE (merged = 0);

CREATE INDEX rollups_of_week ON hunch.rollups USING btree (workspace_id, week);

CREATE INDEX run_follows_due ON hunch.run_follows USING btree (workspace_id, look_at) WHERE (look_at IS NOT NULL);

CREATE INDEX run_notes_of ON hunch.run_notes USING btree (workspace_id, run_id);

CREATE UNIQUE INDEX runs_active ON hunch.runs USING btree (workspace_id, kind) WHERE (state = ANY (ARRAY['pending'::text, 'running'::text, 'retrying'::text]));

CREATE INDEX runs_of_kind ON hunch.runs USING btree (workspace_id, kind, run_id);

CREATE UNIQUE INDEX runs_slot ON hunch.runs USING btree (workspace_id, kind, slot) WHERE (slot IS NOT NULL);

CREATE INDEX surveys_open ON hunch.surveys USING btree (workspace_id, expires_at) WHERE (state = 'open'::text);

CREATE INDEX team_memberships_of ON hunch.team_memberships USING btree (workspace_id, account_id, since);

CREATE TRIGGER accounts_changed AFTER UPDATE ON hunch.github_accounts REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION hunch.mark_accounts();

CREATE TRIGGER accounts_made AFTER INSERT ON hunch.github_accounts REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION hunch.mark_accounts();

CREATE TRIGGER attributions_changed AFTER UPDATE ON hunch.attributions REFERENCING OLD TABLE AS earlier NEW TABLE AS later FOR EACH STATEMENT EXECUTE FUNCTION hunch.mark_judged_anew();

CREATE TRIGGER attributions_made AFTER INSERT ON hunch.attributions REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION hunch.mark_attributed();

CREATE TRIGGER fact_settings_changed AFTER UPDATE ON hunch.fact_settings FOR EACH ROW WHEN ((old.* IS DISTINCT FROM new.*)) EXECUTE FUNCTION hunch.mark_all();

CREATE TRIGGER fact_settings_made AFTER INSERT ON hunch.fact_settings FOR EACH ROW EXECUTE FUNCTION hunch.mark_all();

CREATE TRIGGER games_made AFTER INSERT ON hunch.games FOR EACH ROW WHEN ((new.timezone <> 'UTC'::text)) EXECUTE FUNCTION hunch.mark_all();

CREATE TRIGGER games_moved AFTER UPDATE ON hunch.games FOR EACH ROW WHEN ((old.timezone IS DISTINCT FROM new.timezone)) EXECUTE FUNCTION hunch.mark_all();

CREATE TRIGGER links_are AFTER UPDATE ON hunch.github_links REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION hunch.mark_linked();

CREATE TRIGGER links_made AFTER INSERT ON hunch.github_links REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION hunch.mark_linked();

CREATE TRIGGER links_unmade AFTER DELETE ON hunch.github_links REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION hunch.mark_linked();

CREATE TRIGGER links_were AFTER UPDATE ON hunch.github_links REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION hunch.mark_linked();

CREATE TRIGGER members_changed AFTER UPDATE ON hunch.members REFERENCING OLD TABLE AS earlier NEW TABLE AS later FOR EACH STATEMENT EXECUTE FUNCTION hunch.mark_moved();

CREATE TRIGGER memberships_are AFTER UPDATE ON hunch.team_memberships REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION hunch.mark_merged_meanwhile();

CREATE TRIGGER memberships_made AFTER INSERT ON hunch.team_memberships REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION hunch.mark_merged_meanwhile();

CREATE TRIGGER memberships_unmade AFTER DELETE ON hunch.team_memberships REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION hunch.mark_merged_meanwhile();

CREATE TRIGGER memberships_were AFTER UPDATE ON hunch.team_memberships REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION hunch.mark_merged_meanwhile();

ALTER TABLE ONLY hunch.api_answers
    ADD CONSTRAINT api_answers_workspace_id_token_id_fkey FOREIGN KEY (workspace_id, token_id) REFERENCES hunch.api_tokens(workspace_id, token_id);

ALTER TABLE ONLY hunch.api_tokens
    ADD CONSTRAINT api_tokens_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES hunch.workspaces(workspace_id);

ALTER TABLE ONLY hunch.artifact_contents
    ADD CONSTRAINT artifact_contents_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES hunch.workspaces(workspace_id);

ALTER TABLE ONLY hunch.artifacts
    ADD CONSTRAINT artifacts_workspace_id_run_id_fkey FOREIGN KEY (workspace_id, run_id) REFERENCES hunch.runs(workspace_id, run_id) ON DELETE CASCADE;

ALTER TABLE ONLY hunch.artifacts
    ADD CONSTRAINT artifacts_workspace_id_sha256_fkey FOREIGN KEY (workspace_id, sha256) REFERENCES hunch.artifact_contents(workspace_id, sha256);

ALTER TABLE ONLY hunch.attribution_corrections
    ADD CONSTRAINT attribution_corrections_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES hunch.workspaces(workspace_id);

ALTER TABLE ONLY hunch.attribution_corrections
    ADD CONSTRAINT attribution_corrections_workspace_id_member_id_fkey FOREIGN KEY (workspace_id, member_id) REFERENCES hunch.members(workspace_id, member_id);

ALTER TABLE ONLY hunch.attribution_corrections
    ADD CONSTRAINT attribution_corrections_workspace_id_repository_id_number_fkey FOREIGN KEY (workspace_id, repository_id, number) REFERENCES hunch.pull_requests(workspace_id, repository_id, number);

ALTER TABLE ONLY hunch.attribution_reports
    ADD CONSTRAINT attribution_reports_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES hunch.workspaces(workspace_id);

ALTER TABLE ONLY hunch.attribution_traces
    ADD CONSTRAINT attribution_traces_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES hunch.workspaces(workspace_id);

ALTER TABLE ONLY hunch.attributions
    ADD CONSTRAINT attributions_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES hunch.workspaces(workspace_id);

ALTER TABLE ONLY hunch.audits
    ADD CONSTRAINT audits_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES hunch.workspaces(workspace_id);

ALTER TABLE ONLY hunch.commits
    ADD CONSTRAINT commits_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES hunch.workspaces(workspace_id);

ALTER TABLE ONLY hunch.connections
    ADD CONSTRAINT connections_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES hunch.workspaces(workspace_id);

ALTER TABLE ONLY hunch.fact_settings
    ADD CONSTRAINT fact_settings_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES hunch.workspaces(workspace_id);

ALTER TABLE ONLY hunch.games
    ADD CONSTRAINT games_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES hunch.workspaces(workspace_id);

ALTER TABLE ONLY hunch.github_accounts
    ADD CONSTRAINT github_accounts_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES hunch.workspaces(workspace_id);

ALTER TABLE ONLY hunch.github_links
    ADD CONSTRAINT github_links_workspace_id_member_id_fkey FOREIGN KEY (workspace_id, member_id) REFERENCES hunch.members(workspace_id, member_id);

ALTER TABLE ONLY hunch.github_routes
    ADD CONSTRAINT github_routes_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES hunch.workspace_routes(workspace_id);

ALTER TABLE ONLY hunch.hook_routes
    ADD CONSTRAINT hook_routes_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES hunch.workspace_routes(workspace_id);

ALTER TABLE ONLY hunch.leaderboards
    ADD CONSTRAINT leaderboards_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES hunch.workspaces(workspace_id);

ALTER TABLE ONLY hunch.members
    ADD CONSTRAINT members_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES hunch.workspaces(workspace_id);

ALTER TABLE ONLY hunch.messages
    ADD CONSTRAINT messages_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES hunch.workspaces(workspace_id);

ALTER TABLE ONLY hunch.outbox
    ADD CONSTRAINT outbox_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES hunch.workspaces(workspace_id);

ALTER TABLE ONLY hunch.parts
    ADD CONSTRAINT parts_workspace_id_member_id_fkey FOREIGN KEY (workspace_id, member_id) REFERENCES hunch.members(workspace_id, member_id);

ALTER TABLE ONLY hunch.parts
    ADD CONSTRAINT parts_workspace_id_survey_id_fkey FOREIGN KEY (workspace_id, survey_id) REFERENCES hunch.surveys(workspace_id, survey_id);

ALTER TABLE ONLY hunch.pull_request_events
    ADD CONSTRAINT pull_request_events_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES hunch.workspaces(workspace_id);

ALTER TABLE ONLY hunch.pull_requests
    ADD CONSTRAINT pull_requests_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES hunch.workspaces(workspace_id);

ALTER TABLE ONLY hunch.repositories
    ADD CONSTRAINT repositories_workspace_id_connection_id_fkey FOREIGN KEY (workspace_id, connection_id) REFERENCES hunch.connections(workspace_id, connection_id);

ALTER TABLE ONLY hunch.repositories
    ADD CONSTRAINT repositories_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES hunch.workspaces(workspace_id);

ALTER TABLE ONLY hunch.repository_selections
    ADD CONSTRAINT repository_selections_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES hunch.workspaces(workspace_id);

ALTER TABLE ONLY hunch.reviews
    ADD CONSTRAINT reviews_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES hunch.workspaces(workspace_id);

ALTER TABLE ONLY hunch.run_follows
    ADD CONSTRAINT run_follows_workspace_id_run_id_fkey FOREIGN KEY (workspace_id, run_id) REFERENCES hunch.runs(workspace_id, run_id) ON DELETE CASCADE;

ALTER TABLE ONLY hunch.run_notes
    ADD CONSTRAINT run_notes_workspace_id_run_id_fkey FOREIGN KEY (workspace_id, run_id) REFERENCES hunch.runs(workspace_id, run_id) ON DELETE CASCADE;

ALTER TABLE ONLY hunch.runs
    ADD CONSTRAINT runs_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES hunch.workspaces(workspace_id);

ALTER TABLE ONLY hunch.schedules
    ADD CONSTRAINT schedules_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES hunch.workspace_routes(workspace_id);

ALTER TABLE ONLY hunch.secrets
    ADD CONSTRAINT secrets_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES hunch.workspaces(workspace_id);

ALTER TABLE ONLY hunch.slack_budgets
    ADD CONSTRAINT slack_budgets_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES hunch.workspaces(workspace_id);

ALTER TABLE ONLY hunch.steps
    ADD CONSTRAINT steps_workspace_id_run_id_fkey FOREIGN KEY (workspace_id, run_id) REFERENCES hunch.runs(workspace_id, run_id) ON DELETE CASCADE;

ALTER TABLE ONLY hunch.surveys
    ADD CONSTRAINT surveys_workspace_id_repository_id_number_fkey FOREIGN KEY (workspace_id, repository_id, number) REFERENCES hunch.pull_requests(workspace_id, repository_id, number);

ALTER TABLE ONLY hunch.team_memberships
    ADD CONSTRAINT team_memberships_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES hunch.workspaces(workspace_id);

ALTER TABLE ONLY hunch.team_memberships
    ADD CONSTRAINT team_memberships_workspace_id_team_id_fkey FOREIGN KEY (workspace_id, team_id) REFERENCES hunch.teams(workspace_id, team_id);

ALTER TABLE ONLY hunch.team_news
    ADD CONSTRAINT team_news_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES hunch.workspaces(workspace_id);

ALTER TABLE ONLY hunch.team_news
    ADD CONSTRAINT team_news_workspace_id_team_id_fkey FOREIGN KEY (workspace_id, team_id) REFERENCES hunch.teams(workspace_id, team_id);

ALTER TABLE ONLY hunch.teams
    ADD CONSTRAINT teams_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES hunch.workspaces(workspace_id);

ALTER TABLE ONLY hunch.unlinked_accounts
    ADD CONSTRAINT unlinked_accounts_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES hunch.workspaces(workspace_id);

ALTER TABLE ONLY hunch.workspaces
    ADD CONSTRAINT workspaces_workspace_id_fkey FOREIGN KEY (workspace_id) REFERENCES hunch.workspace_routes(workspace_id);

ALTER TABLE hunch.api_answers ENABLE ROW LEVEL SECURITY;

ALTER TABLE hunch.api_tokens ENABLE ROW LEVEL SECURITY;

ALTER TABLE hunch.artifact_contents ENABLE ROW LEVEL SECURITY;

ALTER TABLE hunch.artifacts ENABLE ROW LEVEL SECURITY;

ALTER TABLE hunch.attribution_corrections ENABLE ROW LEVEL SECURITY;

ALTER TABLE hunch.attribution_reports ENABLE ROW LEVEL SECURITY;

ALTER TABLE hunch.attribution_traces ENABLE ROW LEVEL SECURITY;

ALTER TABLE hunch.attributions ENABLE ROW LEVEL SECURITY;

ALTER TABLE hunch.audits ENABLE ROW LEVEL SECURITY;

ALTER TABLE hunch.commits ENABLE ROW LEVEL SECURITY;

ALTER TABLE hunch.connections ENABLE ROW LEVEL SECURITY;

ALTER TABLE hunch.deliveries ENABLE ROW LEVEL SECURITY;

ALTER TABLE hunch.fact_settings ENABLE ROW LEVEL SECURITY;

ALTER TABLE hunch.facts ENABLE ROW LEVEL SECURITY;

ALTER TABLE hunch.games ENABLE ROW LEVEL SECURITY;

ALTER TABLE hunch.github_accounts ENABLE ROW LEVEL SECURITY;

ALTER TABLE hunch.github_links ENABLE ROW LEVEL SECURITY;

ALTER TABLE hunch.leaderboards ENABLE ROW LEVEL SECURITY;

ALTER TABLE hunch.members ENABLE ROW LEVEL SECURITY;

ALTER TABLE hunch.messages ENABLE ROW LEVEL SECURITY;

ALTER TABLE hunch.outbox ENABLE ROW LEVEL SECURITY;

ALTER TABLE hunch.parts ENABLE ROW LEVEL SECURITY;

ALTER TABLE hunch.pull_request_events ENABLE ROW LEVEL SECURITY;

ALTER TABLE hunch.pull_requests ENABLE ROW LEVEL SECURITY;

ALTER TABLE hunch.repositories ENABLE ROW LEVEL SECURITY;

ALTER TABLE hunch.repository_selections ENABLE ROW LEVEL SECURITY;

ALTER TABLE hunch.reviews ENABLE ROW LEVEL SECURITY;

ALTER TABLE hunch.rollups ENABLE ROW LEVEL SECURITY;

ALTER TABLE hunch.run_follows ENABLE ROW LEVEL SECURITY;

ALTER TABLE hunch.run_notes ENABLE ROW LEVEL SECURITY;

ALTER TABLE hunch.runs ENABLE ROW LEVEL SECURITY;

ALTER TABLE hunch.secrets ENABLE ROW LEVEL SECURITY;

ALTER TABLE hunch.slack_budgets ENABLE ROW LEVEL SECURITY;

ALTER TABLE hunch.stale_facts ENABLE ROW LEVEL SECURITY;

ALTER TABLE hunch.steps ENABLE ROW LEVEL SECURITY;

ALTER TABLE hunch.surveys ENABLE ROW LEVEL SECURITY;

ALTER TABLE hunch.team_memberships ENABLE ROW LEVEL SECURITY;

ALTER TABLE hunch.team_news ENABLE ROW LEVEL SECURITY;

ALTER TABLE hunch.teams ENABLE ROW LEVEL SECURITY;

CREATE POLICY tenant ON hunch.api_answers USING ((workspace_id = hunch.current_workspace())) WITH CHECK ((workspace_id = hunch.current_workspace()));

CREATE POLICY tenant ON hunch.api_tokens USING ((workspace_id = hunch.current_workspace())) WITH CHECK ((workspace_id = hunch.current_workspace()));

CREATE POLICY tenant ON hunch.artifact_contents USING ((workspace_id = hunch.current_workspace())) WITH CHECK ((workspace_id = hunch.current_workspace()));

CREATE POLICY tenant ON hunch.artifacts USING ((workspace_id = hunch.current_workspace())) WITH CHECK ((workspace_id = hunch.current_workspace()));

CREATE POLICY tenant ON hunch.attribution_corrections USING ((workspace_id = hunch.current_workspace())) WITH CHECK ((workspace_id = hunch.current_workspace()));

CREATE POLICY tenant ON hunch.attribution_reports USING ((workspace_id = hunch.current_workspace())) WITH CHECK ((workspace_id = hunch.current_workspace()));

CREATE POLICY tenant ON hunch.attribution_traces USING ((workspace_id = hunch.current_workspace())) WITH CHECK ((workspace_id = hunch.current_workspace()));

CREATE POLICY tenant ON hunch.attributions USING ((workspace_id = hunch.current_workspace())) WITH CHECK ((workspace_id = hunch.current_workspace()));

CREATE POLICY tenant ON hunch.audits USING ((workspace_id = hunch.current_workspace())) WITH CHECK ((workspace_id = hunch.current_workspace()));

CREATE POLICY tenant ON hunch.commits USING ((workspace_id = hunch.current_workspace())) WITH CHECK ((workspace_id = hunch.current_workspace()));

CREATE POLICY tenant ON hunch.connections USING ((workspace_id = hunch.current_workspace())) WITH CHECK ((workspace_id = hunch.current_workspace()));

CREATE POLICY tenant ON hunch.deliveries USING ((workspace_id = hunch.current_workspace())) WITH CHECK ((workspace_id = hunch.current_workspace()));

CREATE POLICY tenant ON hunch.fact_settings USING ((workspace_id = hunch.current_workspace())) WITH CHECK ((workspace_id = hunch.current_workspace()));

CREATE POLICY tenant ON hunch.facts USING ((workspace_id = hunch.current_workspace())) WITH CHECK ((workspace_id = hunch.current_workspace()));

CREATE POLICY tenant ON hunch.games USING ((workspace_id = hunch.current_workspace())) WITH CHECK ((workspace_id = hunch.current_workspace()));

CREATE POLICY tenant ON hunch.github_accounts USING ((workspace_id = hunch.current_workspace())) WITH CHECK ((workspace_id = hunch.current_workspace()));

CREATE POLICY tenant ON hunch.github_links USING ((workspace_id = hunch.current_workspace())) WITH CHECK ((workspace_id = hunch.current_workspace()));

CREATE POLICY tenant ON hunch.leaderboards USING ((workspace_id = hunch.current_workspace())) WITH CHECK ((workspace_id = hunch.current_workspace()));

CREATE POLICY tenant ON hunch.members USING ((workspace_id = hunch.current_workspace())) WITH CHECK ((workspace_id = hunch.current_workspace()));

CREATE POLICY tenant ON hunch.messages USING ((workspace_id = hunch.current_workspace())) WITH CHECK ((workspace_id = hunch.current_workspace()));

CREATE POLICY tenant ON hunch.outbox USING ((workspace_id = hunch.current_workspace())) WITH CHECK ((workspace_id = hunch.current_workspace()));

CREATE POLICY tenant ON hunch.parts USING ((workspace_id = hunch.current_workspace())) WITH CHECK ((workspace_id = hunch.current_workspace()));

CREATE POLICY tenant ON hunch.pull_request_events USING ((workspace_id = hunch.current_workspace())) WITH CHECK ((workspace_id = hunch.current_workspace()));

CREATE POLICY tenant ON hunch.pull_requests USING ((workspace_id = hunch.current_workspace())) WITH CHECK ((workspace_id = hunch.current_workspace()));

CREATE POLICY tenant ON hunch.repositories USING ((workspace_id = hunch.current_workspace())) WITH CHECK ((workspace_id = hunch.current_workspace()));

CREATE POLICY tenant ON hunch.repository_selections USING ((workspace_id = hunch.current_workspace())) WITH CHECK ((workspace_id = hunch.current_workspace()));

CREATE POLICY tenant ON hunch.reviews USING ((workspace_id = hunch.current_workspace())) WITH CHECK ((workspace_id = hunch.current_workspace()));

CREATE POLICY tenant ON hunch.rollups USING ((workspace_id = hunch.current_workspace())) WITH CHECK ((workspace_id = hunch.current_workspace()));

CREATE POLICY tenant ON hunch.run_follows USING ((workspace_id = hunch.current_workspace())) WITH CHECK ((workspace_id = hunch.current_workspace()));

CREATE POLICY tenant ON hunch.run_notes USING ((workspace_id = hunch.current_workspace())) WITH CHECK ((workspace_id = hunch.current_workspace()));

CREATE POLICY tenant ON hunch.runs USING ((workspace_id = hunch.current_workspace())) WITH CHECK ((workspace_id = hunch.current_workspace()));

CREATE POLICY tenant ON hunch.secrets USING ((workspace_id = hunch.current_workspace())) WITH CHECK ((workspace_id = hunch.current_workspace()));

CREATE POLICY tenant ON hunch.slack_budgets USING ((workspace_id = hunch.current_workspace())) WITH CHECK ((workspace_id = hunch.current_workspace()));

CREATE POLICY tenant ON hunch.stale_facts USING ((workspace_id = hunch.current_workspace())) WITH CHECK ((workspace_id = hunch.current_workspace()));

CREATE POLICY tenant ON hunch.steps USING ((workspace_id = hunch.current_workspace())) WITH CHECK ((workspace_id = hunch.current_workspace()));

CREATE POLICY tenant ON hunch.surveys USING ((workspace_id = hunch.current_workspace())) WITH CHECK ((workspace_id = hunch.current_workspace()));

CREATE POLICY tenant ON hunch.team_memberships USING ((workspace_id = hunch.current_workspace())) WITH CHECK ((workspace_id = hunch.current_workspace()));

CREATE POLICY tenant ON hunch.team_news USING ((workspace_id = hunch.current_workspace())) WITH CHECK ((workspace_id = hunch.current_workspace()));

CREATE POLICY tenant ON hunch.teams USING ((workspace_id = hunch.current_workspace())) WITH CHECK ((workspace_id = hunch.current_workspace()));

CREATE POLICY tenant ON hunch.unlinked_accounts USING ((workspace_id = hunch.current_workspace())) WITH CHECK ((workspace_id = hunch.current_workspace()));

CREATE POLICY tenant ON hunch.workspaces USING ((workspace_id = hunch.current_workspace())) WITH CHECK ((workspace_id = hunch.current_workspace()));

ALTER TABLE hunch.unlinked_accounts ENABLE ROW LEVEL SECURITY;

ALTER TABLE hunch.workspaces ENABLE ROW LEVEL SECURITY;

GRANT USAGE ON SCHEMA hunch TO hunch_app;

GRANT ALL ON FUNCTION hunch.begin_step(p_workspace_id text, p_run_id bigint, p_turn bigint, p_plans jsonb, p_most_faults integer, p_now timestamp with time zone, OUT verdict text, OUT kind text, OUT params jsonb, OUT trigger text, OUT place smallint, OUT step text, OUT input jsonb, OUT attempt integer, OUT faults smallint, OUT fence bigint, OUT unchecked boolean) TO hunch_app;

GRANT ALL ON FUNCTION hunch.count_secrets() TO hunch_app;

GRANT ALL ON FUNCTION hunch.current_workspace() TO hunch_app;

GRANT ALL ON FUNCTION hunch.forget_audits(p_before timestamp with time zone, p_limit integer) TO hunch_app;

GRANT ALL ON FUNCTION hunch.hold_facts() TO hunch_app;

GRANT ALL ON FUNCTION hunch.last_heard_at(p_most integer) TO hunch_app;

GRANT ALL ON FUNCTION hunch.mark_accounts() TO hunch_app;

GRANT ALL ON FUNCTION hunch.mark_all() TO hunch_app;

GRANT ALL ON FUNCTION hunch.mark_attributed() TO hunch_app;

GRANT ALL ON FUNCTION hunch.mark_judged_anew() TO hunch_app;

GRANT ALL ON FUNCTION hunch.mark_linked() TO hunch_app;

GRANT ALL ON FUNCTION hunch.mark_merged_meanwhile() TO hunch_app;

GRANT ALL ON FUNCTION hunch.mark_moved() TO hunch_app;

GRANT ALL ON FUNCTION hunch.mark_of_logins(p_logins text[]) TO hunch_app;

GRANT ALL ON FUNCTION hunch.purge_workspace(p_workspace_id text, p_before timestamp with time zone) TO hunch_app;

GRANT ALL ON FUNCTION hunch.read_for_replies(p_workspace_id text, p_part_ids bigint[]) TO hunch_app;

GRANT ALL ON FUNCTION hunch.save_replies(p_workspace_id text, p_part_ids bigint[], p_versions text[], p_answers text[], p_reveal_oks boolean[], p_tools text[], p_reworks text[], p_ratings text[], p_guesses text[], p_changed_at timestamp with time zone[], p_response_urls text[], p_job_keys text[]) TO hunch_app;

GRANT ALL ON FUNCTION hunch.store_deliveries(p_workspace_id text, p_sources text[], p_ids text[], p_events text[], p_bodies bytea[], p_received_at timestamp with time zone[]) TO hunch_app;

GRANT ALL ON FUNCTION hunch.sum_backlogs(p_most integer, OUT workspaces bigint, OUT disconnected bigint, OUT pending bigint, OUT sending bigint, OUT unclear bigint, OUT parked bigint, OUT unreadable bigint, OUT oldest_due_at timestamp with time zone) TO hunch_app;

GRANT ALL ON FUNCTION hunch.sum_connections(p_most integer, OUT working bigint, OUT troubled bigint) TO hunch_app;

GRANT ALL ON FUNCTION hunch.join_buckets(smallint[]) TO hunch_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE hunch.api_answers TO hunch_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE hunch.api_tokens TO hunch_app;

GRANT SELECT,USAGE ON SEQUENCE hunch.api_tokens_token_id_seq TO hunch_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE hunch.artifact_contents TO hunch_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE hunch.artifacts TO hunch_app;

GRANT SELECT,USAGE ON SEQUENCE hunch.artifacts_artifact_id_seq TO hunch_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE hunch.attribution_corrections TO hunch_app;

GRANT SELECT,USAGE ON SEQUENCE hunch.attribution_corrections_correction_id_seq TO hunch_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE hunch.attribution_reports TO hunch_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE hunch.attribution_traces TO hunch_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE hunch.attributions TO hunch_app;

GRANT SELECT,INSERT ON TABLE hunch.audits TO hunch_app;

GRANT SELECT,USAGE ON SEQUENCE hunch.audits_audit_id_seq TO hunch_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE hunch.commits TO hunch_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE hunch.connections TO hunch_app;

GRANT SELECT,USAGE ON SEQUENCE hunch.connections_connection_id_seq TO hunch_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE hunch.cron_slots TO hunch_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE hunch.deliveries TO hunch_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE hunch.fact_settings TO hunch_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE hunch.facts TO hunch_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE hunch.fan_outs TO hunch_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE hunch.games TO hunch_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE hunch.github_accounts TO hunch_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE hunch.github_links TO hunch_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE hunch.github_routes TO hunch_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE hunch.hook_routes TO hunch_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE hunch.leaderboards TO hunch_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE hunch.members TO hunch_app;

GRANT SELECT,USAGE ON SEQUENCE hunch.members_member_id_seq TO hunch_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE hunch.messages TO hunch_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE hunch.oauth_states TO hunch_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE hunch.outbox TO hunch_app;

GRANT SELECT,USAGE ON SEQUENCE hunch.outbox_outbox_id_seq TO hunch_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE hunch.parts TO hunch_app;

GRANT SELECT,USAGE ON SEQUENCE hunch.parts_part_id_seq TO hunch_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE hunch.pull_request_events TO hunch_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE hunch.pull_requests TO hunch_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE hunch.repositories TO hunch_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE hunch.repository_selections TO hunch_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE hunch.reviews TO hunch_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE hunch.rollups TO hunch_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE hunch.run_follows TO hunch_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE hunch.run_notes TO hunch_app;

GRANT SELECT,USAGE ON SEQUENCE hunch.run_notes_note_id_seq TO hunch_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE hunch.runs TO hunch_app;

GRANT SELECT,USAGE ON SEQUENCE hunch.runs_run_id_seq TO hunch_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE hunch.schedules TO hunch_app;

GRANT SELECT ON TABLE hunch.schema_migrations TO hunch_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE hunch.secrets TO hunch_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE hunch.slack_budgets TO hunch_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE hunch.stale_facts TO hunch_app;

GRANT SELECT,USAGE ON SEQUENCE hunch.stale_facts_mark_id_seq TO hunch_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE hunch.steps TO hunch_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE hunch.surveys TO hunch_app;

GRANT SELECT,USAGE ON SEQUENCE hunch.surveys_survey_id_seq TO hunch_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE hunch.team_memberships TO hunch_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE hunch.team_news TO hunch_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE hunch.teams TO hunch_app;

GRANT SELECT,USAGE ON SEQUENCE hunch.teams_team_id_seq TO hunch_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE hunch.unlinked_accounts TO hunch_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE hunch.workspace_routes TO hunch_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE hunch.workspaces TO hunch_app;
