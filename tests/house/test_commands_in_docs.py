"""Whatever our pages tell people to type exists: `hunch …` with its options, `make …` targets."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot import cli
from tests.databases import REPOSITORY

_PAGES = [REPOSITORY / "README.md", *sorted((REPOSITORY / "docs").rglob("*.md"))]
_CODE = re.compile(r"```\w*\n(.*?)```|(?<!`)`([^`]+)`(?!`)", re.DOTALL)
_HUNCH = re.compile(r"(?:^|[\s/])hunch((?: [^\s|&;\\→]+)*)")
_MAKE = re.compile(r"(?:^|\s)make((?: [a-z]+(?![\w/=.-])| [A-Z]+=\S+)+)")


def code(page: Path) -> Iterator[str]:
    """Each line or span of code, without what a prompt says back."""
    text = re.sub(r"^> ?", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    for block, span in _CODE.findall(text):
        yield from (block.splitlines() if block else [" ".join(span.split())])


def typed(pattern: re.Pattern[str], page: Path) -> list[str]:
    return [found[1] for line in code(page) for found in pattern.finditer(line.split("#")[0])]


def choices(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    """The commands that may come next."""
    subparsers = [one for one in parser._actions if isinstance(one, argparse._SubParsersAction)]
    return {name: parser for one in subparsers for name, parser in one.choices.items()}


def complaint(words: list[str]) -> str:
    """What `hunch` would not understand of these words; "" when it would."""
    parser = cli.parser()
    for word in words:
        known = choices(parser)
        if word in known:
            parser = known[word]
            continue
        told = parser._option_string_actions if word.startswith("--") or known else [word]
        if word not in told and not _is_placeholder(word):
            return f"{parser.prog} does not know {word}"
    return ""


def _is_placeholder(text: str) -> bool:
    """As FILE or U…"""
    return not re.fullmatch(r"-*[a-z][a-z-]*", text)


@pytest.mark.parametrize("page", _PAGES, ids=lambda page: page.relative_to(REPOSITORY).as_posix())
def test_every_hunch_command_on_the_page_exists(page: Path) -> None:
    commands = [each.split() for each in typed(_HUNCH, page)]
    assert [found for words in commands if (found := complaint(words))] == []


@pytest.mark.parametrize("page", _PAGES, ids=lambda page: page.relative_to(REPOSITORY).as_posix())
def test_every_make_target_on_the_page_exists(page: Path) -> None:
    makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    named = {word for each in typed(_MAKE, page) for word in each.split() if "=" not in word}
    assert named - targets == set()


def test_what_does_not_exist_is_noticed() -> None:
    assert complaint(["keys", "frobnicate"]) == "hunch keys does not know frobnicate"
    assert complaint(["run", "--fast"]) == "hunch run does not know --fast"
    assert complaint(["members", "link", "--slack", "U…", "--github", "LOGIN"]) == ""
