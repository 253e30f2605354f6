"""What admins do with runs in Slack: look at them, follow one, start, retry and cancel."""

from __future__ import annotations

from datetime import datetime
from typing import assert_never

from bot.domain.ids import SlackUserId
from bot.domain.runs import RunId, Trigger
from bot.errors import UserError
from bot.ports import Transaction
from bot.ports.runs import RunKinds
from bot.use_cases.games import require_admin, require_onlooker
from bot.use_cases.runs import follows
from bot.use_cases.runs.looking import get_run, list_runs
from bot.use_cases.runs.starts import AlreadyActive, Started, start
from bot.use_cases.runs.steering import cancel, retry
from bot.views import runs as words
from bot.views.blocks import Message, View
from bot.views.runs import RunView

_SHOWN = 15


async def latest(tx: Transaction, slack_user_id: str, kinds: RunKinds) -> Message:
    """The latest runs. Raises UserError for who is no admin, as all of these do."""
    admin = await require_onlooker(tx, slack_user_id)
    page = await list_runs(tx, limit=_SHOWN)
    titles = {kind: one.title for kind, one in kinds.items()}
    return words.run_list(page.runs, titles, timezone=admin.timezone)


async def follow(tx: Transaction, slack_user_id: str, run_id: RunId, *, now: datetime) -> Message:
    """Show an admin how a run goes, or went. Raises Missing where there is none."""
    await require_onlooker(tx, slack_user_id)
    await get_run(tx, run_id)
    await follows.follow(tx, run_id, SlackUserId(slack_user_id), now=now)
    return words.following(run_id)


async def start_now(
    tx: Transaction, slack_user_id: str, kind: str, kinds: RunKinds, *, now: datetime
) -> Message:
    """Start a run of a kind with its usual parameters, and show how it goes; one at a time."""
    admin = await require_admin(tx, slack_user_id)
    if kind not in kinds:
        raise UserError("There is nothing to start here yet. Connect GitHub in my Home tab first.")
    params = kinds[kind].takes()
    by = str(admin.member_id)
    found = await start(tx, kind, params, trigger=Trigger.PERSON, by=by, now=now)
    return await _answer(tx, slack_user_id, found, now=now)


async def retry_now(
    tx: Transaction, slack_user_id: str, run_id: RunId, *, now: datetime
) -> Message:
    """Go on with a run that failed or was cancelled, and show how it goes."""
    admin = await require_admin(tx, slack_user_id)
    found = await retry(tx, run_id, by=str(admin.member_id), now=now)
    return await _answer(tx, slack_user_id, found, now=now)


async def cancel_now(tx: Transaction, slack_user_id: str, run_id: RunId, *, now: datetime) -> None:
    """End a run; whoever follows it sees that."""
    admin = await require_admin(tx, slack_user_id)
    await cancel(tx, run_id, by=str(admin.member_id), now=now)
    await follows.follow(tx, run_id, SlackUserId(slack_user_id), now=now)


async def details(
    tx: Transaction, slack_user_id: str, run_id: RunId, kinds: RunKinds, *, now: datetime
) -> View:
    """Everything about a run, for a dialog."""
    admin = await require_onlooker(tx, slack_user_id)
    detail = await get_run(tx, run_id)
    title = follows.title_of(kinds, detail.run.kind)
    return words.run_details(RunView(title, detail, now, admin.timezone))


async def _answer(
    tx: Transaction, slack_user_id: str, found: Started | AlreadyActive, *, now: datetime
) -> Message:
    await follows.follow(tx, found.run_id, SlackUserId(slack_user_id), now=now)
    match found:
        case Started(run_id):
            return words.started(run_id)
        case AlreadyActive(run_id):
            return words.already_active(run_id)
        case never:
            assert_never(never)
