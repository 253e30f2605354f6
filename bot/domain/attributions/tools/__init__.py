"""All tools we know the marks of: one module each, found here, in sorted order.

Adding a tool is adding a module that exports `MARKS`, and its examples to the tests.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from importlib import import_module
from itertools import chain
from pkgutil import iter_modules

from bot.domain.attributions.marks import Marks


def checked(found: Iterable[Marks]) -> tuple[Marks, ...]:
    """Sort by tool; raises ValueError when two tools claim one name, account or address."""
    tools = tuple(sorted(found, key=lambda marks: marks.tool))
    for claims in (_names, _accounts, _addresses, _heads, _note_names):
        _refuse_duplicates(list(chain.from_iterable(map(claims, tools))))
    return tools


def _names(marks: Marks) -> Sequence[object]:
    return (marks.tool,)


def _accounts(marks: Marks) -> Sequence[object]:
    return (*marks.logins, *marks.github_ids)


def _addresses(marks: Marks) -> Sequence[object]:
    return (*marks.emails, *marks.weak_emails)


def _heads(marks: Marks) -> Sequence[object]:
    return marks.branch_heads


def _note_names(marks: Marks) -> Sequence[object]:
    return marks.note_names


def _refuse_duplicates(claimed: Sequence[object]) -> None:
    twice = sorted({str(claim) for claim in claimed if claimed.count(claim) > 1})
    if twice:
        raise ValueError(f"two tools claim {', '.join(twice)}")


TOOLS = checked(
    import_module(f"{__name__}.{module.name}").MARKS for module in iter_modules(__path__)
)
