"""A past of some pull requests by people and agents, as a sync and an import bring it."""

from __future__ import annotations

from typing import Any

from bot.domain.attributions import CommitText, PullRequestTexts, traces_of
from bot.domain.ids import RepositoryId
from bot.domain.pull_requests import Actor, PullRequest, PullRequestKey, Snapshot
from bot.ports import Transaction
from bot.use_cases import attributions
from storage import pull_requests
from tests.running import Ground
from tests.unit.domain.makers import ADA, COPILOT, NOON, a_merge, account

BODIES = (
    "",
    "Made-with: Cursor",
    "Co-authored-by: Copilot Autofix powered by AI <1+x@users.noreply.github.com>",
    "https://app.devin.ai/sessions/0a1b2c",
    "Some-Session: 4d2f",
)
AUTHORS: tuple[Actor, ...] = (ADA, account("bob"), COPILOT)
REPOSITORIES = (RepositoryId(1), RepositoryId(-(2**56)))
"""One of GitHub's, and one imported, whose id Hunch made up."""
COMMIT = CommitText(
    "abc", "Fix\n\nCo-authored-by: Ada <7+ada@users.noreply.github.com>", author_login="Copilot"
)

_ALL = """
    SELECT number, tier, assisted, declared, tools, evidence, ai_reviewers, initiator_login,
           rule_version
      FROM attributions ORDER BY number
"""


def past(count: int) -> list[tuple[PullRequest, PullRequestTexts]]:
    return [_one(number) for number in range(1, count + 1)]


def _one(number: int) -> tuple[PullRequest, PullRequestTexts]:
    author, body = AUTHORS[number % 3], BODIES[number % 5]
    head = "cursor/x" if number % 7 == 0 else "basket"
    repository = REPOSITORIES[number % 2]
    pr = a_merge(repository_id=repository, number=number, author=author, head_ref=head)
    commits = (COMMIT,) if author is COPILOT else ()
    texts = PullRequestTexts(author.login, author.github_id, pr.title, body, head, commits)
    return pr, texts


async def keep_past(ground: Ground, count: int) -> list[PullRequestKey]:
    """Store it with its traces, not judged yet."""
    made = past(count)
    async with ground.transaction() as tx:
        await pull_requests.keep(tx, [Snapshot(pr) for pr, _ in made])
        found = [(pr.key, trace) for pr, texts in made for trace in traces_of(texts)]
        await attributions.keep_traces(tx, found)
    return [pr.key for pr, _ in made]


async def judge(ground: Ground, keys: list[PullRequestKey]) -> None:
    async with ground.transaction() as tx:
        await attributions.judge(tx, keys, now=NOON)


async def stored(ground: Ground) -> list[dict[str, Any]]:
    async with ground.transaction() as tx:
        return await _rows(tx)


async def _rows(tx: Transaction) -> list[dict[str, Any]]:
    return [dict(row) for row in await tx.fetch(_ALL)]
