"""What a person does in Slack: tapping, typing, opening, sending. Tests and the page use this."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from playground import payloads
from playground.elements import Element, action, elements, find, state_values
from playground.envelopes import Ack, Envelope, Kind
from playground.records import Json, Message, View
from playground.validation.compositions import suggestions
from playground.writers import Writer


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


class Person(Writer):
    """One person of one workspace, facing one app."""

    @property
    def modal(self) -> View | None:
        """The modal on top, if one is open."""
        stack = self._state.modals.get((self.team_id, self.id), [])
        return stack[-1] if stack else None

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

    async def look_up(
        self, source: Message | View, action_id: str, typed: str, *, block_id: str = ""
    ) -> list[Json]:
        """Type into a menu whose options the app knows; returns those it offers.

        Choose one by passing it whole to `click` and its like. Raises LookupError for fewer
        characters than the menu wants, and when the app does not answer with sound options.
        """
        element = find(source.blocks, action_id, block_id=block_id)
        least = element.body.get("min_query_length", _SHORTEST_QUERY)
        if len(typed) < least:
            raise LookupError(f"{action_id!r} waits for {least} characters")
        asked = {"action_id": action_id, "block_id": element.block_id, "value": typed}
        done = await self._interact(self._suggestion(source, asked))
        if not done.ok:
            raise LookupError(f"the app did not answer ({done.error})")
        wrong = [f"{one.pointer} {one.message}" for one in suggestions(done.answer or {}, "")]
        if wrong:
            raise LookupError(f"the app's options are not sound: {wrong}")
        return Element({}, done.answer or {}).options()

    def _suggestion(self, source: Message | View, asked: Json) -> Json:
        if isinstance(source, View):
            return payloads.view_suggestion(self._scene(), source, asked)
        channel = self._state.channels[self.team_id, source.channel]
        return payloads.message_suggestion(self._scene(), channel, source, asked)

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
        """Type a slash command, in a channel (id or name) or in the direct messages.

        Slack itself does `/invite`, for the app only.
        """
        where = self._channel(channel)
        if name == "/invite":
            await self.invite_app(where.id)
            return Done(True, {})
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

    def find(self, action_id: str, value: str | None = None) -> Message:
        """Return their newest direct message with such an element; raises LookupError."""
        for message in reversed(self.messages):
            for element in elements(message.blocks):
                if element.action_id == action_id and value in (None, element.body.get("value")):
                    return message
        raise LookupError(f"no direct message to {self.user.name} has {action_id!r}")

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
        accepts = kind is Kind.COMMAND or payload.get("type") in _ANSWERED
        envelope = Envelope(kind, payload, accepts_response=accepts)
        ack = await self._services.deliveries.send(self._app, envelope)
        return Done(True, payload, ack.payload) if ack.ok else self._missed(payload, ack)

    def _missed(self, payload: Json, ack: Ack) -> Done:
        what = payload.get("command") or self._app.name
        self._state.notice(self.team_id, self.id, f"{what} did not respond ({ack.reason}).")
        return Done(False, payload, error=ack.reason)


_ANSWERED = ("view_submission", "block_suggestion")
_SHORTEST_QUERY = 3
_FORGED = {"type": "plain_text", "text": "forged"}
