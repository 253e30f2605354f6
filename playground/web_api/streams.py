"""`chat.startStream`, `chat.appendStream`, `chat.stopStream`: a message that grows."""

from __future__ import annotations

from copy import deepcopy

from playground import ids, streams
from playground.agents import SESSION_STATES
from playground.records import Channel, Json, Message
from playground.web_api.calls import Call, Method, SlackError
from playground.web_api.chat import (
    find_target,
    own_message,
    read_blocks,
    read_metadata,
    read_thread,
)


def _start(call: Call) -> Json:
    channel = find_target(call, call.text("channel"))
    call.required("thread_ts")
    thread_ts = read_thread(call, channel)
    display = call.text("task_display_mode", "timeline")
    if display not in streams.DISPLAYS:
        raise SlackError("invalid_arguments")
    now = call.state.clock.now()
    stream = streams.begin(display, _recipient(call, channel), at=now)
    _add(call, stream)
    stream["parts"] = ids.with_block_ids(stream["parts"])
    message = Message(
        call.team_id,
        channel.id,
        call.state.next_ts(),
        streams.text_of(stream),
        user=call.installation.bot_user,
        blocks=list(stream["parts"]),
        bot_id=call.installation.bot_id,
        app_id=call.app.id,
        thread_ts=thread_ts,
        stream=stream,
    )
    call.state.post(message)
    call.state.agents.answered(message)
    return {"channel": channel.id, "ts": message.ts}


def _recipient(call: Call, channel: Channel) -> str:
    """Return whom the answer is for; in channels the call has to say so."""
    team_id, user_id = call.text("recipient_team_id"), call.text("recipient_user_id")
    if channel.is_im:
        return channel.user
    if not team_id:
        raise SlackError("missing_recipient_team_id")
    if not user_id:
        raise SlackError("missing_recipient_user_id")
    if (team_id, user_id) not in call.state.users:
        raise SlackError("user_not_found")
    return user_id


def _add(call: Call, stream: Json) -> bool:
    """Add what the call brings; says whether it brought anything."""
    text, chunks = call.text("markdown_text"), call.structure("chunks", "invalid_chunks")
    if text and chunks:
        raise SlackError("cannot_provide_both_markdown_text_and_chunks")
    if text:
        streams.add_text(stream, text)
    if chunks is not None:
        streams.add_chunks(stream, chunks)
    return bool(text or chunks)


def _open_stream(call: Call) -> tuple[Message, Json]:
    """Return the message and a copy of its stream, so that a refused call changes nothing."""
    message = own_message(call, "message_not_owned_by_app")
    state = streams.state_of(message, call.state.clock.now())
    if state == "stopped" and call.method == "chat.appendStream":
        raise SlackError("stopped_by_user")
    if message.stream is None or state not in ("in_progress", "stopped"):
        raise SlackError("message_not_in_streaming_state")
    return message, deepcopy(message.stream)


def _append(call: Call) -> Json:
    message, stream = _open_stream(call)
    if not _add(call, stream):
        raise SlackError("markdown_text_or_chunks_required")
    _grow(call, message, stream, "message.streamed")
    return {"channel": message.channel, "ts": message.ts}


def _grow(call: Call, message: Message, stream: Json, kind: str) -> None:
    stream["parts"] = ids.with_block_ids(stream["parts"])
    message.stream = stream
    message.text, message.blocks = streams.text_of(stream), list(stream["parts"])
    call.state.touch_message(message, kind)


def _stop(call: Call) -> Json:
    message, stream = _open_stream(call)
    blocks, metadata = read_blocks(call), read_metadata(call)
    status = call.text("session_status", "active")
    if status not in SESSION_STATES:
        raise SlackError("invalid_arguments")
    _add(call, stream)
    if not stream["parts"] and not blocks:
        raise SlackError("no_text")
    stream["parts"].extend(blocks)
    stream["state"] = "completed"
    message.metadata = metadata or message.metadata
    _grow(call, message, stream, "message.updated")
    _leave(call, message, status)
    return {
        "channel": message.channel,
        "ts": message.ts,
        "message": message.as_slack(with_metadata=True),
    }


def _leave(call: Call, message: Message, status: str) -> None:
    agents = call.state.agents
    thread = agents.of(message.team_id, message.channel, message.thread_ts)
    if thread.session:
        thread.session = status
        agents.put(thread)


METHODS = (
    Method("chat.startStream", _start, scope="chat:write"),
    Method("chat.appendStream", _append, scope="chat:write"),
    Method("chat.stopStream", _stop, scope="chat:write"),
)
