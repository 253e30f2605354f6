"""What the rules say about one trace."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import assert_never

from bot.domain.attributions.accounts import account_of_address, tool_of_account, tool_of_login
from bot.domain.attributions.evidence import Evidence, Place, Strength
from bot.domain.attributions.marks import Marks
from bot.domain.attributions.tools import TOOLS
from bot.domain.pull_requests import Trace

TRAILER = re.compile(
    r"(?!(?:acked|approved|reported|reviewed|tested)-)(?P<key>[\w-]{1,40}-by):(?P<name>[^<]*)"
    r"(?:<(?P<email>[^>]*)>)?",
    re.IGNORECASE,
)
"""A line that credits somebody for the work; reviewing and testing it is not writing it."""

UNKNOWN_TOOL = "other"

_CREDIT = re.compile(r"(?P<name>[^<]*)<(?P<email>[^>]*)>")
_PLACES = {place.value: place for place in Place}
_STRONG, _WEAK, _REVIEW = Strength.STRONG, Strength.WEAK, Strength.REVIEW
_HEADS = {head: marks.tool for marks in TOOLS for head in marks.branch_heads}
_NAMES = {name: marks.tool for marks in TOOLS for name in marks.note_names}
_EARLIER_STRENGTHS = {"trailer": _STRONG, "link": _STRONG, "body_marker": _WEAK}
"""The older rules did not tell a summary by a reviewer from an agent's own mark."""

_Match = tuple[str, str, Strength]
"""The tool, the mark's name, and what it is worth."""


@lru_cache(maxsize=2048)
def evidence_of(trace: Trace) -> tuple[Evidence, ...]:
    """What each rule makes of a trace; nothing for one that no rule of today knows.

    Others keep traces of kinds of their own beside ours (what a pull request reverts).
    """
    place = _PLACES.get(trace.kind)
    if place is None:
        return ()
    return tuple(
        Evidence(f"{tool}.{mark}", tool, strength, place, trace.text)
        for tool, mark, strength in dict.fromkeys(_matches(place, trace.text))
    )


def _matches(place: Place, text: str) -> Iterable[_Match]:
    match place:
        case Place.ACCOUNT | Place.COMMIT_ACCOUNT:
            return _of(tool_of_login(text), "account")
        case Place.BRANCH:
            return _of(_tool_of_head(text), "branch", _WEAK)
        case Place.BODY | Place.COMMIT:
            return line_matches(text)
        case Place.BODY_LINK | Place.COMMIT_LINK:
            return link_matches(text)
        case Place.COMMIT_AUTHOR:
            return credit_matches(text)
        case Place.COMMITTER:
            return address_matches(text)
        case Place.NOTE:
            return _of(_NAMES.get(text.lower(), UNKNOWN_TOOL), "note")
        case Place.EARLIER:
            return _earlier(text)
        case Place.STARTED_BY | Place.REVERTS:
            return ()
        case never:
            assert_never(never)


def _of(tool: str | None, mark: str, strength: Strength = _STRONG) -> Iterator[_Match]:
    if tool is not None:
        yield tool, mark, strength


def _tool_of_head(head_ref: str) -> str | None:
    head, slash, _ = head_ref.lower().partition("/")
    return _HEADS.get(head) if slash else None


def line_matches(line: str) -> Iterator[_Match]:
    """The marks that a whole line is: a tool's own line, or a trailer that credits it."""
    for marks in TOOLS:
        for strength, named in _lines_of(marks):
            for mark, pattern in named:
                if pattern.fullmatch(line):
                    yield marks.tool, mark, strength
    trailer = TRAILER.fullmatch(line)
    if trailer is not None:
        yield from credit_matches(f"{trailer['name'].strip()} <{trailer['email'] or ''}>")


def _lines_of(marks: Marks) -> Iterator[tuple[Strength, Iterable[tuple[str, re.Pattern[str]]]]]:
    yield _STRONG, marks.lines.items()
    yield _WEAK, marks.weak_lines.items()
    yield _REVIEW, marks.review_lines.items()


def link_matches(text: str) -> Iterator[_Match]:
    for marks in TOOLS:
        if any(link.search(text) for link in marks.links):
            yield marks.tool, "link", _STRONG


def credit_matches(credit: str) -> Iterator[_Match]:
    """The marks in `Name <address>`; `Name <>` where there is no address."""
    parts = _CREDIT.fullmatch(credit)
    if parts is None:
        return
    name, address = parts["name"].strip(), parts["email"].strip().lower()
    if name.endswith("[bot]"):
        yield from _of(tool_of_login(name), "account")
    yield from address_matches(address)
    yield from _named(f"{name} <{address}>")


def _named(credit: str) -> Iterator[_Match]:
    for marks in TOOLS:
        if any(pattern.match(credit) for pattern in marks.credits):
            yield marks.tool, "credit", _STRONG
        elif any(pattern.match(credit) for pattern in marks.weak_credits):
            yield marks.tool, "weak_credit", _WEAK


_EMAILS = {email: marks.tool for marks in TOOLS for email in marks.emails}
_WEAK_EMAILS = {email: marks.tool for marks in TOOLS for email in marks.weak_emails}


def address_matches(email: str) -> Iterator[_Match]:
    """A machine's address; GitHub's own say the account's number and login."""
    address = email.strip().lower()
    login, github_id = account_of_address(address) or ("", None)
    if github_id is not None:
        yield from _of(tool_of_account(login, github_id), "address")
    yield from _of(_EMAILS.get(address), "address")
    yield from _of(_WEAK_EMAILS.get(address), "weak_address", _WEAK)


def _earlier(signal: str) -> Iterator[_Match]:
    kind, _, tool = signal.partition(":")
    if tool and kind in _EARLIER_STRENGTHS:
        yield tool, "earlier", _EARLIER_STRENGTHS[kind]
