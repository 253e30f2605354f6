"""Weeks of a finished game written straight into the tables, for what only counts them."""

from __future__ import annotations

from tests.integration.game.support import World

# Pull request n is by one of the last five people, merged n minutes ago, every other one with AI.
_PULL_REQUESTS = """
    INSERT INTO pull_requests (workspace_id, repository_id, number, repository, title, url,
           author_login, author_id, author_kind, head_ref, base_ref, draft, state, opened_at,
           closed_at, merged_at, updated_at)
    SELECT $1, 1, n, 'acme/shop', 'Title ' || n, 'https://github.com/acme/shop/pull/' || n,
           'person' || $4::int - n % 5 || '-gh', 1000 + $4 - n % 5, 'user', 'change', 'main', false,
           'closed', at - interval '3 hours' - n % 7 * interval '10 minutes', at, at, at
      FROM generate_series(1, $2::int) AS n, LATERAL (SELECT $3::timestamptz - n * interval '1 minute') t (at)
"""
_REVIEWS = """
    INSERT INTO reviews (workspace_id, repository_id, number, review_id, reviewer_login,
           reviewer_id, reviewer_kind, state, submitted_at)
    SELECT $1, 1, n, n * 100 + g, 'person' || g || '-gh', g, 'user', 'approved',
           $3::timestamptz - n * interval '1 minute' - interval '1 hour'
           + (n + g) % $4::int * interval '1 second'
      FROM generate_series(1, $2::int) AS n, generate_series(1, $4::int) AS g
"""
_SURVEYS = """
    INSERT INTO surveys (workspace_id, repository_id, number, state, rating_only, probability,
           opened_at, expires_at, closed_at)
    SELECT workspace_id, 1, number, 'closed', false, 1, merged_at, merged_at + interval '7 days',
           merged_at + interval '7 days'
      FROM pull_requests WHERE workspace_id = $1
"""
_AUTHORS = """
    INSERT INTO parts (workspace_id, survey_id, member_id, slack_user_id, role, guessable, state,
           answer, send_at, asked_at, changed_at)
    SELECT s.workspace_id, s.survey_id, m.member_id, m.slack_user_id, 'author', false, 'final',
           CASE WHEN s.number % 2 = 0 THEN 'helped' ELSE 'no' END, s.opened_at, s.opened_at,
           s.opened_at
      FROM surveys s
      JOIN members m ON m.workspace_id = s.workspace_id
           AND m.slack_user_id = 'UPERSON' || $2::int - s.number % 5
     WHERE s.workspace_id = $1
"""
# Guesser g errs on a tenth of both kinds for each place below the first; the second and the third
# err alike, the last three never find out what is what. Reviewers love what comes by the last.
_GUESSERS = """
    INSERT INTO parts (workspace_id, survey_id, member_id, slack_user_id, role, guessable, state,
           rating, guess, outcome, send_at, asked_at, changed_at, revealed_at)
    SELECT s.workspace_id, s.survey_id, m.member_id, m.slack_user_id, 'reviewer', true, 'final',
           CASE WHEN s.number % 5 = 0 OR s.number % 5 = 1 AND s.number % 3 = 0 THEN 'super'
                ELSE 'ok' END,
           CASE WHEN (s.number % 2 = 0) = is_right THEN 'yes' ELSE 'no' END,
           CASE WHEN is_right THEN 'right' ELSE 'wrong' END,
           s.opened_at, s.opened_at, s.opened_at, s.opened_at
      FROM surveys s
      JOIN generate_series(1, $2::int) AS g ON true
      JOIN members m ON m.workspace_id = s.workspace_id AND m.slack_user_id = 'UPERSON' || g
      CROSS JOIN LATERAL (SELECT s.number / 2 % 10 >= CASE g WHEN 3 THEN 1 ELSE g - 1 END)
           AS j (is_right)
     WHERE s.workspace_id = $1
"""


async def write_history(world: World, *, pull_requests: int = 50, guessers: int = 5) -> None:
    """Merges up to the world's now, by its last five people, guessed at by its first ones.

    Thousands need a database of their own: in a shared one PostgreSQL may plan by what it last saw.
    """
    people = len(world.ids)
    async with world.transaction() as tx:
        team = world.team
        await tx.execute(_PULL_REQUESTS, team, pull_requests, world.now, people)
        await tx.execute(_REVIEWS, team, pull_requests, world.now, guessers)
        await tx.execute(_SURVEYS, team)
        await tx.execute(_AUTHORS, team, people)
        await tx.execute(_GUESSERS, team, guessers)
