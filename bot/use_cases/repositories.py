"""Which repositories there are, which of them count, and what becomes of it when that changes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.domain.ids import RepositoryId
from bot.domain.repositories import (
    MOST_PATTERNS,
    Choice,
    Repository,
    Selection,
    wrong_patterns,
)
from bot.domain.runs import Trigger
from bot.errors import UserError
from bot.ports import Transaction
from bot.use_cases import imports, syncs
from storage import audits, repositories
from storage.repositories import Listed


@dataclass(frozen=True, slots=True)
class Preview:
    """What a selection would let count, of all that GitHub shows us now, by name."""

    counted: tuple[str, ...]
    left_out: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Selected:
    """What a new selection has changed: what counts now, and what no longer does, by name."""

    counted: int
    of: int
    added: tuple[str, ...]
    dropped: tuple[str, ...]


async def learn(
    tx: Transaction, found: Sequence[Repository], *, heard_at: datetime, now: datetime
) -> None:
    """Know these repositories; what the selection includes counts at once, new or renamed."""
    fresh = await repositories.describe(tx, found, heard_at=heard_at, now=now)
    if not fresh:
        return
    await imports.give_way_later(tx, [name for _, name, _ in fresh])
    wanted = await repositories.selection(tx)
    for selected in (True, False):
        changed = [i for i, name, was in fresh if wanted.includes(i, name) is selected is not was]
        await repositories.choose(tx, changed, selected=selected)


async def counts(
    tx: Transaction, repository: Repository, *, heard_at: datetime, now: datetime
) -> bool:
    """Whether news from this repository are wanted; it is known from now on.

    Where it is known just so, nothing is written: its row stays free for others.
    """
    known = await repositories.get(tx, repository.repository_id)
    if known is None or repository.tells_more_than(known[0]):
        await learn(tx, [repository], heard_at=heard_at, now=now)
        known = await repositories.get(tx, repository.repository_id)
    return known is not None and known[1]


async def hear(
    tx: Transaction, repository: Repository, *, gone: bool, heard_at: datetime, now: datetime
) -> None:
    """A repository is described so now, or was deleted."""
    await learn(tx, [repository], heard_at=heard_at, now=now)
    if gone:
        await mark_gone(tx, [repository], heard_at=heard_at)


async def mark_shown(
    tx: Transaction,
    found: Sequence[Repository],
    *,
    connection_id: int | None,
    heard_at: datetime,
    now: datetime,
) -> None:
    """GitHub shows us these through a connection."""
    await learn(tx, found, heard_at=heard_at, now=now)
    ids = [one.repository_id for one in found]
    await repositories.mark_shown(tx, ids, connection_id=connection_id, heard_at=heard_at)


async def mark_gone(tx: Transaction, found: Iterable[Repository], *, heard_at: datetime) -> None:
    """GitHub shows us these no longer; what we know of them stays."""
    await repositories.mark_gone(tx, [one.repository_id for one in found], heard_at=heard_at)


async def list_all(tx: Transaction) -> tuple[Selection, Sequence[Listed]]:
    """The selection, and all repositories we ever heard of."""
    return await repositories.selection(tx), await repositories.everyone(tx)


async def count_shown(tx: Transaction) -> tuple[int, int]:
    """How many repositories count of those that GitHub shows us, and how many those are."""
    return await repositories.count_shown(tx)


async def selection(tx: Transaction) -> Selection:
    """Which repositories the workspace wants counted; all, if nobody said."""
    return await repositories.selection(tx)


async def lines_of(tx: Transaction, wanted: Selection) -> tuple[str, ...]:
    """A selection as people write it: patterns, or names as they are now; one a line."""
    if wanted.choice is Choice.MATCHING:
        return wanted.patterns
    known = await repositories.everyone(tx)
    return tuple(one.full_name for one in known if one.repository_id in wanted.repository_ids)


async def read_wanted(tx: Transaction, choice: Choice, lines: Sequence[str]) -> Selection:
    """The selection that somebody wrote down so. Raises UserError for what cannot be meant."""
    match choice:
        case Choice.ALL:
            return Selection()
        case Choice.LISTED:
            return Selection(choice, await _ids_named(tx, lines))
        case Choice.MATCHING:
            _check(lines)
            return Selection(choice, patterns=tuple(lines))


async def preview(tx: Transaction, wanted: Selection) -> Preview:
    """What a selection would let count, without changing anything."""
    shown = [one for one in await repositories.everyone(tx) if one.gone_at is None]
    included = {one.repository_id for one in shown if _is_in(wanted, one)}
    return Preview(
        tuple(one.full_name for one in shown if one.repository_id in included),
        tuple(one.full_name for one in shown if one.repository_id not in included),
    )


async def select(tx: Transaction, wanted: Selection, *, actor: str, now: datetime) -> Selected:
    """Let these count from now on; what is here of others stays.

    `wanted` comes from `read_wanted`.
    """
    await repositories.keep_selection(tx, wanted)
    added, dropped, known = await settle(tx)
    if added:
        await read_soon(tx, trigger=Trigger.PERSON, by=actor, now=now)
    details = {"choice": wanted.choice, "added": len(added), "dropped": len(dropped)}
    await audits.add(tx, "repositories.selected", actor=actor, subject="", now=now, details=details)
    shown = [one for one in known if one.gone_at is None]
    return Selected(
        counted=sum(_is_in(wanted, one) for one in shown),
        of=len(shown),
        added=tuple(one.full_name for one in added if one.gone_at is None),
        dropped=tuple(one.full_name for one in dropped if one.gone_at is None),
    )


async def settle(tx: Transaction) -> tuple[list[Listed], list[Listed], Sequence[Listed]]:
    """Let count what the selection includes and nothing else, whatever raced with it before.

    Returns which came, which went, and all as they were.
    """
    wanted = await repositories.selection(tx)
    known = await repositories.everyone(tx)
    added = [one for one in known if _is_in(wanted, one) and not one.selected]
    dropped = [one for one in known if one.selected and not _is_in(wanted, one)]
    await repositories.choose(tx, _ids(added), selected=True)
    await repositories.choose(tx, _ids(dropped), selected=False)
    return added, dropped, known


async def read_soon(tx: Transaction, *, trigger: Trigger, by: str, now: datetime) -> None:
    """Have the repositories read that count, if any can be and no sync is under way."""
    if await syncs.nightly(tx) is not None:
        await syncs.start_sync(tx, trigger=trigger, by=by, now=now)


async def _ids_named(tx: Transaction, names: Sequence[str]) -> frozenset[RepositoryId]:
    """The repositories of these full names. Raises UserError for one that is not known."""
    if not names:
        raise UserError("The list is empty. Name at least one repository, such as acme/shop.")
    # Those that are not shown now may be on a list, but a name leads to the one that is.
    those = sorted(await repositories.everyone(tx), key=lambda one: one.gone_at is None)
    known = {one.full_name.lower(): one.repository_id for one in those}
    unknown = next((name for name in names if name.lower() not in known), None)
    if unknown is not None:
        raise UserError(f"{unknown}: GitHub shows me no such repository. Write it as owner/name.")
    return frozenset(known[name.lower()] for name in names)


def _is_in(wanted: Selection, one: Listed) -> bool:
    return wanted.includes(one.repository_id, one.full_name)


def _ids(some: Iterable[Listed]) -> list[RepositoryId]:
    return [one.repository_id for one in some]


def _check(patterns: Sequence[str]) -> None:
    wrong = wrong_patterns(patterns)
    if wrong:
        raise UserError(f"{wrong[0]}: not a pattern. Write owner/name, such as acme/*, one a line.")
    if len(patterns) > MOST_PATTERNS:
        raise UserError(f"That is more than {MOST_PATTERNS} patterns. Use * to say it in fewer.")
    if all(pattern.startswith("!") for pattern in patterns):
        raise UserError("Nothing would count. Begin with what does, such as acme/*.")
