"""Two things that bring the same App Home up to date at once."""

from __future__ import annotations

import asyncio

from bot.domain.budgets import QuietHours
from bot.use_cases import homes, members
from tests.stage import Stage


async def test_a_home_composed_while_a_choice_is_being_made_never_hides_the_choice(
    stage: Stage,
) -> None:
    person = stage.person("person2").id
    now, vault = stage.services.desk.now(), stage.services.vault

    async def open_home() -> None:
        async with stage.transaction() as tx:
            await homes.show_home(tx, person, vault=vault, now=now)

    async def choose(hour: int) -> None:
        async with stage.transaction() as tx:
            await members.set_quiet_hours(tx, person, QuietHours(hour, 5), now=now)
            await homes.show_home(tx, person, vault=vault, now=now)

    for hour in range(6, 16):
        await asyncio.gather(*(open_home() for _ in range(3)), choose(hour), open_home())
        assert await _shown_hour(stage) == str(hour)


async def _shown_hour(stage: Stage) -> str:
    """The chosen start of quiet hours in the newest Home that was written."""
    (newest,) = await stage.rows(
        "SELECT payload FROM outbox WHERE op = 'home' ORDER BY outbox_id DESC LIMIT 1"
    )
    menus = (e for block in newest["payload"]["blocks"] for e in block.get("elements", ()))
    chosen = next(menu for menu in menus if menu.get("action_id") == "home.quiet_start")
    return str(chosen["initial_option"]["value"])
