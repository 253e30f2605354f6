"""The connections in the admins' part of the Home: what works, and what asks for a new start."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.connections import ConnectionKind, ConnectionState, ConnectionStatus, Service
from bot.domain.installs import GRACE
from bot.views.blocks import Block, actions, and_more, button, context, divider, section
from bot.views.connections import what_is_wrong, what_to_do
from bot.views.texts import escaped

_SHOWN = 6
_GITHUB = (Service.GITHUB_WEBHOOK, Service.GITHUB_APP, Service.GITHUB_TOKEN)
_KINDS = {
    Service.GITHUB_APP: ConnectionKind.APP,
    Service.GITHUB_TOKEN: ConnectionKind.TOKEN,
}
_WHAT_TO_DO = {
    Service.SLACK: (
        "The key to my own token is missing. Whoever runs me can put it back, or sign me in anew "
        "at `/slack/install` or with `hunch connect slack`."
    ),
    Service.GITHUB_WEBHOOK: (
        "The key to its secret is missing, so I cannot tell whether deliveries are genuine and "
        "leave them with GitHub. Whoever runs me can put the key back, or make a new webhook with "
        "`hunch connect github-webhook --instead-of` these six characters."
    ),
    Service.GITHUB_APP: "Whoever runs me can connect it anew with `hunch connect github-app`.",
    Service.GITHUB_TOKEN: (
        "The key to the token is missing. Whoever runs me can put it back, or give me a token anew "
        "with `hunch connect github-token`."
    ),
}
_REFUSED = (
    "Slack takes my token no longer. An admin signs me in anew where I was installed, at "
    "`/slack/install`; until then what I would send waits."
)
_KEPT = (
    "If somebody uninstalls me, my tokens are deleted at once and everything else "
    f"{GRACE.days} days later."
)


def connection_blocks(found: Sequence[ConnectionStatus]) -> list[Block]:
    """Those that do not work come first, each with what to do."""
    rows = [_row(one) for one in found[:_SHOWN]]
    return [
        divider(),
        section("*Connections*"),
        *rows,
        *and_more(len(found) - _SHOWN),
        *_hint(found),
        actions(
            "home:connect",
            button("Connect GitHub", "home.connect_github"),
            button("By a token …", "home.by_token"),
        ),
        context(_KEPT),
    ]


def _row(one: ConnectionStatus) -> Block:
    title = f"*{one.service}*{_name(one)}"
    if one.connected:
        until = f" until {one.ends_at:%Y-%m-%d}" if one.ends_at is not None else ""
        return section(f"{title}: connected{until}")
    if one.refused and one.service in _KINDS:
        return section(f":warning: {title} {_trouble(one, _KINDS[one.service])}")
    told = _REFUSED if one.refused else _WHAT_TO_DO[one.service]
    return section(f":warning: {title}: please reconnect. {told}")


def _trouble(one: ConnectionStatus, kind: ConnectionKind) -> str:
    state, account = ConnectionState(one.refused), escaped(one.name, 60)
    return f"{what_is_wrong(kind, state)}. {what_to_do(kind, state, account, one.missing)}"


def _name(one: ConnectionStatus) -> str:
    if not one.name:
        return ""
    # A webhook's name is the beginning of its key.
    cut = "…" if one.service is Service.GITHUB_WEBHOOK else ""
    return f" `{escaped(one.name.replace('`', ''), 40)}{cut}`"


def _hint(found: Sequence[ConnectionStatus]) -> list[Block]:
    if any(one.service in _GITHUB for one in found):
        return []
    told = (
        "GitHub is not connected yet. Below you can do it; whoever runs me can set up a webhook "
        "alone: `hunch connect github-webhook`."
    )
    return [context(told)]
