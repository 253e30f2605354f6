"""`files.getUploadURLExternal`, `files.completeUploadExternal`, `files.info`."""

from __future__ import annotations

from typing import Any

from playground import ids
from playground.files import LARGEST_BYTES, File
from playground.records import Channel, Json, Message
from playground.web_api.calls import Call, Method, SlackError
from playground.web_api.chat import find_target, read_blocks, read_thread

_LONGEST_ALT_TEXT = 1000
_MOST_CHANNELS = 100


def _ask(call: Call) -> Json:
    name, length = call.required("filename"), call.text("length")
    if not length.isdecimal() or int(length) == 0:
        raise SlackError("missing_argument")
    if int(length) > LARGEST_BYTES:
        raise SlackError("file_upload_size_restricted")
    alt_text = call.text("alt_txt")
    if len(alt_text) > _LONGEST_ALT_TEXT:
        raise SlackError("alt_txt_too_large")
    file = File(
        ids.new_id("F"),
        call.team_id,
        call.app.id,
        call.installation.bot_user,
        name,
        int(length),
        int(call.state.clock.now()),
        alt_text=alt_text,
    )
    return {"upload_url": call.state.files.ask(file), "file_id": file.id}


def _complete(call: Call) -> Json:
    files = _named_files(call, call.structure("files"))
    channels = _channels(call)
    thread_ts = read_thread(call, channels[0]) if channels else ""
    blocks = [] if call.text("initial_comment") else read_blocks(call)
    for file, title in files:
        file.title, file.state = title or file.name, "complete"
    for channel in channels:
        _share(call, channel, [file for file, _ in files], thread_ts, blocks)
    for file, _ in files:
        call.state.files.put(file)
    base_url = call.state.files.base_url
    return {"files": [file.as_slack(base_url) for file, _ in files]}


def _named_files(call: Call, named: Any) -> list[tuple[File, str]]:
    if not isinstance(named, list) or not named:
        raise SlackError("invalid_arguments")
    return [_named_file(call, one) for one in named]


def _named_file(call: Call, named: Any) -> tuple[File, str]:
    file_id = str(named.get("id", "")) if isinstance(named, dict) else ""
    file = call.state.files.get(call.team_id, file_id)
    if file is None or file.app_id != call.app.id or file.state != "sent":
        raise SlackError("file_not_found")
    return file, str(named.get("title") or "")


def _channels(call: Call) -> list[Channel]:
    named = [one.strip() for one in call.text("channels").split(",") if one.strip()]
    if call.text("channel_id"):
        named.insert(0, call.text("channel_id"))
    if len(named) > _MOST_CHANNELS:
        raise SlackError("channels_limit_exceeded")
    return [find_target(call, one) for one in named]


def _share(
    call: Call, channel: Channel, files: list[File], thread_ts: str, blocks: list[Json]
) -> None:
    message = Message(
        call.team_id,
        channel.id,
        call.state.next_ts(),
        call.text("initial_comment"),
        user=call.installation.bot_user,
        blocks=blocks,
        bot_id=call.installation.bot_id,
        app_id=call.app.id,
        thread_ts=thread_ts,
    )
    for file in files:
        file.shares.append({"channel": channel.id, "ts": message.ts})
    message.files = [file.as_slack(call.state.files.base_url) for file in files]
    call.state.post(message)


def _info(call: Call) -> Json:
    file = call.state.files.get(call.team_id, call.text("file"))
    if file is None or file.state != "complete":
        raise SlackError("file_not_found")
    return {"file": file.as_slack(call.state.files.base_url), "comments": []}


METHODS = (
    Method("files.getUploadURLExternal", _ask, scope="files:write"),
    Method("files.completeUploadExternal", _complete, scope="files:write"),
    Method("files.info", _info, scope="files:read"),
)
