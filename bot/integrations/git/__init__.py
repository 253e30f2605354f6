"""Reads a local clone: what its history says about the pull requests that were merged into it."""

from bot.integrations.git.origins import Origin
from bot.integrations.git.repositories import Clone, open_clone

__all__ = ["Clone", "Origin", "open_clone"]
