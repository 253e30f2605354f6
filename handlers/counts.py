"""Counts what was turned away and why; each count is a line in the log and a metric as well."""

from __future__ import annotations

from collections import Counter

from prometheus_client import Counter as Tally

from bot import log

_log = log.get("handlers.counts")


class Refusals:
    """Requests turned away since the start, by door and reason."""

    def __init__(self, tally: Tally | None = None) -> None:
        self.by_reason: Counter[tuple[str, str]] = Counter()
        self._tally = tally

    def add(self, door: str, reason: str) -> None:
        self.by_reason[door, reason] += 1
        if self._tally is not None:
            self._tally.labels(door, reason).inc()
        _log.info("request.refused", door=door, reason=reason)
