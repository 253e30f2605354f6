"""Sends what the outbox holds: one row a job, its outcome stored before the next one goes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import assert_never

from structlog.contextvars import bound_contextvars

from bot import log
from bot.domain.ids import WorkspaceId
from bot.errors import Permanent, Retryable, Unclear
from bot.ports import AnsweringSlackClients, Database, Posted, Slack, Transaction
from bot.use_cases import outbox
from bot.use_cases.outbox import Claim, Later, Patience, Way
from jobs.engine import QueuedJob
from storage.attempts import insist

_log = log.get("jobs.outbox")
# The link that came with the click is permission enough.
_ANSWERS = frozenset({Way.REPLACE, Way.REPLY})
# The person deleted the message, or the answer's time is over: there is nothing left to change.
_NOTHING_TO_CHANGE = frozenset({"message_not_found", "cant_update_message"})

Outcome = Posted | Retryable | Unclear | Permanent | None


@dataclass(frozen=True, slots=True)
class OutboxSender:
    """The handler of `outbox.send` jobs."""

    db: Database
    slacks: AnsweringSlackClients
    now: Callable[[], datetime]
    patience: Patience = field(default_factory=Patience)

    async def send(self, job: QueuedJob) -> None:
        """Send one row, if its turn has come, and store how it went.

        Raises Retryable when it is the row's turn but not yet its time.
        """
        slack = await self._slack(job.workspace_id)
        async with self.db.transaction(job.workspace_id, name="outbox_claim") as tx:
            claim = await outbox.claim(tx, int(job.ref), patience=self.patience, now=self.now())
        match claim:
            case Claim():
                await self._send(job.workspace_id, slack, claim)
            case Later(after_s):
                raise Retryable("its time has not come", after_s=after_s)
            case None:
                return
            case never:
                assert_never(never)

    async def _slack(self, workspace_id: WorkspaceId) -> Slack | Permanent:
        """Found before anything is leased: looking for the token can fail, too."""
        try:
            return await self.slacks.for_workspace(workspace_id)
        except Permanent as error:
            return error

    async def _send(
        self, workspace_id: WorkspaceId, slack: Slack | Permanent, claim: Claim
    ) -> None:
        with bound_contextvars(outbox_id=claim.row.outbox_id):
            if claim.way in _ANSWERS and _is_locked(slack):
                slack = self.slacks.for_answers(workspace_id)
            outcome = await _attempt(slack, claim)
            if await self._keep(workspace_id, claim, outcome):
                _log.debug("outbox.kept", way=claim.way, outcome=type(outcome).__name__)
            else:
                _log.warning("outbox.overtaken", way=claim.way)

    async def _keep(self, workspace_id: WorkspaceId, claim: Claim, outcome: Outcome) -> bool:
        """Insist: without the outcome we would have to ask Slack what became of the row."""

        async def store() -> bool:
            async with self.db.transaction(workspace_id, name="outbox_finish") as tx:
                return await self._store(tx, claim, outcome)

        return await insist(store)

    async def _store(self, tx: Transaction, claim: Claim, outcome: Outcome) -> bool:
        now = self.now()
        match outcome:
            case Retryable(reason=reason, after_s=after_s):
                return await outbox.put_off(tx, claim, reason, after_s=after_s, now=now)
            case Unclear():
                return await outbox.unclear(
                    tx, claim, str(outcome), patience=self.patience, now=now
                )
            case Permanent(reason=reason):
                if claim.way is Way.UPDATE and reason in _NOTHING_TO_CHANGE:
                    return await outbox.sent(tx, claim, None, now=now)
                return await outbox.refused(tx, claim, reason, now=now)
            case None if claim.way is Way.SETTLE:
                return await outbox.not_there(tx, claim, now=now)
            case _:
                return await outbox.sent(tx, claim, outcome, now=now)


def _is_locked(slack: Slack | Permanent) -> bool:
    return isinstance(slack, Permanent) and slack.reason == "secret_locked"


async def _attempt(slack: Slack | Permanent, claim: Claim) -> Outcome:
    """The outcome as a value: an error is news for the row, not for the engine."""
    try:
        if isinstance(slack, Permanent):
            raise slack
        return await _act(slack, claim)
    except (Retryable, Unclear, Permanent) as error:
        _log.warning(
            "outbox.not_sent",
            way=claim.way,
            error=type(error).__name__,
            reason=str(error),
        )
        return error


async def _act(slack: Slack, claim: Claim) -> Posted | None:
    row, before = claim.row, claim.send_before
    match claim.way:
        case Way.POST:
            return await slack.post(
                row.target,
                row.payload,
                outbox_id=row.outbox_id,
                key=row.effect_key,
                before=before,
            )
        case Way.UPDATE:
            assert row.posted is not None, "only a posted message is updated"
            await slack.update(row.posted, row.payload, before=before)
        case Way.REPLACE:
            await slack.replace(row.response_url or "", row.payload, before=before)
        case Way.HOME:
            await slack.publish_home(row.target, row.payload, before=before)
        case Way.REPLY:
            await slack.reply(row.response_url or "", row.payload, before=before)
        case Way.SETTLE:
            since, until = outbox.look_between(row)
            return await slack.find_posted(
                row.target,
                outbox_id=row.outbox_id,
                key=row.effect_key,
                since=since,
                until=until,
            )
        case never:
            assert_never(never)
    return None
