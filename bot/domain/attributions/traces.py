"""What is kept of a pull request's texts: lines and accounts that could be a mark, nothing else.

Not only what today's rules know, so that rules to come can read history again; but neither prose
nor anybody's address. A person beside a mark is left out of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from bot.domain.attributions.accounts import tool_of_account, tool_of_login
from bot.domain.attributions.evidence import Place
from bot.domain.attributions.initiators import starters
from bot.domain.attributions.matching import (
    TRAILER,
    address_matches,
    credit_matches,
    evidence_of,
)
from bot.domain.attributions.notes import tools_in_note
from bot.domain.attributions.texts import CommitText, PullRequestTexts
from bot.domain.attributions.tools import TOOLS
from bot.domain.facts.reverts import revert_traces
from bot.domain.pull_requests import Trace

HIDDEN = "…"
"""Stands for a person's name or address that was left out."""

MOST = 200
"""Traces kept of one look at one pull request; a hostile text cannot fill the database."""

_FENCED = re.compile(r"^[ \t]*(```|~~~).*?(?:^[ \t]*\1[ \t]*$|\Z)", re.MULTILINE | re.DOTALL)
_SMALL = re.compile(r"</?su[bp]>", re.IGNORECASE)
_SHORTEST_LINE, _LONGEST_LINE = 12, 400
"""No tool signs outside these; they also bound what a hostile text can cost."""

_LONGEST_LINK = 200
_KNOWN_LINES = tuple(
    pattern
    for marks in TOOLS
    for named in (marks.lines, marks.weak_lines, marks.review_lines)
    for pattern in named.values()
)
_KNOWN_LINE = re.compile("|".join(f"(?:{one.pattern})" for one in _KNOWN_LINES), re.IGNORECASE)
"""All of them in one, because every line of every text is held against it."""

_COULD_BE_A_LINE = re.compile(
    # `Some-Session: x`, `Made-with: Tool`: a key that is no sentence, a value without spaces.
    r"(?:[a-z]{2,20}-){1,3}(?:session|thread|logs?|agent|model|author|with|by|id|url): \S{1,200}"
    # `Generated with [Tool](https://…)`
    r"|(?:🤖 )?(?:generated|made|created|built|written) (?:with|by|using) "
    r"\[[^\]]{1,40}\]\(https?://[^)\s]{1,120}\)",
    re.IGNORECASE,
)
_COULD_BE_A_MARKER = re.compile(
    # Capitals, or one word of several, as no explanation is.
    r"<!-- (?:[A-Z][A-Z0-9_:-]*(?: [A-Z0-9_:-]+){0,7}|[a-z0-9]+(?:[_:-][a-z0-9]+){1,8}) -->"
)
_CANDIDATE = re.compile(
    "|".join(f"(?:{one.pattern})" for one in (_COULD_BE_A_LINE, _COULD_BE_A_MARKER, _KNOWN_LINE))
    # Without its group names, which the others may not share.
    + r"|[\w-]{1,40}-by:.*",
    re.IGNORECASE,
)
"""Wide enough for all lines that are looked at; nearly all others end here."""

_AGENT_HOSTS = re.compile(
    r"(?<![\w.-])(?:https?://)?(?:[a-z0-9-]+\.)?(?:"
    r"ampcode\.com|chatgpt\.com/codex|claude\.ai/code|cursor\.com/agents|devin\.ai/sessions"
    r"|factory\.ai|jules\.google\.com|openhands\.dev|all-hands\.dev|oz\.warp\.dev|replit\.com/agent"
    r")/[\w./?=-]{6,160}",
    re.IGNORECASE,
)
_HOSTS = (
    "all-hands.dev",
    "devin.ai",
    "factory.ai",
    "openhands.dev",
    "replit.com",
    "warp.dev",
    *(host for marks in TOOLS for host in marks.hosts),
)
"""Looked for first, because most texts name none of them."""

_MACHINE_ADDRESS = re.compile(
    r"(?:no-?reply|(?:[\w-]{1,30}[._-])?(?:agent|bot|copilot|assistant)(?:[._-][\w-]{1,30})?)@[\w.-]{3,80}"
    r"|\d{1,12}\+[\w-]{1,40}\[bot\]@users\.noreply\.github\.com",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"[\w.+-]{1,64}@(?=[\w-]{1,63}\.)[\w.-]{1,200}")
_NOBODYS = frozenset({"noreply@github.com"})
"""GitHub's own hand on whatever is merged or edited there."""

_MACHINE_NAME = re.compile(
    r"\b(?:gpt|chatgpt|copilot|codex|llm|agent|assistant)\b|\[bot\]"
    # Names that people have too, with a version behind them.
    r"|\b(?:ai|amp|claude|cursor|devin|gemini|grok|jules|qwen)[ :/-][a-z.-]{0,20}\d",
    re.IGNORECASE,
)


def traces_of(texts: PullRequestTexts) -> frozenset[Trace]:
    """Pick what is kept of a pull request's texts; at most `MOST` traces, known marks first.

    The same texts give the same traces, and more texts more: traces of several looks add up.
    """
    found = list(dict.fromkeys(_found(texts)))
    found.sort(key=lambda trace: (not _is_known(trace), trace))
    return frozenset(found[:MOST])


def _found(texts: PullRequestTexts) -> Iterator[Trace]:
    body = f"{texts.title}\n{texts.body or ''}"
    yield from _in_text(body, Place.BODY, Place.BODY_LINK)
    for commit in texts.commits:
        yield from _in_commit(commit)
    yield from revert_traces([texts.body or "", *(commit.message for commit in texts.commits)])
    if tool_of_account(texts.author_login, texts.author_id) is not None:
        for login in starters(texts):
            yield Trace(Place.STARTED_BY, login)


def _in_commit(commit: CommitText) -> Iterator[Trace]:
    yield from _in_text(commit.message, Place.COMMIT, Place.COMMIT_LINK)
    credit = _kept_credit(commit.author_name, commit.author_email)
    if credit is not None:
        yield Trace(Place.COMMIT_AUTHOR, credit)
    if _is_machines(commit.committer_email):
        yield Trace(Place.COMMITTER, commit.committer_email.strip().lower())
    if commit.author_login is not None and tool_of_login(commit.author_login):
        yield Trace(Place.COMMIT_ACCOUNT, commit.author_login.lower())
    for tool in tools_in_note(commit.note):
        yield Trace(Place.NOTE, tool)


def _in_text(text: str, line_place: Place, link_place: Place) -> Iterator[Trace]:
    text = text.replace("\r\n", "\n").replace("\x00", "")
    if "```" in text or "~~~" in text:
        text = _FENCED.sub("", text)
    for line in _lines(text):
        kept = _kept_line(line)
        if kept is not None:
            yield Trace(line_place, kept)
    for link in _links(text):
        yield Trace(link_place, link[:_LONGEST_LINK])


def _lines(text: str) -> Iterator[str]:
    """Yield each line that could be a mark, without indentation, italics and small print."""
    for line in text.split("\n"):
        if _SHORTEST_LINE <= len(line) <= _LONGEST_LINE:
            yield _SMALL.sub("", line).strip(" \t*_")


def _links(text: str) -> Iterator[str]:
    lower = text.lower()
    if not any(host in lower for host in _HOSTS):
        return
    for pattern in (_AGENT_HOSTS, *(link for marks in TOOLS for link in marks.links)):
        for match in pattern.finditer(text):
            yield match.group()


def _kept_line(line: str) -> str | None:
    if not _CANDIDATE.fullmatch(line):
        return None
    trailer = TRAILER.fullmatch(line)
    if trailer is not None:
        credit = _kept_credit(trailer["name"], trailer["email"])
        return None if credit is None else f"{trailer['key']}: {credit}"
    if _could_be(line) or _KNOWN_LINE.fullmatch(line):
        return _ADDRESS.sub(HIDDEN, line)
    return None


def _could_be(line: str) -> bool:
    patterns = (_COULD_BE_A_LINE, _COULD_BE_A_MARKER)
    return "@" not in line and any(pattern.fullmatch(line) for pattern in patterns)


@lru_cache(maxsize=10_000)
def _kept_credit(name: str, email: str | None) -> str | None:
    """`Name <address>` if it may be a machine's, without what is a person's; None otherwise."""
    name, address = " ".join(name[:_LONGEST_LINE].split()), (email or "").strip().lower()
    is_machines = _is_machines(address)
    known = any(credit_matches(f"{name} <{address}>"))
    if not (known or is_machines or _MACHINE_NAME.search(name)):
        return None
    if name.lower().endswith(" (aider)"):
        name = f"{HIDDEN} (aider)"
    shown = address if is_machines or not address else HIDDEN
    return f"{name[:120]} <{shown}>"


@lru_cache(maxsize=10_000)
def _is_machines(email: str) -> bool:
    address = email.strip().lower()
    if not address or address in _NOBODYS:
        return False
    is_known = any(address_matches(address))
    return is_known or _MACHINE_ADDRESS.fullmatch(address) is not None


@lru_cache(maxsize=10_000)
def _is_known(trace: Trace) -> bool:
    return trace.kind == Place.STARTED_BY or any(evidence_of(trace))
