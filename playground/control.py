"""`/control/…`: drives a playground that runs as a process of its own, with JSON.

For tests: it shows tokens and secrets, so only who asks for it gets it.
`POST /control/<action>` takes an object of arguments; `GET /control/state` shows everything.
What cannot be done answers 400 with `{"error": "…"}`. See `playground/remote.py` for a client.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from aiohttp import web

from playground.faults import FaultKind
from playground.oauth import Refused
from playground.oauth_page import decide
from playground.people import Done, Person
from playground.records import Json, Message, as_json

if TYPE_CHECKING:
    from playground.server import Playground

Action = Callable[["Playground", Json], Awaitable[Json]]


def attach(application: web.Application, slack: Playground) -> None:
    """Add the control routes."""

    async def act(request: web.Request) -> web.Response:
        return await _act(slack, request)

    async def show(_: web.Request) -> web.Response:
        return web.json_response(dump(slack))

    application.router.add_post("/control/{action}", act)
    application.router.add_get("/control/state", show)


async def _act(slack: Playground, request: web.Request) -> web.Response:
    action = ACTIONS.get(request.match_info["action"])
    if action is None:
        return web.json_response({"error": f"actions: {sorted(ACTIONS)}"}, status=404)
    try:
        args = await request.json()
        return web.json_response(await action(slack, args))
    except (AttributeError, LookupError, TypeError, ValueError) as problem:
        answer = {"error": f"{type(problem).__name__}: {problem}"}
        return web.json_response(answer, status=400)


def dump(slack: Playground) -> Json:
    """Return the whole state as JSON, tokens and secrets included."""
    state = slack.state
    return {
        "now": slack.clock.now(),
        "workspaces": _all(state.workspaces.values()),
        "apps": _all(state.apps.values()),
        "enterprises": _all(state.enterprises.values()),
        "installations": _all(state.installations.values()),
        "org_installations": _all(state.org_installations.values()),
        "users": _all(state.users.values()),
        "channels": _all(state.channels.values()),
        "messages": _all(one for channel in state.messages.values() for one in channel.values()),
        "ephemerals": _all(state.ephemerals),
        "homes": _all(state.homes.values()),
        "modals": _all(view for stack in state.modals.values() for view in stack),
        "notices": _all(state.notices),
        "connections": {app_id: slack.sockets.connected(app_id) for app_id in state.apps},
    }


def _all(records: Any) -> list[Json]:
    return [as_json(record) for record in records]


def _person(slack: Playground, args: Json) -> Person:
    return slack.person(args.pop("user"), team_id=args.pop("team_id", ""))


def _message(slack: Playground, person: Person, args: Json) -> Message:
    channel, ts = args.pop("channel", ""), args.pop("ts", "")
    if not ts:
        return person.find(args["action_id"])
    found = slack.state.find_message(person.team_id, channel, ts)
    ephemeral = (one for one in person.ephemerals if one.ts == ts)
    message = found or next(ephemeral, None)
    if message is None:
        raise LookupError(f"no message {ts} in {channel}")
    return message


def _done(done: Done) -> Json:
    return asdict(done)


async def _addresses(slack: Playground, _: Json) -> Json:
    return {"page_url": slack.page_url, "api_url": slack.api_url}


async def _add_enterprise(slack: Playground, args: Json) -> Json:
    return as_json(slack.state.add_enterprise(**args))


async def _add_workspace(slack: Playground, args: Json) -> Json:
    return as_json(slack.state.add_workspace(**args))


async def _authorize(slack: Playground, args: Json) -> Json:
    """Answer an app's link to the authorize page (its query as `args`); `place` null says no."""
    place = args.pop("place", None)
    try:
        asked = slack.oauth.ask(args)[1]
        return {"url": decide(slack.state, slack.oauth, asked, place)}
    except Refused as refusal:
        raise ValueError(refusal.code) from None


async def _add_company(slack: Playground, args: Json) -> Json:
    return as_json(slack.add_company(**args))


async def _add_user(slack: Playground, args: Json) -> Json:
    return as_json(slack.state.add_user(**args))


async def _join(slack: Playground, args: Json) -> Json:
    return as_json(slack.join(**args))


async def _change_user(slack: Playground, args: Json) -> Json:
    return as_json(slack.change_user(args.pop("team_id"), args.pop("user"), **args))


async def _add_channel(slack: Playground, args: Json) -> Json:
    return as_json(slack.state.add_channel(**args))


async def _change_channel(slack: Playground, args: Json) -> Json:
    channel = slack.state.find_channel(args.pop("team_id"), args.pop("channel"))
    for name, value in args.items():
        setattr(channel, name, value)
    return as_json(slack.state.put_channel(channel))


async def _change_app(slack: Playground, args: Json) -> Json:
    app = slack.state.apps[args.pop("app_id")]
    for name, value in args.items():
        setattr(app, name, value)
    return as_json(slack.state.put_app(app))


async def _click(slack: Playground, args: Json) -> Json:
    person = _person(slack, args)
    message = _message(slack, person, args)
    return _done(await person.click(message, **args))


async def _click_home(slack: Playground, args: Json) -> Json:
    return _done(await _person(slack, args).click_home(**args))


async def _submit(slack: Playground, args: Json) -> Json:
    return _done(await _person(slack, args).submit(**args))


async def _close_modal(slack: Playground, args: Json) -> Json:
    done = await _person(slack, args).close_modal(**args)
    return _done(done) if done else {"ok": True}


async def _command(slack: Playground, args: Json) -> Json:
    return _done(await _person(slack, args).command(**args))


async def _open_home(slack: Playground, args: Json) -> Json:
    person = _person(slack, args)
    await person.open_home(**args)
    return {"home": as_json(person.home) if person.home else None}


async def _react(slack: Playground, args: Json) -> Json:
    person = _person(slack, args)
    message = _message(slack, person, args)
    person.react(message, **args)
    return {"reactions": message.reactions}


async def _stop_agent(slack: Playground, args: Json) -> Json:
    person = _person(slack, args)
    await person.stop_agent(_message(slack, person, args))
    return {"ok": True}


async def _choose_prompt(slack: Playground, args: Json) -> Json:
    return as_json(await _person(slack, args).choose_prompt(**args))


async def _uninstall(slack: Playground, args: Json) -> Json:
    slack.uninstall(args["team_id"])
    return {"ok": True}


async def _write(slack: Playground, args: Json) -> Json:
    return as_json(await _person(slack, args).write(**args))


async def _messages(slack: Playground, args: Json) -> Json:
    """Show one channel's messages, or one person's direct messages, and how many there are."""
    if "user" in args:
        found = _person(slack, args).messages
    else:
        channel = slack.state.find_channel(args["team_id"], args["channel"])
        found = slack.state.history(channel.team_id, channel.id)
    return {"messages": _all(found), "count": len(found)}


async def _fail(slack: Playground, args: Json) -> Json:
    fault = slack.fail(FaultKind(args.pop("kind")), args.pop("method", "*"), **args)
    return as_json(fault)


async def _heal(slack: Playground, _: Json) -> Json:
    slack.faults.clear()
    return {"ok": True}


async def _flush(slack: Playground, _: Json) -> Json:
    slack.flush()
    return {"ok": True}


async def _limits(slack: Playground, args: Json) -> Json:
    slack.limits.enabled = bool(args["enabled"])
    return {"enabled": slack.limits.enabled}


async def _advance(slack: Playground, args: Json) -> Json:
    await slack.move_clock(float(args["seconds"]))
    return {"now": slack.clock.now()}


async def _close_sockets(slack: Playground, args: Json) -> Json:
    politely = bool(args.get("politely", True))
    await slack.sockets.close(args.get("app_id"), politely=politely)
    return {"ok": True}


async def _reconnect(slack: Playground, args: Json) -> Json:
    reason = args.get("reason", "refresh_requested")
    for app_id in [args["app_id"]] if "app_id" in args else list(slack.state.apps):
        await slack.sockets.ask_to_reconnect(app_id, reason)
    return {"ok": True}


async def _calls(slack: Playground, args: Json) -> Json:
    """Show the log of calls, of one `method` if given; `clear` empties it afterwards."""
    wanted = args.get("method")
    found = [asdict(one) for one in slack.calls if wanted in (None, one.method)]
    if args.get("clear"):
        slack.calls.clear()
    return {"calls": found, "count": len(found)}


async def _settle(slack: Playground, _: Json) -> Json:
    await slack.deliveries.settle()
    return {"ok": True}


ACTIONS: dict[str, Action] = {
    "add_channel": _add_channel,
    "add_company": _add_company,
    "add_enterprise": _add_enterprise,
    "add_user": _add_user,
    "add_workspace": _add_workspace,
    "addresses": _addresses,
    "advance": _advance,
    "authorize": _authorize,
    "calls": _calls,
    "change_app": _change_app,
    "change_channel": _change_channel,
    "change_user": _change_user,
    "choose_prompt": _choose_prompt,
    "click": _click,
    "click_home": _click_home,
    "close_modal": _close_modal,
    "close_sockets": _close_sockets,
    "command": _command,
    "fail": _fail,
    "flush": _flush,
    "heal": _heal,
    "join": _join,
    "limits": _limits,
    "messages": _messages,
    "open_home": _open_home,
    "react": _react,
    "reconnect": _reconnect,
    "settle": _settle,
    "stop_agent": _stop_agent,
    "submit": _submit,
    "uninstall": _uninstall,
    "write": _write,
}
