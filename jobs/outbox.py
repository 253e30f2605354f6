"""Sends what the outbox holds: one row a job, its outcome stored before the next one goes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from bot import log
from bot.errors import Permanent, Retryable, Unclear
from bot.ports import Database, Posted, Slack, SlackClients, Transaction
from bot.use_cases import outbox
from bot.use_cases.outbox import Claim, Way
from jobs.engine import QueuedJob

_log = log.get("jobs.outbox")
# The person deleted the message, or the answer's time is over: there is nothing left to change.
_NOTHING_TO_CHANGE = frozenset({"message_not_found", "cant_update_message"})
_LINK_USED_UP = frozenset({"used_url", "expired_url", "no_permission", "invalid_url"})


@dataclass(frozen=True, slots=True)
class OutboxSender:
    """The handler of `outbox.send` jobs."""

    db: Database
    slacks: SlackClients
    now: Callable[[], datetime]

    async def send(self, job: QueuedJob) -> None:
        """Send one row, if its turn has come, and store how it went."""
        async with self.db.transaction(job.workspace_id, name="outbox_claim") as tx:
            claim = await outbox.claim(tx, int(job.ref), now=self.now())
        if claim is None:
            return
        outcome = await self._attempt(job, claim)
        async with self.db.transaction(job.workspace_id, name="outbox_finish") as tx:
            kept = await self._store(tx, claim, outcome)
        if not kept:
            _log.warning("outbox.overtaken", outbox_id=claim.row.outbox_id, way=claim.way)

    async def _attempt(self, job: QueuedJob, claim: Claim) -> Posted | Exception | None:
        """The outcome as a value: an error is news for the row, not for the engine."""
        try:
            slack = await self.slacks.for_workspace(job.workspace_id)
            return await _act(slack, claim, self.now)
        except (Retryable, Unclear, Permanent) as error:
            _log.warning(
                "outbox.not_sent",
                outbox_id=claim.row.outbox_id,
                way=claim.way,
                error=type(error).__name__,
                reason=str(error),
            )
            return error

    async def _store(
        self, tx: Transaction, claim: Claim, outcome: Posted | Exception | None
    ) -> bool:
        now = self.now()
        match outcome:
            case Retryable(reason=reason, after_s=after_s):
                return await outbox.put_off(tx, claim, reason, after_s=after_s, now=now)
            case Unclear():
                return await outbox.unclear(tx, claim, str(outcome), now=now)
            case Permanent(reason=reason):
                return await self._refused(tx, claim, reason, now)
            case None if claim.way is Way.SETTLE:
                return await outbox.not_there(tx, claim, now=now)
            case _:
                posted = outcome if isinstance(outcome, Posted) else None
                return await outbox.sent(tx, claim, posted, now=now)

    async def _refused(self, tx: Transaction, claim: Claim, reason: str, now: datetime) -> bool:
        if claim.way is Way.REPLACE:
            # The quick way is closed; the usual one is not.
            return await outbox.put_off(tx, claim, reason, after_s=None, now=now)
        if claim.way is Way.UPDATE and reason in _NOTHING_TO_CHANGE:
            return await outbox.sent(tx, claim, None, now=now)
        if claim.way is Way.SETTLE:
            reason = f"uncertain, and the history cannot be read: {reason}"
        return await outbox.refused(tx, claim, reason, now=now)


async def _act(slack: Slack, claim: Claim, now: Callable[[], datetime]) -> Posted | None:
    row = claim.row
    match claim.way:
        case Way.POST:
            return await slack.post(
                row.target, row.payload, outbox_id=row.outbox_id, before=claim.send_before
            )
        case Way.UPDATE:
            assert row.posted is not None, "only a posted message is updated"
            await slack.update(row.posted, row.payload)
        case Way.REPLACE:
            await slack.replace(row.response_url or "", row.payload)
        case Way.HOME:
            await slack.publish_home(row.target, row.payload)
        case Way.REPLY:
            await slack.reply(row.response_url or "", row.payload)
        case Way.SETTLE:
            since = outbox.look_since(row)
            return await slack.find_posted(row.target, outbox_id=row.outbox_id, since=since)
        case never:
            assert_never(never)
    return None
