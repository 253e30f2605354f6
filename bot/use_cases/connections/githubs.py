"""GitHub accounts that we may read: through an App somebody installed, or by somebody's token."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.domain.connections import (
    Connection,
    ConnectionKind,
    ConnectionState,
    Finding,
    InstallationNews,
)
from bot.domain.ids import WorkspaceId
from bot.domain.runs import Trigger
from bot.errors import UserError
from bot.integrations.github.payloads import installation_of
from bot.ports import Database, Job, Show, Transaction, Vault
from bot.use_cases import discoveries
from bot.use_cases.connections.hooks import require_install
from bot.use_cases.connections.troubles import settle
from bot.use_cases.games import require_admin
from bot.use_cases.members import normalized_login
from bot.views import connections as words
from storage import audits, connections, installs, outbox

# A purpose, not a token.
TOKEN = "github.token"  # nosec B105
OFFERED = "github.offered_token"  # nosec B105
CHECK = "connections.check"
TRY = "connections.try_token"


@dataclass(frozen=True, slots=True)
class Installed:
    """An installation of our App, as GitHub itself describes it."""

    installation_id: int
    finding: Finding


@dataclass(frozen=True, slots=True)
class TokenOf:
    """A token that GitHub took, and what it said about it."""

    value: str = field(repr=False)
    finding: Finding


@dataclass(frozen=True, slots=True)
class Offer:
    """A token that an admin (their Slack user) gave for an account, in lower case."""

    slack_user_id: str
    account: str
    token: TokenOf


async def connect_installation(tx: Transaction, installation_id: int, *, now: datetime) -> None:
    """Take the webhooks of an installation here, without reading anything from GitHub.

    Raises UserError when another workspace has it.
    """
    await _route(tx, installation_id)
    await audits.add(
        tx, "github.app_connected", actor="operator", subject=str(installation_id), now=now
    )


async def connect_app(
    tx: Transaction, installed: Installed, *, actor: str, vault: Vault, now: datetime
) -> Connection:
    """Reach an account through this installation from now on; twice changes nothing.

    It takes the place of whatever opened the account before. Raises UserError when another
    workspace has the installation.
    """
    await _route(tx, installed.installation_id)
    before = await connections.of_account(tx, installed.finding.account)
    kept = await _keep(tx, ConnectionKind.APP, installed.finding, installed.installation_id, now)
    await _forget_old_way(tx, before, kept, vault=vault)
    subject = str(installed.installation_id)
    await audits.add(tx, "github.app_connected", actor=actor, subject=subject, now=now)
    await discoveries.discover(tx, trigger=Trigger.PERSON, by=actor, now=now)
    return kept


async def connect_token(
    tx: Transaction, token: TokenOf, *, actor: str, vault: Vault, now: datetime
) -> Connection:
    """Reach an account by this token from now on; the token goes to the vault and nowhere else.

    Raises UserError where the App opens the account already, which is better.
    """
    await require_install(tx)
    account = token.finding.account
    before = await connections.of_account(tx, account)
    if before is not None and before.kind is ConnectionKind.APP and before.opens:
        raise UserError(
            f"The GitHub App is connected to {account} already, so no token is needed. Nothing was "
            "changed."
        )
    kept = await _keep(tx, ConnectionKind.TOKEN, token.finding, None, now)
    await _forget_old_way(tx, before, kept, vault=vault)
    await vault.put(tx, TOKEN, str(kept.connection_id), token.value, replace=True)
    subject = str(kept.connection_id)
    await audits.add(tx, "github.token_connected", actor=actor, subject=subject, now=now)
    await discoveries.discover(tx, trigger=Trigger.PERSON, by=actor, now=now)
    return kept


async def offer_token(
    tx: Transaction, slack_user_id: str, account: str, token: str, *, vault: Vault
) -> None:
    """Have GitHub asked about a token that an admin has just given; kept only if it will do.

    Raises UserError where they are no admin or the account cannot be one.
    """
    await require_admin(tx, slack_user_id)
    login = normalized_login(account)
    await vault.put(tx, OFFERED, login, token, replace=True)
    ref = f"{slack_user_id}:{login}"
    tx.enqueue(Job(TRY, tx.workspace_id, ref, f"{TRY}:{tx.workspace_id}:{ref}"))


async def take_offer(tx: Transaction, account: str, *, vault: Vault) -> str | None:
    """The offered token. Raises SecretLocked: catch it inside the transaction."""
    return await vault.get(tx, OFFERED, account, reader="github")


async def judge_offer(tx: Transaction, offer: Offer, *, vault: Vault, now: datetime) -> None:
    """Keep the offered token if it will do, tell who offered it, and forget the offer."""
    await vault.delete(tx, OFFERED, offer.account)
    try:
        admin = await require_admin(tx, offer.slack_user_id)
        require_use(offer.token.finding, offer.account)
        kept = await connect_token(
            tx, offer.token, actor=str(admin.member_id), vault=vault, now=now
        )
    except UserError as error:
        message = words.token_not_kept(str(error))
    else:
        message = words.token_kept(kept)
    key = f"token:{offer.account}:{int(now.timestamp() * 1000)}"
    await outbox.put(tx, Show(key, offer.slack_user_id, message), now=now)


def require_use(finding: Finding, account: str) -> None:
    """Whether a token is worth keeping: it may lack the members, not the pull requests.

    Raises UserError, which says what is missing.
    """
    lacks = {name.split(":")[0] for name in finding.missing}
    if finding.state is ConnectionState.ACTIVE or (lacks and lacks <= {"members"}):
        return
    raise UserError(words.not_kept(account, finding.state, finding.missing))


async def _keep(
    tx: Transaction,
    kind: ConnectionKind,
    finding: Finding,
    installation_id: int | None,
    now: datetime,
) -> Connection:
    # Its account may have another name by now, which `settle` takes up.
    same = (
        None if installation_id is None else await connections.of_installation(tx, installation_id)
    )
    if same is not None:
        connection_id = same.connection_id
    else:
        connection_id = await connections.keep(tx, kind, finding, installation_id, now=now)
    kept = await settle(tx, connection_id, finding, now=now)
    assert kept is not None, "it was kept above"
    return kept


async def forget_tokens(tx: Transaction, *, vault: Vault) -> None:
    """Forget all tokens for GitHub, those that were only offered included."""
    for held in await vault.held(tx):
        if held.purpose in (TOKEN, OFFERED):
            await vault.delete(tx, held.purpose, held.name)


async def _forget_old_way(
    tx: Transaction, before: Connection | None, now_there: Connection, *, vault: Vault
) -> None:
    """What opened the account before is of no use any more: an old installation, an old token."""
    if before is None:
        return
    old = before.installation_id
    if old is not None and old != now_there.installation_id:
        await connections.remove_installation(tx, old)
    if now_there.kind is ConnectionKind.APP:
        await vault.delete(tx, TOKEN, str(before.connection_id))


async def _route(tx: Transaction, installation_id: int) -> None:
    await require_install(tx)
    if await installs.add_installation(tx, installation_id) != tx.workspace_id:
        raise UserError(
            f"Installation {installation_id} is connected to another workspace. Disconnect it "
            "there first."
        )


async def follow_installation(tx: Transaction, news: InstallationNews, *, now: datetime) -> None:
    """An installation was suspended, removed, mended: GitHub is asked how it stands now.

    The news alone decide nothing, because they may come late, twice and in any order.
    """
    found = await connections.of_installation(tx, news.installation_id)
    if found is not None:
        # A look that is under way may have been too early for this.
        _look_soon(tx, found.connection_id, f":{int(now.timestamp() * 1000)}")


async def look_again(tx: Transaction, connection_id: int) -> None:
    """Have GitHub asked how it stands with this connection; often at once is once."""
    _look_soon(tx, connection_id)


def _look_soon(tx: Transaction, connection_id: int, moment: str = "") -> None:
    key = f"{CHECK}:{tx.workspace_id}:{connection_id}{moment}"
    tx.enqueue(Job(CHECK, tx.workspace_id, str(connection_id), key))


async def find(tx: Transaction, connection_id: int) -> Connection | None:
    """A connection as we know it; None where it is no more."""
    return await connections.find(tx, connection_id)


async def list_githubs(tx: Transaction) -> Sequence[Connection]:
    """The workspace's ways into GitHub, those included that do not work any more."""
    return await connections.list_all(tx)


async def read_token(tx: Transaction, connection_id: int, *, vault: Vault) -> str | None:
    """The token of a connection. Raises SecretLocked: catch it inside the transaction."""
    return await vault.get(tx, TOKEN, str(connection_id), reader="github")


def claimed_installation(payload: bytes) -> int | None:
    """The GitHub App installation that a verified delivery says it comes from."""
    return installation_of(payload)


async def find_installation(db: Database, installation_id: int) -> WorkspaceId | None:
    """The workspace a GitHub App installation belongs to."""
    async with db.routing(name="route_installation") as routing:
        return await installs.by_installation(routing, installation_id)
