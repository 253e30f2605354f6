"""What pushed commits show of their makers counts before the reveal, for the right pull request only."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.integration.game.support import NOON, World, login
from tests.integration.game.test_attributions import TRAILER, attribution
from tests.stories import DEVIN, Json, Story, Told, by_agent, real

HOUR = timedelta(hours=1)
OPEN = Story(7, NOON - 5 * HOUR, head="basket")
MERGED = Story(7, NOON - 5 * HOUR, head="basket", merged_at=NOON - HOUR)
MERGE_SHA = "c1" * 20


def commit(message: str, sha: str = MERGE_SHA, **author: str) -> Json:
    maker = {"name": "Ada", "email": "ada@example.com", **author}
    return {"id": sha, "message": message, "author": maker, "committer": maker}


def push(*commits: Json, branch: str = "basket", by: str = "person1-gh", **changes: Any) -> Told:
    payload = real_push()
    pushed = {"ref": f"refs/heads/{branch}", "commits": list(commits), "deleted": False}
    return Told("push", payload | pushed | {"pusher": {"name": by}} | changes)


def real_push() -> Json:
    """GitHub's own example, said to be about the repository of our stories."""
    return real("push.none") | {"repository": OPEN.opened().payload["repository"]}


def merged_as(sha: str) -> Story:
    def change(pr: Json) -> None:
        pr["merge_commit_sha"] = sha

    return Story(7, NOON - 5 * HOUR, head="basket", merged_at=NOON - HOUR, change=change)


async def tier(world: World) -> str:
    return str((await attribution(world))["tier"])


async def test_a_push_to_its_branch_shows_the_marks_of_its_commits(world: World) -> None:
    await world.tell(OPEN.opened(), push(commit(TRAILER), commit("Fix a typo", "c2" * 20)))
    found = await attribution(world)
    assert (found["tier"], found["tools"]) == ("strong", ["claude_code"])
    assert await world.value("SELECT signals FROM pull_requests") == ["trailer:claude_code"]


@pytest.mark.parametrize(
    "told",
    [
        pytest.param(push(commit(TRAILER), by="person2-gh"), id="by somebody else"),
        pytest.param(push(commit(TRAILER), branch="other"), id="to another branch"),
        pytest.param(push(commit(TRAILER), deleted=True), id="of a deleted branch"),
        pytest.param(push(), id="without commits"),
        pytest.param(push(commit(TRAILER), ref="refs/tags/v1"), id="of a tag"),
        pytest.param(push(commit(TRAILER), branch="master"), id="of commits without a number"),
        pytest.param(push(commit(f"Add (#8)\n\n{TRAILER}"), branch="master"), id="of another one"),
    ],
)
async def test_other_pushes_say_nothing_of_it(world: World, told: Told) -> None:
    await world.tell(OPEN.opened(), told)
    assert await tier(world) == "unknown"


async def test_whoever_pushes_to_an_agents_branch_it_is_the_agents(world: World) -> None:
    story = Story(7, NOON - 5 * HOUR, head="basket", change=by_agent(DEVIN))
    await world.tell(story.opened(), push(commit(TRAILER), by="person2-gh"))
    assert (await attribution(world))["tools"] == ["claude_code", "devin"]


@pytest.mark.parametrize("push_first", [True, False])
@pytest.mark.parametrize(
    "commits",
    [
        (commit(f"Add a basket (#7)\n\n{TRAILER}"),),
        (
            commit(TRAILER, "c2" * 20),
            commit("Merge pull request #7 from person1/basket\n\nAdd a basket"),
        ),
        (commit(f"Merged PR 7: Add a basket\n\n{TRAILER}"),),
        (
            commit(TRAILER, "c2" * 20),
            commit("Auto merge of #7 - person1:basket, r=person2\n\nAdd a basket"),
        ),
    ],
    ids=["squash", "merge", "squash of another host", "merge by a machine"],
)
async def test_the_merge_itself_shows_them_in_either_order(
    world: World, commits: tuple[Json, ...], push_first: bool
) -> None:
    tolds = [push(*commits, branch="master"), merged_as(MERGE_SHA).merged()]
    await world.tell(*(tolds if push_first else reversed(tolds)))
    assert await tier(world) == "strong"


async def test_a_commit_that_only_mentions_a_merged_one_says_nothing_of_it(world: World) -> None:
    mention = commit(f"Follow up (#7)\n\n{TRAILER}", "c9" * 20)
    await world.tell(merged_as(MERGE_SHA).merged(), push(mention, branch="master"))
    assert await tier(world) == "unknown"


async def test_two_merges_in_one_push_are_kept_apart(world: World) -> None:
    one = commit("Merge pull request #7 from person1/basket")
    other = commit(f"Merge pull request #8 from person1/x\n\n{TRAILER}", "c9" * 20)
    await world.tell(merged_as(MERGE_SHA).merged(), push(one, other, branch="master"))
    assert await tier(world) == "unknown"


async def test_a_guess_becomes_void_when_the_push_comes_after_it(world: World) -> None:
    approval = MERGED.reviewed(login("person2"), "approved", NOON - 2 * HOUR, review=1)
    await world.tell(approval, merged_as(MERGE_SHA).merged())
    await world.settle()
    await world.rates_and_guesses(7, "person2", "yes")
    await world.tell(push(commit(f"Add a basket (#7)\n\n{TRAILER}"), branch="master"))
    await world.answers(7, "person1", "wrote")
    assert (await world.part(7, "person2"))["outcome"] == "void"
