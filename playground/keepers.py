"""Who writes changed records down: nobody, or a file (see `playground/persistence.py`)."""

from __future__ import annotations

from typing import Any, Protocol


class Keeper(Protocol):
    """Writes changed records down; see `playground/persistence.py`."""

    def save(self, kind: str, key: str, record: Any) -> None: ...

    def drop(self, kind: str, key: str) -> None: ...

    def flush(self) -> None: ...


class Forgetful:
    """The keeper of a playground that lives in memory only."""

    def save(self, kind: str, key: str, record: Any) -> None:
        """Keep nothing."""

    def drop(self, kind: str, key: str) -> None:
        """Keep nothing."""

    def flush(self) -> None:
        """Keep nothing."""
