"""What GitHub's refusals mean to us, beyond what the make-believe GitHub says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any

import pytest
from gidgethub import BadRequest, GitHubBroken

from bot.errors import Permanent, Retryable, TooMuch
from bot.integrations.github.limits import Limits, budget_in

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
USED_UP = {
    "x-ratelimit-limit": "5000",
    "x-ratelimit-remaining": "0",
    "x-ratelimit-reset": str(int((NOON + timedelta(minutes=7)).timestamp())),
}
FULL = {**USED_UP, "x-ratelimit-remaining": "4999"}


@pytest.fixture
def limits() -> Limits:
    return Limits(lambda: NOON)


def refused(status: int, said: str = "no", **headers: str) -> BadRequest:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return BadRequest(HTTPStatus(status), said, headers=named)


@pytest.mark.parametrize(
    ("status", "said", "reason"),
    [
        (401, "Bad credentials", "revoked"),
        (403, "Resource not accessible by integration", "scope_missing"),
        (403, "This installation has been suspended", "suspended"),
        (404, "Not Found", "not_found"),
        (410, "Gone", "gone"),
        (451, "Unavailable For Legal Reasons", "gone"),
        (409, "Git Repository is empty.", "HTTP 409"),
    ],
)
def test_what_is_refused_for_good(limits: Limits, status: int, said: str, reason: str) -> None:
    found = limits.refusal(refused(status, said))
    assert isinstance(found, Permanent)
    assert found.reason == reason


@pytest.mark.parametrize(
    ("error", "after_s"),
    [
        (refused(403, retry_after="17"), 17.0),
        (refused(429), 60.0),
        (refused(403, "You have exceeded a secondary rate limit."), 60.0),
        (BadRequest(HTTPStatus(403), "API rate limit exceeded", headers=USED_UP), 421.0),
        (GitHubBroken(HTTPStatus(503), headers={}), None),
    ],
)
def test_what_is_asked_for_again_later(
    limits: Limits, error: BadRequest, after_s: float | None
) -> None:
    found = limits.refusal(error)
    assert isinstance(found, Retryable)
    assert found.after_s == after_s


@pytest.mark.parametrize(
    ("data", "errors", "kind", "word"),
    [
        (None, [{"type": "RATE_LIMITED"}], Retryable, "rate_limited"),
        (None, [{"type": "RATE_LIMIT"}], Retryable, "rate_limited"),
        ({"a": 1}, [{"type": "RESOURCE_LIMITS_EXCEEDED"}], TooMuch, "RESOURCE"),
        (None, [{"type": "MAX_NODE_LIMIT_EXCEEDED"}], TooMuch, "MAX_NODE"),
        (
            None,
            [{"message": "Something went wrong. This may be the result of a timeout."}],
            TooMuch,
            "timeout",
        ),
        (None, [{"message": "Something went wrong while executing"}], Retryable, "no_data"),
        (None, [{"type": "SERVICE_UNAVAILABLE"}], Retryable, "no_data"),
        (None, [], Retryable, "no_data"),
        (None, [{"type": "FORBIDDEN"}], Permanent, "scope_missing"),
        (None, [{"type": "NOT_FOUND"}], Permanent, "not_found"),
        (None, [{"type": "undefinedField"}], Permanent, "graphql: undefinedField"),
    ],
)
def test_errors_beside_http_200(
    limits: Limits, data: Any, errors: list[dict[str, str]], kind: type[Exception], word: str
) -> None:
    found = limits.graph_refusal(data, errors, {})
    assert isinstance(found, kind)
    assert word in str(found)


def test_errors_of_single_fields_are_no_refusal(limits: Limits) -> None:
    assert limits.graph_refusal({"a": None}, [{"type": "NOT_FOUND"}], {}) is None


def test_each_resource_has_its_budget(limits: Limits) -> None:
    limits.note({**USED_UP, "x-ratelimit-resource": "graphql"})
    limits.note({**FULL, "x-ratelimit-resource": "core"})
    limits.keep("core")
    with pytest.raises(Retryable):
        limits.keep("graphql")
    assert (limits.of("core"), limits.of("search")) == (budget_in(FULL), None)


def test_a_budget_that_was_renewed_holds_nobody() -> None:
    clock = [NOON]
    limits = Limits(lambda: clock[0])
    limits.note(USED_UP)
    clock[0] += timedelta(minutes=8)
    limits.keep("core")


def test_a_clock_that_is_far_off_waits_an_hour_at_most() -> None:
    limits = Limits(lambda: NOON - timedelta(days=3))
    limits.note(USED_UP)
    with pytest.raises(Retryable) as caught:
        limits.keep("core")
    assert caught.value.after_s == 3600.0


@pytest.mark.parametrize(
    "headers", [{}, {**USED_UP, "x-ratelimit-limit": "many"}, {"x-ratelimit-limit": "5"}]
)
def test_headers_that_say_nothing_are_no_budget(headers: dict[str, str]) -> None:
    assert budget_in(headers) is None


@pytest.mark.parametrize(
    ("said", "end"),
    [
        ("2026-12-24 17:00:00 UTC", datetime(2026, 12, 24, 17, 0, tzinfo=UTC)),
        ("2026-12-24 17:00:00 +0200", datetime(2026, 12, 24, 15, 0, tzinfo=UTC)),
        ("soon", None),
    ],
)
def test_the_end_of_a_token_is_read(limits: Limits, said: str, end: datetime | None) -> None:
    limits.note({"github-authentication-token-expiration": said})
    assert limits.expires_at == end
