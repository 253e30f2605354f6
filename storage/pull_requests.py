"""Pull requests and reviews, kept from all their events.

Both upserts end in the same row whatever the order and number of the events: the newest
`updated_at` wins (GitHub's are whole seconds: of two in one second the closed one, then whichever
compares higher), what can only happen once stays, signs of AI add up.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.ids import GithubLogin, RepositoryId
from bot.domain.pull_requests import Actor, ActorKind, PullRequest, Review, ReviewState
from bot.ports import Row, Transaction

_KEEP = """
    INSERT INTO pull_requests AS p (
        workspace_id, repository_id, number, repository, title, url, author_login, author_id,
        author_kind, head_ref, base_ref, draft, state, assignees, signals, opened_at, closed_at,
        merged_at, updated_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)
    ON CONFLICT (workspace_id, repository_id, number) DO UPDATE
       SET (repository, title, url, author_login, author_id, author_kind, head_ref, base_ref,
            draft, state, assignees, closed_at, updated_at)
         = (SELECT (CASE WHEN is_newer THEN EXCLUDED ELSE p END).repository,
                   (CASE WHEN is_newer THEN EXCLUDED ELSE p END).title,
                   (CASE WHEN is_newer THEN EXCLUDED ELSE p END).url,
                   (CASE WHEN is_newer THEN EXCLUDED ELSE p END).author_login,
                   (CASE WHEN is_newer THEN EXCLUDED ELSE p END).author_id,
                   (CASE WHEN is_newer THEN EXCLUDED ELSE p END).author_kind,
                   (CASE WHEN is_newer THEN EXCLUDED ELSE p END).head_ref,
                   (CASE WHEN is_newer THEN EXCLUDED ELSE p END).base_ref,
                   (CASE WHEN is_newer THEN EXCLUDED ELSE p END).draft,
                   (CASE WHEN is_newer THEN EXCLUDED ELSE p END).state,
                   (CASE WHEN is_newer THEN EXCLUDED ELSE p END).assignees,
                   (CASE WHEN is_newer THEN EXCLUDED ELSE p END).closed_at,
                   (CASE WHEN is_newer THEN EXCLUDED ELSE p END).updated_at
              FROM (VALUES (
                   (EXCLUDED.updated_at, EXCLUDED.state = 'closed',
                    coalesce(EXCLUDED.closed_at, '-infinity'), EXCLUDED.title, EXCLUDED.head_ref,
                    EXCLUDED.base_ref, EXCLUDED.draft, EXCLUDED.repository, EXCLUDED.url,
                    EXCLUDED.author_login, EXCLUDED.author_id, EXCLUDED.author_kind,
                    EXCLUDED.assignees)
                 > (p.updated_at, p.state = 'closed', coalesce(p.closed_at, '-infinity'), p.title,
                    p.head_ref, p.base_ref, p.draft, p.repository, p.url, p.author_login,
                    p.author_id, p.author_kind, p.assignees))) AS judged (is_newer)),
           signals = ARRAY(SELECT DISTINCT s FROM unnest(p.signals || EXCLUDED.signals) AS s
                            ORDER BY s),
           opened_at = least(p.opened_at, EXCLUDED.opened_at),
           merged_at = least(p.merged_at, EXCLUDED.merged_at)
"""
_KEEP_REVIEW = """
    INSERT INTO reviews AS r (workspace_id, repository_id, number, review_id, reviewer_login,
                              reviewer_id, reviewer_kind, state, submitted_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
    ON CONFLICT (workspace_id, repository_id, number, review_id) DO UPDATE
       SET state = CASE WHEN r.state = 'dismissed' THEN r.state ELSE EXCLUDED.state END,
           submitted_at = least(r.submitted_at, EXCLUDED.submitted_at)
"""
_GET = """
    SELECT repository_id, number, repository, title, url, author_login, author_id, author_kind,
           head_ref, base_ref, draft, state, assignees, signals, opened_at, closed_at, merged_at,
           updated_at
      FROM pull_requests
     WHERE workspace_id = $1 AND repository_id = $2 AND number = $3
"""
_REVIEWS = """
    SELECT review_id, reviewer_login, reviewer_id, reviewer_kind, state, submitted_at
      FROM reviews
     WHERE workspace_id = $1 AND repository_id = $2 AND number = $3
     ORDER BY submitted_at, review_id
"""


async def keep(tx: Transaction, pr: PullRequest) -> None:
    """Merge one event's picture of a pull request into what we know.

    Its row stays locked: what follows from the events of one pull request is decided in turn.
    """
    await tx.execute(
        _KEEP,
        tx.workspace_id,
        pr.repository_id,
        pr.number,
        pr.repository,
        pr.title,
        pr.url,
        pr.author.login,
        pr.author.github_id,
        pr.author.kind,
        pr.head_ref,
        pr.base_ref,
        pr.draft,
        pr.state,
        [[actor.login, actor.github_id, actor.kind] for actor in pr.assignees],
        sorted(pr.signals),
        pr.opened_at,
        pr.closed_at,
        pr.merged_at,
        pr.updated_at,
    )


async def keep_review(tx: Transaction, pr: PullRequest, review: Review) -> None:
    """Merge one event's picture of a review; a dismissal is for ever."""
    await tx.execute(
        _KEEP_REVIEW,
        tx.workspace_id,
        pr.repository_id,
        pr.number,
        review.review_id,
        review.reviewer.login,
        review.reviewer.github_id,
        review.reviewer.kind,
        review.state,
        review.submitted_at,
    )


async def get(tx: Transaction, repository_id: RepositoryId, number: int) -> PullRequest | None:
    """The pull request as all events so far leave it."""
    row = await tx.fetchrow(_GET, tx.workspace_id, repository_id, number)
    return None if row is None else _pull_request(row)


async def reviews(tx: Transaction, repository_id: RepositoryId, number: int) -> Sequence[Review]:
    """Its reviews, oldest first."""
    rows = await tx.fetch(_REVIEWS, tx.workspace_id, repository_id, number)
    return [_review(row) for row in rows]


def _pull_request(row: Row) -> PullRequest:
    return PullRequest(
        repository_id=row["repository_id"],
        repository=row["repository"],
        number=row["number"],
        title=row["title"],
        url=row["url"],
        author=_actor(row["author_login"], row["author_id"], row["author_kind"]),
        head_ref=row["head_ref"],
        base_ref=row["base_ref"],
        draft=row["draft"],
        state=row["state"],
        opened_at=row["opened_at"],
        closed_at=row["closed_at"],
        merged_at=row["merged_at"],
        updated_at=row["updated_at"],
        assignees=tuple(_actor(*assignee) for assignee in row["assignees"]),
        signals=frozenset(row["signals"]),
    )


def _review(row: Row) -> Review:
    reviewer = _actor(row["reviewer_login"], row["reviewer_id"], row["reviewer_kind"])
    return Review(row["review_id"], reviewer, ReviewState(row["state"]), row["submitted_at"])


def _actor(login: str, github_id: int, kind: str) -> Actor:
    return Actor(GithubLogin(login), github_id, ActorKind(kind))
