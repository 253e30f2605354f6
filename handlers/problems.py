"""What the API says when it cannot do as asked: RFC 9457's problems, in words for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, ValidationError

MEDIA_TYPE = "application/problem+json"
_TITLES = {
    400: "This request cannot be read",
    401: "Who are you?",
    403: "This token may not do that",
    404: "There is nothing here",
    405: "That cannot be done here",
    409: "Not now",
    413: "That is too large",
    415: "That is not JSON",
    422: "Something in this request does not fit",
    429: "Too many requests",
    500: "Something went wrong",
    503: "Not now",
}


class Fault(BaseModel):
    """One thing that does not fit: where it is, and what was expected."""

    model_config = ConfigDict(extra="forbid")

    where: str
    what: str


class ProblemDetails(BaseModel):
    """Why it was not done. `detail` says what to do next."""

    model_config = ConfigDict(extra="forbid", title="Problem")

    type: str = "about:blank"
    title: str
    status: Annotated[int, Field(ge=400, le=599)]
    detail: str
    faults: list[Fault] = []


class Problem(Exception):
    """Ends a request with a problem."""

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        reason: str,
        faults: Sequence[Fault] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.reason = reason
        self.faults = list(faults)
        self.headers = headers or {}

    def answer(self) -> web.Response:
        return problem(self.status, self.detail, faults=self.faults, headers=self.headers)


def problem(
    status: int,
    detail: str,
    *,
    faults: Sequence[Fault] = (),
    headers: Mapping[str, str] | None = None,
) -> web.Response:
    """The answer to a request that was not done."""
    told = ProblemDetails(title=_TITLES[status], status=status, detail=detail, faults=list(faults))
    return web.Response(
        status=status,
        body=told.model_dump_json().encode(),
        headers={"Cache-Control": "no-store", **(headers or {})},
        content_type=MEDIA_TYPE,
    )


def misfit(part: str, error: ValidationError) -> Problem:
    """What does not fit in a `part` of the request: its path, its query or its body."""
    found = [dict(each) for each in error.errors(include_url=False, include_input=False)]
    if any(each["type"] == "json_invalid" for each in found):
        return Problem(400, "The body is not JSON. Send a JSON object.", reason="bad_json")
    faults = [Fault(where=_where(part, each), what=str(each["msg"])) for each in found[:20]]
    first = faults[0]
    return Problem(422, f"{first.where}: {first.what}", reason="misfit", faults=faults)


def _where(part: str, found: Mapping[str, Any]) -> str:
    return ".".join([part, *(str(step) for step in found["loc"])])
