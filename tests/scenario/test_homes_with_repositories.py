"""Admins choose in their Home which repositories count: asked, previewed, confirmed."""

from __future__ import annotations

from typing import Any

from bot.domain.ids import RepositoryId
from bot.domain.repositories import Repository
from bot.use_cases import repositories
from tests.scenario.home_support import dialog_text, home_text, member_id, open_home, use_home
from tests.stage import Stage

CHOOSE = "home.repositories"


async def know(stage: Stage, *names: str) -> None:
    found = [Repository(RepositoryId(900 + n), name) for n, name in enumerate(names)]
    db = stage.services.store.database
    async with db.transaction(stage.workspace_id, name="test") as tx:
        await repositories.learn(tx, found, heard_at=stage.clock.now(), now=stage.clock.now())


async def counting(stage: Stage) -> list[str]:
    rows = await stage.rows("SELECT full_name FROM repositories WHERE selected ORDER BY full_name")
    return [row["full_name"] for row in rows]


async def preview(stage: Stage, choice: str, names: str = "") -> Any:
    """Fill the dialog in and ask for the preview."""
    person = stage.person("person1")
    modal = person.modal
    assert modal is not None
    fields = {
        "choice": {"value": {"type": "static_select", "selected_option": {"value": choice}}},
        "names": {"value": {"type": "plain_text_input", "value": names}},
    }
    done = await person.submit(forged_values=fields)
    await stage.quiet()
    return done


async def test_a_choice_is_previewed_confirmed_audited_and_shown(stage: Stage) -> None:
    await know(stage, "acme/shop", "acme/old-shop", "other/site")
    await open_home(stage, "person1")
    assert "3 of 3 count: all of them" in home_text(stage, "person1")
    await use_home(stage, "person1", CHOOSE)
    assert (await preview(stage, "matching", "acme/*\n!acme/old-*")).ok
    shown = dialog_text(stage, "person1")
    assert "1 of 3 repositories would count." in shown
    assert "Not: acme/old-shop, other/site" in shown
    assert len(await counting(stage)) == 3
    assert (await preview(stage, "matching", "acme/*\n!acme/old-*")).ok
    assert stage.person("person1").modal is None
    assert await counting(stage) == ["acme/shop"]
    assert "1 of 3 count: those whose names match" in home_text(stage, "person1")
    me = str(await member_id(stage, "person1"))
    trail = "SELECT actor FROM audits WHERE action = 'repositories.selected'"
    assert await stage.value(trail) == me
    await use_home(stage, "person1", CHOOSE)
    assert "!acme/old-*" in dialog_text(stage, "person1")


async def test_a_list_is_shown_by_the_names_of_today(stage: Stage) -> None:
    await know(stage, "acme/shop", "acme/site")
    await open_home(stage, "person1")
    await use_home(stage, "person1", CHOOSE)
    await preview(stage, "listed", "Acme/Site")
    assert "1 of 2 repositories would count.* acme/site" in dialog_text(stage, "person1")
    await preview(stage, "listed", "acme/site")
    assert await counting(stage) == ["acme/site"]
    await use_home(stage, "person1", CHOOSE)
    await preview(stage, "all")
    await preview(stage, "all")
    assert len(await counting(stage)) == 2


async def test_what_cannot_be_meant_is_said_beside_the_field(stage: Stage) -> None:
    await know(stage, "acme/shop")
    await open_home(stage, "person1")
    await use_home(stage, "person1", CHOOSE)
    for choice, names, said in (
        ("matching", "acme/[ab]", "not a pattern"),
        ("matching", "", "Nothing would count"),
        ("listed", "acme/gone", "no such repository"),
        ("listed", "", "The list is empty"),
        ("everything", "", "choose one of the three"),
    ):
        done = await preview(stage, choice, names)
        assert said in done.answer["errors"]["names"]
    await preview(stage, "all")
    done = await preview(stage, "listed", "acme/gone")
    assert "no such repository" in done.answer["errors"]["names"]
    assert await counting(stage) == ["acme/shop"]


async def test_a_long_preview_names_some_and_counts_the_others(stage: Stage) -> None:
    await know(stage, *(f"acme/r{number:02}" for number in range(40)))
    await open_home(stage, "person1")
    await use_home(stage, "person1", CHOOSE)
    await preview(stage, "all")
    assert "acme/r14, and 25 more" in dialog_text(stage, "person1")


async def test_only_admins_choose(stage: Stage) -> None:
    await know(stage, "acme/shop")
    await open_home(stage, "person2")
    assert "acme" not in home_text(stage, "person2")
    person = stage.person("person2")
    await person.click_home(CHOOSE, forged=True, block_id="x")
    await stage.quiet()
    assert "Only workspace admins" in dialog_text(stage, "person2")
