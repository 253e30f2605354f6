"""Counts what was turned away and why; each count is a line in the log as well."""

from __future__ import annotations

from collections import Counter

from bot import log

_log = log.get("handlers.counts")


class Refusals:
    """Requests turned away since the start, by door and reason."""

    def __init__(self) -> None:
        self.by_reason: Counter[tuple[str, str]] = Counter()

    def add(self, door: str, reason: str) -> None:
        self.by_reason[door, reason] += 1
        _log.info("request.refused", door=door, reason=reason)
