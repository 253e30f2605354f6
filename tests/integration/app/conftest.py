"""Two workspaces, a backup of them, and an empty place to restore it into."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.databases import TestDatabase
from tests.restores import back_up, bare_settings, fill, restore


@pytest.fixture
async def filled(database: TestDatabase) -> TestDatabase:
    await fill(database)
    return database


@pytest.fixture
async def backup(filled: TestDatabase, tmp_path: Path) -> Path:
    file = tmp_path / "hunch.backup"
    await back_up(bare_settings(filled), file)
    return file


@pytest.fixture
def into(empty_database: TestDatabase) -> Callable[[Path], Any]:
    return partial(restore, bare_settings(empty_database))
