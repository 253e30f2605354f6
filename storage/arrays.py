"""Many rows in one statement: each column goes as an array, for `unnest` to make rows of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bot.ports import Row, Transaction


async def execute(tx: Transaction, statement: str, rows: Sequence[Sequence[object]]) -> None:
    """Run a statement on rows; it takes the workspace, then an array a column. Nothing for none."""
    if rows:
        await tx.execute(statement, tx.workspace_id, *columns(rows))


async def fetch(tx: Transaction, statement: str, rows: Sequence[Sequence[object]]) -> Sequence[Row]:
    """Like `execute`, for a statement that returns rows."""
    return await tx.fetch(statement, tx.workspace_id, *columns(rows)) if rows else ()


def columns(rows: Iterable[Sequence[object]]) -> list[list[object]]:
    """The columns of rows of one length."""
    return [list(column) for column in zip(*rows, strict=True)]
