"""A connection to GitHub gets into trouble, or out of it: the admins hear of it once, kindly.

Each trouble is one message an admin, sent when it is not quiet where they live; when it is over,
the same message says so. Nothing is said of a trouble that is over before it could be told.
"""

from __future__ import annotations

from datetime import datetime

from bot.domain.budgets import next_opening
from bot.domain.connections import Connection, ConnectionState, Finding
from bot.domain.ids import MemberId
from bot.domain.members import Member
from bot.domain.runs import Trigger
from bot.ports import Job, Show, Transaction
from bot.use_cases import discoveries
from bot.views import connections as words
from storage import audits, connections, members, outbox

TELL = "connections.tell"


async def settle(
    tx: Transaction, connection_id: int, finding: Finding, *, now: datetime
) -> Connection | None:
    """Keep what GitHub says about a connection, and tell the admins where that is news.

    `now` is when GitHub was asked: of two looks at once the later question counts, whichever is
    answered first. None where the connection is no more.
    """
    before = await connections.lock(tx, connection_id)
    if before is None or before.was_asked_after(now):
        return before
    after = await connections.settle(tx, before, finding, now=now)
    if after.state is not before.state:
        await _note(tx, before, after, now=now)
    return after


async def _note(tx: Transaction, before: Connection, after: Connection, *, now: datetime) -> None:
    details = {"from": before.state.value, "to": after.state.value}
    await audits.add(
        tx, "github.state", actor="github", subject=str(after.connection_id), now=now,
        details=details,
    )  # fmt: skip
    if before.state is not ConnectionState.ACTIVE:
        await _tell_the_end(tx, before, after, now=now)
        await _catch_up(tx, after, now=now)
    if after.state is not ConnectionState.ACTIVE:
        await _tell_later(tx, after, now=now)


async def _tell_later(tx: Transaction, trouble: Connection, *, now: datetime) -> None:
    """Each admin hears of it as soon as it disturbs nobody."""
    for admin in await members.admins(tx):
        ref = f"{_key(trouble)}:{admin.member_id}"
        at = next_opening(now, timezone=admin.timezone, quiet=admin.quiet)
        tx.enqueue(Job(TELL, tx.workspace_id, ref, f"{TELL}:{tx.workspace_id}:{ref}", run_at=at))


async def tell(tx: Transaction, ref: str, *, now: datetime) -> None:
    """Tell one admin of one trouble, if it still is one; twice changes nothing."""
    connection_id, since, member_id = (int(number) for number in ref.split(":"))
    found = await connections.find(tx, connection_id)
    people = await members.some(tx, [MemberId(member_id)])
    admin = people.get(MemberId(member_id))
    if found is None or admin is None or not _is_told(admin):
        return
    if found.state is ConnectionState.ACTIVE or _since(found) != since:
        return
    key = f"connection:{_key(found)}:{admin.slack_user_id}"
    await outbox.put(tx, Show(key, str(admin.slack_user_id), words.trouble(found)), now=now)


def _is_told(admin: Member) -> bool:
    return admin.is_admin and not admin.departed and admin.slack_user_id is not None


async def _tell_the_end(
    tx: Transaction, before: Connection, after: Connection, *, now: datetime
) -> None:
    """Whoever was told reads in the same place that it is over, or what has become of it."""
    beginning = f"connection:{_key(before)}:"
    for key in await outbox.shown(tx, beginning):
        user = key.removeprefix(beginning)
        await outbox.put(tx, Show(key, user, words.trouble_over(before, after)), now=now)


async def _catch_up(tx: Transaction, after: Connection, *, now: datetime) -> None:
    """What was missed meanwhile is looked for at once."""
    if after.state is ConnectionState.ACTIVE:
        await discoveries.discover(tx, trigger=Trigger.WEBHOOK, by="github", now=now)


def _key(connection: Connection) -> str:
    """Which trouble of which connection."""
    return f"{connection.connection_id}:{_since(connection)}"


def _since(connection: Connection) -> int:
    since = connection.state_since
    return 0 if since is None else int(since.timestamp() * 1000)
