"""The rules against thousands of real pull requests, in which nobody planted anything.

`ai_tools` and `ai_signals` of the data are one reading by a simple script. Every disagreement was
looked at by hand and stands here with who was right; docs/features/attributions.md has the table.
"""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from bot.domain.attributions import CommitText, PullRequestTexts, traces_of
from bot.domain.attributions.evidence import Evidence, Strength
from bot.domain.attributions.judgements import Attribution, Known, Tier, judge
from tests.shared_data import shared
from tests.unit.domain.makers import ADA

ADDRESSES = {
    "1ca9e4342fab8f2f": "noreply@anthropic.com",  # pragma: allowlist secret
    "416450475e519a0a": "cursoragent@cursor.com",  # pragma: allowlist secret
    "d35c5443579acbd8": "noreply@openai.com",  # pragma: allowlist secret
}
"""The data hides all addresses; these names mean nothing without theirs."""

THEIR_NAMES = {"claude_code": "claude"}
CREDITS = {"account", "address", "credit", "weak_address", "weak_credit"}

SENTRY, SDK = "getsentry/sentry-python", "modelcontextprotocol/python-sdk"
DISAGREEMENTS = {
    # A description that ends with a link to its Copilot Workspace session: we are right.
    (SDK, 312): ("copilot", "body", "ours"),
    # The data cuts descriptions; its script read the mark before. Both know by the trailer.
    (SENTRY, 5649): ("claude", "body", "theirs"),
}
ONLY_REVIEWED = {(SENTRY, number) for number in (4864, 4872, 4875, 4876)}
"""Cursor's reviewer wrote a summary below the description; who wrote the code it doesn't say."""


@dataclass(frozen=True)
class Reading:
    """One real pull request, and what either side reads in it as (tool, where)."""

    key: tuple[str, int]
    theirs: frozenset[tuple[str, str]]
    ours: frozenset[tuple[str, str]]
    attribution: Attribution
    is_bot: bool


@pytest.fixture(scope="module")
def readings() -> list[Reading]:
    return [_reading(pr) for pr in _read()]


def _read() -> Iterator[dict[str, Any]]:
    for file in sorted(shared("data/pull-requests").glob("*.jsonl.gz")):
        with gzip.open(file, "rt", encoding="utf-8") as lines:
            yield from map(json.loads, lines)


def _reading(pr: dict[str, Any]) -> Reading:
    branch = (pr["branch"] or "").partition("/")[2]
    commit = CommitText(pr["sha"], _message(pr))
    texts = PullRequestTexts("ada", ADA.github_id, pr["title"], pr["body"], branch, (commit,))
    attribution = judge(Known(ADA, branch, traces=traces_of(texts)))
    wrote = [one for one in attribution.evidence if one.strength is not Strength.REVIEW]
    theirs = frozenset(
        (tool, where) for tool, _, where in (s.partition(":") for s in pr["ai_signals"])
    )
    ours = frozenset((THEIR_NAMES.get(one.tool, one.tool), _where(one)) for one in wrote)
    return Reading((pr["repo"], pr["number"]), theirs, ours, attribution, pr["is_bot"])


def _message(pr: dict[str, Any]) -> str:
    """The trailers of its commits, as they may have been."""
    return "\n".join(map(_trailer, pr["trailers"]))


def _trailer(trailer: dict[str, Any]) -> str:
    key = trailer["key"].title()
    if "value" in trailer:
        return f"{key}: {trailer['value']}"
    digest, login = trailer["key_hash"], trailer.get("login")
    hidden = f"1+{login}@users.noreply.github.com" if login else f"{digest}@example.com"
    return f"{key}: {trailer.get('name', 'Somebody')} <{ADDRESSES.get(digest, hidden)}>"


def _where(one: Evidence) -> str:
    return "trailer" if one.rule.partition(".")[2] in CREDITS else "body"


def test_every_disagreement_with_a_plain_reading_was_looked_at(readings: list[Reading]) -> None:
    found = {
        (one.key, sign, "ours" if sign in one.ours else "theirs")
        for one in readings
        for sign in one.ours ^ one.theirs
    }
    looked_at = {(key, (tool, where), by) for key, (tool, where, by) in DISAGREEMENTS.items()}
    assert found == looked_at


def test_both_see_the_same_tools_but_in_one_pull_request(readings: list[Reading]) -> None:
    def tools(signs: frozenset[tuple[str, str]]) -> set[str]:
        return {tool for tool, _ in signs}

    assert [r.key for r in readings if tools(r.ours) != tools(r.theirs)] == [(SDK, 312)]
    assert sum(bool(r.theirs) for r in readings) == 160


def test_an_ai_review_of_a_real_pull_request_is_no_authorship(readings: list[Reading]) -> None:
    reviewed = [one for one in readings if one.attribution.ai_reviewers]
    assert {one.key for one in reviewed} == ONLY_REVIEWED
    assert {one.attribution.tier for one in reviewed} == {Tier.UNKNOWN}


def test_most_real_pull_requests_are_unknown_and_none_is_called_human(
    readings: list[Reading],
) -> None:
    tiers = Counter((one.attribution.tier, one.attribution.assisted) for one in readings)
    assert tiers == {(Tier.UNKNOWN, None): 7840, (Tier.STRONG, True): 161}


def test_a_service_bots_pull_request_is_ais_only_where_somebody_worked_on_it_so(
    readings: list[Reading],
) -> None:
    """Each of the four names the tool in a trailer, beside the bot and a person."""
    bots = [one for one in readings if one.is_bot]
    assert len(bots) > 900
    marked = {one.key for one in bots if one.ours}
    assert marked == {(SENTRY, 5524), (SENTRY, 6390), (SENTRY, 6682), (SDK, 2636)}


def test_hardly_anything_is_kept_of_real_texts() -> None:
    """And of that no address but machines'."""
    kept = [
        trace
        for pr in _read()
        for trace in traces_of(PullRequestTexts("ada", 7, pr["title"], pr["body"], ""))
    ]
    assert 0 < len(kept) < 200
    assert [trace for trace in kept if "@" in trace.text.replace("[bot]@", "")] == []
