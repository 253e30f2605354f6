"""Everybody's own corner: who they are on GitHub, when they are asked, whether they are named."""

from __future__ import annotations

import json
from typing import Any

from tests.databases import TestDatabase
from tests.scenario.home_support import (
    audited,
    dialog_text,
    home_text,
    member_id,
    open_home,
    use_home,
)
from tests.stage import Stage, set_stage

_CHOICES = """
    SELECT quiet_start_h, quiet_end_h, quiet_weekends, snoozed_until IS NOT NULL AS snoozed,
           stopped_at IS NOT NULL AS stopped, name_shown
      FROM members WHERE slack_user_id = $1
"""
_LINKS = """
    SELECT l.github_login, m.name, l.state FROM github_links l JOIN members m USING (member_id)
     ORDER BY l.github_login, m.name
"""


async def _choices(stage: Stage, name: str) -> dict[str, Any]:
    (choices,) = await stage.rows(_CHOICES, stage.person(name).id)
    return choices


async def _links(stage: Stage) -> list[tuple[str, str, str]]:
    rows = await stage.rows(_LINKS)
    return [(row["github_login"], row["name"], row["state"]) for row in rows]


async def _claim(stage: Stage, name: str, login: str) -> dict[str, Any] | None:
    """Say "that's me"; what the dialog answers."""
    await open_home(stage, name)
    await use_home(stage, name, "home.claim")
    done = await stage.person(name).submit({"value": login})
    await stage.quiet()
    return done.answer


async def test_every_choice_takes_effect_at_once_is_audited_and_can_be_repeated(
    stage: Stage,
) -> None:
    me = str(await member_id(stage, "person2"))
    await open_home(stage, "person2")
    for action_id, choice, column, value, action in (
        ("home.quiet_start", "22", "quiet_start_h", 22, "member.quiet_hours"),
        ("home.quiet_end", "6", "quiet_end_h", 6, "member.quiet_hours"),
        ("home.quiet_weekends", ["weekends"], "quiet_weekends", True, "member.quiet_hours"),
        ("home.quiet_weekends", [], "quiet_weekends", False, "member.quiet_hours"),
        ("member.name_off", None, "name_shown", False, "member.name_choice"),
        ("member.name_on", None, "name_shown", True, "member.name_choice"),
        ("member.snooze", "7", "snoozed", True, "member.snoozed"),
        ("member.resume", None, "snoozed", False, "member.resumed"),
        ("member.stop", None, "stopped", True, "member.stopped"),
        ("member.resume", None, "stopped", False, "member.resumed"),
    ):
        before = await audited(stage)
        await use_home(stage, "person2", action_id, choice)
        assert (await _choices(stage, "person2"))[column] == value
        assert await audited(stage) == [*before, (action, me)]
        if action_id not in ("member.snooze", "home.quiet_weekends"):
            await use_home(stage, "person2", action_id, choice, forged=True, block_id="home:x")
            assert (await _choices(stage, "person2"))[column] in (value, 0)
    assert stage.person("person2").ephemerals == []


async def test_choices_that_are_not_on_offer_change_nothing(stage: Stage) -> None:
    await open_home(stage, "person2")
    before = await _choices(stage, "person2"), await audited(stage)
    for action_id, choice in (
        ("home.quiet_start", "24"),
        ("home.quiet_end", "-1"),
        ("home.quiet_end", "٣"),
        ("member.snooze", "365"),
        ("member.snooze", "x"),
        ("member.unheard_of", "1"),
    ):
        person = stage.person("person2")
        while person.modal is not None:
            await person.close_modal()
        await use_home(stage, "person2", action_id, choice, forged=True)
        assert dialog_text(stage, "person2"), action_id
    assert (await _choices(stage, "person2"), await audited(stage)) == before


async def test_a_choice_in_a_message_is_answered_beside_it(stage: Stage) -> None:
    await stage.merge("person1", "person2")
    message = await stage.until_dm("person2", "How good is it?")
    person = stage.person("person2")
    for action_id, choice, words in (
        ("member.stop", None, "won't ask you again"),
        ("member.resume", None, "Welcome back"),
        ("member.name_off", None, "stays off"),
        ("member.name_on", None, "may appear"),
        ("member.snooze", "1", "Snoozed"),
    ):
        assert (await person.click(message, action_id, choice, forged=True)).ok
        await stage.quiet()
        assert any(words in told.text for told in person.ephemerals), action_id


async def test_a_stranger_is_told_to_come_back(stage: Stage) -> None:
    await stage.quiet()  # The first reading of the people is over.
    stage.slack.state.add_user(stage.workspace_id, "newcomer")
    await open_home(stage, "newcomer")
    assert "don't know you yet" in home_text(stage, "newcomer")
    await use_home(stage, "newcomer", "member.stop", forged=True)
    assert "don't know that person" in dialog_text(stage, "newcomer")


async def test_open_surveys_and_the_score_are_shown_without_any_answer(stage: Stage) -> None:
    await stage.merge("person1", "person2", title="Round totals once")
    await stage.until_dm("person2", "How good is it?")
    await open_home(stage, "person2")
    assert "Round totals once" in home_text(stage, "person2")
    assert "No guess was revealed yet" in home_text(stage, "person2")


async def test_thats_me_sends_nothing_until_an_admin_confirms(database: TestDatabase) -> None:
    async with set_stage(database, linked=False) as stage:
        assert await _claim(stage, "person2", " @Person2-GH ") is None
        assert await _claim(stage, "person1", "person1-gh") is None
        assert "waits for an admin" in home_text(stage, "person2")
        await stage.merge("person1", "person2")
        await stage.quiet()
        assert all(stage.person(f"person{n}").messages == [] for n in (1, 2, 3))

        await open_home(stage, "person1")
        for name in ("person1", "person2"):
            value = f"{await member_id(stage, name)}:{name}-gh"
            await use_home(stage, "person1", "home.claim_confirm", value)
        assert await _links(stage) == [
            ("person1-gh", "person1", "confirmed"),
            ("person2-gh", "person2", "confirmed"),
        ]
        await stage.merge("person1", "person2")
        await stage.until_dm("person2", "How good is it?")


async def test_a_confirmation_that_comes_twice_says_so_and_changes_nothing(
    database: TestDatabase,
) -> None:
    async with set_stage(database, linked=False) as stage:
        await _claim(stage, "person2", "ada")
        await open_home(stage, "person1")
        value = f"{await member_id(stage, 'person2')}:ada"
        await use_home(stage, "person1", "home.claim_confirm", value)
        before = await audited(stage)
        await use_home(stage, "person1", "home.claim_confirm", value, forged=True)
        await use_home(stage, "person1", "home.claim_refuse", value, forged=True)
        assert "That claim is gone" in dialog_text(stage, "person1")
        assert await audited(stage) == before
        assert await _links(stage) == [("ada", "person2", "confirmed")]


async def test_two_claims_on_one_login_block_both_until_an_admin_decides(
    database: TestDatabase,
) -> None:
    async with set_stage(database, linked=False) as stage:
        await _claim(stage, "person2", "ada")
        await _claim(stage, "person3", "ada")
        assert await _links(stage) == [
            ("ada", "person2", "blocked"),
            ("ada", "person3", "blocked"),
        ]
        assert "somebody else says it is theirs" in home_text(stage, "person3")
        await open_home(stage, "person1")
        assert "More than one person says so" in home_text(stage, "person1")
        value = f"{await member_id(stage, 'person3')}:ada"
        await use_home(stage, "person1", "home.claim_confirm", value)
        assert await _links(stage) == [("ada", "person3", "confirmed")]


async def test_a_refused_claim_is_gone_and_its_rival_still_waits(database: TestDatabase) -> None:
    async with set_stage(database, linked=False) as stage:
        await _claim(stage, "person2", "ada")
        await _claim(stage, "person3", "ada")
        await open_home(stage, "person1")
        value = f"{await member_id(stage, 'person2')}:ada"
        await use_home(stage, "person1", "home.claim_refuse", value)
        assert await _links(stage) == [("ada", "person3", "blocked")]


async def test_a_claim_on_somebody_elses_login_is_blocked_and_takes_nothing(stage: Stage) -> None:
    before = await _links(stage)
    await _claim(stage, "person2", "person1-gh")
    assert await _links(stage) == sorted([*before, ("person1-gh", "person2", "blocked")])


async def test_claiming_what_is_mine_already_changes_nothing(stage: Stage) -> None:
    before = await _links(stage), await audited(stage)
    assert await _claim(stage, "person2", "person2-gh") is None
    assert (await _links(stage), await audited(stage)) == before


async def test_a_new_claim_replaces_the_one_before(database: TestDatabase) -> None:
    async with set_stage(database, linked=False) as stage:
        await _claim(stage, "person2", "typo")
        await _claim(stage, "person2", "ada")
        assert await _links(stage) == [("ada", "person2", "claimed")]


async def test_impossible_logins_are_said_beside_the_field(database: TestDatabase) -> None:
    async with set_stage(database, linked=False) as stage:
        await open_home(stage, "person2")
        await use_home(stage, "person2", "home.claim")
        impossible: tuple[dict[str, Any], ...] = (
            {"login": {"value": {"value": "ada lovelace"}}},
            {"login": {"value": {"value": "a" * 300}}},
            {"login": {"value": {"value": "https://github.com/ada"}}},
            {"login": {"value": {"value": "'; drop table members; --"}}},
            {"login": {"value": {"value": "\0"}}},
            {"login": {"value": {"value": ["ada"]}}},
            {"login": "ada"},
            {},
        )
        for values in impossible:
            done = await stage.person("person2").submit(forged_values=values)
            assert done.answer is not None, values
            assert "does not look like a GitHub login" in done.answer["errors"]["login"]
        assert await _links(stage) == []


async def test_a_strangers_claim_is_said_beside_the_field(stage: Stage) -> None:
    before = await _links(stage)
    await open_home(stage, "person2")
    stage.slack.state.add_user(stage.workspace_id, "newcomer")
    await open_home(stage, "newcomer")
    await use_home(stage, "newcomer", "home.claim", forged=True)
    done = await stage.person("newcomer").submit({"value": "ada"})
    assert done.answer is not None
    assert "don't know that person" in done.answer["errors"]["login"]
    assert await _links(stage) == before


async def test_an_admin_links_an_account_by_picking_its_person(database: TestDatabase) -> None:
    async with set_stage(database, linked=False) as stage:
        await stage.merge("person3", "person2")
        await stage.quiet()
        await open_home(stage, "person1")
        assert "person3-gh" in home_text(stage, "person1")
        them = stage.person("person3").id
        for _ in range(2):
            block = "home:link:person3-gh"
            await use_home(stage, "person1", "home.link", them, block_id=block, forged=True)
        assert await _links(stage) == [("person3-gh", "person3", "confirmed")]
        assert json.dumps("person3-gh") not in home_text(stage, "person1")
        admin = str(await member_id(stage, "person1"))
        assert (await audited(stage)).count(("member.linked", admin)) == 1
