"""What goes back and forth between the simulated Slack and the apps, for the page to show.

Both ways end up in one list: requests with their answers, and events with how they were taken.
Tokens and secrets are masked before anybody looks.
"""

from __future__ import annotations

import re
import time
from collections import deque
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from dataclasses import dataclass
from itertools import count
from typing import Any

from aiohttp import web

from playground.calls import Logged
from playground.clock import Clock
from playground.envelopes import Ack, Envelope
from playground.feed import Feed
from playground.records import Json

_KEPT = 5_000
_TIMED = ("/api/", "/response/")
_SECRET_NAMES = ("token", "client_secret", "access_token", "refresh_token", "code", "secret")
_SECRET = re.compile(r"\b(xox[a-z]|xapp|xoxe)([.-])[A-Za-z0-9.%_-]{8,}")
_BEGAN: ContextVar[float] = ContextVar("began")

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request or event and its answer; `seq` counts from 1, `took_ms` is real time.

    `to_app` says whose turn it was: Slack's (an event) or the app's (a call). `trouble` is the
    error, the reason of a miss, or the mishap planned for it; "" if all went well.
    """

    seq: int
    at: float
    to_app: bool
    name: str
    team_id: str
    sent: Json
    answer: Any
    status: int
    took_ms: float
    trouble: str

    def summary(self) -> Json:
        """Return the line of the list."""
        return {
            "seq": self.seq,
            "at": self.at,
            "to_app": self.to_app,
            "name": self.name,
            "team": self.team_id,
            "took_ms": round(self.took_ms, 3),
            "trouble": self.trouble,
            "about": _about(self.sent),
        }

    def in_full(self) -> Json:
        """Return everything, without secrets."""
        return {
            **self.summary(),
            "sent": masked(self.sent),
            "answer": masked(self.answer),
            "status": self.status,
        }


class Traffic:
    """The latest exchanges, oldest first; older ones are forgotten."""

    def __init__(self, clock: Clock, feed: Feed) -> None:
        self._clock = clock
        self._feed = feed
        self._numbers = count(1)
        self._kept: deque[Exchange] = deque(maxlen=_KEPT)

    @property
    def newest(self) -> int:
        """The number of the newest; 0 if there is none yet."""
        return self._kept[-1].seq if self._kept else 0

    def after(self, seq: int) -> list[Exchange]:
        """Return what came after that number, oldest first."""
        if not self._kept or self._kept[-1].seq <= seq:
            return []
        missing = min(self._kept[-1].seq - seq, len(self._kept))
        return [self._kept[place] for place in range(-missing, 0)]

    def find(self, seq: int) -> Exchange:
        """Return one of them; raises LookupError if it is forgotten."""
        for exchange in self.after(seq - 1)[:1]:
            if exchange.seq == seq:
                return exchange
        raise LookupError("That is too long ago.")

    def called(self, logged: Logged) -> None:
        """Take down what an app asked Slack."""
        trouble = logged.error or (logged.fault and f"{logged.fault} (switched on)")
        if logged.status == 0:
            trouble = f"no answer: {logged.fault}"
        took_s = time.perf_counter() - _BEGAN.get(time.perf_counter())
        self._add(
            to_app=False,
            name=logged.method,
            team_id=logged.team_id,
            sent=logged.args,
            answer=logged.answer,
            status=logged.status,
            took_ms=took_s * 1000,
            trouble=trouble,
        )

    def delivered(self, envelope: Envelope, ack: Ack, took_s: float) -> None:
        """Take down what Slack sent an app, and how it was taken."""
        self._add(
            to_app=True,
            name=_name(envelope),
            team_id=envelope.team_id or "",
            sent=envelope.payload,
            answer=ack.payload,
            status=200 if ack.ok else 0,
            took_ms=took_s * 1000,
            trouble="" if ack.ok else ack.reason,
        )

    def _add(self, **facts: Any) -> None:
        exchange = Exchange(next(self._numbers), self._clock.now(), **facts)
        self._kept.append(exchange)
        self._feed.publish("traffic", exchange.team_id, seq=exchange.seq)


@web.middleware
async def time_calls(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Start the stopwatch that `Traffic.called` reads."""
    if request.path.startswith(_TIMED):
        _BEGAN.set(time.perf_counter())
    return await handler(request)


def _name(envelope: Envelope) -> str:
    payload = envelope.payload
    event = payload.get("event") or {}
    name = str(event.get("type") or payload.get("command") or payload.get("type") or envelope.kind)
    if envelope.retry:
        return f"{name} (again, {envelope.retry.attempt})"
    return name


def _about(sent: Json) -> str:
    """Return what a call or event is about, in a few words."""
    actions = sent.get("actions")
    if isinstance(actions, list) and actions:
        return ", ".join(str(one.get("action_id")) for one in actions)
    found = sent.get("event") or sent
    for name in ("text", "channel", "user", "channel_id", "user_id", "users"):
        if isinstance(found.get(name), str) and found[name]:
            return str(masked(found[name]))[:120]
    return ""


def masked(value: Any) -> Any:
    """Return the same without its secrets: tokens keep their first letters only."""
    if isinstance(value, dict):
        return {name: _masked_field(name, inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [masked(inner) for inner in value]
    return _SECRET.sub(r"\1\2…", value) if isinstance(value, str) else value


def _masked_field(name: str, value: Any) -> Any:
    if name in _SECRET_NAMES and isinstance(value, str) and value:
        return _SECRET.sub(r"\1\2…", value) if _SECRET.search(value) else "…"
    return masked(value)
