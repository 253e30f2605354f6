"""Looks at a pull request come in any order, twice, or in parts: what is known in the end is the same."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable

import pytest

from bot.domain.attributions import CommitText, PullRequestTexts, traces_of
from bot.domain.ids import RepositoryId
from bot.domain.pull_requests import ReviewState, Snapshot
from bot.ports import Transaction
from bot.use_cases import attributions
from storage import pull_requests, reviews
from tests.integration.attributions.past import stored
from tests.running import Ground
from tests.unit.domain.makers import COPILOT, NOON, a_merge, a_review, account, bot_account

BODY = "Made-with: Cursor\n\nRequested by: @ada"
MESSAGES = (
    "Fix\n\nCo-authored-by: Claude <noreply@anthropic.com>",
    "Fix\n\nCo-authored-by: Copilot <copilot@github.com>",
)
_WRITTEN_BY = "SELECT string_agg(xmin::text, ' ') FROM attributions"
Look = Callable[[Transaction], Awaitable[None]]


def looks(repository: int) -> list[Look]:
    """A webhook with the description, one with its assignee, each commit, a review by a machine."""
    pr = a_merge(
        repository_id=RepositoryId(repository), author=COPILOT, head_ref="copilot/x", number=1
    )
    assigned = a_merge(
        repository_id=RepositoryId(repository),
        author=COPILOT,
        head_ref="copilot/x",
        number=1,
        assignees=(account("bob"),),
        updated_at=pr.updated_at.replace(minute=59),
    )

    def looked(body: str = "", *messages: str, at: Snapshot) -> Look:
        commits = tuple(CommitText(message, message) for message in messages)
        texts = PullRequestTexts("copilot", COPILOT.github_id, pr.title, body, pr.head_ref, commits)

        async def look(tx: Transaction) -> None:
            await pull_requests.keep(tx, [at])
            await reviews.keep(tx, [at])
            await attributions.keep_traces(tx, [(pr.key, trace) for trace in traces_of(texts)])
            await attributions.judge(tx, [pr.key], now=NOON)

        return look

    review = a_review(bot_account("cursor[bot]"), ReviewState.COMMENTED)
    return [
        looked(BODY, at=Snapshot(pr)),
        looked(at=Snapshot(assigned)),
        looked("", MESSAGES[0], at=Snapshot(pr)),
        looked("", MESSAGES[1], at=Snapshot(pr)),
        looked(at=Snapshot(pr, (review,))),
    ]


async def _ended(ground: Ground, order: list[Look]) -> list[dict[str, object]]:
    for look in order:
        async with ground.transaction() as tx:
            await look(tx)
    return await stored(ground)


@pytest.mark.parametrize("seed", range(8))
async def test_any_order_and_any_repetition_end_in_the_same_attribution(
    ground: Ground, seed: int
) -> None:
    chance = random.Random(seed)
    order = looks(1) + chance.choices(looks(1), k=3)
    chance.shuffle(order)
    (found,) = await _ended(ground, order)
    assert found["tier"] == "strong"
    assert found["tools"] == ["claude_code", "copilot", "cursor"]
    assert found["ai_reviewers"] == ["cursor"]
    assert found["initiator_login"] == "bob"
    signs = await ground.value("SELECT array_to_string(signals, ' ') FROM pull_requests")
    assert signs.split() == [
        "agent_account:copilot",
        "body_marker:cursor",
        "branch_head:copilot",
        "trailer:claude_code",
        "trailer:copilot",
    ]


async def test_judging_nothing_and_what_is_not_stored_changes_nothing(ground: Ground) -> None:
    async with ground.transaction() as tx:
        await attributions.judge(tx, [], now=NOON)
        await attributions.judge(tx, [a_merge(number=99).key], now=NOON)
    assert await stored(ground) == []


async def test_judging_again_changes_nothing(ground: Ground) -> None:
    await _ended(ground, looks(1))
    before = await ground.value(_WRITTEN_BY)
    async with ground.transaction() as tx:
        key = a_merge(number=1).key
        await attributions.judge(tx, [key, key], now=NOON)
    assert await ground.value(_WRITTEN_BY) == before
