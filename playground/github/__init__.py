"""A make-believe GitHub: its pull requests, its API, its Apps, and what it sends to them."""

from __future__ import annotations

from playground.github.actions import GitHub
from playground.github.hooks import Hook, Sent, sign

__all__ = ["GitHub", "Hook", "Sent", "sign"]
