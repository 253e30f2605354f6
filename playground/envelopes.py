"""What travels to an app, whichever way: an event, an interaction or a slash command."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from playground.records import Json


class Kind(StrEnum):
    """The three kinds, named as Socket Mode names them."""

    EVENT = "events_api"
    INTERACTION = "interactive"
    COMMAND = "slash_commands"


@dataclass(frozen=True, slots=True)
class Retry:
    """Which attempt this is (from 1) and why the one before failed."""

    attempt: int
    reason: str


@dataclass(frozen=True, slots=True)
class Envelope:
    """One thing to deliver to one app."""

    kind: Kind
    payload: Json
    accepts_response: bool = False
    retry: Retry | None = None

    @property
    def team_id(self) -> str:
        """The workspace it comes from."""
        return str(self.payload.get("team_id") or self.payload.get("team", {}).get("id", ""))


@dataclass(frozen=True, slots=True)
class Ack:
    """How the app took it; `reason` says why it did not, `payload` what it answered."""

    ok: bool
    payload: Json | None = None
    reason: str = ""
    no_retry: bool = field(default=False)

    @classmethod
    def missed(cls, reason: str, *, no_retry: bool = False) -> Ack:
        """Return the outcome of a delivery that was not acknowledged."""
        return cls(False, reason=reason, no_retry=no_retry)

    @classmethod
    def given(cls, payload: Any) -> Ack:
        """Return the outcome of an acknowledged delivery."""
        return cls(True, payload if isinstance(payload, dict) and payload else None)
