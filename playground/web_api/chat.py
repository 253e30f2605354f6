"""`chat.postMessage`, `chat.update`, `chat.delete`: the bot's messages."""

from __future__ import annotations

import re
from typing import Any

from playground.records import Channel, Json, Message
from playground.streams import state_of
from playground.strictness import refuse_bad_blocks
from playground.web_api.calls import Call, Method, SlackError

_LONGEST_POST = 40_000
_LONGEST_MARKDOWN = 12_000
# Bytes, counted after escaping: https://docs.slack.dev/reference/methods/chat.update
_LONGEST_UPDATE = 4_000
_A_TS = re.compile(r"\d{9,12}\.\d{6}")


def find_target(call: Call, name: str) -> Channel:
    """Return the channel that `name` means, a person's id opening their direct messages."""
    if (call.team_id, name) in call.state.users:
        return _dm_with(call, name)
    channel = call.channel(name)
    if channel.is_im and call.user(channel.user).deleted:
        raise SlackError("channel_not_found")
    if channel.is_archived:
        raise SlackError("is_archived")
    if not channel.is_im and call.installation.bot_user not in channel.members:
        raise SlackError("not_in_channel")
    return channel


def _dm_with(call: Call, user_id: str) -> Channel:
    user = call.user(user_id)
    if user.is_bot or user.deleted:
        raise SlackError("channel_not_found")
    return call.state.open_dm(call.installation, user_id)[0]


def read_thread(call: Call, channel: Channel) -> str:
    """Return the `ts` of the thread's parent, "" if the call names none; answers why not."""
    given = call.text("thread_ts")
    if not given:
        return ""
    if not _A_TS.fullmatch(given):
        lines = [f"[ERROR] {given} is not a valid thread_ts"]
        raise SlackError("invalid_thread_ts", response_metadata={"messages": lines})
    named = call.state.find_message(call.team_id, channel.id, given)
    if named is None:
        raise SlackError("thread_not_found")
    return named.thread_ts if named.is_reply else named.ts


def read_content(call: Call) -> tuple[str, list[Json]]:
    """Return a message's text and blocks; answers `no_text` or `invalid_blocks`."""
    text, blocks, markdown = call.text("text"), read_blocks(call), call.text("markdown_text")
    if markdown:
        return _markdown(markdown, alone=not text and not blocks)
    if not text.strip() and not blocks:
        raise SlackError("no_text")
    return text, blocks


def _markdown(markdown: str, *, alone: bool) -> tuple[str, list[Json]]:
    if not alone:
        raise SlackError("markdown_text_conflict")
    if len(markdown) > _LONGEST_MARKDOWN:
        raise SlackError("msg_too_long")
    return markdown, [{"type": "markdown", "text": markdown}]


def read_blocks(call: Call) -> list[Json]:
    """Return the call's blocks; answers `invalid_blocks_format` or `invalid_blocks`."""
    blocks = call.structure("blocks", "invalid_blocks_format")
    if blocks is None:
        return []
    if not isinstance(blocks, list):
        raise SlackError("invalid_blocks_format")
    if blocks:
        refuse_bad_blocks(blocks)
    return blocks


def read_metadata(call: Call) -> Json | None:
    """Return a message's metadata; answers `invalid_metadata_schema` and its like."""
    metadata = call.structure("metadata", "invalid_metadata_format")
    if metadata is None:
        return None
    if not _is_metadata(metadata):
        raise SlackError("invalid_metadata_schema")
    kept: Json = metadata
    return kept


def _is_metadata(metadata: Any) -> bool:
    return (
        isinstance(metadata, dict)
        and isinstance(metadata.get("event_type"), str)
        and isinstance(metadata.get("event_payload"), dict)
    )


def _post(call: Call) -> Json:
    channel = find_target(call, call.text("channel"))
    text, blocks = read_content(call)
    if len(text) > _LONGEST_POST:
        raise SlackError("msg_too_long")
    message = call.state.post(
        Message(
            call.team_id,
            channel.id,
            call.state.next_ts(),
            text,
            user=call.installation.bot_user,
            blocks=blocks,
            metadata=read_metadata(call),
            bot_id=call.installation.bot_id,
            app_id=call.app.id,
            thread_ts=read_thread(call, channel),
            broadcast=call.flag("reply_broadcast"),
            unfurl_links=call.flag("unfurl_links", default=True),
            unfurl_media=call.flag("unfurl_media", default=True),
        )
    )
    call.state.agents.answered(message)
    shown = message.as_slack(with_metadata=True)
    return {"channel": channel.id, "ts": message.ts, "message": shown}


def own_message(call: Call, refusal: str) -> Message:
    """Return the bot's message that the call names; answers `refusal` if it is somebody else's."""
    channel = call.channel(call.text("channel"))
    message = call.state.find_message(call.team_id, channel.id, call.text("ts"))
    if message is None:
        raise SlackError("message_not_found")
    if message.bot_id != call.installation.bot_id:
        raise SlackError(refusal)
    if channel.is_archived:
        raise SlackError("is_archived")
    return message


def _update(call: Call) -> Json:
    message = own_message(call, "cant_update_message")
    if state_of(message, call.state.clock.now()) == "in_progress":
        raise SlackError("streaming_state_conflict")
    text, blocks = read_content(call)
    if len(_escaped(text).encode(errors="surrogatepass")) > _LONGEST_UPDATE:
        raise SlackError("msg_too_long")
    changes: Json = {"text": text, "blocks": blocks, "edited": _edited(call, blocks)}
    if call.args.get("metadata") is not None:
        changes["metadata"] = read_metadata(call)
    call.state.change_message(message, **changes)
    return {
        "channel": message.channel,
        "ts": message.ts,
        "text": text,
        "message": message.as_slack(with_metadata=True),
    }


def _edited(call: Call, blocks: list[Json]) -> Json | None:
    """Slack marks a message as edited only if it has no blocks."""
    if blocks:
        return None
    return {"user": call.installation.bot_user, "ts": f"{call.state.clock.now():.6f}"}


def _escaped(text: str) -> str:
    if any(mark in text for mark in ("&lt;", "&gt;", "&amp;")):
        return text
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _delete(call: Call) -> Json:
    message = own_message(call, "cant_delete_message")
    call.state.delete_message(message)
    return {"channel": message.channel, "ts": message.ts}


METHODS = (
    Method("chat.postMessage", _post, scope="chat:write"),
    Method("chat.update", _update, scope="chat:write"),
    Method("chat.delete", _delete, scope="chat:write"),
)
