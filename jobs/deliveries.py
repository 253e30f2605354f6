"""Understands stored deliveries: what a webhook says becomes rows."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from pydantic import ValidationError

from bot import log
from bot.integrations.github.payloads import read
from bot.ports import Database
from bot.use_cases import deliveries
from jobs.engine import QueuedJob

_log = log.get("jobs.deliveries")


@dataclass(frozen=True, slots=True)
class DeliveryReader:
    """The handler of `deliveries.process` jobs."""

    db: Database
    now: Callable[[], datetime]

    async def process(self, job: QueuedJob) -> None:
        """Process one delivery, once; one that cannot be read is marked and can be redelivered."""
        source, _, delivery_id = job.ref.partition(":")
        try:
            await self._process(job, source, delivery_id)
        except ValidationError as error:
            fields = ", ".join(sorted({".".join(map(str, e["loc"])) for e in error.errors()}))
            _log.warning("delivery.unreadable", delivery_id=delivery_id, fields=fields)
            async with self.db.transaction(job.workspace_id, name="delivery_failed") as tx:
                await deliveries.mark_failed(tx, source, delivery_id, f"unreadable: {fields}")

    async def _process(self, job: QueuedJob, source: str, delivery_id: str) -> None:
        async with self.db.transaction(job.workspace_id, name="process_delivery") as tx:
            delivery = await deliveries.take(tx, source, delivery_id)
            if delivery is None:
                return
            now = self.now()
            news = read(delivery.event, delivery.body)
            if news is not None:
                # What the draw needs is chance, not secrecy.
                coin = random.random()  # nosec B311
                heard_at = delivery.received_at
                unopened = await deliveries.follow(tx, news, heard_at=heard_at, coin=coin, now=now)
                if unopened is not None:
                    _log.info("survey.not_opened", reason=unopened.reason)
            await deliveries.mark_done(tx, delivery, now=now)
