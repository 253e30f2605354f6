"""`chat.postEphemeral`: a message for one person's eyes, gone with the next restart."""

from __future__ import annotations

from playground.records import Json, Message
from playground.web_api.calls import Call, Method, SlackError
from playground.web_api.chat import find_target, read_content, read_thread


def _post(call: Call) -> Json:
    channel = find_target(call, call.text("channel"))
    user = call.user(call.text("user"))
    if user.id not in channel.members:
        raise SlackError("user_not_in_channel")
    text, blocks = read_content(call)
    message = call.state.show_ephemeral(
        Message(
            call.team_id,
            channel.id,
            call.state.next_ts(),
            text,
            user=call.installation.bot_user,
            blocks=blocks,
            bot_id=call.installation.bot_id,
            app_id=call.app.id,
            thread_ts=read_thread(call, channel),
            ephemeral_to=user.id,
        )
    )
    return {"message_ts": message.ts}


METHODS = (Method("chat.postEphemeral", _post, scope="chat:write"),)
