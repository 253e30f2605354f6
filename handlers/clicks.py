"""Reads what somebody clicked, chose or typed in Slack; nothing in it is trusted to make sense."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.domain.ids import SlackUserId, WorkspaceId

Body = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Click:
    """One action of one person; `value` is what the control stands for, "" if nothing.

    `ticked` holds the values of ticked boxes. `response_url` is "" in the App Home.
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
    """The first action of a `block_actions` payload (Slack sends one)."""
    action = (body.get("actions") or [{}])[0]
    user = SlackUserId(_text(body, "user", "id"))
    action_id = str(action.get("action_id", ""))
    return Click(
        workspace_id=workspace_of(body),
        user=user,
        action_id=action_id,
        block_id=str(action.get("block_id", "")),
        value=_chosen(action),
        ticked=tuple(_options(action)),
        response_url=str(body.get("response_url") or ""),
        trigger_id=str(body.get("trigger_id") or ""),
        key=f"{action.get('action_ts', '')}:{user}:{action_id}"[:200],
    )


def workspace_of(body: Body) -> WorkspaceId:
    """The workspace a payload comes from; "" when it names none (no workspace has that id)."""
    team = body.get("team")
    found = team.get("id") if isinstance(team, Mapping) else None
    return WorkspaceId(str(found or body.get("team_id") or _text(body, "user", "team_id")))


def typed(view: Body, block_id: str, action_id: str) -> str:
    """What was typed into one field of a submitted modal."""
    field: Any = view.get("state")
    for name in ("values", block_id, action_id, "value"):
        field = field.get(name) if isinstance(field, Mapping) else None
    return str(field or "")


def _chosen(action: Body) -> str:
    option = action.get("selected_option")
    if isinstance(option, Mapping):
        return str(option.get("value", ""))
    names = ("value", "selected_user", "selected_conversation", "selected_channel")
    return next((str(action[name]) for name in names if action.get(name)), "")


def _options(action: Body) -> list[str]:
    options = action.get("selected_options")
    if not isinstance(options, list):
        return []
    return [str(option.get("value", "")) for option in options if isinstance(option, Mapping)]


def _text(body: Body, name: str, inner: str) -> str:
    value = body.get(name)
    return str(value.get(inner) or "") if isinstance(value, Mapping) else ""
