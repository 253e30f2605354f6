from __future__ import annotations

from typing import Any

import pytest

from bot.domain.timezones import is_timezone, local
from bot.domain.workspaces import Game, mistakes
from tests.unit.domain.makers import NOON


def test_a_new_workspace_starts_with_the_game_off_and_settings_that_make_sense() -> None:
    assert Game().switched_on_at is None
    assert mistakes(Game()) == frozenset()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("weekday", 0),
        ("weekday", 8),
        ("hour", -1),
        ("hour", 24),
        ("timezone", "Mars/Olympus"),
        ("daily_budget", 0),
        ("weekly_budget", 2),
        ("weekly_budget", 51),
        ("threshold", 4),
    ],
)
def test_a_setting_that_makes_no_sense_is_named(field: str, value: Any) -> None:
    assert mistakes(Game(**{field: value})) == {field}


@pytest.mark.parametrize("name", ["", "Europe", "../etc/passwd", "a\0b", "x" * 5000, "Ünix/Ö", "/"])
def test_no_text_in_place_of_a_timezone_does_harm(name: str) -> None:
    assert not is_timezone(name)
    assert local(NOON, name) == NOON
    assert local(NOON, name).hour == 12
