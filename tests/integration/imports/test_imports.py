"""`hunch import-git`: a clone's past becomes a workspace's history, and nobody is asked about it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot import __main__ as command_line
from bot import failpoints
from bot.domain.ids import RepositoryId
from bot.domain.repositories import Repository
from bot.use_cases import repositories
from tests.clones import GITHUB, GRACE, CloneWriter
from tests.stage import Stage

# Failed at in a test below; the job goes on where it was.
PLACES = ["give_way.before_commit", "give_way.after_commit"]

_STORED = """
    SELECT number, title, author_login, state, merged_at IS NOT NULL AS merged, additions
      FROM pull_requests ORDER BY number
"""


@pytest.fixture(autouse=True)
def _settings(stage: Stage, monkeypatch: pytest.MonkeyPatch, quiet_log: None) -> None:
    """Commands run against the stage's database, beside the running game."""
    monkeypatch.setattr(command_line, "read_settings", lambda: stage.services.settings)
    monkeypatch.setattr(command_line, "shed_environment", lambda: None)


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """Merged an hour ago, and signed by an agent: a survey would open if it were a webhook's."""
    story = CloneWriter()
    story.at = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=4)
    story.commit("Start")
    work = story.branch("Draw\n\nCo-Authored-By: Claude <noreply@anthropic.com>", author=GRACE)
    story.merge(work, "Merge pull request #12 from ghopper/cats\n\nCats")
    story.commit("Count the stock (#13)", "person1 <1+person1-gh@users.noreply.github.com>")
    return story.write(tmp_path / "shop")


async def _import(*words: object) -> int:
    """Say `hunch import-git …`; how it ended."""
    return await asyncio.to_thread(command_line.main, ["import-git", *map(str, words)])


async def test_merged_pull_requests_are_stored_as_history_and_nobody_is_asked(
    stage: Stage, clone: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await _import(clone) == 0
    said = capsys.readouterr()
    assert "2 merged pull requests of 2 people" in said.out
    assert "1 of them show a sign of AI, 0 are reverts." in said.out
    assert "1 of its 3 commits on the main branch name no pull request." in said.out
    assert "100%" in said.err
    await stage.quiet()
    assert await stage.rows(_STORED) == [
        {"number": 12, "title": "Cats", "author_login": "ghopper", "state": "closed",
         "merged": True, "additions": 1},
        {"number": 13, "title": "Count the stock", "author_login": "person1-gh",
         "state": "closed", "merged": True, "additions": 1},
    ]  # fmt: skip
    assert await stage.value("SELECT count(*) FROM surveys") == 0
    assert await stage.value("SELECT count(*) FROM outbox WHERE op = 'show'") == 0
    assert await stage.value("SELECT selected FROM repositories WHERE full_name = 'acme/shop'")
    assert await stage.value("SELECT count(*) FROM audits WHERE action = 'repository.imported'")


async def test_a_second_import_changes_nothing_and_a_later_one_adds_what_is_new(
    stage: Stage, clone: Path
) -> None:
    everything = "SELECT md5(string_agg(p::text, ',' ORDER BY number)) FROM pull_requests p"
    assert await _import(clone) == 0
    before = await stage.value(everything)
    assert await _import(clone) == 0
    assert await stage.value(everything) == before
    assert await stage.value("SELECT count(*) FROM commits") == 1


async def test_a_history_without_pull_requests_says_what_is_missing(
    stage: Stage, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    story = CloneWriter()
    story.commit("Start")
    assert await _import(story.write(tmp_path / "shop")) == 0
    assert "None of its 1 commits names a pull request" in capsys.readouterr().out


async def test_what_github_itself_tells_about_is_not_imported_beside_it(
    stage: Stage, clone: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with stage.transaction() as tx:
        await tx.execute(
            "INSERT INTO repositories (workspace_id, repository_id, full_name, discovered_at)"
            " VALUES ($1, 7, 'Acme/Shop', now())",
            stage.workspace_id,
        )
    assert await _import(clone) != 0
    assert "Acme/Shop comes from GitHub already" in capsys.readouterr().err
    assert await stage.value("SELECT count(*) FROM pull_requests") == 0


async def test_a_day_that_is_none_is_refused_in_one_line(
    stage: Stage, clone: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await _import(clone, "--since", "yesterday") != 0
    assert "--since yesterday: write a day as 2026-01-31." in capsys.readouterr().err


async def test_a_squash_by_somebody_with_a_hostile_name_is_stored_as_text(
    stage: Stage, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    story = CloneWriter()
    story.commit("\x1b[31mRed\u202e (#1)", "'; DROP TABLE x -- <a@b>", committer=GITHUB)
    assert await _import(story.write(tmp_path / "shop")) == 0
    assert await stage.value("SELECT count(*) FROM pull_requests WHERE number = 1") == 1
    assert "\x1b" not in capsys.readouterr().out


_LEFT = "SELECT count(*) FROM {} WHERE repository_id < 0"
_TABLES = ("repositories", "pull_requests", "facts", "attributions", "commits")


async def _left(stage: Stage) -> dict[str, int]:
    """How many rows there are of imported repositories."""
    return {table: await stage.value(_LEFT.format(table)) for table in _TABLES}


@pytest.mark.parametrize("place", ["", *PLACES])
async def test_what_was_imported_gives_way_once_github_shows_the_repository(
    stage: Stage, clone: Path, place: str
) -> None:
    assert await _import(clone) == 0
    await stage.quiet()
    assert all((await _left(stage)).values())
    assert await stage.value("SELECT sum(merged) FROM rollups WHERE scope = 'workspace'") == 2
    failpoints.arm({place: "fail"})
    async with stage.transaction() as tx:
        shown = Repository(RepositoryId(7), "Acme/Shop")
        await repositories.learn(tx, [shown], heard_at=stage.clock.now(), now=stage.clock.now())
    await stage.until_row(_LEFT.format("repositories"), lambda count: count == 0)
    await stage.quiet()
    assert await _left(stage) == dict.fromkeys(_TABLES, 0)
    assert await stage.value("SELECT count(*) FROM rollups") == 0
    assert await stage.value("SELECT full_name FROM repositories") == "Acme/Shop"


async def test_another_repository_of_github_leaves_it_alone(stage: Stage, clone: Path) -> None:
    assert await _import(clone) == 0
    async with stage.transaction() as tx:
        shown = Repository(RepositoryId(7), "acme/shopping")
        await repositories.learn(tx, [shown], heard_at=stage.clock.now(), now=stage.clock.now())
    await stage.quiet()
    assert await stage.value("SELECT count(*) FROM pull_requests") == 2
