"""`hunch tokens`: who may use the operators' API."""

from __future__ import annotations

import argparse
from datetime import datetime

from bot.app import api_tokens, operators
from bot.app.services import Services
from bot.cli.terminal import Commands, add_workspace, operate, say
from bot.domain.api_tokens import Access, ApiToken

_DAYS = 90


def add(commands: Commands) -> None:
    parser = commands.add_parser("tokens", help="who may use the operators' API")
    actions = parser.add_subparsers(required=True, metavar="action")
    new = actions.add_parser("add", help="make a token; it is shown once")
    add_workspace(new)
    new.add_argument("--name", required=True, metavar="WORDS", help="what it is for")
    new.add_argument(
        "--access",
        choices=[one.value for one in Access],
        default=Access.READ.value,
        help="write: also start, retry and cancel runs (default: read)",
    )
    new.add_argument("--days", type=int, default=_DAYS, help=f"how long (default: {_DAYS})")
    operate(new, _add)
    listed = actions.add_parser("list", help="all tokens, and when each was last used")
    add_workspace(listed)
    operate(listed, _list)
    ended = actions.add_parser("revoke", help="end a token at once")
    add_workspace(ended)
    ended.add_argument("token", type=int, metavar="NUMBER")
    operate(ended, _revoke)


async def _add(services: Services, words: argparse.Namespace) -> None:
    workspace_id = await operators.which_workspace(services, words.workspace)
    made = await api_tokens.add_token(
        services, workspace_id, words.name, Access(words.access), days=words.days
    )
    say(
        f"{made.text}\n\n"
        f"Token {made.token.token_id} ({made.token.name}) may {made.token.access} until "
        f"{made.token.expires_at:%Y-%m-%d}. It is shown this once only.\n"
        "Try it:  curl -H 'Authorization: Bearer …' "
        f"{services.settings.public_url}/api/runs"
    )


async def _list(services: Services, words: argparse.Namespace) -> None:
    workspace_id = await operators.which_workspace(services, words.workspace)
    tokens = await api_tokens.list_tokens(services, workspace_id)
    lines = [_line(token, services.now()) for token in tokens]
    say("\n".join(lines) or "There are no tokens yet: `hunch tokens add --name …` makes one.")


def _line(token: ApiToken, now: datetime) -> str:
    used = f"{token.last_used_at:%Y-%m-%d %H:%M}" if token.last_used_at else "never"
    state = f"until {token.expires_at:%Y-%m-%d}"
    if token.expires_at <= now:
        state = f"expired {token.expires_at:%Y-%m-%d}"
    if token.revoked_at is not None:
        state = f"revoked {token.revoked_at:%Y-%m-%d}"
    return (
        f"{token.token_id:>4}  {token.access:<5}  {state:<18}  last used {used:<16}  {token.name}"
    )


async def _revoke(services: Services, words: argparse.Namespace) -> None:
    workspace_id = await operators.which_workspace(services, words.workspace)
    await api_tokens.revoke_token(services, workspace_id, words.token)
    say(f"Token {words.token} is revoked: it opens nothing any more.")
