"""Shows people in Slack how a run goes: one message a person, brought up to date every few seconds.

A run may report thousands of times; its message is looked at on its own clock, so that Slack is
asked once in a while, and once more at the end. What did not change is not sent.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.domain.ids import SlackUserId
from bot.domain.runs import RunDetail, RunId, State
from bot.ports import Job, Show, Transaction
from bot.ports.runs import RunKinds
from bot.use_cases.runs.looking import get_run
from bot.views.runs import RunView, run_message
from storage import members, outbox, run_follows
from storage.run_follows import LOOK

_OFTEN = timedelta(seconds=3)
_SELDOM = timedelta(seconds=15)
# After that nobody sits in front of it any more.
_FRESH = timedelta(minutes=5)
_PATIENCE = timedelta(minutes=1)


async def follow(
    tx: Transaction, run_id: RunId, slack_user_id: SlackUserId, *, now: datetime
) -> None:
    """Show somebody how the run goes, in their direct messages, until it ends.

    Again for the same person changes nothing but brings the message up to date.
    """
    await run_follows.follow(tx, run_id, slack_user_id, now=now)
    _look_later(tx, run_id, at=now)


async def wake(tx: Transaction, run_id: RunId, *, now: datetime) -> None:
    """The run goes on after it had ended: so do its messages."""
    if await run_follows.wake(tx, run_id, now=now):
        _look_later(tx, run_id, at=now)


async def look(tx: Transaction, run_id: RunId, kinds: RunKinds, *, now: datetime) -> None:
    """Bring the messages about a run up to date, and queue the next look while it goes on."""
    followers = await run_follows.due(tx, run_id, now=now)
    if not followers:
        return
    detail = await get_run(tx, run_id)
    people = await members.by_slacks(tx, list(followers))
    for slack_user_id in followers:
        zone = people[slack_user_id].timezone if slack_user_id in people else "UTC"
        view = RunView(title_of(kinds, detail.run.kind), detail, now, zone)
        key = f"run:{run_id}:{slack_user_id}"
        await outbox.put(tx, Show(key, slack_user_id, run_message(view)), now=now)
    at = _next(detail, now)
    await run_follows.look_again(tx, run_id, at=at, now=now)
    if at is not None:
        _look_later(tx, run_id, at=at)


def title_of(kinds: RunKinds, kind: str) -> str:
    """What people call a kind of run; the kind itself where no pipeline has it any more."""
    return kinds[kind].title if kind in kinds else kind


def _next(detail: RunDetail, now: datetime) -> datetime | None:
    run = detail.run
    if not run.state.is_active:
        return None
    since = run.started_at or run.created_at
    is_calm = now - since > _FRESH or run.state is State.RETRYING
    return now + (_SELDOM if is_calm else _OFTEN)


async def wake_overdue(tx: Transaction, *, now: datetime) -> int:
    """Queue the looks again whose jobs were lost; how many."""
    lost = await run_follows.overdue(tx, before=now - _PATIENCE)
    for run_id in lost:
        _look_later(tx, run_id, at=now)
    return len(lost)


def _look_later(tx: Transaction, run_id: RunId, *, at: datetime) -> None:
    # The moment is part of the key: a look that is just ending must not swallow this one.
    key = f"{LOOK}:{tx.workspace_id}:{run_id}:{at.timestamp()}"
    tx.enqueue(Job(LOOK, tx.workspace_id, str(run_id), key, at))
