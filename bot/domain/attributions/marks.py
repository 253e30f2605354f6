"""What a tool's marks look like; each tool has a module of its own in `tools/`.

Known from what the tools wrote in public repositories up to November 2026.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

VERSION = 2
"""Raise it when any mark changes: what older rules decided can be found and decided again."""

_LINK_START = r"(?<![\w.-])(?:https?://)?(?:www\.)?"
_HOST = re.compile(re.escape(_LINK_START) + r"([^/]+)/")

NamedLines = Mapping[str, re.Pattern[str]]


@dataclass(frozen=True, slots=True)
class Marks:
    """The marks by which one tool shows in a pull request.

    Everything is in lower case. `logins` are its accounts without `[bot]`; `bare_logins` those
    that count without it too (people are called Claude and Devin). `github_ids` are for payloads
    that take the account for a person. `emails` are whole addresses: people work at the vendors.
    `credits` match `Name <address>` of a `…-by:` line or of a commit's author from its start, with
    `<>` where no address is given; `lines` match whole lines, by the name of their rule; `links`
    match an agent's run by its id, anywhere. `branch_heads` are what stands before the first
    slash, always a weak sign. `note_names` is what the tool is called in git notes and Agent Trace.

    The `weak_` ones are only a hint of who wrote it; `review_lines` show that it reviewed or
    described the work, which says nothing about who wrote it.
    """

    tool: str
    label: str
    logins: tuple[str, ...] = ()
    bare_logins: tuple[str, ...] = ()
    github_ids: tuple[int, ...] = ()
    emails: tuple[str, ...] = ()
    credits: tuple[re.Pattern[str], ...] = ()
    lines: NamedLines = field(default_factory=dict)
    links: tuple[re.Pattern[str], ...] = ()
    branch_heads: tuple[str, ...] = ()
    note_names: tuple[str, ...] = ()
    weak_emails: tuple[str, ...] = ()
    weak_credits: tuple[re.Pattern[str], ...] = ()
    weak_lines: NamedLines = field(default_factory=dict)
    review_lines: NamedLines = field(default_factory=dict)

    @property
    def hosts(self) -> tuple[str, ...]:
        """The hosts that its links lead to."""
        found = (_HOST.search(link.pattern) for link in self.links)
        return tuple(host[1].replace("\\", "") for host in found if host is not None)


def patterns(*texts: str) -> tuple[re.Pattern[str], ...]:
    """Compile patterns for `credits`; case does not matter."""
    return tuple(re.compile(text, re.IGNORECASE) for text in texts)


def lines(**texts: str) -> NamedLines:
    """Compile patterns for whole lines, each under the name of its rule."""
    return {name: re.compile(text, re.IGNORECASE) for name, text in texts.items()}


def links(*addresses: str) -> tuple[re.Pattern[str], ...]:
    """Compile patterns for web addresses, given without scheme and `www.`."""
    return patterns(*(_LINK_START + address for address in addresses))
