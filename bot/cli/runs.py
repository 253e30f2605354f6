"""`hunch runs`: what Hunch has been working on, and how to steer it."""

from __future__ import annotations

import argparse
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from bot.app import operators, runs
from bot.app.services import Services
from bot.cli.moving_lines import MovingLine
from bot.cli.terminal import Commands, add_workspace, operate, say
from bot.domain.ids import WorkspaceId
from bot.domain.runs import RunDetail, RunId, State
from bot.errors import UserError
from bot.views.run_lines import fan_out_line, run_line, run_lines, watch_line

_Operation = Callable[[Services, argparse.Namespace], Awaitable[None]]


def add(commands: Commands) -> None:
    parser = commands.add_parser("runs", help="what Hunch works on: look, start, retry, cancel")
    actions = parser.add_subparsers(required=True, metavar="action")
    listed = actions.add_parser("list", help="the latest runs")
    add_workspace(listed)
    listed.add_argument("--kind", default="", help="only of this kind, as github.sync")
    states = [state.value for state in State]
    listed.add_argument("--state", choices=states, help="only those that stand so")
    listed.add_argument("--since", metavar="YYYY-MM-DD", help="only those made since (UTC)")
    listed.add_argument("--limit", type=int, default=20, metavar="N", help="how many")
    operate(listed, _list)
    operate(actions.add_parser("nights", help="what schedules started, in all workspaces"), _nights)
    started = actions.add_parser("start", help="start a run")
    add_workspace(started)
    started.add_argument("kind", metavar="KIND", help="as github.sync")
    started.add_argument("--params", default="{}", metavar="JSON", help="its parameters")
    operate(started, _start)
    for name, operation, purpose in (
        ("show", _show, "all about one run"),
        ("watch", _watch, "how a run goes, until it ends"),
        ("retry", _retry, "go on with a run, from the step it failed in"),
        ("restart", _restart, "begin again, as a new run"),
        ("cancel", _cancel, "end a run at the next pause of its step"),
    ):
        operate(_about_one(actions, name, purpose), operation)
    noted = _about_one(actions, "note", "attach a note to a run")
    noted.add_argument("text", metavar="TEXT")
    operate(noted, _note)


def _about_one(actions: Commands, name: str, purpose: str) -> argparse.ArgumentParser:
    action = actions.add_parser(name, help=purpose)
    add_workspace(action)
    action.add_argument("run", type=int, metavar="NUMBER")
    return action


async def _list(services: Services, words: argparse.Namespace) -> None:
    if not 1 <= words.limit <= 1000:
        raise UserError("--limit: must be between 1 and 1000.")
    page = await runs.list_runs(
        services,
        await operators.which_workspace(services, words.workspace),
        kind=words.kind,
        states=[State(words.state)] if words.state else (),
        since=_day(words.since),
        limit=words.limit,
    )
    say("\n".join(run_line(run) for run in page.runs) or "No runs.")


def _day(text: str | None) -> datetime | None:
    try:
        return None if text is None else datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError:
        raise UserError("--since: write the day as 2026-11-20.") from None


async def _nights(services: Services, words: argparse.Namespace) -> None:
    found = await runs.list_fan_outs(services)
    say("\n".join(fan_out_line(one) for one in found) or "No schedule has started any yet.")


async def _which(services: Services, words: argparse.Namespace) -> tuple[WorkspaceId, RunId]:
    """The run meant. Numbers that no run can have are none."""
    if not 0 < words.run < 2**63:
        raise UserError(f"There is no run {words.run}. `hunch runs list` shows which there are.")
    return await operators.which_workspace(services, words.workspace), RunId(words.run)


async def _show(services: Services, words: argparse.Namespace) -> None:
    detail = await runs.show_run(services, *await _which(services, words))
    say(run_lines(detail, now=services.now()))


async def _watch(services: Services, words: argparse.Namespace) -> None:
    await _follow(services, *await _which(services, words))


async def _follow(services: Services, workspace_id: WorkspaceId, run_id: RunId) -> None:
    """A line that changes in a terminal, a line a change elsewhere; at the end all about it."""
    line = MovingLine()
    try:
        async for detail in runs.watch_run(services, workspace_id, run_id):
            line.show(watch_line(detail, now=services.now()))
    finally:
        line.end()
    say(run_lines(detail, now=services.now()))
    _blame(detail)


def _blame(detail: RunDetail) -> None:
    """A run that failed fails the command as well, for scripts."""
    if detail.run.state is State.FAILED:
        number = detail.run.run_id
        raise UserError(f"Run {number} failed. Mend it, then `hunch runs retry {number}`.")


async def _start(services: Services, words: argparse.Namespace) -> None:
    workspace_id = await operators.which_workspace(services, words.workspace)
    run_id = await runs.start_run(services, workspace_id, words.kind, words.params)
    _tell(run_id)


async def _retry(services: Services, words: argparse.Namespace) -> None:
    _tell(await runs.retry_run(services, *await _which(services, words)))


async def _restart(services: Services, words: argparse.Namespace) -> None:
    _tell(await runs.restart_run(services, *await _which(services, words)))


def _tell(run_id: RunId) -> None:
    say(f"Run {run_id} is on its way: `hunch runs watch {run_id}` shows how it goes.")


async def _cancel(services: Services, words: argparse.Namespace) -> None:
    done = await runs.cancel_run(services, *await _which(services, words))
    when = "is cancelled" if done.at_once else "ends at the next pause of its step"
    say(f"Run {done.run_id} {when}.")


async def _note(services: Services, words: argparse.Namespace) -> None:
    await runs.note_run(services, *await _which(services, words), words.text)
    say("Noted.")
