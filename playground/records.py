"""What a workspace is made of: people, channels, messages, apps, views."""

from __future__ import annotations

import secrets
import time
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from playground import ids

Json = dict[str, Any]

DEFAULT_SCOPES = (
    "app_mentions:read,assistant:write,channels:history,channels:read,chat:write,commands,"
    "files:write,groups:history,groups:read,im:history,im:write,team:read,users:read,"
    "users:read.email"
)
DEFAULT_EVENTS = (
    "app_home_opened",
    "app_mention",
    "message.im",
    "app_context_changed",
    "agent_session_stopped",
    "app_uninstalled",
    "tokens_revoked",
    "team_join",
    "user_change",
)


@dataclass(slots=True)
class User:
    """A person or a bot; `github` is their login there, for the page only."""

    id: str
    team_id: str
    name: str
    real_name: str
    tz: str = "Etc/UTC"
    is_admin: bool = False
    is_owner: bool = False
    is_bot: bool = False
    deleted: bool = False
    email: str = ""
    github: str = ""
    updated: int = 0

    def as_slack(self, *, with_email: bool = True) -> Json:
        """Return the user object of `users.info`, `team_join` and their like."""
        offset = datetime.now(UTC).astimezone(ZoneInfo(self.tz)).utcoffset()
        seen = {
            "id": self.id,
            "team_id": self.team_id,
            "name": self.name,
            "deleted": self.deleted,
            "color": "9f69e7",
            "real_name": self.real_name,
            "tz": self.tz,
            "tz_label": self.tz,
            "tz_offset": int(offset.total_seconds()) if offset is not None else 0,
            "profile": self._profile(with_email),
            "is_admin": self.is_admin,
            "is_owner": self.is_owner,
            "is_primary_owner": self.is_owner,
            "is_restricted": False,
            "is_ultra_restricted": False,
            "is_bot": self.is_bot,
            "is_app_user": False,
            "updated": self.updated,
        }
        return _departed(seen) if self.deleted else seen

    def _profile(self, with_email: bool) -> Json:
        profile: Json = {
            "real_name": self.real_name,
            "display_name": self.name,
            "real_name_normalized": self.real_name,
            "display_name_normalized": self.name,
            "team": self.team_id,
        }
        if with_email and self.email:
            profile["email"] = self.email
        return profile


def _departed(seen: Json) -> Json:
    """Leave out what Slack no longer says about somebody who left."""
    hidden = ("tz", "tz_label", "tz_offset", "is_admin", "is_owner", "is_primary_owner")
    return {key: value for key, value in seen.items() if key not in hidden}


@dataclass(slots=True)
class Channel:
    """A channel (C…) or a person's direct messages with one app's bot (D…)."""

    id: str
    team_id: str
    name: str = ""
    is_private: bool = False
    is_archived: bool = False
    is_im: bool = False
    user: str = ""
    members: list[str] = field(default_factory=list)
    created: int = field(default_factory=lambda: int(time.time()))

    @property
    def family(self) -> str:
        """The word Slack's scopes use: `im`, `groups` or `channels`."""
        if self.is_im:
            return "im"
        return "groups" if self.is_private else "channels"

    @property
    def shown_name(self) -> str:
        """The name that payloads carry."""
        return "directmessage" if self.is_im else self.name

    def as_slack(self, bot_user: str) -> Json:
        """Return the channel object as the bot sees it."""
        if self.is_im:
            return {
                "id": self.id,
                "created": self.created,
                "is_im": True,
                "is_archived": self.is_archived,
                "user": self.user,
                "context_team_id": self.team_id,
            }
        return {
            "id": self.id,
            "name": self.name,
            "name_normalized": self.name,
            "created": self.created,
            "is_channel": not self.is_private,
            "is_group": self.is_private,
            "is_im": False,
            "is_mpim": False,
            "is_private": self.is_private,
            "is_archived": self.is_archived,
            "is_general": self.name == "general",
            "is_member": bot_user in self.members,
            "num_members": len(self.members),
            "context_team_id": self.team_id,
        }


@dataclass(slots=True)
class Message:
    """One message; `ephemeral_to` names the only person who sees it, if so.

    A reply has its parent's `ts` as `thread_ts` and, with `broadcast`, shows in the channel, too;
    a parent knows its replies. `stream` is there if it was streamed, see `streams.py`;
    `reactions` goes from an emoji's name to who chose it.
    """

    team_id: str
    channel: str
    ts: str
    text: str
    user: str
    blocks: list[Json] = field(default_factory=list)
    metadata: Json | None = None
    bot_id: str = ""
    app_id: str = ""
    thread_ts: str = ""
    ephemeral_to: str = ""
    edited: Json | None = None
    unfurl_links: bool | None = None
    unfurl_media: bool | None = None
    broadcast: bool = False
    parent_user: str = ""
    replies: list[Json] = field(default_factory=list)
    stream: Json | None = None
    files: list[Json] = field(default_factory=list)
    reactions: dict[str, list[str]] = field(default_factory=dict)

    @property
    def is_reply(self) -> bool:
        """Whether it stands in a thread under another message."""
        return bool(self.thread_ts) and self.thread_ts != self.ts

    def as_slack(self, *, with_metadata: bool = False) -> Json:
        """Return the message object of history and of payloads."""
        seen: Json = {
            "type": "message",
            "user": self.user,
            "ts": self.ts,
            "text": self.text,
            "team": self.team_id,
        }
        if self.bot_id:
            seen |= {"bot_id": self.bot_id, "app_id": self.app_id}
        if self.blocks:
            seen["blocks"] = self.blocks
        if self.edited:
            seen["edited"] = self.edited
        if with_metadata and self.metadata:
            seen["metadata"] = self.metadata
        return seen | self._thread() | self._extras()

    def _thread(self) -> Json:
        if self.is_reply:
            reply: Json = {"thread_ts": self.thread_ts, "parent_user_id": self.parent_user}
            return reply | ({"subtype": "thread_broadcast"} if self.broadcast else {})
        if not self.replies:
            return {}
        people = list(dict.fromkeys(reply["user"] for reply in self.replies))
        return {
            "thread_ts": self.ts,
            "reply_count": len(self.replies),
            "reply_users_count": len(people),
            "latest_reply": self.replies[-1]["ts"],
            "reply_users": people[:5],
            "is_locked": False,
            "subscribed": False,
        }

    def _extras(self) -> Json:
        seen: Json = {}
        if self.files:
            seen |= {"files": self.files, "upload": True}
        if self.reactions:
            seen["reactions"] = [
                {"name": name, "users": users, "count": len(users)}
                for name, users in self.reactions.items()
            ]
        return seen


@dataclass(slots=True)
class App:
    """An app as its maker configured it; `request_url` is used while Socket Mode is off.

    OAuth goes back to addresses that begin with one of `redirect_urls`; none means any. Menus
    ask `options_url` what to offer, or else `request_url`. Nobody can write to an app whose
    Messages tab is read-only.
    """

    id: str
    name: str
    signing_secret: str
    app_token: str
    verification_token: str
    socket_mode: bool = True
    request_url: str = ""
    commands: list[str] = field(default_factory=lambda: ["/copilot"])
    events: list[str] = field(default_factory=lambda: list(DEFAULT_EVENTS))
    client_id: str = field(default_factory=ids.client_id)
    client_secret: str = field(default_factory=lambda: secrets.token_hex(16))
    redirect_urls: list[str] = field(default_factory=list)
    token_rotation: bool = False
    org_deploy: bool = False
    options_url: str = ""
    agent_view: bool = True
    messages_tab_read_only: bool = False


@dataclass(slots=True)
class Installation:
    """An app in a workspace: its bot user and what its token may do.

    `team_id` of an organisation's own installation is the organisation's; each of its
    workspaces has an installation besides, also `org_wide`, with the same bot and token.
    """

    team_id: str
    app_id: str
    bot_user: str
    bot_id: str
    bot_token: str
    scopes: str = DEFAULT_SCOPES
    active: bool = True
    enterprise_id: str = ""
    org_wide: bool = False

    @property
    def owner(self) -> str:
        """Who the token belongs to: the organisation or the workspace."""
        return self.enterprise_id if self.org_wide else self.team_id

    @property
    def is_org(self) -> bool:
        """Whether this is the organisation's own installation, of no workspace."""
        return self.org_wide and self.team_id == self.enterprise_id

    def may(self, scope: str) -> bool:
        """Whether the token holds `scope`."""
        return scope in self.scopes.split(",")


@dataclass(slots=True)
class View:
    """A modal or an App Home, with what the person has entered so far."""

    id: str
    team_id: str
    app_id: str
    bot_id: str
    user: str
    body: Json
    hash: str
    root_view_id: str = ""
    previous_view_id: str = ""
    values: dict[str, dict[str, Json]] = field(default_factory=dict)
    installed_in: str = ""

    @property
    def blocks(self) -> list[Json]:
        """The blocks the app gave, with the ids Slack fills in."""
        found: list[Json] = self.body.get("blocks", [])
        return found

    def as_slack(self) -> Json:
        """Return the view object of answers and payloads."""
        given = {key: self.body.get(key) for key in ("title", "close", "submit")}
        return {
            "id": self.id,
            "team_id": self.team_id,
            "type": self.body.get("type", "modal"),
            "blocks": self.blocks,
            "private_metadata": self.body.get("private_metadata", ""),
            "callback_id": self.body.get("callback_id", ""),
            "external_id": self.body.get("external_id", ""),
            "state": {"values": self.values},
            "hash": self.hash,
            **given,
            "clear_on_close": self.body.get("clear_on_close", False),
            "notify_on_close": self.body.get("notify_on_close", False),
            "previous_view_id": self.previous_view_id or None,
            "root_view_id": self.root_view_id or self.id,
            "app_id": self.app_id,
            "app_installed_team_id": self.installed_in or self.team_id,
            "bot_id": self.bot_id,
        }


@dataclass(slots=True)
class Notice:
    """A line Slack itself shows one person, such as "did not respond in time"."""

    team_id: str
    user: str
    text: str
    at: float


@dataclass(slots=True)
class Workspace:
    """The facts about a workspace; `distributed` apps read history under the stricter limits."""

    id: str
    name: str
    domain: str
    distributed: bool = True
    enterprise_id: str = ""


@dataclass(slots=True)
class Enterprise:
    """An organisation that several workspaces belong to."""

    id: str
    name: str
    domain: str

    def as_slack(self) -> Json:
        """Return how payloads and answers name it."""
        return {"id": self.id, "name": self.name}


def as_json(record: Any) -> Json:
    """Return any of these records as what JSON can hold."""
    return asdict(record)
