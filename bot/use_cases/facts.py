"""Keeps facts about pull requests, and the weeks they add up to, in step with what is known.

Whatever changes what facts rest on leaves marks in its own transaction: `refresh` for pull
requests and what happened to them, the database's triggers for attributions, teams, people and
settings. `catch_up` makes anew what is marked, and nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.domain.facts import Facts, FactSettings, facts_of, mistakes
from bot.domain.pull_requests import PullRequestKey
from bot.errors import UserError
from bot.ports import Job, Transaction
from storage import audits, fact_histories, fact_settings, facts, games, rollups

REFRESH = "rollups.refresh"
# Marks at once: a pull request that is taken up has one for itself and one for its attribution.
BATCH = 1000
# Behind whatever people wait for.
_LAST = -1


async def refresh(tx: Transaction, keys: Sequence[PullRequestKey], *, now: datetime) -> None:
    """Have the facts of these pull requests made anew soon: what is known of them has changed.

    Any number of times is the same as once. Waits for nobody.
    """
    if keys:
        await facts.mark(tx, keys)
        wake(tx)


def wake(tx: Transaction, *, after: int = 0) -> None:
    """Queue `catch_up`, at most once a workspace; `after` goes on behind a mark."""
    key = f"{REFRESH}:{tx.workspace_id}" + (f":{after}" if after else "")
    tx.enqueue(Job(REFRESH, tx.workspace_id, str(after), key, priority=_LAST))


async def wake_if_stale(tx: Transaction) -> int:
    """Queue `catch_up` where there is a mark; how many jobs."""
    stale = await facts.is_any_stale(tx)
    if stale:
        wake(tx)
    return int(stale)


async def catch_up(tx: Transaction, *, after: int) -> int | None:
    """Make the facts of some marked pull requests anew, and correct the weeks they count in.

    `after`: the number of the last mark seen. Returns that of the last one made now; None when
    none is left, or somebody else is at it.
    """
    if not await rollups.hold(tx, wait=False):
        return None
    marks = await facts.stale(tx, after=after, limit=BATCH)
    if not marks:
        return None
    await remake(tx, sorted({one.key for one in marks}))
    await facts.unmark(tx, marks)
    return marks[-1].mark_id


async def remake(tx: Transaction, keys: Sequence[PullRequestKey]) -> int:
    """Make the facts of these anew and count the changed ones; how many changed.

    Call it while holding `storage.rollups.hold`. Those about whom others' facts say something are
    marked in turn.
    """
    game, settings = await games.get(tx), await fact_settings.get(tx)
    known = await facts.of(tx, keys)
    histories = await fact_histories.read(tx, keys)
    made = [facts_of(history, settings, timezone=game.timezone) for history in histories]
    changed = [one for one in made if known.get(one.key) != one]
    before = [known[one.key] for one in changed if one.key in known]
    await rollups.take_out(tx, [one.key for one in before if one.week is not None])
    await facts.keep(tx, changed)
    await rollups.count_in(tx, [one.key for one in changed if one.week is not None])
    if before:
        await rollups.drop_empty(tx)
    await _mark_concerned(tx, before, changed)
    return len(changed)


async def _mark_concerned(
    tx: Transaction, before: Sequence[Facts], changed: Sequence[Facts]
) -> None:
    """Mark those that these take back, or took back, and those that take these back."""
    reverted = {
        PullRequestKey(one.key.repository_id, one.reverts)
        for one in (*before, *changed)
        if one.reverts is not None
    }
    await facts.mark_reverted(tx, reverted)
    merges = [(one.key.repository_id, one.merge_sha) for one in changed if one.merge_sha]
    await facts.mark_reverting(tx, merges)


@dataclass(frozen=True, slots=True)
class Standing:
    """How a workspace counts, in which timezone its weeks begin, and whether it is up to date."""

    settings: FactSettings
    timezone: str
    is_up_to_date: bool


async def standing(tx: Transaction) -> Standing:
    """How the workspace counts now."""
    game = await games.get(tx)
    return Standing(await fact_settings.get(tx), game.timezone, not await facts.is_any_stale(tx))


async def change_settings(
    tx: Transaction, settings: FactSettings, *, actor: str, now: datetime
) -> None:
    """Count like this from now on, the past included; the same again changes nothing.

    Raises UserError for what makes no sense.
    """
    wrong = mistakes(settings)
    for field, text in _MISTAKES.items():
        if field in wrong:
            raise UserError(text)
    if settings == await fact_settings.get(tx):
        return
    await fact_settings.save(tx, settings)
    await audits.add(tx, "facts.settings_changed", actor=actor, subject=tx.workspace_id, now=now)
    wake(tx)


_PATTERNS = "Give at most 50 patterns of at most 200 characters, none of them empty."
_MISTAKES = {
    "working_days": "A week needs working days: give some, for example mon-fri.",
    "hours": "Working hours end after they begin, on the same day: for example 9:00-17:30.",
    "holidays": "These are more than 1,000 holidays. Leave out those long past.",
    "most_lines": "Lines and files are at least 1; say `none` to count pull requests of any size.",
    "most_files": "Lines and files are at least 1; say `none` to count pull requests of any size.",
    "ignored_labels": _PATTERNS,
    "ignored_titles": _PATTERNS,
    "ignored_authors": _PATTERNS,
    "hotfix_labels": _PATTERNS,
    "hotfix_heads": _PATTERNS,
}
