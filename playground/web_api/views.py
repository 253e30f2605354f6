"""`views.*`: modals that a person's click lets us open, and the App Home."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import Any, Literal

from playground import ids
from playground.records import Installation, Json, View
from playground.state import State
from playground.strictness import refuse_bad_view
from playground.web_api.calls import Call, Method, SlackError

_DEEPEST_STACK = 3
_LARGEST_VIEW_BYTES = 250_000


def new_hash(state: State) -> str:
    """Return a view's version mark."""
    return f"{int(state.clock.now())}.{secrets.token_hex(4)}"


def make_view(state: State, installation: Installation, user: str, body: Json) -> View:
    """Return a view that is not shown yet."""
    filled = {**body, "blocks": ids.with_block_ids(body["blocks"])}
    view = View(
        ids.new_id("V"),
        installation.team_id,
        installation.app_id,
        installation.bot_id,
        user,
        filled,
        new_hash(state),
    )
    view.root_view_id, view.installed_in = view.id, installation.owner
    return view


def change_view(state: State, view: View, body: Json) -> View:
    """Give a view new content; what was entered stays where the block and action ids stay."""
    view.body = {**body, "blocks": ids.with_block_ids(body["blocks"])}
    view.hash = new_hash(state)
    kept = {block["block_id"] for block in view.blocks}
    view.values = {block: given for block, given in view.values.items() if block in kept}
    return view


def read_view(body: Any, surface: Literal["modal", "home"]) -> Json:
    """Return a view as the app gave it; answers what is wrong with it."""
    if not isinstance(body, dict):
        raise SlackError("invalid_arguments", response_metadata={"messages": [_NO_VIEW]})
    if len(str(body)) > _LARGEST_VIEW_BYTES:
        raise SlackError("view_too_large")
    refuse_bad_view(body, surface=surface)
    return body


_NO_VIEW = "[ERROR] missing required field: view [json-pointer:/view]"


def _open(call: Call) -> Json:
    body = read_view(call.structure("view"), "modal")
    trigger = call.triggers.exchange(call.required("trigger_id"), call.installation)
    _check_external_id(call, body)
    view = make_view(call.state, call.installation, trigger.user, body)
    call.state.show_modals(call.team_id, trigger.user, [view])
    return {"view": view.as_slack()}


def _push(call: Call) -> Json:
    body = read_view(call.structure("view"), "modal")
    trigger = call.triggers.exchange(call.required("trigger_id"), call.installation)
    stack = call.state.modals.get((call.team_id, trigger.user), [])
    _check_external_id(call, body)
    view = make_view(call.state, call.installation, trigger.user, body)
    push(call.state, stack, view)
    return {"view": view.as_slack()}


def _check_external_id(call: Call, body: Json) -> None:
    wanted = body.get("external_id")
    if wanted and any(view.body.get("external_id") == wanted for _, view in _open_views(call)):
        raise SlackError("duplicate_external_id")


def push(state: State, stack: list[View], view: View) -> None:
    """Show a view on top of the others; answers `push_limit_reached`."""
    if not stack:
        raise SlackError("not_found")
    if len(stack) >= _DEEPEST_STACK:
        raise SlackError("push_limit_reached")
    view.root_view_id, view.previous_view_id = stack[0].id, stack[-1].id
    state.show_modals(view.team_id, view.user, [*stack, view])


def _update(call: Call) -> Json:
    body = read_view(call.structure("view"), "modal")
    stack, view = _open_view(call)
    _check_hash(call, view)
    change_view(call.state, view, body)
    call.state.show_modals(call.team_id, view.user, stack)
    return {"view": view.as_slack()}


def _open_view(call: Call) -> tuple[list[View], View]:
    view_id, external_id = call.text("view_id"), call.text("external_id")
    for stack, view in _open_views(call):
        same_name = external_id and view.body.get("external_id") == external_id
        if view.id == view_id or same_name:
            return stack, view
    raise SlackError("not_found")


def _open_views(call: Call) -> Iterator[tuple[list[View], View]]:
    """Go through the app's modals that people of the workspace have open, with their stacks."""
    for (team, _), stack in call.state.modals.items():
        for view in stack:
            if team == call.team_id and view.app_id == call.app.id:
                yield stack, view


def _check_hash(call: Call, view: View | None) -> None:
    given = call.text("hash")
    if given and view is not None and given != view.hash:
        raise SlackError("hash_conflict")


def _publish(call: Call) -> Json:
    user = call.user(call.required("user_id"))
    body = read_view(call.structure("view"), "home")
    before = call.state.homes.get((call.team_id, call.app.id, user.id))
    _check_hash(call, before)
    view = make_view(call.state, call.installation, user.id, body)
    if before:
        view.id = view.root_view_id = before.id
    call.state.publish_home(view)
    return {"view": view.as_slack()}


METHODS = (
    Method("views.open", _open),
    Method("views.push", _push),
    Method("views.update", _update),
    Method("views.publish", _publish),
)
