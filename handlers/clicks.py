"""Reads what somebody clicked, chose or typed in Slack, from an understood payload."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.domain.ids import SlackUserId, WorkspaceId
from handlers.payloads import Body, text, workspace_of


@dataclass(frozen=True, slots=True)
class Click:
    """One action of one person; `value` is what the control stands for, "" if nothing.

    `ticked` holds the values of ticked boxes. `response_url` is "" in the App Home. `key` tells
    this click from every other, and is the same when Slack sends it again.
    """

    workspace_id: WorkspaceId
    user: SlackUserId
    action_id: str
    block_id: str
    value: str
    ticked: tuple[str, ...]
    response_url: str
    trigger_id: str
    key: str

    @property
    def in_home(self) -> bool:
        return not self.response_url


def read_click(body: Body) -> Click:
    """The action of a `block_actions` payload (Slack sends one)."""
    action, user = body["actions"][0], user_of(body)
    action_id = action["action_id"]
    return Click(
        workspace_id=workspace_of(body),
        user=user,
        action_id=action_id,
        block_id=action.get("block_id", ""),
        value=_chosen(action),
        ticked=tuple(option.get("value", "") for option in action["selected_options"]),
        response_url=body.get("response_url", ""),
        trigger_id=body.get("trigger_id", ""),
        key=f"{user}:{action_id[:100]}:{action.get('action_ts', '')[:50]}",
    )


def user_of(body: Body) -> SlackUserId:
    """Who did it."""
    return SlackUserId(body["user"]["id"])


def typed(view: Body, block_id: str, action_id: str) -> str:
    """What was typed into one field of a submitted modal."""
    field: Any = view.get("state")
    for name in ("values", block_id, action_id, "value"):
        field = field.get(name) if isinstance(field, Mapping) else None
    return text(field)


def picked(view: Body, block_id: str, action_id: str) -> str:
    """What was picked from one menu of a submitted modal."""
    field: Any = view.get("state")
    for name in ("values", block_id, action_id, "selected_option", "value"):
        field = field.get(name) if isinstance(field, Mapping) else None
    return text(field)


def _chosen(action: Body) -> str:
    if "selected_option" in action:
        return str(action["selected_option"].get("value", ""))
    names = ("value", "selected_user", "selected_conversation", "selected_channel")
    return next((action[name] for name in names if name in action), "")
