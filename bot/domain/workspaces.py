"""What an admin can set about the game in a workspace."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.domain.ids import SlackChannelId
from bot.domain.timezones import is_timezone


@dataclass(frozen=True, slots=True)
class Game:
    """The game's settings in one workspace.

    `switched_on_at` (aware UTC) is None while the game is off. `weekday` is ISO (Monday is 1),
    `hour` 0 to 23, both in `timezone` (an IANA name): when the leaderboard is posted. Budgets are
    surveys a member. With `names_opt_in` nobody is named who has not said yes. `threshold` is the
    number of distinct people a group needs before anything is said about it. From `gap_from` until
    `gap_until` (aware UTC) lies what a restored backup does not remember.
    """

    switched_on_at: datetime | None = None
    reveals_on: bool = True
    leaderboard_channel: SlackChannelId | None = None
    weekday: int = 1
    hour: int = 9
    timezone: str = "UTC"
    daily_budget: int = 3
    weekly_budget: int = 8
    names_opt_in: bool = False
    threshold: int = 5
    gap_from: datetime | None = None
    gap_until: datetime | None = None


def mistakes(game: Game) -> frozenset[str]:
    """Name the fields of `game` whose values make no sense; empty: all is well.

    A budget is 1 to 50 surveys (switching the game off is the way to none), a day's no larger
    than a week's. The threshold cannot be lowered under 5: smaller groups give people away.
    """
    wrong = {
        "weekday": not 1 <= game.weekday <= 7,
        "hour": not 0 <= game.hour <= 23,
        "timezone": not is_timezone(game.timezone),
        "daily_budget": not 1 <= game.daily_budget <= 50,
        "weekly_budget": not game.daily_budget <= game.weekly_budget <= 50,
        "threshold": game.threshold < 5,
    }
    return frozenset(field for field, is_wrong in wrong.items() if is_wrong)
