"""When surveys may reach people, and how many: quiet hours, snooze, and the caps that hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.ids import MemberId
from bot.domain.timezones import local, quarters

TIME_TO_ANSWER = timedelta(days=2)
"""A survey that cannot be sent this long before it expires is not sent at all."""

_LONGEST_WAIT = timedelta(days=14)
_SATURDAY = 6


@dataclass(frozen=True, slots=True)
class QuietHours:
    """Hours in the member's own timezone in which nothing is sent.

    From `start_h` to `end_h` o'clock (0 to 23; through midnight if start is later); the same
    hour twice means none. `weekends`: Saturday and Sunday are quiet as well.
    """

    start_h: int = 19
    end_h: int = 8
    weekends: bool = True


def is_quiet(at: datetime, *, timezone: str, quiet: QuietHours) -> bool:
    """Tell whether the clock where the member lives says not to disturb."""
    return _is_quiet(local(at, timezone), quiet)


def _is_quiet(clock: datetime, quiet: QuietHours) -> bool:
    if quiet.weekends and clock.isoweekday() >= _SATURDAY:
        return True
    if quiet.start_h <= quiet.end_h:
        return quiet.start_h <= clock.hour < quiet.end_h
    return clock.hour >= quiet.start_h or clock.hour < quiet.end_h


def next_opening(at: datetime, *, timezone: str, quiet: QuietHours) -> datetime:
    """Find the first moment from `at` on that is not quiet, in UTC; `at` itself when it is open.

    The clock on the wall decides, so an hour lost or won by a clock change, or a day lost at the
    date line, moves the opening with it.
    """
    waiting = quarters(at, at + _LONGEST_WAIT)
    return next(t for t in waiting if not is_quiet(t, timezone=timezone, quiet=quiet))


@dataclass(frozen=True, slots=True)
class Load:
    """What a member has on their plate already.

    `sent_at` holds the times (aware UTC) at which surveys were sent this week or will be sent.
    """

    member_id: MemberId
    timezone: str = "UTC"
    quiet: QuietHours = QuietHours()
    snoozed_until: datetime | None = None
    sent_at: tuple[datetime, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """When a member's part is due, aware UTC: not quiet, and within the member's caps."""

    member_id: MemberId
    send_at: datetime


@dataclass(frozen=True, slots=True)
class Drawn:
    """The pull request is asked about; `probability` (over 0) is what weights divide by."""

    places: tuple[Place, ...]
    probability: float


@dataclass(frozen=True, slots=True)
class DrawnOut:
    """Nobody is asked; `probability` is what the chance was, 0 where there was no room at all."""

    probability: float


def first_room(
    load: Load, *, now: datetime, expires_at: datetime, daily: int, weekly: int
) -> datetime | None:
    """Find the first time to send this member one more survey, in UTC; None: not in time.

    Never quiet or snoozed; the caps hold for each day and each ISO week of the member's own
    calendar. In time means TIME_TO_ANSWER before `expires_at`. Also for an approver who joins a
    pull request that was drawn before.
    """
    days = Counter(local(t, load.timezone).date() for t in load.sent_at)
    weeks = Counter(_week(local(t, load.timezone)) for t in load.sent_at)
    for at in quarters(_awake(load, now), expires_at - TIME_TO_ANSWER):
        clock = local(at, load.timezone)
        has_room = days[clock.date()] < daily and weeks[_week(clock)] < weekly
        if has_room and not _is_quiet(clock, load.quiet):
            return at
    return None


def draw(
    loads: Sequence[Load],
    *,
    now: datetime,
    expires_at: datetime,
    daily: int,
    weekly: int,
    coin: float,
) -> Drawn | DrawnOut:
    """Decide for everybody asked about one pull request together; `coin` is uniform in [0, 1).

    Everybody has room at their next opening: drawn for certain. Somebody has none in time: out,
    probability 0. Otherwise drawn with 0.5 ** (backlog + 1), and each part waits for its member's
    first room; backlog is the largest number of surveys that a participant without room at the
    next opening already has waiting on later days. It is known before the coin falls, so
    weighting by 1 / probability is unbiased among pull requests that had a chance (Horvitz and
    Thompson, 1952). Places come in the order of `loads`. Who snoozes past the last useful moment
    holds nobody up: their place is that moment, for the sender to drop, as they still snooze then.
    """
    latest = expires_at - TIME_TO_ANSWER
    awake = [load for load in loads if _awake(load, now) < latest]
    rooms = {
        load.member_id: first_room(load, now=now, expires_at=expires_at, daily=daily, weekly=weekly)
        for load in awake
    }
    if not rooms or None in rooms.values():
        return DrawnOut(0.0)
    probability = min(_chance(load, now, rooms[load.member_id]) for load in awake)
    if coin >= probability:
        return DrawnOut(probability)
    places = (Place(load.member_id, rooms.get(load.member_id) or latest) for load in loads)
    return Drawn(tuple(places), probability)


def _chance(load: Load, now: datetime, room: datetime | None) -> float:
    opening = next_opening(_awake(load, now), timezone=load.timezone, quiet=load.quiet)
    if room == opening:
        return 1.0
    full_day = local(opening, load.timezone).date()
    backlog = sum(local(t, load.timezone).date() > full_day for t in load.sent_at)
    return float(0.5 ** (backlog + 1))


def _awake(load: Load, now: datetime) -> datetime:
    return max(now, load.snoozed_until) if load.snoozed_until else now


def _week(clock: datetime) -> tuple[int, int]:
    year, week, _ = clock.isocalendar()
    return year, week
