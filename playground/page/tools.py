"""What the page can do to the world around: its clock, its faults, its workspaces."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from playground.neighbours import found_neighbours
from playground.page.actions import Doing
from playground.page.clocks import clock_of, seconds_until
from playground.page.names import long_date
from playground.page.switches import flip
from playground.records import Json

Tool = Callable[[Doing], Awaitable[Json]]


async def _move_clock(doing: Doing) -> Json:
    """Move the clock forward, and say what it shows then."""
    before = clock_of(doing.viewer)
    await doing.slack.move_clock(seconds_until(doing.word("to"), before.now))
    now = clock_of(doing.viewer).now
    doing.slack.feed.publish("clock.moved", "")
    return {"ok": True, "say": f"It is {long_date(now)}, {now:%H:%M} now."}


async def _flip_fault(doing: Doing) -> Json:
    switch, on = flip(doing.slack.faults, doing.word("fault"))
    doing.slack.feed.publish("faults.changed", "")
    return {"ok": True, "say": f"{switch.label}: {'on' if on else 'off'}."}


async def _clear_faults(doing: Doing) -> Json:
    doing.slack.faults.clear()
    doing.slack.feed.publish("faults.changed", "")
    return {"ok": True, "say": "All faults are off."}


async def _uninstall(doing: Doing) -> Json:
    doing.slack.uninstall(doing.person.team_id)
    doing.slack.feed.publish("installation.changed", doing.viewer.team_id)
    return {"ok": True, "say": f"Hunch was removed from {doing.viewer.workspace.name}."}


async def _add_workspace(doing: Doing) -> Json:
    """Found another company, without the app, and go there."""
    team = found_neighbours(doing.slack.state)
    first = doing.slack.state.people(team.id)[0]
    return {"ok": True, "say": f"{team.name} is there.", "go": f"/w/{team.id}/as/{first.name}/home"}


TOOLS: dict[str, Tool] = {
    "add-workspace": _add_workspace,
    "clear-faults": _clear_faults,
    "flip-fault": _flip_fault,
    "move-clock": _move_clock,
    "uninstall": _uninstall,
}
