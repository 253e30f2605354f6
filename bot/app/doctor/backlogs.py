"""Is anything stuck: messages that wait or were given up, failed jobs, a clock that stands still?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from bot.app.doctor.findings import Found, ok, problem, warning
from bot.app.doctor.visits import AWAY, PATIENCE_S, Visit
from bot.app.probes import CLOCK_IS_LATE, OUTBOX_IS_LATE
from bot.app.times import utc_now
from jobs.engine import QueueSize, queue_sizes
from storage.backlogs import Backlog, sum_backlogs
from storage.slots import last_slot

_CHECK = "work"
_LONG_WAIT_S = 300.0


async def check(visit: Visit) -> list[Found]:
    if visit.pool is None:
        return []
    try:
        async with visit.pool.acquire(timeout=PATIENCE_S) as connection:
            queue = await queue_sizes(connection)
            backlog = await sum_backlogs(connection)
            slot = await last_slot(connection, "sweep")
    except AWAY as error:
        return [problem(_CHECK, type(error).__name__, "Run `hunch migrate`.")]
    found = [*_clock(slot, utc_now()), *_outbox(backlog, utc_now()), *_jobs(queue)]
    return found or [ok(_CHECK, "nothing is stuck")]


def _clock(slot: datetime | None, now: datetime) -> Iterator[Found]:
    if slot is None or now - slot > CLOCK_IS_LATE:
        since = "never fired" if slot is None else f"not fired since {slot:%Y-%m-%d %H:%M} UTC"
        yield warning(_CHECK, f"the clock has {since}", "Start `hunch run` or `hunch work`.")


def _outbox(backlog: Backlog, now: datetime) -> Iterator[Found]:
    due_at = backlog.oldest_due_at
    if due_at is not None and now - due_at > OUTBOX_IS_LATE:
        minutes = int((now - due_at).total_seconds() // 60)
        fix = "See OutboxIsLate in docs/runbook.md."
        yield problem(_CHECK, f"a message has been due for {minutes} minutes", fix)
    if backlog.parked:
        fix = "Their reasons are in each workspace's App Home, under the admin's part."
        yield warning(_CHECK, f"{backlog.parked} messages were given up", fix)
    if backlog.unreadable:
        fix = "See DeliveriesAreUnreadable in docs/runbook.md."
        yield warning(_CHECK, f"{backlog.unreadable} deliveries could not be understood", fix)


def _jobs(queue: tuple[QueueSize, ...]) -> Iterator[Found]:
    for size in queue:
        if size.failed:
            fix = "Look for job.failed in the log; see JobsFail in docs/runbook.md."
            yield warning(_CHECK, f"{size.failed} jobs {size.entrypoint} failed", fix)
        if size.oldest_waiting_s > _LONG_WAIT_S:
            text = f"jobs {size.entrypoint} have waited for {size.oldest_waiting_s:.0f} s"
            yield problem(_CHECK, text, "Start `hunch work`, or another one.")
