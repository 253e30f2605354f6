"""What people put right about whose work a pull request is, and what they look at for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.domain.attributions.evidence import Evidence, Place, Strength
from bot.domain.attributions.judgements import Tier
from bot.domain.ids import GithubLogin, MemberId
from bot.domain.pull_requests import PullRequestKey
from bot.domain.surveys import AiAnswer
from bot.ports import Row, Transaction
from storage import arrays
from storage.pull_request_rows import key_of

_ADD = """
    INSERT INTO attribution_corrections (workspace_id, repository_id, number, kind, answer, rule,
                                         member_id, corrected_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
    ON CONFLICT DO NOTHING
      RETURNING correction_id
"""
_UNDO = """
    UPDATE attribution_corrections SET undone_at = $6
     WHERE workspace_id = $1 AND repository_id = $2 AND number = $3 AND kind = $4
       AND coalesce(rule, '') = $5 AND undone_at IS NULL
 RETURNING correction_id
"""
_FIND = """
    SELECT p.repository_id, p.number
      FROM repositories r
      JOIN pull_requests p ON p.workspace_id = r.workspace_id
           AND p.repository_id = r.repository_id AND p.number = $3
     WHERE r.workspace_id = $1 AND lower(r.full_name) = lower($2)
     ORDER BY p.updated_at DESC LIMIT 1
"""
# What came before repositories were kept has only the name it came with.
_FIND_UNDESCRIBED = """
    SELECT p.repository_id, p.number
      FROM pull_requests p
     WHERE p.workspace_id = $1 AND lower(p.repository) = lower($2) AND p.number = $3
       AND NOT EXISTS (SELECT FROM repositories r WHERE r.workspace_id = p.workspace_id
                          AND r.repository_id = p.repository_id)
     ORDER BY p.updated_at DESC LIMIT 1
"""
_SEEN = """
    SELECT p.repository_id, p.number, p.repository, p.title, p.url, p.author_login, a.tier,
           a.assisted, a.declared, a.tools, a.evidence, a.ai_reviewers,
           coalesce(a.initiator_login, p.author_login) AS credited_login,
           ARRAY(SELECT c.rule FROM attribution_corrections c
                  WHERE c.workspace_id = p.workspace_id AND c.repository_id = p.repository_id
                    AND c.number = p.number AND c.kind = 'dismissed' AND c.undone_at IS NULL
                  ORDER BY c.rule) AS dismissed,
           ARRAY(SELECT q.member_id
                   FROM surveys s
                   JOIN parts q ON q.workspace_id = s.workspace_id AND q.survey_id = s.survey_id
                  WHERE s.workspace_id = p.workspace_id AND s.repository_id = p.repository_id
                    AND s.number = p.number AND s.state = 'open' AND q.guessable
                    AND q.state IN ('waiting', 'asked')) AS open_guesses,
           EXISTS (SELECT FROM surveys s
                    WHERE s.workspace_id = p.workspace_id AND s.repository_id = p.repository_id
                      AND s.number = p.number AND s.state = 'open') AS survey_open,
           EXISTS (SELECT FROM attribution_corrections c
                    WHERE c.workspace_id = p.workspace_id AND c.repository_id = p.repository_id
                      AND c.number = p.number AND c.kind = 'declared'
                      AND c.undone_at IS NULL) AS corrected
      FROM unnest($2::bigint[], $3::integer[]) WITH ORDINALITY AS k (repository_id, number, place)
      JOIN pull_requests p ON p.workspace_id = $1 AND p.repository_id = k.repository_id
           AND p.number = k.number
      JOIN attributions a ON a.workspace_id = p.workspace_id
           AND a.repository_id = p.repository_id AND a.number = p.number
     ORDER BY k.place
"""
# From the facts, which are indexed by whom a pull request counts to, and from the newest marks:
# what has only just come has no facts yet.
_OWN = """
    WITH own AS (
        SELECT github_login FROM github_links
         WHERE workspace_id = $1 AND member_id = $2 AND state = 'confirmed'
    ), known AS (
        SELECT f.repository_id, f.number
          FROM own JOIN facts f ON f.workspace_id = $1 AND f.author_login = own.github_login
         WHERE f.week IS NOT NULL
         ORDER BY f.week DESC FETCH FIRST $3 ROWS WITH TIES
    ), fresh AS (
        SELECT repository_id, number FROM stale_facts
         WHERE workspace_id = $1 ORDER BY mark_id DESC LIMIT 1000
    )
    SELECT p.repository_id, p.number
      FROM (SELECT repository_id, number FROM known
             UNION SELECT repository_id, number FROM fresh) AS k
      JOIN pull_requests p ON p.workspace_id = $1 AND p.repository_id = k.repository_id
           AND p.number = k.number
      JOIN attributions a ON a.workspace_id = $1 AND a.repository_id = k.repository_id
           AND a.number = k.number
      JOIN own ON own.github_login = coalesce(a.initiator_login, p.author_login)
     WHERE p.merged_at IS NOT NULL
     ORDER BY p.merged_at DESC, p.repository_id, p.number LIMIT $3
"""


@dataclass(frozen=True, slots=True)
class Seen:
    """A pull request with all that is known of whose work it is.

    `credited_login` is whom it counts to; `dismissed` are rules whose match was found wrong;
    `open_guesses` who may still guess. `corrected`: its author has put it right themselves.
    """

    key: PullRequestKey
    repository: str
    title: str
    url: str
    author_login: GithubLogin
    credited_login: GithubLogin
    tier: Tier
    assisted: bool | None
    declared: AiAnswer | None
    tools: tuple[str, ...]
    evidence: tuple[Evidence, ...]
    ai_reviewers: tuple[str, ...]
    dismissed: frozenset[str]
    open_guesses: frozenset[MemberId]
    survey_open: bool
    corrected: bool


async def find(tx: Transaction, repository: str, number: int) -> PullRequestKey | None:
    """The pull request with this number of what is called `owner/name` now."""
    named = (tx.workspace_id, repository, number)
    row = await tx.fetchrow(_FIND, *named) or await tx.fetchrow(_FIND_UNDESCRIBED, *named)
    return None if row is None else key_of(row)


async def look_at(tx: Transaction, key: PullRequestKey) -> Seen | None:
    """All that is known of one; None where it is not known or not judged."""
    seen = await _look_at_all(tx, [key])
    return seen[0] if seen else None


async def own(tx: Transaction, member_id: MemberId, *, limit: int) -> Sequence[Seen]:
    """What a member merged last, agents' work that counts to them included, newest first."""
    rows = await tx.fetch(_OWN, tx.workspace_id, member_id, limit)
    return await _look_at_all(tx, [key_of(row) for row in rows])


async def _look_at_all(tx: Transaction, keys: Sequence[PullRequestKey]) -> Sequence[Seen]:
    return [_seen(row) for row in await arrays.fetch(tx, _SEEN, keys)]


async def dismiss(
    tx: Transaction, key: PullRequestKey, rule: str, *, by: MemberId | None, now: datetime
) -> int | None:
    """Note that a rule's match was wrong; None where that was noted before."""
    row = (*key, "dismissed", None, rule, by, now)
    correction_id: int | None = await tx.fetchval(_ADD, tx.workspace_id, *row)
    return correction_id


async def declare(
    tx: Transaction, key: PullRequestKey, answer: AiAnswer, *, by: MemberId, now: datetime
) -> None:
    """Note what the author says, in place of what they said to correct it before."""
    await undo(tx, key, "declared", now=now)
    await tx.fetchval(_ADD, tx.workspace_id, *key, "declared", answer, None, by, now)


async def undo(
    tx: Transaction, key: PullRequestKey, kind: str, *, rule: str = "", now: datetime
) -> int | None:
    """Take a correction back; None where there is none."""
    row = (*key, kind, rule, now)
    correction_id: int | None = await tx.fetchval(_UNDO, tx.workspace_id, *row)
    return correction_id


def _seen(row: Row) -> Seen:
    return Seen(
        key=key_of(row),
        repository=row["repository"],
        title=row["title"],
        url=row["url"],
        author_login=row["author_login"],
        credited_login=row["credited_login"],
        tier=Tier(row["tier"]),
        assisted=row["assisted"],
        declared=row["declared"] and AiAnswer(row["declared"]),
        tools=tuple(row["tools"]),
        evidence=tuple(_evidence(*one) for one in row["evidence"]),
        ai_reviewers=tuple(row["ai_reviewers"]),
        dismissed=frozenset(row["dismissed"]),
        open_guesses=frozenset(row["open_guesses"]),
        survey_open=row["survey_open"],
        corrected=row["corrected"],
    )


def _evidence(rule: str, tool: str, strength: str, place: str, text: str) -> Evidence:
    return Evidence(rule, tool, Strength(strength), Place(place), text)
