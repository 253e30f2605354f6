"""`reactions.add` and `reactions.remove`: the bot's emoji under messages."""

from __future__ import annotations

import re

from playground.reactions import react, unreact
from playground.records import Json, Message
from playground.web_api.calls import Call, Method, SlackError

_NAME = re.compile(r"[a-z0-9_+'-]+(::skin-tone-[2-6])?")


def _target(call: Call) -> tuple[Message, str]:
    name = call.text("name")
    if not _NAME.fullmatch(name):
        raise SlackError("invalid_name")
    channel = call.channel(call.text("channel"))
    message = call.state.find_message(call.team_id, channel.id, call.text("timestamp"))
    if message is None:
        raise SlackError("message_not_found")
    return message, name


def _add(call: Call) -> Json:
    message, name = _target(call)
    if not react(call.state, message, name, call.installation.bot_user):
        raise SlackError("already_reacted")
    return {}


def _remove(call: Call) -> Json:
    message, name = _target(call)
    if not unreact(call.state, message, name, call.installation.bot_user):
        raise SlackError("no_reaction")
    return {}


METHODS = (
    Method("reactions.add", _add, scope="reactions:write"),
    Method("reactions.remove", _remove, scope="reactions:write"),
)
