"""Which repositories count, in the admins' part of the Home, and the dialogs that change it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.repositories import Choice
from bot.views.blocks import (
    Block,
    View,
    button,
    context,
    divider,
    modal,
    plain,
    section,
    select,
)
from bot.views.texts import counted, escaped, fitting

CHOOSE = "home.repositories"
CONFIRM = "home.repositories_save"
_CHOICES = {
    Choice.ALL: "All of them, also those to come",
    Choice.MATCHING: "Those whose names match",
    Choice.LISTED: "Only those on a list",
}
_TOLD = {
    Choice.ALL: "all of them, also those to come",
    Choice.MATCHING: "those whose names match",
    Choice.LISTED: "those on a list",
}
_LONGEST = 3000
_NAMED = 15
_STAYS = (
    "What I know of a repository that no longer counts stays; nothing new is read from it, and a "
    "merge there asks nobody."
)
_TOO_LONG = (
    "What is chosen now is too long for this dialog, and what you write here replaces it; "
    "`hunch repositories select` takes more."
)


@dataclass(frozen=True, slots=True)
class RepositoriesView:
    """How many of the repositories that GitHub shows us count, and how that was chosen."""

    choice: Choice
    counted: int
    of: int


@dataclass(frozen=True, slots=True)
class PreviewView:
    """What a choice would let count, and what not, by name."""

    counted: Sequence[str]
    left_out: Sequence[str]


def repositories_blocks(view: RepositoriesView | None) -> list[Block]:
    """How it stands, and the way to change it; nothing where there are none."""
    if view is None:
        return []
    told = f"*Repositories:* {view.counted:,} of {view.of:,} count: {_TOLD[view.choice]}."
    choose = button("Choose …", CHOOSE)
    return [divider(), section(told, block_id="home:repositories", accessory=choose)]


def repositories_dialog(
    choice: Choice, lines: Sequence[str], preview: PreviewView | None = None
) -> View:
    """Ask which repositories count; with `preview` what was asked for, to be confirmed."""
    text = "\n".join(lines)
    fits = len(text) <= _LONGEST
    told = _STAYS if fits else f"{_TOO_LONG} {_STAYS}"
    asked = [*_fields(choice, text if fits else ""), context(told)]
    if preview is None:
        return modal(CHOOSE, "Repositories", "Preview", asked)
    return modal(CONFIRM, "Repositories", "Let these count", [*_preview(preview), *asked])


def _fields(choice: Choice, text: str) -> list[Block]:
    offered = [(one.value, text) for one, text in _CHOICES.items()]
    return [
        {
            "type": "input",
            "block_id": "choice",
            "label": plain("Which repositories count?", 2000),
            "element": select("value", "Choose", offered, chosen=choice.value),
        },
        {
            "type": "input",
            "block_id": "names",
            "optional": True,
            "label": plain("Names or patterns, one a line", 2000),
            "hint": plain(
                "For example acme/* and below it !acme/old-*. The last line that matches a "
                "repository decides. * stands for anything, ? for one character.",
                2000,
            ),
            "element": _area(text),
        },
    ]


def _area(initial: str) -> Block:
    area = {
        "type": "plain_text_input",
        "action_id": "value",
        "multiline": True,
        "max_length": _LONGEST,
    }
    return {**area, "initial_value": initial} if initial else area


def _preview(view: PreviewView) -> list[Block]:
    of = len(view.counted) + len(view.left_out)
    told = f"*{len(view.counted):,} of {counted(of, 'repository', 'repositories')} would count.*"
    return [
        section(f"{told} {_names(view.counted)}".rstrip()),
        *([context(f"Not: {_names(view.left_out)}")] if view.left_out else []),
        divider(),
    ]


def _names(names: Sequence[str]) -> str:
    shown = ", ".join(escaped(name, 141) for name in names[:_NAMED])
    hidden = len(names) - _NAMED
    return fitting(f"{shown}, and {hidden:,} more" if hidden > 0 else shown, 2500)
