"""What a tool's marks look like; each tool has a module of its own in `tools/`.

Known from what the tools wrote in public repositories up to November 2026.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

VERSION = 1
"""Raise it when any mark changes: what older rules decided can be found and decided again."""


@dataclass(frozen=True, slots=True)
class Marks:
    """The marks by which one tool shows in a pull request.

    Everything is in lower case. `logins` are its accounts without `[bot]`; `bare_logins` those
    that count without it too (people are called Claude and Devin). `github_ids` are for payloads
    that take the account for a person. `emails` are whole addresses: people work at the vendors.
    `credits` match `Name <address>` of a `…-by:` line from its start, with `<>` where no address
    is given; `lines` match whole lines; `links` match an agent's run by its id, anywhere.
    `branch_heads` are what stands before the first slash.
    """

    tool: str
    label: str
    logins: tuple[str, ...] = ()
    bare_logins: tuple[str, ...] = ()
    github_ids: tuple[int, ...] = ()
    emails: tuple[str, ...] = ()
    credits: tuple[re.Pattern[str], ...] = ()
    lines: tuple[re.Pattern[str], ...] = ()
    links: tuple[re.Pattern[str], ...] = ()
    branch_heads: tuple[str, ...] = ()


def patterns(*texts: str) -> tuple[re.Pattern[str], ...]:
    """Compile patterns for `credits` or `lines`; case does not matter."""
    return tuple(re.compile(text, re.IGNORECASE) for text in texts)


def links(*addresses: str) -> tuple[re.Pattern[str], ...]:
    """Compile patterns for web addresses, given without scheme and `www.`."""
    start = r"(?<![\w.-])(?:https?://)?(?:www\.)?"
    return patterns(*(start + address for address in addresses))
