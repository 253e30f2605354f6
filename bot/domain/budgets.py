"""When surveys may reach people, and how many: quiet hours, snooze, and the caps that hold."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class QuietHours:
    """Hours in the member's own timezone in which nothing is sent.

    From `start_h` to `end_h` o'clock (0 to 23; through midnight if start is later); the same
    hour twice means none. `weekends`: Saturday and Sunday are quiet as well.
    """

    start_h: int = 19
    end_h: int = 8
    weekends: bool = True
