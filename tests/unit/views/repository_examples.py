"""Examples of what admins see of repositories; see `tests/unit/views/examples.py`."""

from __future__ import annotations

from typing import Any

from bot.domain.repositories import Choice
from bot.views.homes.repositories import PreviewView, RepositoriesView, repositories_dialog

REPOSITORIES = RepositoriesView(Choice.MATCHING, 12, 1_015)
_PATTERNS = ("acme/*", "!acme/old-*")
_MANY = tuple(f"acme/service-{number}" for number in range(40))

REPOSITORY_DIALOGS: dict[str, Any] = {
    "repositories_all": repositories_dialog(Choice.ALL, ()),
    "repositories_too_many": repositories_dialog(Choice.LISTED, _MANY * 10),
    "repositories_preview": repositories_dialog(
        Choice.MATCHING, _PATTERNS, PreviewView(_MANY, ("acme/old-shop", "other/<site>&co"))
    ),
    "repositories_preview_none": repositories_dialog(
        Choice.LISTED, ("acme/shop",), PreviewView((), ("acme/site",))
    ),
    "repositories_preview_one": repositories_dialog(
        Choice.ALL, (), PreviewView(("acme/shop",), ())
    ),
}
