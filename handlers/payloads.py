"""Takes apart what Slack sent and keeps what we understand of it.

Bolt reads deep into payloads and trips over anything unusual. So it is given a new payload with the
few fields that it and we look at, each of the kind it should be; whatever else came is dropped.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from bot.domain.ids import WorkspaceId

Body = Mapping[str, Any]

_USER = re.compile(r"[UW][A-Z0-9]{1,30}")
_TEAM = re.compile(r"[TE][A-Z0-9]{1,30}")
_ORGANISATION = re.compile(r"E[A-Z0-9]{1,30}")
_LONGEST_TEXT = 3000
_COMMON = ("trigger_id", "response_url")
_ACTION = (
    "action_id",
    "action_ts",
    "block_id",
    "selected_channel",
    "selected_conversation",
    "selected_user",
    "value",
)


def understood(sent: object) -> dict[str, Any] | None:
    """The payload as far as we understand it; None for what Slack would not send us."""
    if not isinstance(sent, Mapping):
        return None
    kind = "command" if "command" in sent else text(sent.get("type"))
    read = _READERS.get(kind)
    payload = read(sent) if read else None
    if payload is None:
        return None
    return payload | {"team_id": _workspace(sent), "enterprise_id": _organisation(sent)}


def workspace_of(body: Body) -> WorkspaceId:
    """The workspace an understood payload comes from; "" when it names none."""
    return WorkspaceId(body["team_id"])


def installation_of(body: Body) -> WorkspaceId:
    """Whose installation an understood event is about: a workspace's, or a whole organisation's."""
    whole = body["event"]["org_wide"] or not body["team_id"]
    return WorkspaceId(body["enterprise_id"] if whole else body["team_id"])


def is_user(value: object) -> bool:
    """Whether this is the id of a Slack user."""
    return isinstance(value, str) and _USER.fullmatch(value) is not None


def text(value: object, limit: int = _LONGEST_TEXT) -> str:
    """What PostgreSQL can hold of a text: no NUL, no half characters; "" for anything else."""
    if not isinstance(value, str):
        return ""
    return value[:limit].replace("\0", "").encode(errors="ignore").decode()


def _texts(source: Body, *names: str) -> dict[str, str]:
    return {name: found for name in names if (found := text(source.get(name)))}


def _object(source: object, name: str) -> Body:
    value = source.get(name) if isinstance(source, Mapping) else None
    return value if isinstance(value, Mapping) else {}


def _first(source: Body, name: str) -> Body:
    """The first entry of a list of objects."""
    values = source.get(name)
    value = values[0] if isinstance(values, list) and values else None
    return value if isinstance(value, Mapping) else {}


def _command(sent: Body) -> dict[str, Any] | None:
    who = text(sent.get("user_id"))
    if not _USER.fullmatch(who):
        return None
    command = {"command": text(sent["command"]), "text": text(sent.get("text"))}
    return command | {"user_id": who, **_texts(sent, *_COMMON)}


def _event(sent: Body) -> dict[str, Any] | None:
    event = _object(sent, "event")
    if not text(event.get("type")):
        return None
    who = event.get("user")
    user = who if isinstance(who, Mapping) else text(who)
    inner: dict[str, Any] = {"user": user, **_texts(event, "type", "tab", "bot_id")}
    whose = _first(sent, "authorizations")
    inner["org_wide"] = whose.get("is_enterprise_install") is True
    inner["bots"] = _revoked_bots(event)
    return {"type": "event_callback", "event": inner}


def _revoked_bots(event: Body) -> list[str]:
    """The bot users whose tokens `tokens_revoked` names."""
    bots = _object(event, "tokens").get("bot")
    return [text(one, 100) for one in bots[:100]] if isinstance(bots, list) else []


def _interaction(sent: Body) -> dict[str, Any] | None:
    who = text(_object(sent, "user").get("id"))
    if not _USER.fullmatch(who):
        return None
    return {"user": {"id": who}, **_texts(sent, "type", *_COMMON)}


def _clicked(sent: Body) -> dict[str, Any] | None:
    payload, action = _interaction(sent), _first(sent, "actions")
    if payload is None or not text(action.get("action_id")):
        return None
    option = action.get("selected_option")
    several = action.get("selected_options")
    kept: dict[str, Any] = {
        **_texts(action, *_ACTION),
        "selected_options": [_texts(one, "value") for one in _objects(several)],
    }
    if isinstance(option, Mapping):
        kept["selected_option"] = _texts(option, "value")
    return payload | {"actions": [kept]}


def _objects(values: object) -> Iterator[Body]:
    several = values if isinstance(values, list) else []
    return (value for value in several[:100] if isinstance(value, Mapping))


def _view(sent: Body) -> dict[str, Any] | None:
    payload, view = _interaction(sent), _object(sent, "view")
    if payload is None or not text(view.get("callback_id")):
        return None
    kept = {**_texts(view, "callback_id"), "type": "modal", "state": _object(view, "state")}
    return payload | {"view": kept}


def _named(name: str) -> Callable[[Body], dict[str, Any] | None]:
    """Reads an interaction that is told from others by one of its own fields."""

    def read(sent: Body) -> dict[str, Any] | None:
        payload = _interaction(sent)
        if payload is None or not text(sent.get(name)):
            return None
        return payload | _texts(sent, name)

    return read


_READERS: dict[str, Callable[[Body], dict[str, Any] | None]] = {
    "command": _command,
    "event_callback": _event,
    "block_actions": _clicked,
    "view_submission": _view,
    "view_closed": _view,
    "shortcut": _named("callback_id"),
    "message_action": _named("callback_id"),
    "block_suggestion": _named("action_id"),
}


def _workspace(sent: Body) -> str:
    """The workspace we are installed in, also when people come from another one.

    The order is Bolt's: an app in a shared channel hears of users, messages and modals that
    belong elsewhere.
    """
    candidates = (
        _object(sent, "view").get("app_installed_team_id"),
        _object(sent, "team").get("id"),
        _first(sent, "authorizations").get("team_id"),
        sent.get("team_id"),
        _object(sent, "user").get("team_id"),
    )
    return _first_id(candidates, _TEAM)


def _organisation(sent: Body) -> str:
    """The organisation that the workspace belongs to, where Slack says so; else ""."""
    candidates = (
        _object(sent, "enterprise").get("id"),
        _first(sent, "authorizations").get("enterprise_id"),
        sent.get("enterprise_id"),
        _object(sent, "team").get("enterprise_id"),
    )
    return _first_id(candidates, _ORGANISATION)


def _first_id(candidates: Iterable[object], pattern: re.Pattern[str]) -> str:
    """The first that says anything, if it is an id of this kind; else ""."""
    named = next((found for value in candidates if (found := text(value, 100))), "")
    return named if pattern.fullmatch(named) else ""
