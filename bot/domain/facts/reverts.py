"""Which pull requests take others back, and which ones those are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice

from bot.domain.merges import squashed
from bot.domain.pull_requests import Trace

REVERTS = "reverts"
"""The kind of the traces that name what is taken back."""

# GitHub's button: a title `Revert "…"`, a branch `revert-12-topic`, a body `Reverts owner/name#12`.
_TITLE = re.compile(r'revert(?:: ?| )"(?P<what>.+)"', re.IGNORECASE)
_CONVENTIONAL = re.compile(r"revert(?:\([^)]{1,60}\))?!?: (?P<what>.+)", re.IGNORECASE)
_REAPPLY = re.compile(r'reapply "(?P<what>.+)"', re.IGNORECASE)
_HEAD = re.compile(r"revert-(?P<number>[1-9]\d{0,8})-.+")
_BODY = re.compile(
    r"reverts (?P<repository>[\w.-]{1,100}/[\w.-]{1,100})?#(?P<number>[1-9]\d{0,8})\.?",
    re.IGNORECASE,
)
# git revert's own sentence; `git revert --reference` puts the subject behind the hash.
_COMMIT = re.compile(
    r"this reverts (?:merge )?commit (?P<sha>[0-9a-f]{7,40})(?:[ ,.].*)?", re.IGNORECASE
)
_SHA = re.compile(r"[0-9a-f]{7,40}")
_LONGEST_LINE = 300
_MOST = 10


def revert_traces(texts: Iterable[str]) -> Iterator[Trace]:
    """Pick from texts what they say is taken back: `owner/name#12`, `#12`, or a commit's hash.

    The first few of them; nothing else of the texts is kept. Source: GitHub Docs, "Reverting a
    pull request", and git-revert(1).
    """
    return islice(_in_lines(texts), _MOST)


def _in_lines(texts: Iterable[str]) -> Iterator[Trace]:
    lines = chain.from_iterable(text.splitlines() for text in texts)
    for line in (line.strip() for line in lines if len(line) <= _LONGEST_LINE):
        if body := _BODY.fullmatch(line):
            repository = (body["repository"] or "").lower()
            yield Trace(REVERTS, f"{repository}#{body['number']}")
        elif commit := _COMMIT.fullmatch(line):
            yield Trace(REVERTS, commit["sha"].lower())


@dataclass(frozen=True, slots=True)
class Reversal:
    """What a pull request says it takes back.

    `is_revert`: it takes work back. A revert of a revert, or git's `Reapply "…"`, brings it back
    instead and is none. `number`: the other one, in the same repository. `shas`: where no number
    is said, the beginnings of hashes of merges, in lower case.
    """

    is_revert: bool
    number: int | None = None
    shas: tuple[str, ...] = ()


NO_REVERSAL = Reversal(is_revert=False)


def reversal_of(title: str, head_ref: str, repository: str, said: Iterable[str]) -> Reversal:
    """What a pull request takes back, by its title, its branch and its traces (`said`).

    A trace alone makes no revert: a pull request may take one commit back among other work. It is
    one by its title or by the branch that GitHub's button makes.
    """
    what, depth = _unwrapped(title.strip())
    head = _HEAD.fullmatch(head_ref)
    if depth == 0 and head is None:
        return NO_REVERSAL
    is_revert = depth % 2 == 1 or depth == 0
    named = sorted(said)
    number = int(head["number"]) if head else _number_in(named, repository, what)
    if number is not None:
        return Reversal(is_revert, number)
    return Reversal(is_revert, shas=tuple(one for one in named if _SHA.fullmatch(one)))


def _unwrapped(title: str) -> tuple[str, int]:
    """What the title is about, one revert taken off, and how deep the reverts lie."""
    inner, depth, first = title, 0, ""
    while True:
        if wrapped := _TITLE.match(inner) or _CONVENTIONAL.fullmatch(inner):
            depth += 1
        elif wrapped := _REAPPLY.match(inner):
            depth += 2
        else:
            return first, depth
        inner = wrapped["what"]
        first = first or inner


def _number_in(said: Iterable[str], repository: str, what: str) -> int | None:
    for one in said:
        named, sign, number = one.partition("#")
        if sign and named in ("", repository.lower()):
            return int(number)
    return squashed(what)
