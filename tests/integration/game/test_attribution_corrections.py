"""Put right by who may: the author says what it was, an admin what a rule got wrong; on the record."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.surveys import AiAnswer
from bot.errors import Missing, UserError
from bot.use_cases import attributions, facts
from bot.use_cases.attributions import Corrected
from tests.integration.game.support import NOON, World, login, slack_id
from tests.integration.game.test_attributions import (
    TRAILER,
    asked,
    attribution,
    commits_say,
    key_of,
)
from tests.stories import Story

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
RULE = "claude_code.address"
REFERENCE = "Codertocat/hello-world#7"


async def over(world: World) -> None:
    """The survey is closed, and the pull request carries a mark."""
    await asked(world)
    await commits_say(world, TRAILER)
    world.wait(days=8)
    await world.settle()


async def dismiss(
    world: World, rule: str = RULE, reference: str = REFERENCE, *, undo: bool = False
) -> Corrected:
    async with world.transaction() as tx:
        return await attributions.correct(tx, reference, rule, undo=undo, now=world.now)


async def restore(world: World) -> Corrected:
    return await dismiss(world, undo=True)


async def in_slack(world: World, name: str, rule: str = RULE, *, undo: bool = False) -> str:
    key = await key_of(world)
    async with world.transaction() as tx:
        return str(
            await attributions.correct_in_slack(
                tx, slack_id(name), key, rule, undo=undo, now=world.now
            )
        )


async def evidence(world: World, name: str) -> str:
    async with world.transaction() as tx:
        return str(await attributions.evidence(tx, slack_id(name), REFERENCE))


async def declare(world: World, name: str, answer: AiAnswer | None) -> str:
    async with world.transaction() as tx:
        message = await attributions.declare(
            tx, slack_id(name), await key_of(world), answer, now=world.now
        )
    return str(message["text"])


async def mine(world: World, name: str) -> str:
    async with world.transaction() as tx:
        return str(await attributions.mine(tx, slack_id(name)))


async def audited(world: World) -> list[tuple[Any, ...]]:
    rows = await world.rows(
        "SELECT actor, action, subject, details FROM audits"
        " WHERE action LIKE 'attribution.%' ORDER BY audit_id"
    )
    return [tuple(row.values()) for row in rows]


async def told(world: World) -> str:
    key = await key_of(world)
    return await world.shown(f"attribution:{key.repository_id}:7:{RULE}") or ""


async def test_a_wrong_match_no_longer_counts_and_the_author_is_told(world: World) -> None:
    await over(world)
    corrected = await dismiss(world)
    assert corrected.changed
    assert corrected.seen.dismissed == {RULE}
    found = await attribution(world)
    assert (found["tier"], found["assisted"], found["tools"]) == ("unknown", None, [])
    assert len(found["evidence"]) == 1
    assert "is no sign of AI here" in await told(world)


async def test_it_is_on_record_by_ids_only_and_undone_at_any_time(world: World) -> None:
    await over(world)
    await dismiss(world)
    assert not (await dismiss(world)).changed
    assert (await restore(world)).changed
    assert not (await restore(world)).changed
    assert (await attribution(world))["tier"] == "strong"
    assert "does count as a sign of AI after all" in await told(world)
    key = await key_of(world)
    subject = f"{key.repository_id}#7"
    assert await audited(world) == [
        ("operator", "attribution.dismissed", subject, {"rule": RULE}),
        ("operator", "attribution.restored", subject, {"rule": RULE}),
    ]


async def test_an_admin_never_touches_the_authors_answer(world: World) -> None:
    await asked(world)
    await commits_say(world, TRAILER)
    await world.answers(7, "person1", "helped")
    world.wait(days=8)
    await world.settle()
    await dismiss(world)
    found = await attribution(world)
    assert (found["tier"], found["declared"], found["assisted"]) == ("declared", "helped", True)
    assert (await world.part(7, "person1"))["answer"] == "helped"


@pytest.mark.parametrize(
    ("reference", "rule", "says"),
    [
        (REFERENCE, "amp.thread", "amp.thread matched nothing there. Rules that did: claude_code"),
        ("acme/shop#8", RULE, "no such pull request"),
        ("somewhere", RULE, "name a pull request as owner/name#12"),
    ],
)
async def test_what_cannot_be_corrected_is_said(
    world: World, reference: str, rule: str, says: str
) -> None:
    await over(world)
    with pytest.raises(UserError, match=says):
        await dismiss(world, rule, reference)
    assert await audited(world) == []


async def test_it_is_found_by_the_name_its_repository_has_now(world: World) -> None:
    await over(world)
    await world.run("UPDATE repositories SET full_name = 'acme/Renamed'")
    assert (await dismiss(world, reference="Acme/renamed#7")).changed
    with pytest.raises(Missing, match="no such pull request"):
        await dismiss(world)


async def test_one_from_before_repositories_were_known_is_found_by_its_own(world: World) -> None:
    await over(world)
    await world.run("DELETE FROM repositories")
    assert (await dismiss(world)).changed


async def test_nobody_is_shown_evidence_while_somebody_guesses(world: World) -> None:
    await asked(world)
    with pytest.raises(UserError, match="still guessing"):
        async with world.transaction() as tx:
            await attributions.show(tx, REFERENCE)


async def test_an_admin_does_the_same_in_slack(world: World) -> None:
    await over(world)
    shown = await evidence(world, "person1")
    assert RULE in shown
    assert "That is wrong" in shown
    done = await in_slack(world, "person1")
    assert "its author is told" in done
    assert "It counts" in done
    assert "so already" in await in_slack(world, "person1")
    assert (await attribution(world))["tier"] == "unknown"
    assert "That is wrong" in await in_slack(world, "person1", undo=True)
    assert {actor for actor, *_ in await audited(world)} == {str(world.ids["person1"])}


async def test_an_admin_who_guesses_is_shown_nothing_and_others_are(world: World) -> None:
    """Person1 wrote it and is an admin; now person2, who still guesses, becomes one, too."""
    await asked(world)
    await world.run(
        "UPDATE members SET is_admin = true WHERE slack_user_id = $1", slack_id("person2")
    )
    assert "nobody knows" in await evidence(world, "person1")
    for act in (evidence, in_slack):
        with pytest.raises(UserError, match="still guessing"):
            await act(world, "person2")


async def test_only_admins_look_at_evidence(world: World) -> None:
    await over(world)
    for act in (evidence, in_slack):
        with pytest.raises(UserError, match="Only workspace admins"):
            await act(world, "person2")


async def test_what_was_not_judged_yet_says_so(world: World) -> None:
    await over(world)
    await world.run("DELETE FROM attributions")
    with pytest.raises(Missing, match="hunch attributions reprocess"):
        await dismiss(world)


async def test_a_stranger_to_slack_is_told_nothing(world: World) -> None:
    await over(world)
    await world.run("DELETE FROM github_links WHERE github_login = $1", login("person1"))
    await dismiss(world)
    assert await told(world) == ""


async def test_the_author_says_what_it_was_and_may_change_or_take_it_back(world: World) -> None:
    await over(world)
    assert "noted" in await declare(world, "person1", AiAnswer.NO)
    assert (await attribution(world))["declared"] == "no"
    await declare(world, "person1", AiAnswer.WROTE)
    found = await attribution(world)
    assert (found["tier"], found["declared"]) == ("declared", "wrote")
    assert "no longer counts" in await declare(world, "person1", None)
    assert (await attribution(world))["tier"] == "strong"
    actions = [action for _, action, _, _ in await audited(world)]
    assert actions == ["attribution.declared", "attribution.declared", "attribution.taken_back"]
    assert {str(details) for _, _, _, details in await audited(world)} == {"{}"}


async def test_the_authors_correction_beats_what_they_answered(world: World) -> None:
    await asked(world)
    await world.answers(7, "person1", "no")
    world.wait(days=8)
    await world.settle()
    await declare(world, "person1", AiAnswer.HELPED)
    assert (await attribution(world))["declared"] == "helped"
    assert (await world.part(7, "person1"))["answer"] == "no"


async def test_while_the_survey_is_open_its_message_is_the_place(world: World) -> None:
    await asked(world)
    with pytest.raises(UserError, match="answer in its message"):
        await declare(world, "person1", AiAnswer.NO)
    assert "Its survey is open" in await mine(world, "person1")
    assert "static_select" not in await mine(world, "person1")


async def test_only_the_author_may_say_it(world: World) -> None:
    await over(world)
    with pytest.raises(UserError, match="not your pull request"):
        await declare(world, "person2", AiAnswer.NO)
    await world.run("DELETE FROM attributions")
    with pytest.raises(UserError, match="not your pull request"):
        await declare(world, "person1", AiAnswer.NO)


async def test_people_see_their_own_work_and_nobody_elses(world: World) -> None:
    await over(world)
    seen = await mine(world, "person1")
    assert "a line of a commit" in seen
    assert "points to Claude Code" in seen
    assert "no merged pull request of yours" in await mine(world, "person2")
    await declare(world, "person1", AiAnswer.NO)
    seen = await mine(world, "person1")
    assert "you said no AI was involved" in seen
    assert "Take back" in seen


async def test_the_newest_five_are_shown_those_without_facts_yet_included(world: World) -> None:
    author = login("person1")
    for number in range(1, 9):
        merged_at = NOON - (9 - number) * 2 * DAY
        await world.tell(
            Story(number, merged_at - HOUR, merged_at=merged_at, author=author).merged()
        )
        if number == 6:
            async with world.transaction() as tx:
                await facts.catch_up(tx, after=0)
            assert not await world.value("SELECT count(*) FROM stale_facts")
    seen = await mine(world, "person1")
    shown = re.findall(r"'attribution:\d+:(\d+)'", seen)
    assert shown == ["8", "7", "6", "5", "4"]


async def test_what_an_agent_did_for_somebody_is_theirs_to_put_right(world: World) -> None:
    await over(world)
    await world.run("UPDATE attributions SET initiator_login = $1", login("person3"))
    assert "points to Claude Code" in await mine(world, "person3")
    with pytest.raises(UserError, match="not your pull request"):
        await declare(world, "person1", AiAnswer.NO)


async def test_an_unmarked_pull_request_is_said_to_be_unknown(world: World) -> None:
    await asked(world)
    world.wait(days=8)
    await world.settle()
    assert "Unknown: it carries no mark" in await mine(world, "person1")


async def test_the_report_counts_what_authors_answered_and_keeps_still_in_between(
    world: World,
) -> None:
    async def answered(number: int, author: int, said: str, *, marked: bool) -> None:
        story = Story(
            number, NOON - 5 * HOUR, merged_at=NOON - HOUR, author=login(f"person{author}")
        )
        await world.tell(story.merged())
        if marked:
            await commits_say(world, TRAILER, number=number)
        await world.settle(number)
        await world.answers(number, f"person{author}", said)

    async def reported() -> attributions.ToldReport:
        async with world.transaction() as tx:
            return await attributions.report_rules(tx, now=world.now)

    for author in range(1, 7):
        await answered(author, author, "helped", marked=True)
        await answered(10 + author, author, "no", marked=author % 2 == 0)
    first = await reported()
    assert first.report.answers == 12
    assert (first.report.precision["strong"].n, first.report.recall) == (9, None)
    await answered(30, 1, "no", marked=True)
    world.wait(hours=1)
    assert await reported() == first
    for author in range(2, 7):
        await answered(40 + author, author, "no" if author % 2 else "wrote", marked=True)
    later = await reported()
    assert later.report.precision["strong"].n == 15
    assert later.counted_at > first.counted_at
