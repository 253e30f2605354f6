"""What `/health/ready` looks at, and which of it counts for which kind of process."""

from __future__ import annotations

from datetime import timedelta

from bot.app.numbers import Numbers
from bot.app.services import Services
from bot.errors import DatabaseAway, DatabaseReadOnly
from handlers.health import Finding, Health
from handlers.sockets import SocketDoor
from storage.database import DRIVER_ERRORS, is_read_only, translated
from storage.slots import last_slot

OUTBOX_IS_LATE = timedelta(minutes=10)
# The sweep's slot comes every half minute.
CLOCK_IS_LATE = timedelta(minutes=3)


def add_probes(health: Health, services: Services, numbers: Numbers, *, serves: bool) -> None:
    """The checks of every process. One that only works has nothing to lose by not being ready:
    there a late outbox or clock counts as well."""
    health.add("database", lambda: _database(services), counts=True)
    health.add("outbox", lambda: _outbox(numbers), counts=not serves)
    health.add("clock", lambda: _clock(services), counts=not serves)


def add_socket_probe(health: Health, door: SocketDoor) -> None:
    """While Slack's first hello is waited for, a few seconds, it counts: no click would reach this
    process. Later it is told only, because GitHub's deliveries come in by this process as well."""
    health.add("greeting", lambda: _greeted(door), counts=True)
    health.add("socket", lambda: _socket(door), counts=False)


async def _database(services: Services) -> Finding:
    full = services.store.database.full
    if full is not None:
        return Finding(False, full.advice)
    try:
        async with services.store.pool.acquire() as connection:
            read_only = await is_read_only(connection)
    except DRIVER_ERRORS as error:
        return Finding(False, getattr(translated(error), "advice", DatabaseAway.advice))
    return Finding(not read_only, DatabaseReadOnly.advice if read_only else "")


async def _outbox(numbers: Numbers) -> Finding:
    seen = await numbers.refresh()
    if seen is None:
        return Finding(False, "unknown while the database is away")
    late = seen.oldest_due_s > OUTBOX_IS_LATE.total_seconds()
    why = "messages wait to be sent; see OutboxIsLate in docs/runbook.md" if late else ""
    return Finding(not late, why, {"oldest_due_s": round(seen.oldest_due_s, 1)})


async def _clock(services: Services) -> Finding:
    try:
        async with services.store.pool.acquire() as connection:
            slot = await last_slot(connection, "sweep")
    except DRIVER_ERRORS:
        return Finding(False, "unknown while the database is away")
    if slot is None:
        return Finding(False, "the clock has never fired; is a `hunch run` or `work` running?")
    age = services.now() - slot
    late = age > CLOCK_IS_LATE
    why = "the clock has stopped; is a `hunch run` or `work` running?" if late else ""
    return Finding(not late, why, {"last_slot_s": round(age.total_seconds(), 1)})


async def _greeted(door: SocketDoor) -> Finding:
    return Finding(not door.is_awaited, "Slack has not said hello yet" if door.is_awaited else "")


async def _socket(door: SocketDoor) -> Finding:
    connected = await door.is_connected()
    return Finding(connected, "" if connected else "Slack's socket is closed; it is opened again")
