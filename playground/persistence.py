"""Keeps a playground on disk, so that a second start shows the same workspace."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playground.agents import AgentThread
from playground.files import File
from playground.records import (
    App,
    Channel,
    Enterprise,
    Installation,
    Json,
    Message,
    User,
    View,
    Workspace,
    as_json,
)
from playground.state import Record, State
from playground.tokens import Token

_CREATE = """
    CREATE TABLE IF NOT EXISTS records (
        kind TEXT NOT NULL, key TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (kind, key))
"""
_SAVE = """
    INSERT INTO records (kind, key, body) VALUES (?, ?, ?)
    ON CONFLICT (kind, key) DO UPDATE SET body = excluded.body
"""
_DROP = "DELETE FROM records WHERE kind = ? AND key = ?"
_LOAD = "SELECT kind, key, body FROM records ORDER BY rowid"


class Notebook:
    """Writes changed records into a SQLite file, many at once.

    A record reaches the file with the next `flush`, and survives a kill from then on; a clean
    stop flushes. Only the file's owner can read it: it holds tokens.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.chmod(0o600)
        self._database = sqlite3.connect(path)
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = NORMAL")
        self._database.execute(_CREATE)
        self._changed: dict[tuple[str, str], Any] = {}

    def save(self, kind: str, key: str, record: Any) -> None:
        """Write the record down soon; what it holds at that time counts."""
        self._changed[kind, key] = record

    def drop(self, kind: str, key: str) -> None:
        """Strike the record out soon."""
        self._changed[kind, key] = None

    def flush(self) -> None:
        """Write everything down now."""
        changed, self._changed = self._changed, {}
        with self._database:
            for (kind, key), record in changed.items():
                self._write(kind, key, record)

    def _write(self, kind: str, key: str, record: Any) -> None:
        if record is None:
            self._database.execute(_DROP, (kind, key))
        else:
            body = record if isinstance(record, dict) else as_json(record)
            self._database.execute(_SAVE, (kind, key, json.dumps(body)))

    def load_into(self, state: State) -> None:
        """Put everything that was kept back into `state`."""
        for kind, key, body in self._database.execute(_LOAD):
            _restore(state, kind, key, json.loads(body))

    def close(self) -> None:
        """Write everything down and let go of the file."""
        self.flush()
        self._database.close()


def _restore(state: State, kind: str, key: str, body: Json) -> None:
    if kind.startswith("document:"):
        state.documents[kind.removeprefix("document:"), key] = body
    else:
        state.remember(_RECORDS[kind](**body))


_RECORDS: dict[str, Callable[..., Record]] = {
    "workspace": Workspace,
    "enterprise": Enterprise,
    "token": Token,
    "agent": AgentThread,
    "file": File,
    "user": User,
    "channel": Channel,
    "app": App,
    "installation": Installation,
    "message": Message,
    "home": View,
}
