"""`conversations.*`: open direct messages, look at channels, read back what was posted."""

from __future__ import annotations

from playground.limits import DISTRIBUTED_HISTORY_MESSAGES
from playground.records import Channel, Json, Message
from playground.web_api.calls import Call, Method, SlackError
from playground.web_api.pages import page


def _open(call: Call) -> Json:
    if call.text("channel"):
        channel = call.channel(call.text("channel"))
        return _opened(call, channel, already=True)
    wanted = [one.strip() for one in call.text("users").split(",") if one.strip()]
    if not wanted:
        raise SlackError("users_list_not_supplied")
    if len(wanted) > 1:
        raise SlackError("missing_scope", needed="mpim:write", provided=call.installation.scopes)
    channel, already = call.state.open_dm(call.installation, _dm_partner(call, wanted[0]))
    return _opened(call, channel, already=already)


def _dm_partner(call: Call, user_id: str) -> str:
    user = call.user(user_id)
    if user.is_bot:
        raise SlackError("cannot_dm_bot")
    if user.deleted:
        raise SlackError("user_disabled")
    return user.id


def _opened(call: Call, channel: Channel, *, already: bool) -> Json:
    seen: Json = {"id": channel.id}
    if call.flag("return_im"):
        seen = channel.as_slack(call.installation.bot_user)
    answer: Json = {"channel": seen}
    return answer | ({"no_op": True, "already_open": True} if already else {})


def _info(call: Call) -> Json:
    channel = call.channel(call.text("channel"))
    call.need(f"{channel.family}:read")
    return {"channel": channel.as_slack(call.installation.bot_user)}


def _list(call: Call) -> Json:
    kinds = call.text("types", "public_channel").split(",")
    unknown = set(kinds) - {"public_channel", "private_channel", "im", "mpim"}
    if unknown:
        raise SlackError("invalid_types")
    found = [channel for channel in _visible(call) if _kind(channel) in kinds]
    if call.flag("exclude_archived"):
        found = [channel for channel in found if not channel.is_archived]
    shown, after = page(call, "team", found, id_of=lambda channel: channel.id, default=100)
    bot = call.installation.bot_user
    return {"channels": [one.as_slack(bot) for one in shown], "response_metadata": after}


def _visible(call: Call) -> list[Channel]:
    bot = call.installation.bot_user
    return [
        channel
        for (team, _), channel in call.state.channels.items()
        if team == call.team_id and (_kind(channel) == "public_channel" or bot in channel.members)
    ]


def _kind(channel: Channel) -> str:
    if channel.is_im:
        return "im"
    return "private_channel" if channel.is_private else "public_channel"


def _history(call: Call) -> Json:
    channel = call.channel(call.text("channel"))
    call.need(f"{channel.family}:history")
    if call.installation.bot_user not in channel.members:
        raise SlackError("not_in_channel")
    found = [
        one
        for one in call.state.history(call.team_id, channel.id)
        if _wanted(call, one) and (one.broadcast or not one.is_reply)
    ]
    return _listed(call, found[::-1], default=100) | {"pin_count": 0}


def _listed(call: Call, messages: list[Message], *, default: int) -> Json:
    """Return one page of messages; fewer for apps outside of the Marketplace."""
    shown, after = page(
        call, "next_ts", messages, id_of=lambda message: message.ts, default=default
    )
    most = DISTRIBUTED_HISTORY_MESSAGES if call.workspace.distributed else 999
    with_metadata = call.flag("include_all_metadata")
    return {
        "messages": [one.as_slack(with_metadata=with_metadata) for one in shown[:most]],
        "has_more": bool(after["next_cursor"]) or len(shown) > most,
        "response_metadata": after,
    }


def _replies(call: Call) -> Json:
    channel = call.channel(call.text("channel"))
    call.need(f"{channel.family}:history")
    if call.installation.bot_user not in channel.members:
        raise SlackError("not_in_channel")
    named = call.state.find_message(call.team_id, channel.id, call.text("ts"))
    if named is None:
        raise SlackError("thread_not_found")
    parent = call.state.parent_of(named) or named
    replies = [one for one in call.state.thread(parent) if _wanted(call, one)]
    return _listed(call, [parent, *replies], default=1000)


def _wanted(call: Call, message: Message) -> bool:
    at, inclusive = _us(message.ts), call.flag("inclusive")
    oldest = _us(call.text("oldest", "0"))
    latest = _us(call.text("latest")) if call.text("latest") else None
    if inclusive:
        return at >= oldest and (latest is None or at <= latest)
    return at > oldest and (latest is None or at < latest)


def _us(ts: str) -> int:
    """Return a time stamp in microseconds; answers `invalid_ts_oldest` if it is none."""
    try:
        return round(float(ts) * 1_000_000)
    except (OverflowError, ValueError):
        raise SlackError("invalid_ts_oldest") from None


METHODS = (
    Method("conversations.open", _open, scope="im:write"),
    Method("conversations.info", _info),
    Method("conversations.list", _list, scope="channels:read,groups:read,im:read", needs_team=True),
    Method("conversations.history", _history),
    Method("conversations.replies", _replies),
)
