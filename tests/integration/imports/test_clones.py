"""What a clone's history says about the pull requests that were merged into it."""

from __future__ import annotations

import subprocess
from datetime import date, timedelta
from pathlib import Path

import pytest

from bot.app.imports import Imported
from bot.domain.pull_requests import ActorKind, Snapshot
from bot.errors import UserError
from bot.integrations.git import open_clone
from tests.clones import ADA, GITHUB, GRACE, START, CloneWriter

BOT = "dependabot[bot] <49699333+dependabot[bot]@users.noreply.github.com>"


def merged(path: Path, **how: object) -> dict[int, Snapshot]:
    """The pull requests of a clone, by number."""
    found = open_clone(path).read(**how)  # type: ignore[arg-type]  # a day, if any
    return {one.pull_request.number: one for one in found if one is not None}


def test_a_merge_button_names_number_title_author_merger_and_the_branchs_commits(
    tmp_path: Path,
) -> None:
    story = CloneWriter()
    story.commit("Start")
    work = story.branch("Draw a cat", "Draw its whiskers", author=GRACE)
    story.merge(work, "Merge pull request #12 from ghopper/cats\n\nCats on the page\n\nLong text")
    [found] = merged(story.write(tmp_path / "shop")).values()
    pr = found.pull_request
    assert (pr.number, pr.title, pr.head_ref) == (12, "Cats on the page", "cats")
    assert (pr.author.login, pr.author.github_id) == ("ghopper", 4242)
    assert pr.merged_by is not None
    assert pr.merged_by.login == "ada-byron"
    assert pr.url == "https://github.com/acme/shop/pull/12"
    assert (pr.state, pr.merged_at) == ("closed", START + timedelta(hours=4))
    assert [one.authored_at for one in sorted(found.commits, key=lambda c: c.authored_at)] == [
        START + timedelta(hours=2),
        START + timedelta(hours=3),
    ]
    assert pr.opened_at == START + timedelta(hours=2)
    assert (pr.commit_count, pr.changed_files, pr.additions) == (2, 1, 1)


def test_a_squash_knows_its_author_and_size_but_not_how_many_commits_there_were(
    tmp_path: Path,
) -> None:
    story = CloneWriter()
    story.commit("Start")
    story.commit("Count the stock (#7)\n\n* first\n\n* second", GRACE, committer=GITHUB)
    [found] = merged(story.write(tmp_path / "shop")).values()
    pr = found.pull_request
    assert (pr.number, pr.title, pr.author.login) == (7, "Count the stock", "ghopper")
    assert (pr.commit_count, pr.merged_by, found.commits) == (None, None, ())
    assert (pr.additions, pr.deletions, pr.changed_files) == (1, 0, 1)


@pytest.mark.parametrize(
    ("message", "number", "title"),
    [
        ("Merged in feature/x (pull request #5)\n\nX for all", 5, "X for all"),
        ("Merged PR 6: Faster lists", 6, "Faster lists"),
        ("Auto merge of #8 - ada:fix, r=grace\n\nFix the thing", 8, "Fix the thing"),
        ("Merge #9\n\n9: Try it r=ada a=grace", 9, "9: Try it r=ada a=grace"),
        ("Merge pull request #10 in SHOP/web from x to main", 10, "Merge pull request #10 in SHOP/web from x to main"),
        ('Revert "Count the stock (#7)" (#11)', 11, 'Revert "Count the stock (#7)"'),
        ("Title\n\nSee merge request acme/shop!13", 13, "Title"),
        ("كل شيء بخير (#14)", 14, "كل شيء بخير"),
    ],
)  # fmt: skip
def test_other_hosts_write_it_their_way(
    message: str, number: int, title: str, tmp_path: Path
) -> None:
    story = CloneWriter()
    story.commit("Start")
    story.commit(message)
    found = merged(story.write(tmp_path / "shop"))
    assert {one: found[one].pull_request.title for one in found} == {number: title}


def test_the_summary_counts_as_reverts_what_facts_take_for_one(tmp_path: Path) -> None:
    story = CloneWriter()
    story.commit("Start")
    for title in ('Revert "Cats"', "revert: dogs", 'Revert "Revert "Cats""', "Revert to cats"):
        story.commit(f"{title} (#{len(title)})")
    imported = Imported(shallow=False, partial=False)
    for one in merged(story.write(tmp_path / "shop")).values():
        imported.count(one)
    assert (imported.pull_requests, imported.reverts) == (4, 2)


def test_gitlabs_merges_name_their_branch_and_lead_to_the_merge_request(tmp_path: Path) -> None:
    story = CloneWriter()
    story.commit("Start")
    work = story.branch("Work")
    story.merge(work, "Merge branch 'fast' into 'main'\n\nFaster\n\nSee merge request acme/shop!21")
    path = story.write(tmp_path / "shop", remote="git@gitlab.example.com:acme/shop.git")
    [found] = merged(path).values()
    assert found.pull_request.head_ref == "fast"
    assert found.pull_request.title == "Faster"
    assert found.pull_request.url == "https://gitlab.example.com/acme/shop/-/merge_requests/21"


@pytest.mark.parametrize(
    "message",
    [
        "Fix #12",
        "Merge branch 'main' into feature",
        'Revert "Count the stock (#7)"',
        "Count (#0)",
        "Count (#99999999999)",
        "Version 1.2 (3)",
        "(#5)",
    ],
)
def test_what_names_no_pull_request_is_none(message: str, tmp_path: Path) -> None:
    story = CloneWriter()
    story.commit("Start")
    story.commit(message)
    assert merged(story.write(tmp_path / "shop")) == {}


def test_a_branch_that_is_merged_twice_counts_its_commits_once_each(tmp_path: Path) -> None:
    story = CloneWriter()
    story.commit("Start")
    first = story.branch("One", "Two")
    story.merge(first, "Merge pull request #1 from acme/long")
    more = story.branch("Three", start=first)
    story.merge(more, "Merge pull request #2 from acme/long")
    found = merged(story.write(tmp_path / "shop"))
    assert {number: len(found[number].commits) for number in found} == {1: 2, 2: 1}


def test_a_branch_that_took_in_the_main_line_keeps_only_its_own_commits(tmp_path: Path) -> None:
    story = CloneWriter()
    story.commit("Start")
    work = story.branch("Begin")
    story.commit("On main meanwhile")
    taken = story.commit("Merge branch 'main' into work", parents=(work, story.tip))
    story.merge(taken, "Merge pull request #3 from acme/work")
    found = merged(story.write(tmp_path / "shop"))
    assert len(found[3].commits) == 2


def test_bots_are_bots_and_the_same_name_is_the_same_person(tmp_path: Path) -> None:
    story = CloneWriter()
    story.commit("Bump x (#1)", BOT)
    story.commit("By hand (#2)", "Grace Hopper <grace@home.example>")
    story.commit("On GitHub (#3)", GRACE)
    story.commit("Elsewhere (#4)", "Ada Byron <ada@work.example>")
    story.commit("At home (#5)", ADA)
    found = merged(story.write(tmp_path / "shop"))
    authors = {number: found[number].pull_request.author for number in found}
    assert authors[1].kind is ActorKind.BOT
    assert authors[2] == authors[3]
    assert authors[4] == authors[5]
    assert authors[4].github_id < 0 < authors[3].github_id


def test_a_second_reading_says_the_same(tmp_path: Path) -> None:
    story = CloneWriter()
    story.commit("Start")
    story.merge(story.branch("Work", author=GRACE), "Merge pull request #12 from ghopper/cats")
    path = story.write(tmp_path / "shop")
    assert merged(path) == merged(path)


def test_reading_since_a_day_leaves_out_what_merged_before(tmp_path: Path) -> None:
    story = CloneWriter()
    story.merge(story.branch("Old", start=story.commit("Start")), "Merge pull request #1 from a/b")
    story.at += timedelta(days=30)
    story.commit("New (#2)")
    path = story.write(tmp_path / "shop")
    assert list(merged(path, since=START.date() + timedelta(days=20))) == [2]
    assert list(merged(path, since=date(2027, 1, 1))) == []


def test_marks_of_ai_are_found_in_the_branchs_commits_and_in_squashes(tmp_path: Path) -> None:
    story = CloneWriter()
    trailer = "\n\nCo-Authored-By: Claude <noreply@anthropic.com>"
    story.commit("Start")
    story.merge(story.branch("Work" + trailer), "Merge pull request #1 from acme/work")
    story.commit("Squashed (#2)" + trailer)
    story.commit("By hand (#3)\n\nWe now use cursor pagination, not Claude.")
    found = merged(story.write(tmp_path / "shop"))
    assert found[1].traces
    assert found[2].traces
    assert not found[3].traces


def test_what_a_clone_says_of_itself_is_not_run(tmp_path: Path) -> None:
    story = CloneWriter()
    story.commit("Start (#1)")
    path = story.write(tmp_path / "shop")
    trap = tmp_path / "trap"
    for name, value in (
        ("core.fsmonitor", f"touch {trap}"),
        ("diff.external", f"touch {trap}"),
        ("log.showSignature", "true"),
        ("gpg.program", f"touch {trap}"),
        ("core.pager", f"touch {trap}"),
    ):
        subprocess.run(["git", "-C", str(path), "config", name, value], check=True)
    assert list(merged(path)) == [1]
    assert not trap.exists()


def test_a_folder_that_is_no_clone_and_one_without_commits_are_said_to_be_so(
    tmp_path: Path,
) -> None:
    with pytest.raises(UserError, match="there is no such folder"):
        open_clone(tmp_path / "missing")
    with pytest.raises(UserError, match="is no git repository"):
        open_clone(tmp_path)
    subprocess.run(["git", "init", "--quiet", str(tmp_path / "new")], check=True)
    with pytest.raises(UserError, match="has no commits yet"):
        open_clone(tmp_path / "new")
    story = CloneWriter()
    story.commit("Start")
    with pytest.raises(UserError, match="has no such branch"):
        open_clone(story.write(tmp_path / "shop"), "--output=x")


def test_a_branch_can_be_named(tmp_path: Path) -> None:
    story = CloneWriter()
    story.commit("Start")
    story.branch("On the side (#5)")
    clone = open_clone(story.write(tmp_path / "shop"), "side")
    assert [one.pull_request.number for one in clone.read() if one] == [5]


@pytest.mark.parametrize(
    ("remote", "host", "full_name"),
    [
        ("https://github.com/acme/shop.git", "github.com", "acme/shop"),
        ("https://ada:secret@github.com/acme/shop", "github.com", "acme/shop"),  # pragma: allowlist secret
        ("git@github.com:acme/shop.git", "github.com", "acme/shop"),
        ("ssh://git@git.example.com:2222/group/sub/shop.git", "git.example.com", "group/sub/shop"),
        ("../elsewhere", "", "local/shop"),
        ("", "", "local/shop"),
    ],
)  # fmt: skip
def test_where_a_clone_came_from_is_read_from_its_remote(
    remote: str, host: str, full_name: str, tmp_path: Path
) -> None:
    story = CloneWriter()
    story.commit("Start")
    origin = open_clone(story.write(tmp_path / "shop", remote=remote)).origin
    assert (origin.host, origin.full_name) == (host, full_name)


def test_a_shallow_clone_says_so_and_sizes_of_a_partial_one_are_not_fetched(
    tmp_path: Path,
) -> None:
    story = CloneWriter()
    story.commit("Start")
    story.commit("Second (#2)")
    origin = story.write(tmp_path / "shop")
    shallow = tmp_path / "shallow"
    subprocess.run(
        ["git", "clone", "--quiet", "--depth=1", f"file://{origin}", str(shallow)], check=True
    )
    assert open_clone(shallow).shallow
    subprocess.run(
        ["git", "-C", str(origin), "config", "remote.origin.promisor", "true"], check=True
    )
    [found] = merged(origin).values()
    assert (found.pull_request.additions, found.pull_request.changed_files) == (None, None)
