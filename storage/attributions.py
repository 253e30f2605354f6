"""Whose work pull requests are: traces of their texts, what the rules made of them, thousands at a
time."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from bot.domain.attributions.judgements import Attribution, Known
from bot.domain.ids import GithubLogin, RepositoryId, SurveyId
from bot.domain.pull_requests import Actor, ActorKind, PullRequestKey, Trace
from bot.domain.surveys import AiAnswer
from bot.ports import Row, Transaction

_KEEP_TRACES = """
    INSERT INTO attribution_traces (workspace_id, repository_id, number, kind, trace)
    SELECT $1, t.repository_id, t.number, t.kind, t.trace
      FROM unnest($2::bigint[], $3::integer[], $4::text[], $5::text[])
        AS t (repository_id, number, kind, trace)
    ON CONFLICT DO NOTHING
"""
# In one order, and before anything else is read: what is judged is what will be there. OFFSET 0
# makes it one look at the index a key, also while PostgreSQL knows nothing of tables that grow.
_LOCK = """
    SELECT p.repository_id, p.number, p.author_login, p.author_id, p.author_kind, p.head_ref,
           p.assignees, p.signals
      FROM unnest($2::bigint[], $3::integer[]) AS k (repository_id, number),
           LATERAL (SELECT p.repository_id, p.number, p.author_login, p.author_id, p.author_kind,
                           p.head_ref, p.assignees, p.signals
                      FROM pull_requests p
                     WHERE p.workspace_id = $1 AND p.repository_id = k.repository_id
                       AND p.number = k.number
                    OFFSET 0 FOR NO KEY UPDATE) AS p
"""
# One answer to all questions, so that a single event costs no more round trips than a thousand.
_FACTS = """
    WITH k AS (
        SELECT k.repository_id, k.number
          FROM unnest($2::bigint[], $3::integer[]) AS k (repository_id, number)
    )
    SELECT 'trace' AS what, k.repository_id, k.number, t.kind AS one, t.trace AS two,
           NULL AS three
      FROM k, LATERAL (SELECT t.kind, t.trace FROM attribution_traces t
                        WHERE t.workspace_id = $1 AND t.repository_id = k.repository_id
                          AND t.number = k.number OFFSET 0) AS t
    UNION
    SELECT 'reviewer', k.repository_id, k.number, r.reviewer_login, r.reviewer_id::text,
           r.reviewer_kind
      FROM k, LATERAL (SELECT r.reviewer_login, r.reviewer_id, r.reviewer_kind FROM reviews r
                        WHERE r.workspace_id = $1 AND r.repository_id = k.repository_id
                          AND r.number = k.number
                          AND (r.reviewer_kind = 'bot' OR r.reviewer_login LIKE '%[bot]')
                       OFFSET 0) AS r
    UNION ALL
    SELECT 'answer', k.repository_id, k.number, a.answer, a.tool, NULL
      FROM k, LATERAL (SELECT p.answer, p.tool
                         FROM surveys s
                         JOIN parts p ON p.workspace_id = s.workspace_id
                              AND p.survey_id = s.survey_id
                              AND p.role <> 'reviewer' AND p.answer IS NOT NULL
                        WHERE s.workspace_id = $1 AND s.repository_id = k.repository_id
                          AND s.number = k.number OFFSET 0) AS a
    UNION ALL
    SELECT c.kind, k.repository_id, k.number, c.answer, c.rule, NULL
      FROM k, LATERAL (SELECT c.kind, c.answer, c.rule FROM attribution_corrections c
                        WHERE c.workspace_id = $1 AND c.repository_id = k.repository_id
                          AND c.number = k.number AND c.undone_at IS NULL OFFSET 0) AS c
"""
_KEEP = """
    INSERT INTO attributions AS a (
        workspace_id, repository_id, number, tier, assisted, declared, tools, evidence,
        ai_reviewers, initiator_login, rule_version)
    SELECT $1, n.repository_id, n.number, n.tier, n.assisted, n.declared,
           string_to_array(n.tools, ' '), n.evidence::jsonb, string_to_array(n.ai_reviewers, ' '),
           n.initiator_login, $11
      FROM unnest($2::bigint[], $3::integer[], $4::text[], $5::boolean[], $6::text[], $7::text[],
                  $8::text[], $9::text[], $10::text[])
        AS n (repository_id, number, tier, assisted, declared, tools, evidence, ai_reviewers,
              initiator_login)
    ON CONFLICT (workspace_id, repository_id, number) DO UPDATE
       SET tier = EXCLUDED.tier, assisted = EXCLUDED.assisted, declared = EXCLUDED.declared,
           tools = EXCLUDED.tools, evidence = EXCLUDED.evidence,
           ai_reviewers = EXCLUDED.ai_reviewers, initiator_login = EXCLUDED.initiator_login,
           rule_version = EXCLUDED.rule_version
     WHERE (a.tier, a.assisted, a.declared, a.tools, a.evidence, a.ai_reviewers,
            a.initiator_login, a.rule_version)
           IS DISTINCT FROM
           (EXCLUDED.tier, EXCLUDED.assisted, EXCLUDED.declared, EXCLUDED.tools,
            EXCLUDED.evidence, EXCLUDED.ai_reviewers, EXCLUDED.initiator_login,
            EXCLUDED.rule_version)
"""
# Signs add up: what somebody may have seen once is no secret any more.
_SHOW_SIGNS = """
    UPDATE pull_requests p
       SET signals = ARRAY(SELECT DISTINCT s FROM unnest(p.signals || n.signs) AS s ORDER BY s)
      FROM (SELECT k.repository_id, k.number, string_to_array(k.signs, ' ') AS signs, known.ctid
              FROM unnest($2::bigint[], $3::integer[], $4::text[])
                AS k (repository_id, number, signs),
                   LATERAL (SELECT p.ctid FROM pull_requests p
                             WHERE p.workspace_id = $1 AND p.repository_id = k.repository_id
                               AND p.number = k.number OFFSET 0) AS known) AS n
     WHERE p.ctid = n.ctid AND p.workspace_id = $1 AND NOT p.signals @> n.signs
 RETURNING p.repository_id, p.number
"""
_OPEN_SURVEYS = """
    SELECT s.survey_id
      FROM surveys s
      JOIN unnest($2::bigint[], $3::integer[]) AS k (repository_id, number)
           ON s.repository_id = k.repository_id AND s.number = k.number
     WHERE s.workspace_id = $1 AND s.state = 'open'
     ORDER BY s.survey_id
"""
_UNHEARD = """
    SELECT s.repository_id, s.number
      FROM surveys s
      JOIN parts p ON p.workspace_id = s.workspace_id AND p.survey_id = s.survey_id
           AND p.role <> 'reviewer' AND p.answer IS NOT NULL
      LEFT JOIN attributions a ON a.workspace_id = s.workspace_id
           AND a.repository_id = s.repository_id AND a.number = s.number
     WHERE s.workspace_id = $1 AND s.survey_id = $2
       AND (a.declared IS DISTINCT FROM p.answer
            OR (p.answer <> 'no' AND p.tool IS NOT NULL AND p.tool <> 'other'
                AND NOT p.tool = ANY (a.tools)))
"""
# A branch has its name from whoever made it, also in a fork that we are not told of: so the pusher
# must be the author, or an agent's pull request it must be.
_ON_BRANCH = """
    SELECT p.repository_id, p.number, p.author_login, p.author_id, p.author_kind
      FROM pull_requests p
     WHERE p.workspace_id = $1 AND p.repository_id = $2 AND p.head_ref = $3 AND p.state = 'open'
     ORDER BY p.number
"""
# Merged elsewhere is what a commit only mentions; what we don't know as merged yet may be this one.
_MERGED_ELSEWHERE = """
    SELECT p.number
      FROM pull_requests p
      JOIN unnest($3::integer[], $4::text[]) AS m (number, sha) ON p.number = m.number
     WHERE p.workspace_id = $1 AND p.repository_id = $2 AND p.merge_sha <> m.sha
"""
_VERDICTS = """
    SELECT a.repository_id, a.number, a.tier, a.assisted, a.tools, a.initiator_login
      FROM attributions a
      JOIN unnest($2::bigint[], $3::integer[]) AS k (repository_id, number)
           ON a.repository_id = k.repository_id AND a.number = k.number
     WHERE a.workspace_id = $1
"""
_PAGE = """
    SELECT p.repository_id, p.number
      FROM pull_requests p
      LEFT JOIN attributions a ON a.workspace_id = p.workspace_id
           AND a.repository_id = p.repository_id AND a.number = p.number
     WHERE p.workspace_id = $1 AND (p.repository_id, p.number) > ($2, $3)
       AND ($4 OR a.rule_version IS DISTINCT FROM $5)
     ORDER BY p.repository_id, p.number LIMIT $6
"""
_COUNT_WAITING = """
    SELECT count(*)
      FROM pull_requests p
      LEFT JOIN attributions a ON a.workspace_id = p.workspace_id
           AND a.repository_id = p.repository_id AND a.number = p.number
     WHERE p.workspace_id = $1 AND (p.repository_id, p.number) > ($2, $3)
       AND ($4 OR a.rule_version IS DISTINCT FROM $5)
"""

Keys = Sequence[PullRequestKey]


async def keep_traces(tx: Transaction, found: Iterable[tuple[PullRequestKey, Trace]]) -> None:
    """Add traces to those that are kept; known ones change nothing, none is ever taken away."""
    rows = sorted((*key, *trace) for key, trace in found)
    if rows:
        await tx.execute(_KEEP_TRACES, tx.workspace_id, *_columns(rows))


async def lock_known(
    tx: Transaction, keys: Iterable[PullRequestKey]
) -> Mapping[PullRequestKey, Known]:
    """All that is known of these pull requests, their rows locked; those not stored are left out."""
    wanted = _columns(sorted(set(keys)))
    if not wanted:
        return {}
    rows = await tx.fetch(_LOCK, tx.workspace_id, *wanted)
    drafts = {_key(row): _Draft(_own(row)) for row in rows}
    if not drafts:
        return {}
    for row in await tx.fetch(_FACTS, tx.workspace_id, *_columns(sorted(drafts))):
        drafts[_key(row)].add(row["what"], row["one"], row["two"], row["three"])
    return {key: draft.known() for key, draft in drafts.items()}


@dataclass(slots=True)
class _Draft:
    """What is known of one pull request, fact by fact."""

    own: Known
    traces: set[Trace] = field(default_factory=set)
    reviewers: list[Actor] = field(default_factory=list)
    answer: AiAnswer | None = None
    tool: str | None = None
    corrected: AiAnswer | None = None
    dismissed: set[str] = field(default_factory=set)

    def add(self, what: str, one: str, two: str, three: str) -> None:
        match what:
            case "trace":
                self.traces.add(Trace(one, two))
            case "reviewer":
                self.reviewers.append(_actor(one, int(two), three))
            case "answer":
                self.answer, self.tool = AiAnswer(one), two
            case "declared":
                self.corrected = AiAnswer(one)
            case "dismissed":
                self.dismissed.add(two)

    def known(self) -> Known:
        return replace(
            self.own,
            traces=frozenset(self.traces),
            reviewers=tuple(self.reviewers),
            declared=self.corrected or self.answer,
            declared_tool=self.tool,
            dismissed=frozenset(self.dismissed),
        )


async def keep(
    tx: Transaction, judged: Mapping[PullRequestKey, Attribution], *, rule_version: int
) -> None:
    """Store attributions, one a pull request; what is stored already is left alone."""
    rows = [_stored(key, one) for key, one in sorted(judged.items(), key=lambda item: item[0])]
    if rows:
        await tx.execute(_KEEP, tx.workspace_id, *_columns(rows), rule_version)


def _stored(key: PullRequestKey, one: Attribution) -> tuple[object, ...]:
    evidence = [[e.rule, e.tool, e.strength, e.place, e.text] for e in one.evidence]
    return (
        *key,
        one.tier,
        one.assisted,
        one.declared,
        " ".join(one.tools),
        json.dumps(evidence, ensure_ascii=False),
        " ".join(one.ai_reviewers),
        one.initiator,
    )


async def show_signs(
    tx: Transaction, signs: Mapping[PullRequestKey, frozenset[str]]
) -> Sequence[PullRequestKey]:
    """Add to the signs that the game goes by; returns the pull requests that have new ones."""
    rows = [(*key, " ".join(sorted(some))) for key, some in sorted(signs.items()) if some]
    if not rows:
        return []
    changed = await tx.fetch(_SHOW_SIGNS, tx.workspace_id, *_columns(rows))
    return [_key(row) for row in changed]


async def open_surveys(tx: Transaction, keys: Keys) -> Sequence[SurveyId]:
    """The surveys of these pull requests that are still open."""
    if not keys:
        return []
    rows = await tx.fetch(_OPEN_SURVEYS, tx.workspace_id, *_columns(sorted(keys)))
    return [row["survey_id"] for row in rows]


async def on_branch(
    tx: Transaction, repository_id: RepositoryId, branch: str
) -> Sequence[tuple[PullRequestKey, Actor]]:
    """The open pull requests from a branch of this name, with their authors."""
    rows = await tx.fetch(_ON_BRANCH, tx.workspace_id, repository_id, branch)
    return [
        (_key(row), _actor(row["author_login"], row["author_id"], row["author_kind"]))
        for row in rows
    ]


async def merged_elsewhere(
    tx: Transaction, repository_id: RepositoryId, merges: Sequence[tuple[int, str]]
) -> frozenset[int]:
    """Which of these numbers belong to pull requests that another commit merged."""
    if not merges:
        return frozenset()
    columns = _columns(merges)
    rows = await tx.fetch(_MERGED_ELSEWHERE, tx.workspace_id, repository_id, *columns)
    return frozenset(row["number"] for row in rows)


async def verdicts(tx: Transaction, keys: Keys) -> Mapping[PullRequestKey, tuple[object, ...]]:
    """What is stored of these as their judgement, to be compared: tier, assisted, tools, initiator."""
    if not keys:
        return {}
    rows = await tx.fetch(_VERDICTS, tx.workspace_id, *_columns(keys))
    return {
        _key(row): (row["tier"], row["assisted"], tuple(row["tools"]), row["initiator_login"])
        for row in rows
    }


async def page(
    tx: Transaction, after: PullRequestKey, *, rule_version: int, everything: bool, limit: int
) -> Keys:
    """The next pull requests in the order of their keys that these rules have not judged.

    With `everything` also those that they have.
    """
    row = (*after, everything, rule_version, limit)
    return [_key(row) for row in await tx.fetch(_PAGE, tx.workspace_id, *row)]


async def count_waiting(
    tx: Transaction, after: PullRequestKey, *, rule_version: int, everything: bool
) -> int:
    """How many `page` has still to bring."""
    row = (*after, everything, rule_version)
    return int(await tx.fetchval(_COUNT_WAITING, tx.workspace_id, *row))


async def unheard(tx: Transaction, survey_id: SurveyId) -> Keys:
    """The pull request of a survey whose author's answer is not in its attribution yet."""
    return [_key(row) for row in await tx.fetch(_UNHEARD, tx.workspace_id, survey_id)]


def _columns(rows: Sequence[Sequence[object]]) -> list[list[object]]:
    return [list(column) for column in zip(*rows, strict=True)]


def _key(row: Row) -> PullRequestKey:
    return PullRequestKey(RepositoryId(row["repository_id"]), row["number"])


def _own(row: Row) -> Known:
    author = (row["author_login"], row["author_id"], row["author_kind"])
    assignees = tuple(_actor(*assignee) for assignee in row["assignees"])
    return Known(
        _actor(*author),
        head_ref=row["head_ref"],
        assignees=assignees,
        shown=frozenset(row["signals"]),
    )


def _actor(login: str, github_id: int, kind: str) -> Actor:
    return Actor(GithubLogin(login), github_id, ActorKind(kind))
