"""Everything the playground knows: workspaces, their people, messages, views and apps.

One `State` holds all workspaces. Whoever changes it does so by its methods, so that the feed
tells the page and the keeper (persistence) writes it down.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

from playground import ids
from playground.agents import Agents, AgentThread
from playground.clock import Clock
from playground.feed import Feed
from playground.files import File, Files
from playground.keepers import Forgetful, Keeper
from playground.records import (
    App,
    Channel,
    Enterprise,
    Installation,
    Json,
    Message,
    Notice,
    User,
    View,
    Workspace,
)
from playground.tokens import Token, Tokens

Record = (
    Workspace
    | Enterprise
    | User
    | Channel
    | App
    | Installation
    | Token
    | Message
    | View
    | AgentThread
    | File
)


class State:
    """All workspaces; plain dicts to read, methods to change."""

    def __init__(self, *, clock: Clock, feed: Feed, keeper: Keeper | None = None) -> None:
        self.clock = clock
        self.feed = feed
        self.keeper: Keeper = keeper or Forgetful()
        self.workspaces: dict[str, Workspace] = {}
        self.enterprises: dict[str, Enterprise] = {}
        self.apps: dict[str, App] = {}
        self.installations: dict[tuple[str, str], Installation] = {}
        self.org_installations: dict[tuple[str, str], Installation] = {}
        self.tokens = Tokens(lambda token: self._saved("token", token.value, token))
        self.agents = Agents(clock, feed, lambda one: self._saved("agent", one.key, one))
        self.files = Files(lambda file: self._saved("file", file.id, file))
        self.users: dict[tuple[str, str], User] = {}
        self.channels: dict[tuple[str, str], Channel] = {}
        self.messages: dict[tuple[str, str], dict[str, Message]] = {}
        self.ephemerals: list[Message] = []
        self.homes: dict[tuple[str, str, str], View] = {}
        self.modals: dict[tuple[str, str], list[View]] = {}
        self.notices: list[Notice] = []
        self.documents: dict[tuple[str, str], Json] = {}
        self._last_ts_us = 0
        self._by_token: dict[str, Installation] = {}
        self._dms: dict[tuple[str, str, str], Channel] = {}
        self._places: dict[type[Record], Callable[[Any], None]] = {
            Workspace: lambda one: self.workspaces.update({one.id: one}),
            Enterprise: lambda one: self.enterprises.update({one.id: one}),
            User: lambda one: self.users.update({(one.team_id, one.id): one}),
            Channel: self._remember_channel,
            App: lambda one: self.apps.update({one.id: one}),
            Installation: self._remember_installation,
            Token: self.tokens.remember,
            Message: self._remember_message,
            View: lambda one: self.homes.update({(one.team_id, one.app_id, one.user): one}),
            AgentThread: self.agents.remember,
            File: self.files.remember,
        }

    def remember(self, record: Record) -> None:
        """Take a record up, new or from disk, without telling anybody."""
        self._places[type(record)](record)

    def _remember_installation(self, installation: Installation) -> None:
        those = self.org_installations if installation.is_org else self.installations
        those[installation.team_id, installation.app_id] = installation
        if installation.is_org == installation.org_wide:
            self._by_token[installation.bot_token] = installation

    def _remember_channel(self, channel: Channel) -> None:
        self.channels[channel.team_id, channel.id] = channel
        if channel.is_im:
            for bot in channel.members:
                self._dms[channel.team_id, bot, channel.user] = channel

    def _remember_message(self, message: Message) -> None:
        seconds, _, micros = message.ts.partition(".")
        self._last_ts_us = max(self._last_ts_us, int(seconds) * 1_000_000 + int(micros))
        self.messages.setdefault((message.team_id, message.channel), {})[message.ts] = message

    def add_workspace(
        self, name: str, *, team_id: str = "", domain: str = "", **facts: Any
    ) -> Workspace:
        """Create a workspace; `facts` are fields of `Workspace`."""
        team_id = team_id or ids.new_id("T")
        domain = domain or name.lower().replace(" ", "-")
        return self.put_workspace(Workspace(team_id, name, domain, **facts))

    def put_workspace(self, workspace: Workspace) -> Workspace:
        """Store a workspace as it is now."""
        self.remember(workspace)
        self._saved("workspace", workspace.id, workspace)
        self.feed.publish("workspace.changed", workspace.id)
        return workspace

    def add_enterprise(self, name: str, *, enterprise_id: str = "") -> Enterprise:
        """Create an organisation; workspaces join it by their `enterprise_id`."""
        domain = name.lower().replace(" ", "-")
        found = Enterprise(enterprise_id or ids.new_id("E"), name, domain)
        self.remember(found)
        self._saved("enterprise", found.id, found)
        return found

    def enterprise_of(self, team_id: str) -> Enterprise | None:
        """Return the organisation that a workspace belongs to."""
        return self.enterprises.get(self.workspaces[team_id].enterprise_id)

    def add_user(self, team_id: str, name: str, *, user_id: str = "", **facts: Any) -> User:
        """Create a person; `facts` are fields of `User`. Tells no app: see `Playground.join`."""
        facts.setdefault("real_name", name)
        user = User(user_id or ids.new_id("U"), team_id, name, **facts)
        return self.put_user(user)

    def put_user(self, user: User) -> User:
        """Store a person as they are now."""
        user.updated = int(self.clock.now())
        self.remember(user)
        self._saved("user", f"{user.team_id}/{user.id}", user)
        self.feed.publish("user.changed", user.team_id, user=user.id)
        return user

    def add_channel(
        self, team_id: str, name: str, *, channel_id: str = "", **facts: Any
    ) -> Channel:
        """Create a channel; `facts` are fields of `Channel`."""
        facts.setdefault("created", int(self.clock.now()))
        return self.put_channel(Channel(channel_id or ids.new_id("C"), team_id, name, **facts))

    def put_channel(self, channel: Channel) -> Channel:
        """Store a channel as it is now."""
        self.remember(channel)
        self._saved("channel", f"{channel.team_id}/{channel.id}", channel)
        self.feed.publish("channel.changed", channel.team_id, channel=channel.id)
        return channel

    def add_app(self, name: str, *, app_id: str = "", **facts: Any) -> App:
        """Create an app with fresh secrets; `facts` are fields of `App`."""
        app_id = app_id or ids.new_id("A")
        facts.setdefault("signing_secret", secrets.token_hex(16))
        facts.setdefault("app_token", ids.app_token(app_id))
        facts.setdefault("verification_token", secrets.token_hex(12))
        return self.put_app(App(app_id, name, **facts))

    def put_app(self, app: App) -> App:
        """Store an app as it is now."""
        self.remember(app)
        self._saved("app", app.id, app)
        return app

    def install(self, app: App, team_id: str, **facts: Any) -> Installation:
        """Put the app into a workspace: its bot user joins, its token works."""
        bot = self.add_user(team_id, app.name.lower(), real_name=app.name, is_bot=True)
        facts.setdefault("bot_token", ids.bot_token())
        facts.setdefault("enterprise_id", self.workspaces[team_id].enterprise_id)
        return self.put_installation(
            Installation(team_id, app.id, bot.id, ids.new_id("B"), **facts)
        )

    def put_installation(self, installation: Installation) -> Installation:
        """Store an installation as it is now."""
        self.remember(installation)
        key = f"{installation.team_id}/{installation.app_id}"
        self._saved("installation", key, installation)
        self.feed.publish("installation.changed", installation.team_id, app=installation.app_id)
        return installation

    def owned(self, app_id: str, owner: str) -> Installation | None:
        """Return the installation of a workspace or, by its own id, of an organisation."""
        found = self.installations.get((owner, app_id))
        return found or self.org_installations.get((owner, app_id))

    def by_bot_token(self, token: str) -> Installation | None:
        """Return whose bot token this is: a workspace's or an organisation's."""
        given = self.tokens.get(token)
        if given is not None:
            return self.owned(given.app_id, given.owner)
        found = self._by_token.get(token)
        return found if found is not None and found.bot_token == token else None

    def by_app_token(self, token: str) -> App | None:
        """Return whose app-level token this is."""
        return next((app for app in self.apps.values() if app.app_token == token), None)

    def by_client_id(self, client_id: str) -> App | None:
        """Return whose client id this is."""
        return next((app for app in self.apps.values() if app.client_id == client_id), None)

    def people(self, team_id: str) -> list[User]:
        """Return everybody of a workspace, bots too, in the order of joining."""
        return [user for (team, _), user in self.users.items() if team == team_id]

    def find_user(self, team_id: str, who: str) -> User:
        """Return a person by id or name; raises KeyError."""
        if (team_id, who) in self.users:
            return self.users[team_id, who]
        for user in self.people(team_id):
            if who == user.name:
                return user
        raise KeyError(f"no user {who} in {team_id}")

    def find_channel(self, team_id: str, which: str) -> Channel:
        """Return a channel by id or name (with or without #); raises KeyError."""
        if (team_id, which) in self.channels:
            return self.channels[team_id, which]
        for (team, _), channel in self.channels.items():
            if team == team_id and not channel.is_im and channel.name == which.removeprefix("#"):
                return channel
        raise KeyError(f"no channel {which} in {team_id}")

    def history(self, team_id: str, channel: str) -> list[Message]:
        """Return a channel's messages, oldest first."""
        return list(self.messages.get((team_id, channel), {}).values())

    def find_message(self, team_id: str, channel: str, ts: str) -> Message | None:
        """Return one message; None if it was deleted or never was."""
        return self.messages.get((team_id, channel), {}).get(ts)

    def dm_of(self, installation: Installation, user: str) -> Channel | None:
        """Return the person's direct messages with the app's bot, if they were ever opened."""
        return self._dms.get((installation.team_id, installation.bot_user, user))

    def open_dm(self, installation: Installation, user: str) -> tuple[Channel, bool]:
        """Return the person's direct messages with the bot, and whether they were there."""
        found = self.dm_of(installation, user)
        if found:
            return found, True
        opened = Channel(
            ids.new_id("D"),
            installation.team_id,
            is_im=True,
            user=user,
            members=[installation.bot_user, user],
        )
        return self.put_channel(opened), False

    def next_ts(self) -> str:
        """Return a message's time stamp; strictly increasing."""
        self._last_ts_us = max(self._last_ts_us + 1, int(self.clock.now() * 1_000_000))
        return f"{self._last_ts_us // 1_000_000}.{self._last_ts_us % 1_000_000:06d}"

    def post(self, message: Message) -> Message:
        """Store and show a new message."""
        message.blocks = ids.with_block_ids(message.blocks)
        self._add_reply(message)
        self.remember(message)
        self._save_message(message)
        self._tell("message.posted", message)
        return message

    def parent_of(self, message: Message) -> Message | None:
        """Return the message that this one is a reply to."""
        if not message.is_reply:
            return None
        return self.find_message(message.team_id, message.channel, message.thread_ts)

    def thread(self, parent: Message) -> list[Message]:
        """Return the replies to a message, oldest first."""
        there = self.messages.get((parent.team_id, parent.channel), {})
        return [there[reply["ts"]] for reply in parent.replies if reply["ts"] in there]

    def _add_reply(self, message: Message) -> None:
        parent = self.parent_of(message)
        if parent is not None:
            message.parent_user = parent.user
            parent.replies.append({"user": message.user, "ts": message.ts})
            self._save_message(parent)
            self._tell("thread.changed", parent)

    def _drop_reply(self, message: Message) -> None:
        parent = self.parent_of(message)
        if parent is not None:
            parent.replies = [reply for reply in parent.replies if reply["ts"] != message.ts]
            self._save_message(parent)
            self._tell("thread.changed", parent)

    def touch_message(self, message: Message, kind: str) -> None:
        """Keep and show a message as it is now; `kind` says what happened to it."""
        self._save_message(message)
        self._tell(kind, message)

    def change_message(self, message: Message, **facts: Any) -> Message:
        """Change a message in place; `facts` are fields of `Message`."""
        if "blocks" in facts:
            facts["blocks"] = ids.with_block_ids(facts["blocks"])
        for name, value in facts.items():
            setattr(message, name, value)
        if not message.ephemeral_to:
            self._save_message(message)
        self._tell("message.updated", message)
        return message

    def delete_message(self, message: Message) -> None:
        """Take a message away, ephemeral ones too."""
        if message.ephemeral_to:
            self.ephemerals = [one for one in self.ephemerals if one is not message]
        else:
            self._drop_reply(message)
            self.messages[message.team_id, message.channel].pop(message.ts, None)
            self.keeper.drop("message", f"{message.team_id}/{message.channel}/{message.ts}")
        self._tell("message.deleted", message)

    def show_ephemeral(self, message: Message) -> Message:
        """Show a message to `message.ephemeral_to` only; not kept over a restart."""
        message.blocks = ids.with_block_ids(message.blocks)
        self.ephemerals.append(message)
        self._tell("message.ephemeral", message)
        return message

    def notice(self, team_id: str, user: str, text: str) -> None:
        """Show one person a line from Slack itself."""
        self.notices.append(Notice(team_id, user, text, self.clock.now()))
        self.feed.publish("notice", team_id, user=user, text=text)

    def publish_home(self, view: View) -> View:
        """Show a person's App Home."""
        self.remember(view)
        self._saved("home", f"{view.team_id}/{view.app_id}/{view.user}", view)
        self.feed.publish("home.published", view.team_id, user=view.user, app=view.app_id)
        return view

    def show_modals(self, team_id: str, user: str, stack: list[View]) -> None:
        """Show a person this stack of modals, the last one on top; empty closes them."""
        self.modals[team_id, user] = stack
        self.feed.publish("modal.changed", team_id, user=user, depth=len(stack))

    def put_document(self, kind: str, key: str, document: Json) -> None:
        """Keep a JSON document, such as a pull request, for other parts of the playground."""
        self.documents[kind, key] = document
        self.keeper.save(f"document:{kind}", key, document)
        self.feed.publish(f"{kind}.changed", "", key=key)

    def drop_document(self, kind: str, key: str) -> None:
        """Keep it no longer; gone already, it changes nothing."""
        if self.documents.pop((kind, key), None) is not None:
            self.keeper.drop(f"document:{kind}", key)
            self.feed.publish(f"{kind}.changed", "", key=key)

    def _save_message(self, message: Message) -> None:
        self._saved("message", f"{message.team_id}/{message.channel}/{message.ts}", message)

    def _saved(self, kind: str, key: str, record: Any) -> None:
        self.keeper.save(kind, key, record)

    def _tell(self, kind: str, message: Message) -> None:
        self.feed.publish(
            kind,
            message.team_id,
            channel=message.channel,
            ts=message.ts,
            user=message.ephemeral_to,
        )
