"""Which repositories count, said from the terminal."""

from __future__ import annotations

import asyncio

import pytest

from bot import __main__ as command_line
from bot.domain.ids import RepositoryId
from bot.domain.repositories import Repository
from bot.use_cases import repositories
from tests.stage import Stage


@pytest.fixture(autouse=True)
def _settings(stage: Stage, monkeypatch: pytest.MonkeyPatch, quiet_log: None) -> None:
    """Commands run against the stage's database, beside the running game."""
    monkeypatch.setattr(command_line, "read_settings", lambda: stage.services.settings)
    monkeypatch.setattr(command_line, "shed_environment", lambda: None)


async def _say(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """What `hunch repositories …` answers, errors included."""
    await asyncio.to_thread(command_line.main, ["repositories", *words])
    said = capsys.readouterr()
    return said.out + said.err


async def test_repositories_are_listed_previewed_and_selected(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "GitHub has shown none yet" in await _say(capsys, "list")
    names = ("acme/shop", "acme/old-shop", "other/site")
    found = [Repository(RepositoryId(n), name) for n, name in enumerate(names, start=1)]
    async with stage.services.store.database.transaction(stage.workspace_id, name="test") as tx:
        await repositories.learn(tx, found, heard_at=stage.clock.now(), now=stage.clock.now())
        await repositories.mark_gone(tx, found[2:], heard_at=stage.clock.now())
        await tx.execute(
            "UPDATE repositories SET synced_at = '2026-11-20 12:00Z' WHERE repository_id = 1"
        )
        await tx.execute("UPDATE repositories SET archived = true WHERE repository_id = 2")

    matching = ("select", "--matching", "acme/*", "!acme/old-*")
    assert "acme/shop\n1 of 2 would count." in await _say(capsys, *matching, "--preview")
    said = await _say(capsys, *matching)
    assert "1 of 2 count; 0 more and 1 fewer." in said
    assert "What is known of those that no longer count stays" in said
    said = await _say(capsys, "list")
    assert "acme/old-shop: does not count, archived\n" in said
    assert "acme/shop: counts, read 2026-11-20 12:00\n" in said
    assert "other/site: does not count, not shown since" in said
    assert said.endswith("What counts: those whose names match. acme/* !acme/old-*\n")
    assert "1 of 2 count; 1 more and 1 fewer." in await _say(
        capsys, "select", "--only", "acme/old-shop"
    )
    assert "2 of 2 count; 1 more and 0 fewer." in await _say(capsys, "select", "--all")
    assert "GitHub shows me no such repository" in await _say(
        capsys, "select", "--only", "other/unknown"
    )
