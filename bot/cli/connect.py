"""`hunch connect`: outside services."""

from __future__ import annotations

import argparse
import json
import sys
from getpass import getpass

from bot.app import connections, operators, register_workspace
from bot.app.services import Services
from bot.cli.terminal import Commands, add_workspace, operate, say
from bot.errors import UserError
from bot.views.connections import what_to_do


def add(commands: Commands) -> None:
    parser = commands.add_parser("connect", help="connect an outside service")
    kinds = parser.add_subparsers(required=True, metavar="service")
    slack = kinds.add_parser("slack", help="the workspace of SLACK_BOT_TOKEN, also anew")
    operate(slack, _connect_slack)
    hook = kinds.add_parser("github-webhook", help="a repository's or organisation's webhook")
    add_workspace(hook)
    hook.add_argument("--instead-of", metavar="KEY", help="forget the one that begins so")
    hook.add_argument("--json", action="store_true", help="print URL and secret as JSON")
    operate(hook, _connect_webhook)
    app = kinds.add_parser("github-app", help="an installation of your GitHub App")
    add_workspace(app)
    app.add_argument("--installation", type=int, required=True, metavar="NUMBER")
    operate(app, _connect_app)
    token = kinds.add_parser("github-token", help="an organisation, where no App can be installed")
    add_workspace(token)
    token.add_argument("--account", required=True, metavar="ORG", help="whose repositories")
    operate(token, _connect_token)


async def _connect_slack(services: Services, words: argparse.Namespace) -> None:
    workspace_id = await register_workspace(services, replace=True)
    if workspace_id is None:
        raise UserError("SLACK_BOT_TOKEN: not set. Copy it from your Slack app's page.")
    say(f"{workspace_id} is connected; running processes take up its token within a minute.")


async def _connect_webhook(services: Services, words: argparse.Namespace) -> None:
    workspace_id = await operators.which_workspace(services, words.workspace)
    hook = await operators.connect_webhook(services, workspace_id, instead_of=words.instead_of)
    url = services.settings.public_url + hook.path
    if words.json:
        say(json.dumps({"url": url, "secret": hook.secret}))
        return
    say(
        "In GitHub, in the settings of the repository or organisation, under Webhooks, add:\n\n"
        f"  Payload URL:  {url}\n  Content type: application/json\n  Secret:       {hook.secret}\n"
        "  Events:       Pull requests, Pull request reviews, Pushes\n\n"
        "The secret is shown this once only."
    )
    if services.settings.base_url is None:
        say("GitHub cannot reach this address: begin it with the one that leads here from outside.")
        say("Set HUNCH_BASE_URL to that, and Hunch prints it itself next time.")


async def _connect_app(services: Services, words: argparse.Namespace) -> None:
    workspace_id = await operators.which_workspace(services, words.workspace)
    kept = await connections.connect_app(services, workspace_id, words.installation)
    whose = f" ({kept.account})" if kept is not None else ""
    say(f"Installation {words.installation}{whose} is connected to {workspace_id}.")
    if kept is not None and kept.missing:
        say(what_to_do(kept.kind, kept.state, kept.account, kept.missing))


async def _connect_token(services: Services, words: argparse.Namespace) -> None:
    workspace_id = await operators.which_workspace(services, words.workspace)
    token = _read_token()
    kept = await connections.connect_token(services, workspace_id, words.account, token)
    say(f"The token opens {kept.account}, which is connected to {workspace_id}.")
    if kept.missing:
        say(what_to_do(kept.kind, kept.state, kept.account, kept.missing))


def _read_token() -> str:
    """From the terminal, unseen, or from a pipe: never an argument, which others could read."""
    given = getpass("Token: ") if sys.stdin.isatty() else sys.stdin.readline()
    if not given.strip():
        raise UserError(
            "No token was given. Type it when you are asked, or pipe it in, for example: "
            "hunch connect github-token --account acme < token.txt"
        )
    return given.strip()
