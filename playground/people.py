"""What a person does in Slack: tapping, typing, opening, sending. Tests and the page use this."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from playground import payloads
from playground.deliveries import Deliveries
from playground.elements import Element, action, elements, find, state_values
from playground.envelopes import Ack, Envelope, Kind
from playground.modals import Modals
from playground.payloads import Scene
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


@dataclass(frozen=True, slots=True)
class Done:
    """How something a person did went: whether the app acknowledged it within 3 seconds.

    `error` is what the person saw if not; `answer` what the acknowledgement carried.
    """

    ok: bool
    payload: Json
    answer: Json | None = None
    error: str = ""

    @property
    def response_url(self) -> str:
        """The `response_url` that went out with it."""
        return str(self.payload.get("response_url", ""))

    @property
    def trigger_id(self) -> str:
        """The `trigger_id` that went out with it."""
        return str(self.payload.get("trigger_id", ""))


class Person:
    """One person of one workspace, facing one app."""

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
    def home(self) -> View | None:
        """The App Home as last published for them."""
        return self._state.homes.get((self.team_id, self._app.id, self.id))

    @property
    def modal(self) -> View | None:
        """The modal on top, if one is open."""
        stack = self._state.modals.get((self.team_id, self.id), [])
        return stack[-1] if stack else None

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

    async def click(
        self,
        message: Message,
        action_id: str,
        choice: Any = None,
        *,
        block_id: str = "",
        forged: bool = False,
    ) -> Done:
        """Use the element `action_id` of a message.

        `choice` is what to pick: an option's value, a list of them, a person's id, a time; on a
        button it tells twins apart by their value. `forged` sends it even if the message
        has no such element or option. Raises LookupError otherwise.
        """
        element = self._element(message.blocks, action_id, choice, block_id, forged)
        where = f"{message.channel}/{message.ts}"
        values = self._enter(where, element, choice, message.blocks, forged)
        channel = self._state.channels[self.team_id, message.channel]
        response_url = self._services.responses.issue(
            self.installation, channel.id, self.id, message
        )
        sent = action(element, choice, at=self._at(), forged=forged)
        payload = payloads.message_action(
            self._scene(), channel, message, [sent], values, response_url
        )
        return await self._interact(payload)

    async def click_in(
        self,
        view: View,
        action_id: str,
        choice: Any = None,
        *,
        block_id: str = "",
        forged: bool = False,
    ) -> Done:
        """Use an element of a view, `person.home` or `person.modal`; else as `click`.

        Inputs that the app hears of only with the modal are filled in by `fill`.
        """
        element = self._element(view.blocks, action_id, choice, block_id, forged)
        if element.waits_for_submit and not forged:
            raise LookupError(f"{action_id!r} is sent with the modal only: use fill")
        self._services.modals.enter(view, element, choice, forged=forged)
        values = state_values(view.blocks, view.values)
        sent = action(element, choice, at=self._at(), forged=forged)
        return await self._interact(payloads.view_action(self._scene(), view, [sent], values))

    async def click_home(self, action_id: str, choice: Any = None, **how: Any) -> Done:
        """Use an element of the App Home; raises LookupError if none was published."""
        if self.home is None:
            raise LookupError("no App Home was published")
        return await self.click_in(self.home, action_id, choice, **how)

    def fill(self, values: dict[str, Any], *, view: View | None = None) -> None:
        """Fill in a view's inputs (the modal's on top), from action id to choice; sends nothing."""
        view = view or self._open_modal()
        for action_id, choice in values.items():
            self._services.modals.enter(view, find(view.blocks, action_id), choice)

    async def submit(
        self, values: dict[str, Any] | None = None, *, forged_values: Json | None = None
    ) -> Done:
        """Fill the modal on top in and send it.

        `values` goes from action id to choice. Raises LookupError for a required input that is
        empty. `forged_values` is sent as `state.values`, whatever the modal looks like.
        """
        view = self._open_modal()
        self.fill(values or {}, view=view)
        held = forged_values
        if held is None:
            held = self._services.modals.filled(view)
        ack = await self._send(Kind.INTERACTION, payloads.submission(self._scene(), view, held))
        return self._services.modals.submitted(view, ack) or ack

    async def close_modal(self, *, everything: bool = False) -> Done | None:
        """Close the modal on top, or all of them; the app hears of it if it asked to."""
        view = self._open_modal()
        self._services.modals.close(view, everything=everything)
        if not view.body.get("notify_on_close"):
            return None
        return await self._interact(payloads.closing(self._scene(), view, is_cleared=everything))

    async def command(self, name: str, text: str = "", *, channel: str = "") -> Done:
        """Type a slash command, in a channel (id or name) or in the direct messages."""
        where = self._channel(channel)
        if name not in self._app.commands:
            self._state.notice(self.team_id, self.id, f"{name} is not a valid command.")
            return Done(False, {}, error="not a valid command")
        url = self._services.responses.issue(self.installation, where.id, self.id)
        sent = payloads.command(self._scene(), where, name, text, url)
        done = await self._send(Kind.COMMAND, sent)
        if done.answer:
            self._services.responses.answer_directly(
                self.installation, where.id, self.id, done.answer
            )
        return done

    async def open_home(self, tab: str = "home") -> None:
        """Open the app's Home or Messages tab; returns when the app took it, or missed it once."""
        channel = self._channel("")
        event = payloads.home_opened(self.id, channel, tab, self.home, self._at())
        await self._event(event)

    async def write(self, text: str, *, channel: str = "", thread_ts: str = "") -> Message:
        """Write a message, to the app or into a channel; returns when the app took or missed it.

        In a channel the app hears of it only if `text` mentions it (`person.mention`).
        """
        where = self._channel(channel)
        message = self._state.post(
            Message(
                self.team_id,
                where.id,
                self._state.next_ts(),
                text,
                user=self.id,
                thread_ts=thread_ts,
            )
        )
        if where.is_im:
            await self._event(payloads.message_event(message, where), "message.im")
        elif f"<@{self.installation.bot_user}>" in text:
            await self._event(payloads.message_event(message, where, kind="app_mention"))
        return message

    async def mention(self, text: str, *, channel: str) -> Message:
        """Write a message that mentions the app."""
        return await self.write(f"<@{self.installation.bot_user}> {text}", channel=channel)

    def find(self, action_id: str, value: str | None = None) -> Message:
        """Return their newest direct message with such an element; raises LookupError."""
        for message in reversed(self.messages):
            for element in elements(message.blocks):
                if element.action_id == action_id and value in (None, element.body.get("value")):
                    return message
        raise LookupError(f"no direct message to {self.user.name} has {action_id!r}")

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

    def _open_modal(self) -> View:
        if self.modal is None:
            raise LookupError("no modal is open")
        return self.modal

    def _element(
        self, blocks: list[Json], action_id: str, choice: Any, block_id: str, forged: bool
    ) -> Element:
        try:
            value = choice if isinstance(choice, str) else None
            return find(blocks, action_id, block_id=block_id, value=value)
        except LookupError:
            if not forged:
                raise
            body = {"type": "button", "action_id": action_id, "text": _FORGED}
            return Element({"block_id": block_id or "forged"}, body)

    def _enter(
        self, where: str, element: Element, choice: Any, blocks: list[Json], forged: bool
    ) -> Json:
        entered = self._services.modals.entered_in(self.team_id, self.id, where)
        self._services.modals.remember(entered, element, choice, forged=forged)
        return state_values(blocks, entered)

    async def _interact(self, payload: Json) -> Done:
        return await self._send(Kind.INTERACTION, payload)

    async def _send(self, kind: Kind, payload: Json) -> Done:
        accepts = kind is Kind.COMMAND or payload.get("type") == "view_submission"
        envelope = Envelope(kind, payload, accepts_response=accepts)
        ack = await self._services.deliveries.send(self._app, envelope)
        return Done(True, payload, ack.payload) if ack.ok else self._missed(payload, ack)

    def _missed(self, payload: Json, ack: Ack) -> Done:
        what = payload.get("command") or self._app.name
        self._state.notice(self.team_id, self.id, f"{what} did not respond ({ack.reason}).")
        return Done(False, payload, error=ack.reason)

    async def _event(self, event: Json, subscription: str = "") -> None:
        deliveries = self._services.deliveries
        if deliveries.hears(self.installation, subscription or event["type"]):
            await deliveries.send_event(self._app, deliveries.wrap(self.installation, event))


_FORGED = {"type": "plain_text", "text": "forged"}
