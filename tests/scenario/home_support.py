"""The App Home in tests: open it, use it, read it."""

from __future__ import annotations

import json
from typing import Any

from playground.records import View
from tests.stage import Stage


async def open_home(stage: Stage, name: str) -> View:
    """Open somebody's Home and wait until it is shown as it is now."""
    person = stage.person(name)
    await person.open_home()
    await stage.quiet()
    assert person.home is not None
    return person.home


async def use_home(stage: Stage, name: str, action_id: str, choice: Any = None, **how: Any) -> None:
    """Use a control of somebody's open Home and wait for what follows."""
    assert (await stage.person(name).click_home(action_id, choice, **how)).ok
    await stage.quiet()


def home_text(stage: Stage, name: str) -> str:
    """Everything the Home says."""
    home = stage.person(name).home
    assert home is not None
    return json.dumps(home.blocks, ensure_ascii=False)


def dialog_text(stage: Stage, name: str) -> str:
    """Everything the dialog on top says; "" when none is open."""
    modal = stage.person(name).modal
    return "" if modal is None else json.dumps(modal.blocks, ensure_ascii=False)


async def audited(stage: Stage) -> list[tuple[str, str]]:
    """What the trail says was done, and who did it."""
    rows = await stage.rows("SELECT action, actor FROM audits ORDER BY audit_id")
    return [(row["action"], row["actor"]) for row in rows]


async def member_id(stage: Stage, name: str) -> int:
    found: int = await stage.value(
        "SELECT member_id FROM members WHERE slack_user_id = $1", stage.person(name).id
    )
    return found
