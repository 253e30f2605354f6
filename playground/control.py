"""`/control/…`: drives a playground that runs as a process of its own, with JSON.

Every answer is JSON; what cannot be done answers 400 (or 404) with `{"error": "…"}`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from playground.server import Playground


def attach(application: web.Application, slack: Playground) -> None:
    """Add the control routes."""
