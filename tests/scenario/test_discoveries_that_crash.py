"""Broken off anywhere on the way of a discovery, a choice, a redelivery: it ends as if nothing was."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from bot import failpoints
from bot.errors import DatabaseAway
from tests.integration.discoveries.conftest import explorer, shared_database
from tests.integration.discoveries.support import Explorer
from tests.integration.discoveries.test_redeliveries import CLOCK, Post, post
from tests.integration.syncs.support import ENDED
from tests.scenario.home_support import open_home, use_home
from tests.scenario.places import around
from tests.scenario.test_homes_with_repositories import counting, know, preview
from tests.stage import Stage

__all__ = ["explorer", "post", "shared_database"]

FINDING = around(
    "list_connections", "keep_repositories", "read_found", "keep_people", "keep_teams", "keep_team"
)
CHOOSING = around("read_selection", "preview_selection", "select_repositories")
ASKING_AGAIN = around("find_missing")
DISCOVERIES = (FINDING, CHOOSING, ASKING_AGAIN)

_FOUND = {
    "repositories": "SELECT full_name, selected, gone_at FROM repositories ORDER BY full_name",
    "people": "SELECT login, in_org, left_at FROM github_accounts ORDER BY login",
    "teams": "SELECT slug, name, parent_id IS NULL AS top, gone_at FROM teams ORDER BY slug",
    "spells": "SELECT account_id, since::text, until FROM team_memberships ORDER BY 1, 2",
    "runs": "SELECT kind, state, partial FROM runs ORDER BY kind",
}


async def picture(explorer: Explorer) -> dict[str, Any]:
    return {name: await explorer.town.world.rows(sql) for name, sql in _FOUND.items()}


def arrange(explorer: Explorer) -> None:
    for name in ("acme/shop", "acme/site"):
        explorer.github.add_repository(name)
    explorer.github.add_team("acme", "Makers", "octavia")
    explorer.github.add_team("acme", "Shop", "octavia", parent="makers")


async def stubborn(explorer: Explorer) -> str:
    """The run's state after one turn more, also where the worker itself is hit."""
    with suppress(DatabaseAway, OSError):
        return str((await explorer.step())["state"])
    return "hit"


def came_by(places: list[str]) -> None:
    """Every place was come by; what is still armed raises."""
    for place in places:
        failpoints.hit(place)


async def test_a_discovery_survives_an_error_at_every_place(
    explorer: Explorer, quiet_log: None
) -> None:
    arrange(explorer)
    await explorer.start()
    failpoints.arm(dict.fromkeys(FINDING, "fail"))
    while await stubborn(explorer) not in ENDED:
        explorer.town.world.wait(minutes=6)
    came_by(FINDING)
    broken = await picture(explorer)
    await explorer.town.world.run("DELETE FROM runs WHERE kind = 'github.discover'")
    await explorer.discover()
    assert await picture(explorer) == broken
    assert [row["slug"] for row in broken["teams"]] == ["makers", "shop"]
    assert [row["since"] for row in broken["spells"]] == ["-infinity"] * 2


async def test_a_choice_that_breaks_off_is_made_by_trying_again(
    stage: Stage, quiet_log: None
) -> None:
    await know(stage, "acme/shop", "acme/old-shop")
    await open_home(stage, "person1")
    failpoints.arm(dict.fromkeys(CHOOSING, "fail"))
    for _ in range(3):
        with suppress(AssertionError):
            await use_home(stage, "person1", "home.repositories")
    for _ in range(6):
        if stage.person("person1").modal is not None:
            await preview(stage, "matching", "acme/s*")
    came_by(CHOOSING)
    assert await counting(stage) == ["acme/shop"]


async def test_asking_again_that_breaks_off_asks_the_next_time(post: Post, quiet_log: None) -> None:
    await post.tell("one", lost=True)
    failpoints.arm(dict.fromkeys(ASKING_AGAIN, "fail"))
    for _ in range(3):
        with suppress(DatabaseAway, OSError):
            await post.redeliverer().ask_again(CLOCK)
    await post.explorer.town.github.settle()
    came_by(ASKING_AGAIN)
    assert post.came == ["new"]
