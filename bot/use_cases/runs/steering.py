"""What people do with runs: retry, restart, cancel. Each is audited."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.domain.runs import Event, RunId, State, Trigger, after
from bot.errors import UserError
from bot.ports import Transaction
from bot.use_cases.runs import follows
from bot.use_cases.runs.looking import missing
from bot.use_cases.runs.starts import AlreadyActive, Started, go_on_later, start_new
from storage import audits, runs, steps
from storage.runs import Locked, NewRun

_CANCELLED = "Cancelled."


@dataclass(frozen=True, slots=True)
class Cancelling:
    """`at_once`, or as soon as the step that is under way has come to an end or a pause."""

    run_id: RunId
    at_once: bool


async def retry(
    tx: Transaction, run_id: RunId, *, by: str, now: datetime
) -> Started | AlreadyActive:
    """Go on with a failed or cancelled run: from the step it ended in, with what it had by then.

    Raises UserError where there is nothing to retry.
    """
    locked = await _lock(tx, run_id)
    if after(locked.state, Event.RETRY) is None or locked.skipped:
        raise _not_retried(run_id, locked)
    await runs.alone(tx, locked.kind)
    active = await runs.active(tx, locked.kind)
    if active is not None:
        return AlreadyActive(active)
    await steps.begin_again(tx, run_id, locked.position)
    turn = await runs.retry(tx, run_id, now=now)
    go_on_later(tx, run_id, turn, urgent=True)
    await follows.wake(tx, run_id, now=now)
    await audits.add(tx, "run.retried", actor=by, subject=str(run_id), now=now)
    return Started(run_id)


def _not_retried(run_id: RunId, locked: Locked) -> UserError:
    if locked.skipped:
        return _skipped(run_id)
    if locked.state.is_active:
        return UserError(f"Run {run_id} has not ended yet. Cancel it first, or wait until it has.")
    return UserError(f"Run {run_id} has done its work. Restart it if it is to be done again.")


def _skipped(run_id: RunId) -> UserError:
    return UserError(f"Run {run_id} was skipped before it began. Start a new one.")


async def restart(
    tx: Transaction, run_id: RunId, *, by: str, now: datetime
) -> Started | AlreadyActive:
    """Begin again from the first step: a new run with the parameters of an old one.

    Raises UserError where there is no such run.
    """
    old = await runs.get(tx, run_id)
    if old is None:
        raise missing(run_id)
    if old.skipped:
        raise _skipped(run_id)
    again = NewRun(old.kind, old.params, Trigger.PERSON, by, restart_of=run_id)
    found = await start_new(tx, again, now=now)
    if isinstance(found, Started):
        await audits.add(tx, "run.restarted", actor=by, subject=str(run_id), now=now)
    return found


async def cancel(tx: Transaction, run_id: RunId, *, by: str, now: datetime) -> Cancelling:
    """End a run at the next boundary of its steps, or at once while nobody is at work on it.

    Raises UserError where it has ended already.
    """
    locked = await _lock(tx, run_id)
    if after(locked.state, Event.CANCEL) is None:
        raise UserError(f"Run {run_id} has ended already; there is nothing to cancel.")
    at_once = not locked.held
    if at_once:
        await runs.end(tx, run_id, State.CANCELLED, message=_CANCELLED, now=now)
        await steps.end(tx, run_id, locked.position, State.CANCELLED, message=_CANCELLED, now=now)
    else:
        await runs.ask_to_cancel(tx, run_id)
    await audits.add(tx, "run.cancelled", actor=by, subject=str(run_id), now=now)
    return Cancelling(run_id, at_once)


async def _lock(tx: Transaction, run_id: RunId) -> Locked:
    locked = await runs.lock(tx, run_id)
    if locked is None:
        raise missing(run_id)
    return locked
