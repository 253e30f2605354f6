"""The rules against thousands of real pull requests, in which nobody planted anything."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from typing import Any

import pytest

from bot.domain.attributions import signals_of
from tests.shared_data import shared


@pytest.fixture(scope="module")
def pull_requests() -> list[dict[str, Any]]:
    return list(_read())


def _read() -> Iterator[dict[str, Any]]:
    for file in sorted(shared("data/pull-requests").glob("*.jsonl.gz")):
        with gzip.open(file, "rt", encoding="utf-8") as lines:
            yield from map(json.loads, lines)


ADDRESSES = {
    "Claude": "noreply@anthropic.com",
    "Codex": "noreply@openai.com",
    "Cursor": "cursoragent@cursor.com",
}
"""The data hides all addresses; these names mean nothing without theirs."""


def _signs(pr: dict[str, Any], *, trailers: str = "") -> frozenset[str]:
    branch = (pr["branch"] or "").partition("/")[2]
    body = f"{pr['body'] or ''}\n\n{trailers}"
    return signals_of(author_login="ada", body=body, head_ref=branch, title=pr["title"])


def _trailers(pr: dict[str, Any]) -> str:
    """What the commits said of tools, as a squash message would carry it."""
    named = [t for t in pr["trailers"] if t["ai"] and t.get("name")]
    return "\n".join(f"{t['key']}: {t['name']} <{ADDRESSES.get(t['name'], '')}>" for t in named)


def test_nearly_all_real_pull_requests_that_credit_a_tool_are_seen(
    pull_requests: list[dict[str, Any]],
) -> None:
    marked = [pr for pr in pull_requests if pr["ai_signals"]]
    seen = [pr for pr in marked if _signs(pr, trailers=_trailers(pr))]
    assert len(seen) >= 0.98 * len(marked) > 100


def test_where_a_plain_reading_finds_nothing_only_review_summaries_are_seen(
    pull_requests: list[dict[str, Any]],
) -> None:
    unmarked = [pr for pr in pull_requests if not pr["ai_signals"]]
    seen = [pr for pr in unmarked if _signs(pr)]
    assert len(unmarked) > 7000
    assert [pr["number"] for pr in seen if "<!-- CURSOR_SUMMARY -->" not in pr["body"]] == []
    assert len(seen) < 10
