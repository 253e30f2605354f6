"""All connections of a workspace, and which of them ask for somebody's hand."""

from __future__ import annotations

from bot.domain.connections import (
    Connection,
    ConnectionKind,
    ConnectionState,
    ConnectionStatus,
    Service,
)
from bot.ports import Transaction, Vault
from bot.use_cases.connections.githubs import OFFERED, TOKEN
from bot.use_cases.connections.hooks import SHOWN_OF_KEY
from storage import connections, installs

_SLACKS = "slack."


async def list_connections(tx: Transaction, *, vault: Vault) -> tuple[ConnectionStatus, ...]:
    """All connections of the workspace, those that do not work first, Slack before others."""
    works: dict[tuple[Service, str], bool] = {}
    locked = set()
    for held in await vault.held(tx):
        if held.purpose in (TOKEN, OFFERED):
            locked |= {held.name} if held.purpose == TOKEN and not held.opens else set()
            continue
        which = _which(held.purpose, held.name)
        works[which] = works.get(which, True) and held.opens
    found = [ConnectionStatus(*which, connected) for which, connected in works.items()]
    found += await _githubs(tx, locked)
    here = await installs.get(tx)
    if here is not None and here.trouble:
        slack = ConnectionStatus(Service.SLACK, "", connected=False, refused=here.trouble)
        found = [slack, *(one for one in found if one.service is not Service.SLACK)]
    return tuple(sorted(found, key=lambda one: (one.connected, one.service is not Service.SLACK)))


async def _githubs(tx: Transaction, locked: set[str]) -> list[ConnectionStatus]:
    """Accounts we reach by an App or a token, and installations whose webhooks alone come here."""
    known = await connections.list_all(tx)
    read = {one.installation_id for one in known}
    only_routed = [one for one in await connections.installations(tx) if one not in read]
    return [
        *(_status(one, str(one.connection_id) in locked) for one in known),
        *(ConnectionStatus(Service.GITHUB_APP, str(one), connected=True) for one in only_routed),
    ]


def _status(one: Connection, locked: bool) -> ConnectionStatus:
    service = Service.GITHUB_APP if one.kind is ConnectionKind.APP else Service.GITHUB_TOKEN
    fine = one.state is ConnectionState.ACTIVE
    refused = "" if fine else one.state.value
    return ConnectionStatus(
        service, one.account, fine and not locked, refused, one.missing, one.expires_at
    )


def describe(purpose: str, name: str) -> str:
    """The connection a secret belongs to, in people's words."""
    return ConnectionStatus(*_which(purpose, name), connected=False).title


def _which(purpose: str, name: str) -> tuple[Service, str]:
    if purpose.startswith(_SLACKS):
        return Service.SLACK, ""
    if purpose in (TOKEN, OFFERED):
        return Service.GITHUB_TOKEN, name
    return Service.GITHUB_WEBHOOK, name[:SHOWN_OF_KEY]
