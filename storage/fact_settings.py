"""How a workspace counts: its working hours, what is noise to it, what a hotfix."""

from __future__ import annotations

from bot.domain.facts import Calendar, FactSettings
from bot.ports import Transaction

_GET = """
    SELECT working_days, begins_at, ends_at, holidays, ignored_labels, ignored_titles,
           ignored_authors, most_lines, most_files, hotfix_labels, hotfix_heads
      FROM fact_settings WHERE workspace_id = $1
"""
_SAVE = """
    INSERT INTO fact_settings (workspace_id, working_days, begins_at, ends_at, holidays,
                               ignored_labels, ignored_titles, ignored_authors, most_lines,
                               most_files, hotfix_labels, hotfix_heads)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
    ON CONFLICT (workspace_id) DO UPDATE
       SET (working_days, begins_at, ends_at, holidays, ignored_labels, ignored_titles,
            ignored_authors, most_lines, most_files, hotfix_labels, hotfix_heads)
         = (EXCLUDED.working_days, EXCLUDED.begins_at, EXCLUDED.ends_at, EXCLUDED.holidays,
            EXCLUDED.ignored_labels, EXCLUDED.ignored_titles, EXCLUDED.ignored_authors,
            EXCLUDED.most_lines, EXCLUDED.most_files, EXCLUDED.hotfix_labels,
            EXCLUDED.hotfix_heads)
"""


async def get(tx: Transaction) -> FactSettings:
    """The workspace's settings; the defaults where nobody has set any."""
    row = await tx.fetchrow(_GET, tx.workspace_id)
    if row is None:
        return FactSettings()
    return FactSettings(
        calendar=Calendar(
            frozenset(row["working_days"]),
            row["begins_at"],
            row["ends_at"],
            frozenset(row["holidays"]),
        ),
        ignored_labels=tuple(row["ignored_labels"]),
        ignored_titles=tuple(row["ignored_titles"]),
        ignored_authors=tuple(row["ignored_authors"]),
        most_lines=row["most_lines"],
        most_files=row["most_files"],
        hotfix_labels=tuple(row["hotfix_labels"]),
        hotfix_heads=tuple(row["hotfix_heads"]),
    )


async def save(tx: Transaction, settings: FactSettings) -> None:
    """Keep them; with the transaction all facts of the workspace are marked to be made anew."""
    await tx.execute(
        _SAVE,
        tx.workspace_id,
        sorted(settings.calendar.working_days),
        settings.calendar.begins_at,
        settings.calendar.ends_at,
        sorted(settings.calendar.holidays),
        settings.ignored_labels,
        settings.ignored_titles,
        settings.ignored_authors,
        settings.most_lines,
        settings.most_files,
        settings.hotfix_labels,
        settings.hotfix_heads,
    )
