"""`hunch installs`: which workspaces have Hunch, and how it stands with each."""

from __future__ import annotations

import argparse

from bot.app import connections
from bot.app.services import Services
from bot.cli.terminal import Commands, operate, say
from bot.domain.connections import Connection
from bot.domain.installs import Install, InstallState
from bot.use_cases import installs
from bot.views.connections import what_is_wrong, what_to_do
from bot.views.texts import one_line

_LOCKED = (
    "; no key opens its token: put the key back (`hunch keys status`), or an admin opens "
    "/slack/install"
)


def add(commands: Commands) -> None:
    parser = commands.add_parser("installs", help="list the workspaces that have Hunch")
    operate(parser, _list)


async def _list(services: Services, words: argparse.Namespace) -> None:
    found = await installs.list_installs(services.store.database)
    lines = []
    for one in found:
        lines.append(_line(one, locked=await services.tokens.is_locked(one.workspace_id)))
        if one.state is not InstallState.UNINSTALLED:
            known = await connections.list_githubs(services, one.workspace_id)
            lines += [_github(github) for github in known]
    say("\n".join(lines) or "No workspace has Hunch yet.")


def _github(one: Connection) -> str:
    told = what_to_do(one.kind, one.state, one.account, one.missing)
    if not told and one.expires_at is not None:
        told = f"its token ends on {one.expires_at:%Y-%m-%d}"
    return f"  {one.name} {what_is_wrong(one.kind, one.state)}{f'; {told}' if told else ''}"


def _line(install: Install, *, locked: bool) -> str:
    how = f"through {install.org_id}" if install.org_id else _by(install)
    state = InstallState.RECONNECT if locked else install.state
    rest = _LOCKED if locked else _rest(install)
    return f"{install.workspace_id:<12} {state:<17} {one_line(install.name)}, {how}{rest}"


def _by(install: Install) -> str:
    return f"by {install.installer}" if install.installer else "by SLACK_BOT_TOKEN"


def _rest(install: Install) -> str:
    if install.purged_after is not None:
        return f"; its data goes after {install.purged_after:%Y-%m-%d}"
    if install.state is InstallState.RECONNECT:
        return f"; Slack says {install.trouble}, an admin should open /slack/install"
    if install.token_expires_at is not None:
        return f"; token renewed before {install.token_expires_at:%Y-%m-%d %H:%M} UTC"
    return ""
