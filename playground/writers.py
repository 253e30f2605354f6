"""What a person does with words: writing, replying, reacting, choosing what an agent suggests."""

from __future__ import annotations

from dataclasses import dataclass

from playground import payloads
from playground.deliveries import Deliveries
from playground.modals import Modals
from playground.payloads import Scene
from playground.reactions import react, unreact
from playground.records import App, Channel, Installation, Json, Message, User, View, Workspace
from playground.responses import Responses
from playground.state import State
from playground.web_api.calls import Triggers


@dataclass(frozen=True, slots=True)
class Services:
    """What the people of the playground need."""

    state: State
    deliveries: Deliveries
    responses: Responses
    triggers: Triggers
    modals: Modals


class Writer:
    """One person of one workspace, facing one app: what they read and write."""

    def __init__(self, services: Services, installation: Installation, user: User) -> None:
        self.installation = installation
        self.id = user.id
        self._services = services
        self._state = services.state

    @property
    def user(self) -> User:
        """The person as the workspace knows them now."""
        return self._state.users[self.team_id, self.id]

    @property
    def team_id(self) -> str:
        """The workspace."""
        return self.installation.team_id

    @property
    def _app(self) -> App:
        return self._state.apps[self.installation.app_id]

    @property
    def _workspace(self) -> Workspace:
        return self._state.workspaces[self.team_id]

    @property
    def messages(self) -> list[Message]:
        """Their direct messages with the app, oldest first."""
        dm = self._state.dm_of(self.installation, self.id)
        return self._state.history(self.team_id, dm.id) if dm else []

    @property
    def ephemerals(self) -> list[Message]:
        """What only they can see, oldest first."""
        return [
            one
            for one in self._state.ephemerals
            if (one.team_id, one.ephemeral_to) == (self.team_id, self.id)
        ]

    @property
    def notices(self) -> list[str]:
        """What Slack itself told them, such as that the app did not respond."""
        return [
            one.text
            for one in self._state.notices
            if (one.team_id, one.user) == (self.team_id, self.id)
        ]

    @property
    def home(self) -> View | None:
        """The App Home as last published for them."""
        return self._state.homes.get((self.team_id, self._app.id, self.id))

    @property
    def prompts(self) -> list[Json]:
        """What the agent suggests to send, in their direct messages with it."""
        dm = self._state.dm_of(self.installation, self.id)
        return self._state.agents.of(self.team_id, dm.id).prompts if dm else []

    async def open_home(self, tab: str = "home") -> None:
        """Open the app's Home or Messages tab; returns when the app took it, or missed it once."""
        channel = self._channel("")
        event = payloads.home_opened(self.id, channel, tab, self.home, self._at())
        await self._event(event)

    async def write(
        self, text: str, *, channel: str = "", thread_ts: str = "", broadcast: bool = False
    ) -> Message:
        """Write a message, to the app or into a channel; returns when the app took or missed it.

        `thread_ts` replies to that message, `broadcast` shows the reply in the channel, too. In a
        channel the app hears of it if `text` mentions it (`person.mention`), or if it is in
        there and subscribed to such messages. Raises LookupError where nobody can write.
        """
        where = self._channel(channel)
        if where.is_im and self._app.messages_tab_read_only:
            raise LookupError(f"{self._app.name} takes no messages.")
        message = self._state.post(
            Message(
                self.team_id,
                where.id,
                self._state.next_ts(),
                text,
                user=self.id,
                thread_ts=thread_ts,
                broadcast=broadcast,
            )
        )
        await self._tell_app(message, where)
        return message

    async def _tell_app(self, message: Message, where: Channel) -> None:
        bot = self.installation.bot_user
        if bot in where.members:
            subscription = payloads.message_subscription(where)
            await self._event(payloads.message_event(message, where), subscription)
        if f"<@{bot}>" in message.text and not where.is_im:
            await self._event(payloads.message_event(message, where, kind="app_mention"))

    async def mention(self, text: str, *, channel: str, thread_ts: str = "") -> Message:
        """Write a message that mentions the app."""
        said = f"<@{self.installation.bot_user}> {text}"
        return await self.write(said, channel=channel, thread_ts=thread_ts)

    async def choose_prompt(self, title: str) -> Message:
        """Send what the agent suggests under this title; raises LookupError if it does not."""
        for prompt in self.prompts:
            if prompt["title"] == title:
                return await self.write(prompt["message"])
        raise LookupError(f"{title!r} is not suggested; there are {self.prompts}")

    async def stop_agent(self, message: Message) -> None:
        """Press Stop in a message's thread: what streams there ends; the app hears of it."""
        root = message.thread_ts or message.ts
        there = self._state.history(self.team_id, message.channel)
        running = [
            one
            for one in there
            if one.thread_ts == root and one.stream and one.stream["state"] == "in_progress"
        ]
        for one in running:
            one.stream = {**(one.stream or {}), "state": "stopped"}
            self._state.touch_message(one, "message.streamed")
        event: Json = {
            "type": "agent_session_stopped",
            "user": self.id,
            "channel": message.channel,
            "thread_ts": root,
            "streaming_message_ts": [one.ts for one in running],
            "event_ts": self._at(),
        }
        await self._event(event)

    async def look_at(self, channel: str) -> None:
        """Go to a channel while the agent is open beside it; an agent hears where they are."""
        if self._app.agent_view:
            where, dm = self._channel(channel), self._channel("")
            event = payloads.context_changed(self.id, dm, where, self._at())
            await self._event(event)

    async def invite_app(self, channel: str) -> None:
        """Bring the app's bot into a channel; the app hears of it if it asked to."""
        where, bot = self._channel(channel), self.installation
        if where.is_im or bot.bot_user in where.members:
            raise LookupError(f"{self._app.name} is there already.")
        where.members.append(bot.bot_user)
        self._state.put_channel(where)
        await self._event(payloads.joined_channel(bot, where, self.id, self._at()))

    def react(self, message: Message, name: str) -> None:
        """Put an emoji under a message, or take it away again."""
        if not react(self._state, message, name, self.id):
            unreact(self._state, message, name, self.id)

    def _channel(self, which: str) -> Channel:
        if which:
            return self._state.find_channel(self.team_id, which)
        return self._state.open_dm(self.installation, self.id)[0]

    def _at(self) -> str:
        return f"{self._state.clock.now():.6f}"

    def _scene(self) -> Scene:
        trigger_id = payloads.new_trigger_id()
        self._services.triggers.issue(trigger_id, self.installation, self.id)
        above = self._state.enterprise_of(self.team_id)
        return Scene(self._workspace, self._app, self.installation, self.user, trigger_id, above)

    async def _event(self, event: Json, subscription: str = "") -> None:
        deliveries = self._services.deliveries
        if deliveries.hears(self.installation, subscription or event["type"]):
            await deliveries.send_event(self._app, deliveries.wrap(self.installation, event))
