"""Who and where: how the page writes people, channels and times for the one who reads it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from markupsafe import Markup

from playground.records import User
from playground.state import State

_COLOURS = 8


def initials_of(name: str) -> str:
    """Return one or two letters for an avatar; one for scripts that are read as wholes."""
    words = [word for word in name.split() if word[0].isalpha()]
    if not words:
        return "?"
    latin = all(word[0] < "\u0250" for word in words)
    return (words[0][0] + words[-1][0]).upper() if latin and len(words) > 1 else words[0][0]


@dataclass(frozen=True)
class Names:
    """The names of one workspace, for one reader with a clock of their own."""

    state: State
    team_id: str
    timezone: str = "Etc/UTC"

    def user(self, user_id: str) -> User | None:
        """Return a person or bot by id."""
        return self.state.users.get((self.team_id, user_id))

    @cached_property
    def everybody(self) -> list[User]:
        """Everybody of the workspace, bots too, in the order of joining."""
        return self.state.people(self.team_id)

    @cached_property
    def _places(self) -> dict[str, int]:
        return {one.id: place for place, one in enumerate(self.everybody)}

    def colour(self, user_id: str) -> int:
        """Return the number of a person's colour: neighbours differ."""
        return self._places.get(user_id, 0) % _COLOURS

    def person(self, user_id: str) -> str:
        """Return how somebody is called; the id if nobody knows."""
        user = self.user(user_id)
        return user.real_name or user.name if user else user_id

    def channel(self, channel_id: str) -> str:
        """Return a channel's name without the #; the id if nobody knows."""
        channel = self.state.channels.get((self.team_id, channel_id))
        return channel.name or channel.shown_name if channel else channel_id

    def at(self, seconds: float) -> datetime:
        """Return the reader's local time."""
        return datetime.fromtimestamp(seconds, ZoneInfo(self.timezone))

    def today(self) -> datetime:
        """Return the reader's local time now."""
        return self.at(self.state.clock.now())

    def time_of(self, ts: str) -> Markup:
        """Return a message's time as the reader's clock shows it."""
        at = self.at(float(ts))
        return Markup('<time datetime="{}" title="{}">{}</time>').format(
            at.astimezone(UTC).isoformat(timespec="seconds"),
            f"{long_date(at)}, {at:%H:%M:%S} ({self.timezone})",
            f"{at:%H:%M}",
        )

    def clock_of(self, ts: str) -> str:
        """Return a message's time alone."""
        return f"{self.at(float(ts)):%H:%M}"

    def day_of(self, ts: str) -> str:
        """Return a message's day: Today, Yesterday or the date."""
        at, today = self.at(float(ts)).date(), self.today().date()
        days = (today - at).days
        return {0: "Today", 1: "Yesterday"}.get(days) or long_date(self.at(float(ts)))


def long_date(at: datetime) -> str:
    """Return a date in words."""
    return f"{at:%A}, {at.day} {at:%B %Y}"
