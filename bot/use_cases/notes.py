"""A word to the one person who just clicked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.ports import Reply, Transaction
from storage import outbox


async def say(
    tx: Transaction,
    message: Mapping[str, Any],
    *,
    to: str,
    response_url: str,
    key: str,
    now: datetime,
) -> None:
    """Answer a click, seen by `to` alone; the same `key` (one click) is answered once."""
    await outbox.put(tx, Reply(key, to, message, response_url), now=now)
