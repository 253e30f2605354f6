"""`hunch repositories`: which there are, and which of them count."""

from __future__ import annotations

import argparse

from bot.app import operators, repositories
from bot.app.services import Services
from bot.cli.terminal import Commands, add_workspace, operate, say
from bot.domain.repositories import Choice
from storage.repositories import Listed

_TOLD = {
    Choice.ALL: "all of them, also those to come",
    Choice.LISTED: "those on a list",
    Choice.MATCHING: "those whose names match",
}
_NONE = "GitHub has shown none yet. Connect it in Hunch's Home tab, or wait for the first webhook."


def add(commands: Commands) -> None:
    parser = commands.add_parser("repositories", help="which repositories count")
    actions = parser.add_subparsers(required=True, metavar="action")
    listed = actions.add_parser("list", help="all that GitHub shows, and whether they count")
    add_workspace(listed)
    operate(listed, _list)
    select = actions.add_parser("select", help="choose which count, also of those to come")
    add_workspace(select)
    how = select.add_mutually_exclusive_group(required=True)
    how.add_argument("--all", action="store_true", help="all of them")
    how.add_argument("--only", nargs="+", metavar="OWNER/NAME", help="those named")
    how.add_argument(
        "--matching", nargs="+", metavar="PATTERN", help="by name: 'acme/*' '!acme/old-*'"
    )
    select.add_argument("--preview", action="store_true", help="only say what would count")
    operate(select, _select)


async def _list(services: Services, words: argparse.Namespace) -> None:
    workspace_id = await operators.which_workspace(services, words.workspace)
    selection, found = await repositories.list_repositories(services, workspace_id)
    if not found:
        say(_NONE)
        return
    say("\n".join(_line(one) for one in found))
    say(f"\nWhat counts: {_TOLD[selection.choice]}. {' '.join(selection.patterns)}".rstrip())


def _line(one: Listed) -> str:
    notes = [
        "counts" if one.selected else "does not count",
        *(["archived"] if one.archived else []),
        *([f"not shown since {one.gone_at:%Y-%m-%d}"] if one.gone_at is not None else []),
        *([f"read {one.synced_at:%Y-%m-%d %H:%M}"] if one.synced_at is not None else []),
    ]
    return f"{one.full_name}: {', '.join(notes)}"


async def _select(services: Services, words: argparse.Namespace) -> None:
    workspace_id = await operators.which_workspace(services, words.workspace)
    choice, lines = _wanted(words)
    if words.preview:
        seen = await repositories.preview(services, workspace_id, choice, lines)
        of = len(seen.counted) + len(seen.left_out)
        say("\n".join([*seen.counted, f"{len(seen.counted)} of {of} would count."]))
        return
    done = await repositories.select(services, workspace_id, choice, lines)
    say(f"{done.counted} of {done.of} count; {len(done.added)} more and {len(done.dropped)} fewer.")
    if done.dropped:
        say("What is known of those that no longer count stays; nothing new is read from them.")


def _wanted(words: argparse.Namespace) -> tuple[Choice, list[str]]:
    if words.only is not None:
        return Choice.LISTED, words.only
    if words.matching is not None:
        return Choice.MATCHING, words.matching
    return Choice.ALL, []
