"""`hunch keys`: the keys that seal all secrets, looked after while Hunch runs."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from bot.app import keys
from bot.app.keys import KeysStatus, Wanted
from bot.app.services import Services
from bot.cli.moving_lines import MovingLine
from bot.cli.terminal import Commands, operate, say
from bot.errors import UserError
from bot.use_cases.connections import describe
from bot.use_cases.keys import Locked, Tell
from bot.views.progress import bar

_SHOWN = 20


def add(commands: Commands) -> None:
    parser = commands.add_parser("keys", help="the keys that seal all secrets")
    kinds = parser.add_subparsers(required=True, metavar="action")
    for name, operation, purpose in (
        ("status", _status, "what lies under which key, and what to do next"),
        ("add", _add, "a new key, before the others"),
        ("rotate", _rotate, "seal everything under the newest key; may be stopped and begun again"),
        ("verify", _verify, "open every secret, and say which connections cannot be opened"),
    ):
        operate(kinds.add_parser(name, help=purpose), operation)
    drop = kinds.add_parser("drop", help="take an older key away, once it seals nothing")
    drop.add_argument("key_id", metavar="KEY", help="its id, as `hunch keys status` shows it")
    operate(drop, _drop)


async def _status(services: Services, words: argparse.Namespace) -> None:
    found = await keys.status(services)
    say("\n".join([*_keys(found), "", *_table(found), "", *_next(found)]))


def _keys(found: KeysStatus) -> list[str]:
    where = f"in {found.path}" if found.path is not None else "in HUNCH_ENCRYPTION_KEYS"
    listed = [f"  {name}{'' if n else '  newest'}" for n, name in enumerate(found.key_ids)]
    return [f"Keys {where}:", *(listed or [f"  none. {found.trouble}"])]


def _table(found: KeysStatus) -> list[str]:
    pressing = sorted(found.groups, key=lambda group: _newness(group.key_id, found))
    lines = [
        f"  {group.workspace_id:12} {group.purpose:24} {group.secrets:7} "
        f"{_under(group.key_id, found)}"
        for group in pressing[:_SHOWN]
    ]
    more = len(pressing) - _SHOWN
    rest = [f"  … and {more:,} more lines like these"] if more > 0 else []
    return ["Secrets:", *(lines or ["  none"]), *rest]


def _newness(key_id: str, found: KeysStatus) -> int:
    """What cannot be opened comes first, what lies under the newest key last."""
    return -found.key_ids.index(key_id) if key_id in found.key_ids else -len(found.key_ids)


def _under(key_id: str, found: KeysStatus) -> str:
    if not key_id:
        return "not looked at yet"
    return f"under {key_id}" + ("" if key_id in found.key_ids else ", cannot be opened")


def _next(found: KeysStatus) -> Iterator[str]:
    """What to do, the most pressing first."""
    path = found.path or "HUNCH_ENCRYPTION_KEYS"
    if found.locked:
        missing = ", ".join(sorted({group.key_id for group in found.locked}))
        count = sum(group.secrets for group in found.locked)
        yield f"{count:,} cannot be opened: put the lost key back into {path} ({missing})."
        yield "If it is lost for good, connect again: hunch connect --help"
    if found.unlooked:
        yield f"{found.unlooked:,} not looked at yet. Run: hunch keys verify"
    if not found.key_ids:
        yield "Without a key nothing new can be kept. To begin anew: hunch keys add"
    if found.older:
        yield f"{found.older:,} under an older key. Run: hunch keys rotate"
    elif found.idle and not found.unlooked:
        yield f"Nothing lies under {found.idle[0]} any more. Run: hunch keys drop {found.idle[0]}"
    if not (found.locked or found.unlooked or found.older or found.idle) and found.key_ids:
        yield "All is well."


async def _add(services: Services, words: argparse.Namespace) -> None:
    made = keys.add(services)
    if isinstance(made, Wanted):
        known, used = made.steps
        say(
            "A key must be known everywhere before anybody seals with it, so in this order:\n"
            f"1. Set this for every Hunch process, and restart them all:\n"
            f"   HUNCH_ENCRYPTION_KEYS={known}\n"
            f"2. Then this, which puts the new key first, and restart them all:\n"
            f"   HUNCH_ENCRYPTION_KEYS={used}\n"
            "3. Run: hunch keys rotate"
        )
        return
    say(
        f"{made} is the newest key now; running processes take it up by themselves.\n"
        f"1. Does Hunch run on other hosts, too? Copy {_path(services)} there now: until then they "
        "cannot open what is sealed from here on.\n"
        "2. Back the file up; it opens all secrets.\n"
        "3. Run: hunch keys rotate"
    )


async def _rotate(services: Services, words: argparse.Namespace) -> None:
    before = await keys.status(services)
    todo = sum(one.secrets for one in before.groups if one.key_id != services.keys.cipher.newest)
    with _telling("sealed anew", todo) as tell:
        done = await keys.rotate(services, tell=tell)
    say(f"{done.opened:,} secrets were sealed anew; the newest key seals all that opens.")
    if done.left:
        raise UserError(f"{done.left:,} were being written meanwhile. Run this again.")
    idle = (await keys.status(services)).idle
    if idle:
        say(
            "Nothing lies under these any more. Once no running process seals with them: "
            + ", ".join(f"hunch keys drop {name}" for name in idle)
        )
    _complain(done.locked)


async def _verify(services: Services, words: argparse.Namespace) -> None:
    todo = (await keys.status(services)).secrets
    with _telling("opened", todo) as tell:
        done = await keys.verify(services, tell=tell)
    say(f"{done.opened:,} secrets can be opened.")
    _complain(done.locked)


def _complain(locked: Sequence[Locked]) -> None:
    """Say which connections cannot be opened, if any; the command ends with 1 then."""
    for one in locked[:_SHOWN]:
        say(f"  {one.workspace_id}: {describe(one.held.purpose, one.held.name)}: please reconnect")
    if len(locked) > _SHOWN:
        say(f"  … and {len(locked) - _SHOWN:,} more")
    if locked:
        raise UserError(
            f"{len(locked):,} secrets cannot be opened. Put the lost key back, or connect again: "
            "hunch keys status"
        )


async def _drop(services: Services, words: argparse.Namespace) -> None:
    todo = (await keys.status(services)).secrets
    with _telling("looked at", todo) as tell:
        wanted = await keys.drop(services, words.key_id, tell=tell)
    if wanted is None:
        say(f"{words.key_id} is gone from {_path(services)}. Copy the file to your other hosts.")
        return
    say(
        "Nothing lies under it. Set this for every Hunch process, and restart them:\n"
        f"   HUNCH_ENCRYPTION_KEYS={wanted.steps[0]}"
    )


def _path(services: Services) -> str:
    return str(services.keys.file.path) if services.keys.file is not None else ""


@contextmanager
def _telling(done: str, in_all: int) -> Iterator[Tell]:
    """A line beside the answer that says how many of all are `done`."""
    line = MovingLine()
    steps = 100 if line.moves else 10
    count = 0

    def tell(more: int) -> None:
        nonlocal count
        count += more
        share = min(1.0, count * steps // max(1, in_all) / steps)
        line.show(f"{bar(share)} {share:4.0%} of {in_all:,} {done}")

    try:
        yield tell
    finally:
        line.end()
