"""Workspaces that share one database."""

from __future__ import annotations

from tests.integration.game.conftest import shared_database, world

__all__ = ["shared_database", "world"]
