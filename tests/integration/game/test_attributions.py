"""Whose work a pull request is: judged from traces of any source, told by its author, never guessed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from bot.domain.attributions import CommitText, PullRequestTexts, traces_of
from bot.domain.ids import RepositoryId
from bot.domain.pull_requests import PullRequestKey
from bot.use_cases import attributions
from tests.integration.game.support import NOON, World, login
from tests.stories import DEVIN, Story, by_agent

HOUR = timedelta(hours=1)
STORY = Story(7, NOON - 5 * HOUR, merged_at=NOON - HOUR)
TRAILER = "Co-authored-by: Claude <noreply@anthropic.com>"


async def asked(world: World, story: Story = STORY) -> None:
    approval = story.reviewed(login("person2"), "approved", NOON - 2 * HOUR, review=1)
    await world.tell(approval, story.merged())
    await world.settle()


async def attribution(world: World, number: int = 7) -> dict[str, Any]:
    (row,) = await world.rows(
        "SELECT tier, assisted, declared, tools, evidence, ai_reviewers, initiator_login,"
        " rule_version FROM attributions WHERE number = $1",
        number,
    )
    return row


async def key_of(world: World, number: int = 7) -> PullRequestKey:
    repository = await world.value(
        "SELECT repository_id FROM pull_requests WHERE number = $1", number
    )
    return PullRequestKey(RepositoryId(repository), number)


async def commits_say(world: World, *messages: str, number: int = 7) -> None:
    """As a sync or a push brings a pull request's commits."""
    key = await key_of(world, number)
    commits = tuple(CommitText(str(i), message) for i, message in enumerate(messages))
    texts = PullRequestTexts("person1-gh", 1, "Add a basket", "", "basket", commits)
    async with world.transaction() as tx:
        await attributions.keep_traces(tx, [(key, trace) for trace in traces_of(texts)])
        await attributions.judge(tx, [key], now=world.now)


async def test_a_pull_request_without_marks_is_unknown_and_never_human(world: World) -> None:
    await asked(world)
    found = await attribution(world)
    assert (found["tier"], found["assisted"], found["tools"]) == ("unknown", None, [])


async def test_a_trailer_that_comes_with_the_commits_makes_it_strong(world: World) -> None:
    await asked(world)
    await commits_say(world, f"Add a basket\n\n{TRAILER}")
    found = await attribution(world)
    assert (found["tier"], found["assisted"], found["tools"]) == ("strong", True, ["claude_code"])
    assert found["evidence"] == [
        ["claude_code.address", "claude_code", "strong", "commit", TRAILER]
    ]


async def test_a_sign_that_commits_bring_voids_the_guess_before_the_reveal(world: World) -> None:
    await asked(world)
    await world.rates_and_guesses(7, "person2", "yes")
    await commits_say(world, TRAILER)
    await world.answers(7, "person1", "wrote")
    part = await world.part(7, "person2")
    assert (part["state"], part["outcome"]) == ("asked", "void")
    assert "a line in it credits Claude Code" in await world.reveal(7, "person2")


async def test_a_new_sign_wakes_the_open_survey_by_itself(world: World) -> None:
    await asked(world)
    before = await world.value(
        "SELECT count(*) FROM pgqueuer.pgqueuer WHERE entrypoint = $1", "surveys.look"
    )
    await commits_say(world, TRAILER)
    await commits_say(world, TRAILER)
    after = await world.value(
        "SELECT count(*) FROM pgqueuer.pgqueuer WHERE entrypoint = $1", "surveys.look"
    )
    assert after == before + 1


async def test_the_authors_answer_beats_every_mark(world: World) -> None:
    await asked(world)
    await commits_say(world, TRAILER)
    await world.answers(7, "person1", "no")
    found = await attribution(world)
    assert (found["tier"], found["assisted"], found["declared"]) == ("declared", False, "no")
    assert found["tools"] == []
    assert len(found["evidence"]) == 1
    await world.answers(7, "person1", "helped")
    found = await attribution(world)
    assert (found["tier"], found["assisted"], found["tools"]) == ("declared", True, ["claude_code"])


async def test_whom_an_agent_names_is_the_one_its_survey_goes_by(world: World) -> None:
    """Nobody is assigned; the description says who asked for it, so its approvers are asked."""
    body = "Requested by: @person3-gh"
    story = Story(7, NOON - 5 * HOUR, merged_at=NOON - HOUR, body=body, change=by_agent(DEVIN))
    await asked(world, story)
    assert await world.parts(7) == [("person2", "reviewer", False)]
    assert (await attribution(world))["initiator_login"] == login("person3")
