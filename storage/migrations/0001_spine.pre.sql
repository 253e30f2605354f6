-- The spine: workspaces and their people, pull requests as webhooks tell them, surveys, and what
-- Slack should show. Every table of a workspace carries workspace_id in all its keys; the policies
-- at the end hold for the owner too. The routing tables are the only ones that cross workspaces.

CREATE FUNCTION current_workspace() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
    RETURN nullif(current_setting('hunch.workspace_id', true), '');

-- Routing: who owns what, without secrets or content.

CREATE TABLE workspace_routes (
    workspace_id  text PRIMARY KEY CHECK (workspace_id ~ '^[TE][A-Z0-9]{1,30}$'),
    installed_at  timestamptz NOT NULL
);

CREATE TABLE github_routes (
    installation_id bigint PRIMARY KEY,
    workspace_id    text NOT NULL REFERENCES workspace_routes
);

CREATE TABLE hook_routes (
    hook_key     text PRIMARY KEY CHECK (length(hook_key) >= 16),
    workspace_id text NOT NULL REFERENCES workspace_routes
);

CREATE TABLE schedules (
    workspace_id   text NOT NULL REFERENCES workspace_routes,
    name           text NOT NULL,
    weekday        smallint NOT NULL CHECK (weekday BETWEEN 1 AND 7),
    hour           smallint NOT NULL CHECK (hour BETWEEN 0 AND 23),
    timezone       text NOT NULL,
    effective_from timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, name)
);

CREATE TABLE cron_slots (
    name text NOT NULL,
    slot timestamptz NOT NULL,
    PRIMARY KEY (name, slot)
);

-- A workspace and its people.

CREATE TABLE workspaces (
    workspace_id  text PRIMARY KEY REFERENCES workspace_routes,
    name          text NOT NULL,
    bot_user_id   text NOT NULL,
    bot_id        text NOT NULL DEFAULT '',
    enterprise_id text NOT NULL DEFAULT '',
    members_synced_at timestamptz
);

CREATE TABLE games (
    workspace_id        text PRIMARY KEY REFERENCES workspaces,
    switched_on_at      timestamptz,
    reveals_on          boolean NOT NULL DEFAULT true,
    leaderboard_channel text,
    weekday             smallint NOT NULL DEFAULT 1 CHECK (weekday BETWEEN 1 AND 7),
    hour                smallint NOT NULL DEFAULT 9 CHECK (hour BETWEEN 0 AND 23),
    timezone            text NOT NULL DEFAULT 'UTC',
    daily_budget        smallint NOT NULL DEFAULT 3 CHECK (daily_budget BETWEEN 1 AND 50),
    weekly_budget       smallint NOT NULL DEFAULT 8 CHECK (weekly_budget BETWEEN 1 AND 50),
    names_opt_in        boolean NOT NULL DEFAULT false,
    threshold           smallint NOT NULL DEFAULT 5 CHECK (threshold >= 5)
);

CREATE TABLE members (
    workspace_id   text NOT NULL REFERENCES workspaces,
    member_id      bigint GENERATED ALWAYS AS IDENTITY,
    slack_user_id  text NOT NULL,
    name           text NOT NULL,
    timezone       text NOT NULL DEFAULT 'UTC',
    is_admin       boolean NOT NULL DEFAULT false,
    excluded       boolean NOT NULL DEFAULT false,
    departed       boolean NOT NULL DEFAULT false,
    quiet_start_h  smallint NOT NULL DEFAULT 19 CHECK (quiet_start_h BETWEEN 0 AND 23),
    quiet_end_h    smallint NOT NULL DEFAULT 8 CHECK (quiet_end_h BETWEEN 0 AND 23),
    quiet_weekends boolean NOT NULL DEFAULT true,
    snoozed_until  timestamptz,
    stopped_at     timestamptz,
    name_shown     boolean,
    introduced_at  timestamptz,
    PRIMARY KEY (workspace_id, member_id),
    UNIQUE (workspace_id, slack_user_id)
);

CREATE TABLE github_links (
    workspace_id text NOT NULL,
    github_login text NOT NULL CHECK (github_login = lower(github_login)),
    member_id    bigint NOT NULL,
    state        text NOT NULL CHECK (state IN ('claimed', 'confirmed', 'blocked')),
    source       text NOT NULL CHECK (source IN ('admin', 'csv', 'member')),
    linked_at    timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, github_login, member_id),
    FOREIGN KEY (workspace_id, member_id) REFERENCES members
);
CREATE UNIQUE INDEX github_links_one_member ON github_links (workspace_id, github_login)
    WHERE state = 'confirmed';
CREATE UNIQUE INDEX github_links_one_login ON github_links (workspace_id, member_id)
    WHERE state = 'confirmed';

CREATE TABLE unlinked_accounts (
    workspace_id text NOT NULL REFERENCES workspaces,
    github_login text NOT NULL,
    last_seen_at timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, github_login)
);

-- What arrived, and what it says.

-- The busiest table: no foreign key and one index less than others would have; the workspace is
-- known from its route, and old rows are found nightly by reading through.
CREATE TABLE deliveries (
    workspace_id text NOT NULL,
    source       text NOT NULL CHECK (source IN ('github', 'slack')),
    delivery_id  text NOT NULL,
    event        text NOT NULL,
    body         bytea,
    received_at  timestamptz NOT NULL,
    processed_at timestamptz,
    failure      text,
    PRIMARY KEY (workspace_id, source, delivery_id)
);
CREATE INDEX deliveries_waiting ON deliveries (workspace_id, received_at)
    WHERE processed_at IS NULL;

CREATE TABLE pull_requests (
    workspace_id    text NOT NULL REFERENCES workspaces,
    repository_id   bigint NOT NULL,
    number          integer NOT NULL,
    repository      text NOT NULL,
    title           text NOT NULL,
    url             text NOT NULL,
    author_login    text NOT NULL,
    author_id       bigint NOT NULL,
    author_kind     text NOT NULL,
    head_ref        text NOT NULL,
    base_ref        text NOT NULL,
    draft           boolean NOT NULL,
    state           text NOT NULL CHECK (state IN ('open', 'closed')),
    assignees       jsonb NOT NULL DEFAULT '[]',
    signals         text[] NOT NULL DEFAULT '{}',
    opened_at       timestamptz NOT NULL,
    closed_at       timestamptz,
    merged_at       timestamptz,
    updated_at      timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, repository_id, number)
);
CREATE INDEX pull_requests_merged ON pull_requests (workspace_id, merged_at)
    WHERE merged_at IS NOT NULL;

CREATE TABLE reviews (
    workspace_id   text NOT NULL REFERENCES workspaces,
    repository_id  bigint NOT NULL,
    number         integer NOT NULL,
    review_id      bigint NOT NULL,
    reviewer_login text NOT NULL,
    reviewer_id    bigint NOT NULL,
    reviewer_kind  text NOT NULL,
    state          text NOT NULL,
    submitted_at   timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, repository_id, number, review_id)
);

-- The game.

CREATE TABLE surveys (
    workspace_id  text NOT NULL,
    survey_id     bigint GENERATED ALWAYS AS IDENTITY,
    repository_id bigint NOT NULL,
    number        integer NOT NULL,
    state         text NOT NULL CHECK (state IN ('open', 'closed', 'drawn_out')),
    rating_only   boolean NOT NULL,
    probability   double precision NOT NULL CHECK (probability BETWEEN 0 AND 1),
    opened_at     timestamptz NOT NULL,
    expires_at    timestamptz NOT NULL,
    closed_at     timestamptz,
    PRIMARY KEY (workspace_id, survey_id),
    UNIQUE (workspace_id, repository_id, number),
    FOREIGN KEY (workspace_id, repository_id, number) REFERENCES pull_requests
);
CREATE INDEX surveys_open ON surveys (workspace_id, expires_at) WHERE state = 'open';

CREATE TABLE parts (
    workspace_id    text NOT NULL,
    part_id         bigint GENERATED ALWAYS AS IDENTITY,
    survey_id       bigint NOT NULL,
    member_id       bigint NOT NULL,
    slack_user_id   text NOT NULL,
    role            text NOT NULL CHECK (role IN ('author', 'reviewer', 'combined')),
    guessable       boolean NOT NULL,
    state           text NOT NULL CHECK (state IN ('waiting', 'asked', 'final', 'closed')),
    answer          text CHECK (answer IN ('no', 'helped', 'wrote')),
    reveal_ok       boolean NOT NULL DEFAULT true,
    tool            text,
    rework          text,
    rating          text CHECK (rating IN ('could_be_better', 'ok', 'super')),
    guess           text CHECK (guess IN ('yes', 'no', 'no_idea')),
    outcome         text CHECK (outcome IN ('right', 'wrong', 'unresolved', 'void', 'private')),
    introduces      boolean NOT NULL DEFAULT false,
    send_at         timestamptz NOT NULL,
    asked_at        timestamptz,
    changed_at      timestamptz,
    revealed_at     timestamptz,
    response_url    text,
    response_url_at timestamptz,
    PRIMARY KEY (workspace_id, part_id),
    UNIQUE (workspace_id, survey_id, member_id),
    FOREIGN KEY (workspace_id, survey_id) REFERENCES surveys,
    FOREIGN KEY (workspace_id, member_id) REFERENCES members
);
-- Room in each page, so that a tap rewrites a part without touching any index.
ALTER TABLE parts SET (fillfactor = 70);
CREATE INDEX parts_waiting ON parts (workspace_id, send_at) WHERE state = 'waiting';
CREATE INDEX parts_of_member ON parts (workspace_id, member_id, send_at);
CREATE INDEX parts_revealed ON parts (workspace_id, revealed_at) WHERE revealed_at IS NOT NULL;

CREATE TABLE leaderboards (
    workspace_id text NOT NULL REFERENCES workspaces,
    slot         text NOT NULL,
    posted_at    timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, slot)
);

-- What Slack should show.

CREATE TABLE messages (
    workspace_id text NOT NULL REFERENCES workspaces,
    message_key  text NOT NULL,
    digest       bytea NOT NULL,
    channel      text,
    ts           text,
    uncertain    boolean NOT NULL DEFAULT false,
    PRIMARY KEY (workspace_id, message_key)
);

CREATE TABLE outbox (
    workspace_id    text NOT NULL REFERENCES workspaces,
    outbox_id       bigint GENERATED ALWAYS AS IDENTITY,
    op              text NOT NULL CHECK (op IN ('show', 'home', 'reply')),
    target          text NOT NULL,
    lane            text NOT NULL,
    effect_key      text NOT NULL,
    payload         jsonb NOT NULL,
    response_url    text,
    state           text NOT NULL DEFAULT 'pending'
                    CHECK (state IN ('pending', 'sending', 'unclear', 'sent', 'parked')),
    attempt         integer NOT NULL DEFAULT 0,
    failures        integer NOT NULL DEFAULT 0,
    budgeted        boolean NOT NULL DEFAULT false,
    due_at          timestamptz NOT NULL,
    lease_until     timestamptz,
    tried_at        timestamptz,
    reason          text,
    created_at      timestamptz NOT NULL,
    finished_at     timestamptz,
    PRIMARY KEY (workspace_id, outbox_id)
);
-- A message that waits untried is replaced by its newer content; a reply is given once.
CREATE UNIQUE INDEX outbox_pending ON outbox (workspace_id, effect_key)
    WHERE state = 'pending' AND attempt = 0;
CREATE UNIQUE INDEX outbox_replies ON outbox (workspace_id, effect_key) WHERE op = 'reply';
CREATE INDEX outbox_lanes ON outbox (workspace_id, lane, outbox_id)
    WHERE state IN ('pending', 'sending', 'unclear');
CREATE INDEX outbox_parked ON outbox (workspace_id, outbox_id) WHERE state = 'parked';
CREATE INDEX outbox_finished ON outbox (workspace_id, finished_at)
    WHERE finished_at IS NOT NULL;

CREATE TABLE slack_budgets (
    workspace_id text NOT NULL REFERENCES workspaces,
    method       text NOT NULL,
    scope        text NOT NULL,
    full_at      timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, method, scope)
);

-- Deliveries stored and queued in one round trip: for each `new`, `again` (an earlier try had
-- failed) or `known`. The function names its own workspace: it is a transaction of its own.
CREATE FUNCTION store_deliveries(
    p_workspace_id text, p_sources text[], p_ids text[], p_events text[], p_bodies bytea[],
    p_received_at timestamptz[]
) RETURNS text[] LANGUAGE plpgsql AS $$
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

-- Taps are read and written in one round trip each; the row version (xmin) that was read guards the
-- write, so that nothing decided on an older one is stored. Both take all taps of a moment together.
CREATE TYPE asked_part AS (
    part_id bigint, survey_id bigint, member_id bigint, slack_user_id text, role text,
    guessable boolean, state text, answer text, reveal_ok boolean, tool text, rework text,
    rating text, guess text, outcome text, asked_at timestamptz, revealed_at timestamptz,
    survey_state text, expires_at timestamptz, version text
);

CREATE FUNCTION read_for_replies(p_workspace_id text, p_part_ids bigint[])
RETURNS asked_part[] LANGUAGE plpgsql AS $$
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

CREATE FUNCTION save_replies(
    p_workspace_id text, p_part_ids bigint[], p_versions text[], p_answers text[],
    p_reveal_oks boolean[], p_tools text[], p_reworks text[], p_ratings text[], p_guesses text[],
    p_changed_at timestamptz[], p_response_urls text[], p_job_keys text[]
) RETURNS boolean[] LANGUAGE plpgsql AS $$
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

-- Secrets and the trail.

CREATE TABLE secrets (
    workspace_id text NOT NULL REFERENCES workspaces,
    purpose      text NOT NULL,
    name         text NOT NULL,
    ciphertext   bytea NOT NULL,
    stored_at    timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (workspace_id, purpose, name)
);

CREATE TABLE audits (
    workspace_id text NOT NULL REFERENCES workspaces,
    audit_id     bigint GENERATED ALWAYS AS IDENTITY,
    happened_at  timestamptz NOT NULL,
    actor        text NOT NULL,
    action       text NOT NULL,
    subject      text NOT NULL,
    details      jsonb NOT NULL DEFAULT '{}',
    PRIMARY KEY (workspace_id, audit_id)
);

DO $$
DECLARE
    tenant_table text;
BEGIN
    FOR tenant_table IN
        SELECT c.relname
          FROM pg_class c
         WHERE c.relnamespace = 'hunch'::regnamespace AND c.relkind = 'r'
           AND c.relname NOT IN ('workspace_routes', 'github_routes', 'hook_routes', 'schedules',
                                 'cron_slots', 'schema_migrations')
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', tenant_table);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', tenant_table);
        EXECUTE format('CREATE POLICY tenant ON %I USING (workspace_id = current_workspace()) '
                       'WITH CHECK (workspace_id = current_workspace())', tenant_table);
    END LOOP;
END $$;
