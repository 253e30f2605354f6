"""A history of 100,000 commits, imported into an empty workspace; beside git's own reading of it."""

from __future__ import annotations

import random
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.grounds import WORKSPACE, new_folder, postgres, services
from benchmarks.tables import Row
from bot.app.imports import import_clone
from bot.integrations.git import open_clone
from tests.clones import GITHUB, CloneWriter

COMMITS = 100_000
GOAL_S = 120.0
_PEOPLE = 200
_SIGNED = "\n\nCo-Authored-By: Claude <noreply@anthropic.com>"


def make_clone(path: Path, commits: int) -> Path:
    """Two in five pull requests merged, two squashed, and one commit in five pushed directly."""
    chance, story = random.Random(7), CloneWriter(at=datetime(2014, 1, 1, tzinfo=UTC))
    number = 0
    story.commit("Start")
    while story.marks < commits:
        number += 1
        author = f"Person {number % _PEOPLE} Sample <p{number % _PEOPLE}@example.com>"
        way = chance.random()
        if way < 0.4:
            count = chance.randint(1, 6)
            work = story.branch(*[f"Work {number}.{n}" for n in range(count)], author=author)
            story.merge(work, f"Merge pull request #{number} from acme/b{number}\n\nWork {number}")
        elif way < 0.8:
            story.commit(f"Work {number} (#{number}){_SIGNED}", author, committer=GITHUB)
        else:
            story.commit(f"Pushed {number}", author)
    return story.write(path)


async def measure() -> Sequence[Row]:
    """Seconds for the whole import, beside the two minutes it may take."""
    folder = new_folder()
    path = make_clone(folder / "clone", COMMITS)
    bare_s = _bare(path)
    async with postgres() as server, services(server) as opened:
        began = time.monotonic()
        imported = await import_clone(opened, WORKSPACE, open_clone(path), tell=lambda *_: None)
        took_s = time.monotonic() - began
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{imported.pull_requests:,} pull requests in {took_s:.1f} s, `git log --shortstat` alone "
        f"{bare_s:.1f} s, {peak_mb:.0f} MB at most",
        file=sys.stderr,
    )
    return [Row("import of 100,000 commits, s, beside 120", [took_s], [GOAL_S], "<=", 1.0)]


def _bare(path: Path) -> float:
    began = time.monotonic()
    subprocess.run(
        ["git", "-C", str(path), "log", "--first-parent", "--shortstat", "--diff-merges=1"],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return time.monotonic() - began
