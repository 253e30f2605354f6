"""Which repositories count: all, those on a list, or those whose names match."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.ids import RepositoryId
from bot.domain.repositories import Choice, Repository, Selection, wrong_patterns

ONE = RepositoryId(1)


def matches(name: str, *patterns: str) -> bool:
    return Selection(Choice.MATCHING, patterns=patterns).includes(ONE, name)


def test_without_a_choice_everything_counts() -> None:
    assert Selection().includes(ONE, "acme/shop")


def test_a_list_goes_by_the_repository_whatever_it_is_called_now() -> None:
    listed = Selection(Choice.LISTED, frozenset({ONE}))
    assert listed.includes(ONE, "acme/renamed")
    assert not listed.includes(RepositoryId(2), "acme/shop")


@pytest.mark.parametrize(
    ("patterns", "name", "counts"),
    [
        (("acme/*",), "acme/shop", True),
        (("acme/*",), "ACME/Shop", True),
        (("acme/*",), "acme-labs/shop", False),
        (("acme/*", "!acme/old-*"), "acme/old-shop", False),
        (("acme/*", "!acme/old-*", "acme/old-gold"), "acme/old-gold", True),
        (("web?",), "anyone/web1", True),
        (("web?",), "anyone/web12", False),
        (("*",), "anyone/anything", True),
        (("acme/a.b",), "acme/axb", False),
        (("!acme/old-*",), "acme/shop", False),
        ((), "acme/shop", False),
    ],
)
def test_the_last_pattern_that_matches_decides(
    patterns: tuple[str, ...], name: str, counts: bool
) -> None:
    assert matches(name, *patterns) is counts


def test_many_stars_take_no_longer_than_one() -> None:
    assert not matches("acme/" + "a" * 100, "acme/" + "*a" * 60 + "b")


def test_what_is_no_pattern_is_named() -> None:
    wrong = ("a/b/c", "acme/my shop", "", "acme/[ab]", "x" * 200)
    assert wrong_patterns(("acme/*", "!web-?", *wrong)) == wrong


def test_a_description_tells_more_if_it_is_newer_and_another() -> None:
    at = datetime(2026, 11, 18, tzinfo=UTC)
    later = at + timedelta(seconds=1)
    known = Repository(ONE, "acme/shop", updated_at=at)
    assert Repository(ONE, "acme/store", updated_at=later).tells_more_than(known)
    assert Repository(ONE, "acme/store", updated_at=at).tells_more_than(Repository(ONE, "acme/a"))
    assert not Repository(ONE, "acme/shop", updated_at=later).tells_more_than(known)
    assert Repository(ONE, "acme/store", updated_at=at).tells_more_than(known)
    earlier = at - timedelta(seconds=1)
    assert not Repository(ONE, "acme/store", updated_at=earlier).tells_more_than(known)
    assert not Repository(ONE, "acme/store").tells_more_than(known)
