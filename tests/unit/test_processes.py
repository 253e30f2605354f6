"""How long a process goes on answering when it is told to stop."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from bot.app.processes import Roles, _drain_s
from bot.settings import Settings


@pytest.mark.parametrize(
    ("roles", "wanted", "seconds"),
    [
        (Roles.SERVE, None, 5.0),
        (Roles.ALL, None, 0.0),
        (Roles.SERVE, 0.0, 0.0),
        (Roles.ALL, 12.5, 12.5),
    ],
)
def test_a_balancer_is_waited_for_where_there_may_be_one_and_as_long_as_is_wanted(
    roles: Roles, wanted: float | None, seconds: float
) -> None:
    settings = Settings(_env_file=None).model_copy(update={"drain_s": wanted})  # type: ignore[call-arg]
    services: Any = SimpleNamespace(settings=settings)
    assert _drain_s(services, roles) == seconds
