"""Reverts are known by what GitHub's button and git themselves write."""

from __future__ import annotations

import pytest

from bot.domain.attributions.matching import evidence_of
from bot.domain.attributions.texts import CommitText, PullRequestTexts
from bot.domain.attributions.traces import traces_of
from bot.domain.facts import REVERTS, reversal_of, revert_traces
from bot.domain.pull_requests import Trace

SHA = "0123456789abcdef0123456789abcdef01234567"  # pragma: allowlist secret


def said(*texts: str) -> list[str]:
    return [trace.text for trace in revert_traces(texts)]


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Reverts acme/shop#12", ["acme/shop#12"]),
        ("Why:\n\nReverts Acme/Shop#12.\nbye", ["acme/shop#12"]),
        ("Reverts #12", ["#12"]),
        (f"This reverts commit {SHA}.", [SHA]),
        (f"This reverts commit {SHA[:8]} (Add a thing, 2026-11-01).", [SHA[:8]]),
        (f"This reverts commit {SHA}, reversing\nchanges made to {SHA}.", [SHA]),
        (f"This reverts merge commit {SHA.upper()}", [SHA]),
        ("It reverts acme/shop#12 and more", []),
        ("This reverts commit of faith", []),
        ("Reverts acme/shop#0", []),
        ("x" * 400 + "\nReverts #3", ["#3"]),
    ],
)
def test_only_what_is_taken_back_is_kept_of_a_text(text: str, kept: list[str]) -> None:
    assert said(text) == kept


def test_a_long_list_is_kept_in_part() -> None:
    assert len(said("\n".join(f"Reverts #{n}" for n in range(1, 100)))) == 10
    assert next(revert_traces(["Reverts #3"])) == Trace(REVERTS, "#3")


@pytest.mark.parametrize(
    ("title", "head", "traces", "is_revert", "number", "shas"),
    [
        ('Revert "Add a thing"', "revert-12-topic", [], True, 12, ()),
        ("Undo it", "revert-12-topic", [], True, 12, ()),
        ('Revert "Add a thing"', "undo", ["acme/shop#12"], True, 12, ()),
        ('Revert "Add a thing"', "undo", ["#12"], True, 12, ()),
        ('Revert "Add a thing"', "undo", ["other/place#12"], True, None, ()),
        ('revert: "Add a thing"', "undo", [SHA], True, None, (SHA,)),
        ("revert(shop): add a thing", "undo", [], True, None, ()),
        ('Revert "Add a thing (#12)" (#15)', "undo", [SHA], True, 12, ()),
        ('Revert "Revert "Add a thing""', "revert-15-revert-12-topic", [], False, 15, ()),
        ('Reapply "Add a thing"', "again", [SHA], False, None, (SHA,)),
        ('Revert "Reapply "Add a thing""', "undo", [], True, None, ()),
        ("Revert to the old look", "topic", [SHA], False, None, ()),
        ("Add a thing", "topic", [SHA, "acme/shop#12"], False, None, ()),
        ("Add a thing", "revert-fast", [], False, None, ()),
    ],
)
def test_a_revert_is_one_by_its_title_or_its_branch(
    title: str, head: str, traces: list[str], is_revert: bool, number: int | None, shas: tuple[str]
) -> None:
    found = reversal_of(title, head, "Acme/Shop", traces)
    assert (found.is_revert, found.number, found.shas) == (is_revert, number, shas)


def test_what_is_taken_back_is_among_the_traces_of_a_pull_request() -> None:
    commit = CommitText(SHA, f'Revert "Add a thing"\n\nThis reverts commit {SHA}.')
    texts = PullRequestTexts("ada", 1, "Undo", "Reverts acme/shop#12", "undo", (commit,))
    assert {Trace(REVERTS, "acme/shop#12"), Trace(REVERTS, SHA)} <= traces_of(texts)
    assert not list(evidence_of(Trace(REVERTS, SHA)))
