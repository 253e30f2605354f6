"""What each of GitHub's own example payloads tells us, and payloads derived from them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from bot.domain.connections import InstallationChange, InstallationNews
from bot.domain.deliveries import (
    AccountNews,
    News,
    PullRequestNews,
    RenamedNews,
    RepositoryNews,
    ShownNews,
    TeamMemberNews,
    TeamNews,
)
from bot.domain.pull_requests import ReviewState, TimelineEvent, Turn
from bot.domain.teams import Team
from bot.integrations.github.payloads import read
from tests.shared_data import shared
from tests.stories import WEBHOOKS, Story, Told, real

NAMES = sorted(path.name.removesuffix(".1.json") for path in shared(WEBHOOKS).glob("*.json"))
AT = datetime(2026, 11, 18, 12, tzinfo=UTC)
STORY = Story(7, AT - timedelta(hours=5), merged_at=AT)


def news_of(name: str, **changes: Any) -> News | None:
    return read(name.split(".", maxsplit=1)[0], json.dumps(real(name) | changes).encode())


def told(one: Told) -> PullRequestNews:
    news = read(one.event, one.body)
    assert isinstance(news, PullRequestNews)
    return news


def test_every_example_is_read_as_what_it_tells() -> None:
    kinds = {name: type(news_of(name)).__name__ for name in NAMES}
    expected = {name: "PullRequestNews" for name in NAMES if name.startswith("pull_request")}
    expected |= {name: "RepositoryNews" for name in NAMES if name.startswith("repository.")}
    expected |= {name: "InstallationNews" for name in NAMES if name.startswith("installation.")}
    expected |= {name: "ShownNews" for name in NAMES if name.startswith("installation_rep")}
    expected |= {name: "AccountNews" for name in NAMES if name.startswith("member.")}
    expected |= {name: "TeamMemberNews" for name in NAMES if name.startswith("membership.")}
    expected |= {
        "organization.member_added": "AccountNews",
        "organization.member_invited": "NoneType",
        "organization.renamed": "RenamedNews",
        "ping.none": "NoneType",
        "push.none": "NoneType",
    }
    assert kinds == expected


def test_a_merge_tells_its_sizes_its_labels_who_merged_it_and_as_what() -> None:
    one = STORY.merged()
    one.payload["pull_request"] |= {
        "merge_commit_sha": "5" * 40,
        "additions": 12,
        "deletions": 3,
        "changed_files": 2,
        "commits": 4,
        "labels": [{"name": "hotfix"}, {"name": "a\x00b"}],
    }
    pr = told(one).pull_request
    assert (pr.additions, pr.deletions, pr.changed_files, pr.commit_count) == (12, 3, 2, 4)
    assert pr.labels == {"hotfix", "ab"}
    assert pr.merged_by is not None
    assert pr.merged_by.login == "person9-gh"
    assert pr.merge_sha == "5" * 40
    assert pr.node_id.startswith("MDExOlB1bGxSZXF1ZXN0")


def test_the_trial_merge_of_an_open_pull_request_is_nobodys_merge() -> None:
    one = STORY.opened()
    one.payload["pull_request"]["merge_commit_sha"] = "5" * 40
    pr = told(one).pull_request
    assert (pr.merge_sha, pr.merged_by) == (None, None)


def test_a_reviews_picture_of_a_pull_request_has_no_sizes() -> None:
    pr = told(STORY.reviewed("person2-gh", "approved", AT, review=9)).pull_request
    assert (pr.additions, pr.changed_files, pr.commit_count) == (None, None, None)


@pytest.mark.parametrize(
    ("action", "turn"),
    [
        ("converted_to_draft", Turn.DRAFTED),
        ("ready_for_review", Turn.READY),
        ("review_requested", Turn.REVIEW_REQUESTED),
        ("reopened", Turn.REOPENED),
        ("closed", Turn.CLOSED),
        ("labeled", None),
        ("synchronize", None),
    ],
)
def test_actions_that_turn_a_pull_request_are_turns(action: str, turn: Turn | None) -> None:
    news = news_of(f"pull_request.{action}")
    assert isinstance(news, PullRequestNews)
    pr = news.pull_request
    at = pr.closed_at if turn is Turn.CLOSED and pr.closed_at else pr.updated_at
    assert news.snapshot.timeline == (() if turn is None else (TimelineEvent(turn, at),))


def test_a_review_is_a_review_and_its_draft_is_nothing_yet() -> None:
    submitted = told(STORY.reviewed("person2-gh", "approved", AT, review=9))
    assert [(r.review_id, r.state) for r in submitted.snapshot.reviews] == [
        (9, ReviewState.APPROVED)
    ]
    draft = STORY.reviewed("person2-gh", "commented", AT, review=9)
    draft.payload["review"] |= {"submitted_at": None, "state": "pending"}
    assert told(draft).snapshot.reviews == ()


def test_a_comment_on_a_line_neither_gives_nor_takes_an_approval() -> None:
    comment = STORY.reviewed("person2-gh", "approved", AT, review=9).payload
    comment["comment"] = comment.pop("review") | {"pull_request_review_id": 9}
    comment["action"] = "created"
    news = read("pull_request_review_comment", json.dumps(comment).encode())
    assert isinstance(news, PullRequestNews)
    assert (news.snapshot.reviews, news.snapshot.timeline) == ((), ())
    assert news.pull_request.number == 7


def test_marks_in_the_description_become_traces_and_its_prose_does_not() -> None:
    body = "A secret plan.\n\n🤖 Generated with [Claude Code](https://claude.com/claude-code)"
    snapshot = told(Story(7, AT, body=body).opened()).snapshot
    assert snapshot.traces
    assert "secret" not in str(snapshot.traces)


def test_a_repository_is_described_as_it_is_now() -> None:
    news = news_of("repository.renamed")
    assert isinstance(news, RepositoryNews)
    one = news.repository
    assert (one.full_name, one.default_branch, news.gone) == (
        "Octocoders/Hello-World", "master", False,
    )  # fmt: skip
    deleted = news_of("repository.edited", action="deleted")
    assert isinstance(deleted, RepositoryNews)
    assert deleted.gone


def test_an_installation_tells_what_happened_and_what_it_shows() -> None:
    assert news_of("installation.suspend") == InstallationNews(
        16598467, InstallationChange.SUSPENDED
    )
    assert news_of("installation.created", action="something_new") is None
    added = news_of("installation_repositories.added")
    assert isinstance(added, ShownNews)
    assert [one.full_name for one in added.added] == ["Codertocat/Space"]
    # So little is said of it that any description is newer.
    assert added.added[0].updated_at is None
    nothing = news_of(
        "installation_repositories.removed", repositories_added=None, repositories_removed=None
    )
    assert isinstance(nothing, ShownNews)
    assert (nothing.added, nothing.removed) == ((), ())


def test_people_come_and_leave() -> None:
    came = news_of("organization.member_added")
    assert isinstance(came, AccountNews)
    assert (came.account.login, came.organisation, came.in_org) == ("hacktocat", "octocoders", True)
    left = news_of("organization.member_added", action="member_removed")
    assert isinstance(left, AccountNews)
    assert left.in_org is False
    assert news_of("organization.member_added", membership={}) is None
    met = news_of("member.added")
    assert isinstance(met, AccountNews)
    assert met.in_org is None


def test_a_renamed_organisation_has_an_old_name() -> None:
    changes = {"login": {"from": "OldCo"}}
    assert news_of("organization.renamed", changes=changes) == RenamedNews("oldco", "octocoders")
    assert news_of("organization.renamed", changes={}) is None


def test_teams_are_joined_left_described_and_deleted() -> None:
    team = Team(3253328, "octocoders", "github", "github")
    joined = news_of("membership.added")
    assert isinstance(joined, TeamMemberNews)
    assert (joined.team, joined.joined) == (team, True)
    left = news_of("membership.removed")
    assert isinstance(left, TeamMemberNews)
    assert not left.joined
    assert news_of("membership.added", member=None) is None
    payload = real("membership.added")
    nested = payload["team"] | {"parent": payload["team"] | {"id": 5}}
    for action, gone in (("edited", False), ("deleted", True)):
        body = payload | {"action": action, "team": nested}
        news = read("team", json.dumps(body).encode())
        assert news == TeamNews(
            Team(3253328, "octocoders", "github", "github", parent_id=5), gone=gone
        )


def test_what_cannot_be_without_is_missed_by_name() -> None:
    with pytest.raises(ValidationError, match=r"organization"):
        news_of("membership.added", organization=None)
