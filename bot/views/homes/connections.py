"""The connections in the admins' part of the Home: what works, and what asks for a new start."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.connections import ConnectionStatus, Service
from bot.domain.installs import GRACE
from bot.views.blocks import Block, and_more, context, divider, section
from bot.views.texts import escaped

_SHOWN = 7
_GITHUB = (Service.GITHUB_WEBHOOK, Service.GITHUB_APP)
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
        context(_KEPT),
    ]


def _row(one: ConnectionStatus) -> Block:
    title = f"*{one.service}*{_name(one)}"
    if one.connected:
        return section(f"{title}: connected")
    what_to_do = _REFUSED if one.refused else _WHAT_TO_DO[one.service]
    return section(f":warning: {title}: please reconnect. {what_to_do}")


def _name(one: ConnectionStatus) -> str:
    if not one.name:
        return ""
    # A webhook's name is the beginning of its key.
    cut = "…" if one.service is Service.GITHUB_WEBHOOK else ""
    return f" `{escaped(one.name.replace('`', ''), 40)}{cut}`"


def _hint(found: Sequence[ConnectionStatus]) -> list[Block]:
    if any(one.service in _GITHUB for one in found):
        return []
    told = "GitHub is not connected yet. Whoever runs me can do it: `hunch connect github-webhook`."
    return [context(told)]
