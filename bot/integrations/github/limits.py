"""What GitHub lets us spend, and what its refusals mean: translated into our kinds of error, once.

https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api and
https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from gidgethub import HTTPException

from bot.errors import HunchError, Permanent, Retryable, TooMuch
from bot.ports.github import Budget

# GitHub asks for at least a minute where it does not say how long.
_SECONDARY_S = 60.0
_LONGEST_S = 3600.0
_LATER = frozenset({"SERVICE_UNAVAILABLE", "INTERNAL", "LOADING"})
_LIMITED = frozenset({"RATE_LIMITED", "RATE_LIMIT"})
_TOO_MUCH = frozenset({"RESOURCE_LIMITS_EXCEEDED", "MAX_NODE_LIMIT_EXCEEDED"})
_NOT_ALLOWED = frozenset({"FORBIDDEN", "INSUFFICIENT_SCOPES", "SAML_FAILURE"})
_SECONDARY = ("secondary rate limit", "abuse detection")


class Limits:
    """The budgets of one connection, as GitHub last told them; `now` gives aware UTC.

    A budget that is used up is not tried again before it is renewed: that would only cost more.
    """

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._budgets: dict[str, Budget] = {}
        self.expires_at: datetime | None = None

    def of(self, resource: str) -> Budget | None:
        """What is left of `core` (REST, in requests) or `graphql` (in points)."""
        return self._budgets.get(resource)

    def note(self, headers: Mapping[str, str]) -> None:
        """Remember what an answer says about the budget it came out of, and the token's end."""
        self.expires_at = _end_in(headers) or self.expires_at
        budget = budget_in(headers)
        if budget is not None:
            self._budgets[headers.get("x-ratelimit-resource", "core")] = budget

    def keep(self, resource: str) -> None:
        """Raise Retryable while the budget is used up."""
        budget = self._budgets.get(resource)
        if budget is not None and budget.remaining <= 0 and self._now() < budget.resets_at:
            raise Retryable("rate_limited", after_s=self._until(budget.resets_at))

    def refusal(self, error: HTTPException) -> HunchError:
        """Our kind of error for an answer that is none of 2xx."""
        status, headers, said = int(error.status_code), error.headers, str(error).lower()
        if status == 401:
            return Permanent("revoked")
        if status in (403, 429):
            wait_s = self._wait(status, headers, said)
            return _forbidden(said) if wait_s is None else Retryable("rate_limited", after_s=wait_s)
        if status in (404, 410, 451):
            return Permanent("not_found" if status == 404 else "gone")
        if status >= 500:
            return Retryable(f"HTTP {status}", after_s=_retry_after(headers))
        return Permanent(f"HTTP {status}")

    def _wait(self, status: int, headers: Mapping[str, str], said: str) -> float | None:
        """Seconds to wait; None where no limit is the reason."""
        asked_s = _retry_after(headers)
        if asked_s is not None:
            return asked_s
        budget = budget_in(headers)
        if budget is not None and budget.remaining <= 0:
            return self._until(budget.resets_at)
        limited = status == 429 or any(words in said for words in _SECONDARY)
        return _SECONDARY_S if limited else None

    def graph_refusal(
        self, data: object, errors: Sequence[Mapping[str, Any]], headers: Mapping[str, str]
    ) -> HunchError | None:
        """Our kind of error for a GraphQL answer, which is HTTP 200 also where it is none.

        None where only single fields failed and the rest is there.
        """
        kinds = {str(error.get("type", "")) for error in errors}
        if kinds & _LIMITED:
            budget = budget_in(headers)
            wait_s = _SECONDARY_S if budget is None else self._until(budget.resets_at)
            return Retryable("rate_limited", after_s=_retry_after(headers) or wait_s)
        said = " ".join(str(error.get("message", "")) for error in errors).lower()
        if kinds & _TOO_MUCH or "result of a timeout" in said:
            return TooMuch(next(iter(kinds & _TOO_MUCH), "timeout"))
        if data is not None:
            return None
        return _no_data(kinds, said)

    def _until(self, moment: datetime) -> float:
        """Seconds until then and one more, because GitHub cuts its times to whole ones."""
        return min(max((moment - self._now()).total_seconds(), 0.0) + 1.0, _LONGEST_S)


def _forbidden(said: str) -> Permanent:
    return Permanent("suspended" if "suspended" in said else "scope_missing")


def _no_data(kinds: set[str], said: str) -> HunchError:
    if kinds & _NOT_ALLOWED:
        return _forbidden(said)
    if "NOT_FOUND" in kinds:
        return Permanent("not_found")
    if kinds & _LATER or "something went wrong" in said or not kinds:
        return Retryable("no_data")
    return Permanent(f"graphql: {', '.join(sorted(kinds - {''})) or 'no type'}")


def budget_in(headers: Mapping[str, str]) -> Budget | None:
    """The budget that an answer's headers tell."""
    try:
        limit, remaining = (int(headers[f"x-ratelimit-{name}"]) for name in ("limit", "remaining"))
        resets_at = datetime.fromtimestamp(int(headers["x-ratelimit-reset"]), UTC)
    except (KeyError, ValueError):
        return None
    return Budget(limit - remaining, remaining, resets_at)


def _end_in(headers: Mapping[str, str]) -> datetime | None:
    """When the token ends; GitHub writes `2026-12-24 17:00:00 UTC`, or an offset at the end."""
    said = headers.get("github-authentication-token-expiration", "").replace(" UTC", " +0000")
    try:
        return datetime.strptime(said, "%Y-%m-%d %H:%M:%S %z").astimezone(UTC)
    except ValueError:
        return None


def _retry_after(headers: Mapping[str, str]) -> float | None:
    value = headers.get("retry-after", "")
    return float(value) if value.isdecimal() else None
