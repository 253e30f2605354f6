"""Rows for the tables that the game by itself leaves empty: GitHub's, of runs and their like."""

from __future__ import annotations

from bot.ports import Transaction

_ROWS = (
    """INSERT INTO connections (workspace_id, service, kind, account, state, connected_at)
            VALUES ($1, 'github', 'token', 'acme', 'active', now())""",
    """INSERT INTO repositories (workspace_id, repository_id, full_name, discovered_at)
            VALUES ($1, 7, 'acme/shop', now()) ON CONFLICT DO NOTHING""",
    """INSERT INTO github_accounts (workspace_id, account_id, login, kind)
            VALUES ($1, 7, 'somebody', 'user') ON CONFLICT DO NOTHING""",
    """INSERT INTO teams (workspace_id, github_team_id, organisation, slug, name)
            VALUES ($1, 7, 'acme', 'shop', 'Shop')""",
    """INSERT INTO team_memberships (workspace_id, team_id, account_id, since)
            SELECT $1, team_id, 7, now() FROM teams""",
    """INSERT INTO team_news (workspace_id, team_id, account_id, heard_at, said)
            SELECT $1, team_id, 7, now(), 'seen' FROM teams""",
    """INSERT INTO repository_selections (workspace_id, choice)
            VALUES ($1, 'all')""",
    """INSERT INTO commits (workspace_id, repository_id, number, sha, authored_at, committed_at)
            VALUES ($1, 7, 7, 'abc', now(), now())""",
    """INSERT INTO pull_request_events (workspace_id, repository_id, number, turn, happened_at)
            VALUES ($1, 7, 7, 'ready', now())""",
    """INSERT INTO attribution_traces (workspace_id, repository_id, number, kind, trace)
            VALUES ($1, 7, 7, 'body', 'Made-with: Cursor')""",
    """INSERT INTO attributions (workspace_id, repository_id, number, tier, rule_version)
            VALUES ($1, 7, 7, 'unknown', 1)""",
    """INSERT INTO attribution_reports (workspace_id, report, basis, counted_at)
            VALUES ($1, '{}', '{}', now())""",
    """INSERT INTO attribution_corrections (workspace_id, repository_id, number, kind, rule,
                                            corrected_at)
            SELECT $1, repository_id, number, 'dismissed', 'amp.thread', now()
              FROM pull_requests LIMIT 1""",
    """INSERT INTO api_tokens (workspace_id, name, access, digest, created_at, expires_at, busy_until)
            VALUES ($1, 'report', 'read', decode(repeat('00', 32), 'hex'), now(), now(), now())""",
    """INSERT INTO api_answers (workspace_id, token_id, idempotency_key, request_digest, asked_at)
            SELECT $1, token_id, 'key', '\\x00', now() FROM api_tokens""",
    """INSERT INTO runs (workspace_id, kind, params, trigger, started_by, state, due_at, created_at)
            VALUES ($1, 'test', '{}', 'person', 'operator', 'pending', now(), now())""",
    """INSERT INTO steps (workspace_id, run_id, position, name, title, state)
            SELECT $1, run_id, 0, 'first', 'First', 'pending' FROM runs WHERE kind = 'test'""",
    """INSERT INTO artifact_contents (workspace_id, sha256, body)
            VALUES ($1, decode(repeat('00', 32), 'hex'), 'body')""",
    """INSERT INTO artifacts (workspace_id, run_id, step, name, media_type, size, sha256, added_by,
                              created_at)
            SELECT $1, run_id, '', 'log.txt', 'text/plain', 4, decode(repeat('00', 32), 'hex'),
                   'operator', now() FROM runs WHERE kind = 'test'""",
    """INSERT INTO run_notes (workspace_id, run_id, author, body, written_at)
            SELECT $1, run_id, 'operator', 'A note', now() FROM runs WHERE kind = 'test'""",
    """WITH run AS (INSERT INTO runs (workspace_id, kind, params, trigger, started_by, state, due_at,
                              created_at)
            VALUES ($1, 'test.followed', '{}', 'person', 'operator', 'pending', now(), now())
         RETURNING run_id)
       INSERT INTO run_follows (workspace_id, run_id, slack_user_id)
            SELECT $1, run_id, 'U1' FROM run""",
    """INSERT INTO fact_settings (workspace_id, working_days, begins_at, ends_at, holidays,
                                  ignored_labels, ignored_titles, ignored_authors,
                                  hotfix_labels, hotfix_heads)
            VALUES ($1, '{1}', '09:00', '17:00', '{}', '{}', '{}', '{}', '{}', '{}')""",
    """INSERT INTO facts (workspace_id, repository_id, number, tier, population, author_login,
                          team_ids, bot_reviews, is_revert, reverts_shas, reverted, hotfix, clipped,
                          buckets)
            VALUES ($1, 7, 7, 'unknown', 'people', 'somebody', '{}', 0, false, '{}', false, false,
                    0, '{}')""",
    "INSERT INTO stale_facts (workspace_id, repository_id, number) VALUES ($1, 7, 7)",
    """INSERT INTO rollups (workspace_id, week, scope, scope_id, tier, population, merged, reviewed,
                            reverts, reverted, hotfixes, clipped, cycle_s, cycle_working_s,
                            first_review_s, first_review_working_s, review_s, review_working_s,
                            lines, files, rounds, buckets, counts)
            VALUES ($1, '2020-01-06', 'workspace', 0, 'unknown', 'people', 1, 0, 0, 0, 0, 0, 0, 0,
                    0, 0, 0, 0, 0, 0, 0, '{}', '{}')""",
)


async def fill(tx: Transaction) -> None:
    """Leave a row in each of them."""
    for statement in _ROWS:
        await tx.execute(statement, tx.workspace_id)
