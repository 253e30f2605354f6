"""Ids and tokens as Slack makes them."""

from __future__ import annotations

import secrets
from typing import Any

_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ0123456789"  # pragma: allowlist secret


def new_id(prefix: str) -> str:
    """Return an id like `U04AB12CDEF`."""
    return prefix + "0" + "".join(secrets.choice(_LETTERS) for _ in range(9))


def bot_token() -> str:
    """Return a bot's token; the form real ones have, the content random."""
    return f"xoxb-{secrets.randbelow(10**12)}-{secrets.token_hex(12)}"


def app_token(app_id: str) -> str:
    """Return an app-level token."""
    return f"xapp-1-{app_id}-{secrets.token_hex(16)}"


def client_id() -> str:
    """Return an app's client id."""
    return f"{secrets.randbelow(10**12)}.{secrets.randbelow(10**12)}"


def with_block_ids(blocks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Fill in the block and action ids that the app left out, as Slack does."""
    return [_named(block) for block in blocks]


def _named(block: dict[str, Any]) -> dict[str, Any]:
    named = {**block, "block_id": block.get("block_id") or secrets.token_urlsafe(4)[:5]}
    if block.get("type") in ("actions", "context_actions") and "elements" in block:
        named["elements"] = [_with_action_id(element) for element in block["elements"]]
    if block.get("type") == "carousel":
        named["elements"] = with_block_ids(block["elements"])
    if "child_blocks" in block:
        named["child_blocks"] = with_block_ids(block["child_blocks"])
    if block.get("type") == "card" and "actions" in block:
        named["actions"] = [_with_action_id(element) for element in block["actions"]]
    for slot in ("accessory", "element"):
        if isinstance(block.get(slot), dict) and block[slot].get("type") != "image":
            named[slot] = _with_action_id(block[slot])
    return named


def _with_action_id(element: dict[str, Any]) -> dict[str, Any]:
    return {**element, "action_id": element.get("action_id") or secrets.token_urlsafe(4)[:5]}
