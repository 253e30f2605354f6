"""What an operator says about people from the terminal: whom to unlink, whom to leave alone."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from bot import __main__ as command_line
from tests.stage import Stage

_AUDITED = """
    SELECT a.action
      FROM audits a JOIN members m ON a.subject = m.member_id::text
     WHERE a.actor = 'operator' AND m.slack_user_id = $1 AND a.action <> 'member.linked'
     ORDER BY a.audit_id
"""


@pytest.fixture(autouse=True)
def _settings(stage: Stage, monkeypatch: pytest.MonkeyPatch, quiet_log: None) -> None:
    """Commands run against the stage's database, beside the running game."""
    monkeypatch.setattr(command_line, "read_settings", lambda: stage.services.settings)
    monkeypatch.setattr(command_line, "shed_environment", lambda: None)


async def _members(*words: str) -> int:
    """Say `hunch members …`; how it ended."""
    return await asyncio.to_thread(command_line.main, ["members", *words])


async def _audited(stage: Stage, name: str) -> list[str]:
    """What the operator did to somebody; ids are what audits name people by."""
    return [row["action"] for row in await stage.rows(_AUDITED, stage.person(name).id)]


async def test_a_person_is_unlinked_once_and_the_login_is_listed_as_missing_again(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    await stage.merge("person1", "person2")
    await stage.until_dm("person2", "How good is it?")
    person = stage.person("person2").id
    words = ("unlink", "--slack", person, "--workspace", stage.workspace_id)
    assert await _members(*words) == 0
    assert capsys.readouterr().out.endswith(f"{person} is no longer linked to person2-gh.\n")
    assert await _members(*words) == 0
    assert capsys.readouterr().out.endswith(f"{person} was not linked.\n")
    assert await _audited(stage, "person2") == ["member.unlinked"]
    assert await _members("unlinked") == 0
    assert capsys.readouterr().out.endswith("person2-gh\n")


async def test_a_login_that_was_never_seen_is_not_missed(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await _members("unlink", "--slack", stage.person("person3").id) == 0
    assert await _members("unlinked") == 0
    assert capsys.readouterr().out.endswith("Everybody seen so far is linked.\n")


@pytest.mark.parametrize("action", ["unlink", "exclude", "include"])
async def test_unknown_people_are_named_in_one_line(
    capsys: pytest.CaptureFixture[str], action: str
) -> None:
    assert await _members(action, "--slack", "U0NOBODY") == 1
    said = capsys.readouterr().err
    assert said.startswith("hunch: U0NOBODY: I don't know that person yet.")
    assert said.count("\n") == 1


async def test_an_excluded_authors_merge_asks_nobody_until_they_are_included(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    person = stage.person("person1").id
    for _ in range(2):
        assert await _members("exclude", "--slack", person) == 0
        assert f"{person} is excluded: " in capsys.readouterr().out
    await stage.merge("person1", "person2")
    await stage.quiet()
    assert await stage.value("SELECT count(*) FROM surveys") == 0
    for _ in range(2):
        assert await _members("include", "--slack", person) == 0
        assert capsys.readouterr().out.endswith(f"{person} is not excluded.\n")
    await stage.merge("person1", "person2")
    await stage.until_dm("person1", "Was this PR AI-assisted?")
    assert await _audited(stage, "person1") == ["member.excluded", "member.included"]


async def test_what_waits_for_an_excluded_person_is_closed_at_once(stage: Stage) -> None:
    async with stage.transaction() as tx:
        await tx.execute(
            "UPDATE members SET snoozed_until = $1 WHERE slack_user_id = $2",
            stage.clock.now() + timedelta(days=2),
            stage.person("person2").id,
        )
    await stage.merge("person1", "person2")
    await stage.until_dm("person1", "Was this PR AI-assisted?")
    # The approval may be read after the merge.
    await stage.quiet()
    state = "SELECT state FROM parts WHERE slack_user_id = $1"
    assert await stage.value(state, stage.person("person2").id) == "waiting"
    assert await _members("exclude", "--slack", stage.person("person2").id) == 0
    await stage.quiet()
    assert await stage.value(state, stage.person("person2").id) == "closed"
