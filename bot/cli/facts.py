"""`hunch facts`: when people work, what is noise, what is a hotfix."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, time
from typing import Any

from bot.app import operators, rollups
from bot.app.services import Services
from bot.cli.terminal import Commands, add_workspace, operate, say
from bot.domain.facts import Calendar, FactSettings
from bot.errors import UserError
from bot.use_cases.facts import Standing

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_LISTS = {
    "ignored_labels": "labels that make noise of a pull request",
    "ignored_titles": "titles that do",
    "ignored_authors": "GitHub logins whose pull requests are",
    "hotfix_labels": "labels that make a hotfix",
    "hotfix_heads": "branches that do",
}


def add(commands: Commands) -> None:
    parser = commands.add_parser("facts", help="how pull requests are counted")
    actions = parser.add_subparsers(required=True, metavar="action")
    shown = actions.add_parser("show", help="how they are counted now")
    add_workspace(shown)
    operate(shown, _show)
    change = actions.add_parser("set", help="count otherwise, the past included")
    add_workspace(change)
    change.add_argument("--days", metavar="mon-fri", help="working days: mon-fri or mon,wed,fri")
    change.add_argument("--hours", metavar="9:00-17:30", help="by each person's own clock")
    change.add_argument(
        "--holidays", nargs="*", metavar="DATE", help="all of them, as 2026-12-25; none: no dates"
    )
    for name, purpose in _LISTS.items():
        option = f"--{name.replace('_', '-')}"
        change.add_argument(option, nargs="*", metavar="PATTERN", help=f"{purpose}; * and ? match")
    for name in ("most_lines", "most_files"):
        option = f"--{name.replace('_', '-')}"
        change.add_argument(option, metavar="NUMBER", help="larger ones are noise; none: no limit")
    operate(change, _set)


async def _show(services: Services, words: argparse.Namespace) -> None:
    workspace_id = await operators.which_workspace(services, words.workspace)
    say("\n".join(_told(await rollups.standing(services, workspace_id))))


async def _set(services: Services, words: argparse.Namespace) -> None:
    workspace_id = await operators.which_workspace(services, words.workspace)
    now = await rollups.standing(services, workspace_id)
    await rollups.change_settings(services, workspace_id, changed(now.settings, words))
    say("\n".join(_told(await rollups.standing(services, workspace_id))))


def changed(settings: FactSettings, words: argparse.Namespace) -> FactSettings:
    """The settings with what the command names. Raises UserError for what cannot be read."""
    given: dict[str, Any] = {"calendar": _calendar(settings.calendar, words)}
    for name in _LISTS:
        if (found := getattr(words, name)) is not None:
            given[name] = tuple(found)
    for name in ("most_lines", "most_files"):
        if (text := getattr(words, name)) is not None:
            given[name] = _size(text)
    return replace(settings, **given)


def _calendar(calendar: Calendar, words: argparse.Namespace) -> Calendar:
    if words.days is not None:
        calendar = replace(calendar, working_days=_days(words.days))
    if words.hours is not None:
        begins_at, ends_at = _hours(words.hours)
        calendar = replace(calendar, begins_at=begins_at, ends_at=ends_at)
    if words.holidays is not None:
        calendar = replace(calendar, holidays=frozenset(map(_date, words.holidays)))
    return calendar


def _days(text: str) -> frozenset[int]:
    found: set[int] = set()
    for part in text.lower().split(","):
        first, dash, last = part.strip().partition("-")
        if first not in _DAYS or (last if dash else first) not in _DAYS:
            raise UserError("--days: say mon-fri, or some of mon, tue, wed, thu, fri, sat, sun.")
        begin, end = _DAYS.index(first), _DAYS.index(last or first)
        found |= {day % 7 + 1 for day in range(begin, end + 1 if begin <= end else end + 8)}
    return frozenset(found)


def _hours(text: str) -> tuple[time, time]:
    begins, _, ends = text.partition("-")
    try:
        return _time(begins), _time(ends)
    except ValueError:
        raise UserError("--hours: say from when to when, for example 9:00-17:30.") from None


def _time(text: str) -> time:
    hours, _, minutes = text.strip().partition(":")
    return time(int(hours), int(minutes or 0))


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UserError("--holidays: say dates as 2026-12-25, with blanks between.") from None


def _size(text: str) -> int | None:
    if text == "none":
        return None
    try:
        return min(int(text), 2**31 - 1)
    except ValueError:
        raise UserError("--most-lines and --most-files: give a number, or none.") from None


def _told(standing: Standing) -> Iterator[str]:
    settings, calendar = standing.settings, standing.settings.calendar
    days = ", ".join(_DAYS[day - 1] for day in sorted(calendar.working_days))
    yield f"working days     {days}"
    yield f"working hours    {calendar.begins_at:%H:%M}-{calendar.ends_at:%H:%M}"
    yield f"holidays         {_listed(day.isoformat() for day in sorted(calendar.holidays))}"
    for name in _LISTS:
        yield f"{name.replace('_', ' '):<16} {_listed(getattr(settings, name))}"
    yield f"most lines       {settings.most_lines or 'no limit'}"
    yield f"most files       {settings.most_files or 'no limit'}"
    yield f"weeks begin      Monday, {standing.timezone}"
    if not standing.is_up_to_date:
        yield "Some facts are being made anew; that takes a while after a change."


def _listed(found: Iterable[str]) -> str:
    return ", ".join(found) or "none"
