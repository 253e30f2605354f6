"""`hunch members`: who is who."""

from __future__ import annotations

import argparse
from pathlib import Path

from bot.app import operators
from bot.app.services import Services
from bot.cli.terminal import Commands, add_workspace, operate, say
from bot.errors import UserError


def add(commands: Commands) -> None:
    parser = commands.add_parser("members", help="link people to GitHub accounts")
    actions = parser.add_subparsers(required=True, metavar="action")
    link = actions.add_parser("link", help="link a Slack user to a GitHub login, or many by CSV")
    add_workspace(link)
    link.add_argument("--slack", metavar="U…")
    link.add_argument("--github", metavar="LOGIN")
    link.add_argument("--csv", type=Path, metavar="FILE", help="columns: slack,github")
    operate(link, _link)
    for name, operation, purpose in (
        ("unlink", _unlink, "end somebody's link to a GitHub login"),
        ("exclude", _exclude, "keep somebody out: not asked, no new survey about their work"),
        ("include", _include, "let somebody excluded take part again"),
    ):
        action = actions.add_parser(name, help=purpose)
        add_workspace(action)
        action.add_argument("--slack", metavar="U…", required=True)
        operate(action, operation)
    missing = actions.add_parser("unlinked", help="GitHub accounts nobody is linked to")
    add_workspace(missing)
    operate(missing, _unlinked)


async def _link(services: Services, words: argparse.Namespace) -> None:
    workspace_id = await operators.which_workspace(services, words.workspace)
    if words.csv is not None:
        pairs, source = operators.read_pairs(words.csv), "csv"
    elif words.slack and words.github:
        pairs, source = [(words.slack, words.github)], "admin"
    else:
        raise UserError("members link: give --slack U… and --github LOGIN, or --csv FILE.")
    count = await operators.link_members(services, workspace_id, pairs, source=source)
    say(f"Linked {count}.")


async def _unlink(services: Services, words: argparse.Namespace) -> None:
    workspace_id = await operators.which_workspace(services, words.workspace)
    login = await operators.unlink_member(services, workspace_id, words.slack)
    was = "was not linked" if login is None else f"is no longer linked to {login}"
    say(f"{words.slack} {was}.")


async def _exclude(services: Services, words: argparse.Namespace) -> None:
    workspace_id = await operators.which_workspace(services, words.workspace)
    await operators.exclude_member(services, workspace_id, words.slack, True)
    say(f"{words.slack} is excluded: not asked, and no new survey is about their work.")


async def _include(services: Services, words: argparse.Namespace) -> None:
    workspace_id = await operators.which_workspace(services, words.workspace)
    await operators.exclude_member(services, workspace_id, words.slack, False)
    say(f"{words.slack} is not excluded.")


async def _unlinked(services: Services, words: argparse.Namespace) -> None:
    workspace_id = await operators.which_workspace(services, words.workspace)
    logins = await operators.unlinked(services, workspace_id)
    say("\n".join(logins) or "Everybody seen so far is linked.")
