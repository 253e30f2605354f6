"""Open modals: what people enter, and what the app's answer to a submission does to them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from playground.elements import Element, chosen, elements, is_empty, state_values
from playground.records import Json, View
from playground.state import State
from playground.web_api.calls import SlackError
from playground.web_api.views import change_view, make_view, push, read_view

if TYPE_CHECKING:
    from playground.people import Done

Entered = dict[str, dict[str, Json]]


@dataclass(slots=True)
class Modals:
    """What is typed and chosen but not sent, and the stacks of open modals."""

    state: State
    errors: dict[tuple[str, str], Json] = field(default_factory=dict)
    _entered: dict[tuple[str, str, str], Entered] = field(default_factory=dict)

    def entered_in(self, team_id: str, user: str, where: str) -> Entered:
        """Return what this person chose in a message's elements so far."""
        return self._entered.setdefault((team_id, user, where), {})

    def remember(
        self, entered: Entered, element: Element, choice: Any, *, forged: bool = False
    ) -> None:
        """Take down what was chosen, if the element keeps it."""
        if element.keeps_state:
            held = {"type": element.type, **chosen(element, choice, forged=forged)}
            entered.setdefault(element.block_id, {})[element.action_id] = held

    def enter(self, view: View, element: Element, choice: Any, *, forged: bool = False) -> None:
        """Take down what was chosen or typed in a view."""
        self.remember(view.values, element, choice, forged=forged)

    def filled(self, view: View) -> Entered:
        """Return `state.values` to submit; raises LookupError for what is required and empty."""
        values = state_values(view.blocks, view.values)
        empty = [
            element.action_id
            for element in elements(view.blocks)
            if element.required and is_empty(values[element.block_id][element.action_id])
        ]
        if empty:
            raise LookupError(f"required and empty: {empty}")
        return values

    def close(self, view: View, *, everything: bool = False) -> None:
        """Close a view, or the whole stack it is in."""
        stack = self.state.modals.get((view.team_id, view.user), [])
        left = [] if everything or view.body.get("clear_on_close") else _without(stack, view)
        self.errors.pop((view.team_id, view.user), None)
        self.state.show_modals(view.team_id, view.user, left)

    def submitted(self, view: View, done: Done) -> Done | None:
        """Do what the app answered to a submission; returns a failure if that was nonsense."""
        if not done.ok:
            return None
        try:
            self._follow(view, done.answer or {})
        except SlackError as refusal:
            notice = f"We had some trouble connecting ({refusal.code})."
            self.state.notice(view.team_id, view.user, notice)
            return replace(done, ok=False, error=refusal.code)
        return None

    def _follow(self, view: View, answer: Json) -> None:
        action = answer.get("response_action")
        if action == "errors":
            self._show_errors(view, answer.get("errors", {}))
        elif action in ("update", "push"):
            self._show(view, action, read_view(answer.get("view"), "modal"))
        elif action == "clear":
            self.close(view, everything=True)
        elif action is None:
            self.close(view)
        else:
            raise SlackError("invalid_response_action")

    def _show_errors(self, view: View, errors: Json) -> None:
        inputs = {block["block_id"] for block in view.blocks if block["type"] == "input"}
        if not errors or not set(errors) <= inputs:
            raise SlackError("invalid_errors")
        self.errors[view.team_id, view.user] = errors
        self.state.feed.publish("modal.errors", view.team_id, user=view.user, errors=errors)

    def _show(self, view: View, action: str, body: Json) -> None:
        stack = self.state.modals.get((view.team_id, view.user), [])
        self.errors.pop((view.team_id, view.user), None)
        if action == "update":
            change_view(self.state, view, body)
            self.state.show_modals(view.team_id, view.user, stack)
            return
        installation = self.state.installations[view.team_id, view.app_id]
        push(self.state, stack, make_view(self.state, installation, view.user, body))


def _without(stack: list[View], view: View) -> list[View]:
    return [one for one in stack if one is not view]
