"""`hunch import-git`: a local clone's merged pull requests, without any token."""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path

from bot.app import imports, operators
from bot.app.imports import Imported
from bot.app.services import Services
from bot.cli.moving_lines import MovingLine
from bot.cli.terminal import Commands, add_workspace, operate, say
from bot.domain.ids import WorkspaceId
from bot.errors import UserError
from bot.integrations.git import Clone, open_clone
from bot.views.progress import bar


def add(commands: Commands) -> None:
    parser = commands.add_parser("import-git", help="read a local clone's merged pull requests")
    parser.add_argument("path", type=Path, metavar="PATH", help="the folder of the clone")
    parser.add_argument("--branch", metavar="NAME", help="read this one, not the main branch")
    parser.add_argument("--since", metavar="YYYY-MM-DD", help="only what merged since")
    add_workspace(parser)
    operate(parser, _import)


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UserError(f"--since {text}: write a day as 2026-01-31.") from None


async def _import(services: Services, words: argparse.Namespace) -> None:
    workspace_id = await operators.which_workspace(services, words.workspace)
    clone = open_clone(words.path, words.branch)
    await import_clone(services, workspace_id, clone, since=_day(words.since))


async def import_clone(
    services: Services,
    workspace_id: WorkspaceId,
    clone: Clone,
    *,
    since: date | None = None,
) -> Imported:
    """Import a clone and tell the terminal how far it is and what came of it."""
    say(f"Reading {clone.origin.full_name} …")
    line = MovingLine()
    steps = 100 if line.moves else 10

    def tell(done: int, total: int, found: int) -> None:
        share = done * steps // total / steps
        line.show(f"{bar(share)} {share:4.0%}, {found:,} pull requests so far")

    try:
        imported = await imports.import_clone(services, workspace_id, clone, since=since, tell=tell)
    finally:
        line.end()
    say("\n".join(_lines(imported)))
    return imported


def _lines(imported: Imported) -> list[str]:
    """What came of it, and what it cannot know."""
    if not imported.pull_requests:
        return [
            f"None of its {imported.commits:,} commits names a pull request, so nothing was stored.",
            "Merge commits and squashes that end in (#123) do; rebased ones do not.",
        ]
    first, last = imported.first_merged_at, imported.last_merged_at
    assert first is not None
    assert last is not None
    lines = [
        f"{imported.pull_requests:,} merged pull requests of {imported.people:,} people, "
        f"{first:%Y-%m-%d} to {last:%Y-%m-%d}, are in.",
        f"{imported.signed:,} of them show a sign of AI, {imported.reverts:,} are reverts.",
    ]
    if imported.nameless:
        lines.append(
            f"{imported.nameless:,} of its {imported.commits:,} commits on the main branch name no"
            " pull request."
        )
    if imported.shallow:
        lines.append("This clone is shallow: `git fetch --unshallow` there brings what is missing.")
    if imported.partial:
        lines.append("This clone is partial, so sizes stay unknown: nothing was fetched for them.")
    return [*lines, "Nobody is asked about them: only new merges open a survey."]
