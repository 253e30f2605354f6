"""`/api/…`: who asks, whether they may, whether the request fits; then one use case, one answer."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from functools import partial
from hashlib import sha256
from typing import Any, assert_never

from aiohttp import web
from pydantic import BaseModel, TypeAdapter, ValidationError

from bot.domain.api_tokens import BURST, PACE
from bot.domain.runs import LARGEST_ARTIFACT
from bot.errors import Missing, UserError
from bot.use_cases import api_tokens
from bot.use_cases.api_tokens import Admitted, Expired, OtherRequest, Revoked, TooFast, Unknown
from handlers.bodies import read_body
from handlers.desk import Desk
from handlers.middleware import watched_of
from handlers.operators.documents import document
from handlers.operators.operations import Asked, Given, Operation, Upload
from handlers.problems import Problem, misfit

LARGEST_BODY = 64 * 1024
_KEY = re.compile(r"[\x21-\x7e]{1,200}")
_BEARER = re.compile(r"bearer +(\S+)", re.IGNORECASE)
_POLICY = f'"token";q={BURST};w={int((BURST * PACE).total_seconds())}'
_ADD = "Make one with `hunch tokens add`"


class OperatorDoor:
    """The operators' API, over the operations it is given."""

    def __init__(self, desk: Desk, operations: Sequence[Operation]) -> None:
        self._desk = desk
        self._operations = operations
        self._document = json.dumps(document(operations)).encode()

    def add_routes(self, app: web.Application) -> None:
        ways: dict[str, dict[str, Operation]] = {}
        for operation in self._operations:
            ways.setdefault(operation.way, {})[operation.method] = operation
        app.router.add_get("/api/openapi.json", self.describe, allow_head=False)
        for way, methods in ways.items():
            app.router.add_route("*", way, partial(self.answer, methods))
        app.router.add_route("*", "/api/{rest:.*}", partial(self.answer, {}))

    async def describe(self, _: web.Request) -> web.Response:
        """The OpenAPI document; anybody may read it."""
        return web.Response(body=self._document, content_type="application/json")

    async def answer(
        self, methods: Mapping[str, Operation], request: web.Request
    ) -> web.StreamResponse:
        """Do what is asked, or say why not."""
        try:
            return await self._answer(_chosen(methods, request), request)
        except Problem as found:
            self._desk.refusals.add("api", found.reason)
            return found.answer()

    async def _answer(self, operation: Operation, request: web.Request) -> web.Response:
        caller = await self._caller(request)
        rate = _rate(caller)
        try:
            self._allow(operation, caller)
            status, given = await self._do(operation, caller, request)
        except Missing as error:
            raise Problem(404, str(error), reason="missing", headers=rate) from error
        except UserError as error:
            raise Problem(409, str(error), reason="conflict", headers=rate) from error
        except Problem as found:
            found.headers = {**found.headers, **rate}
            raise
        return _response(status, given, rate)

    async def _caller(self, request: web.Request) -> Admitted:
        """Who asks. Raises Problem 401 or 429."""
        found = _BEARER.fullmatch(request.headers.get("Authorization", ""))
        if found is None:
            raise _unauthorized(f"Send a token as `Authorization: Bearer …`. {_ADD}.")
        admission = await api_tokens.admit(self._desk.db, found[1], now=self._desk.now())
        match admission:
            case Admitted():
                watched_of(request).tell(workspace_id=admission.workspace_id)
                return admission
            case TooFast(retry_after_s):
                raise _too_fast(retry_after_s)
            case Expired(at):
                raise _unauthorized(f"This token was good until {at:%Y-%m-%d}. {_ADD}.")
            case Revoked():
                raise _unauthorized(f"This token was revoked. {_ADD} if you may.")
            case Unknown():
                raise _unauthorized(f"I don't know this token. Copy it anew. {_ADD}.")
            case never:
                assert_never(never)

    def _allow(self, operation: Operation, caller: Admitted) -> None:
        if operation.writes and not caller.token.may_write():
            raise Problem(
                403,
                "This token may only read. `hunch tokens add --access write` makes one that may.",
                reason="read_only",
                headers={"WWW-Authenticate": 'Bearer error="insufficient_scope"'},
            )

    async def _do(
        self, operation: Operation, caller: Admitted, request: web.Request
    ) -> tuple[int, Given]:
        body = await _body(operation, request)
        asked = Asked(
            token=caller.token,
            path=_fitting("path", operation.path, dict(request.match_info)),
            query=_fitting("query", operation.query, _query(request)),
            body=_parsed(operation, request, body),
            now=self._desk.now(),
        )
        if operation.writes:
            return await self._write(operation, caller, asked, _asked_before(request, body))
        async with self._desk.db.transaction(caller.workspace_id, name="api_read") as tx:
            return operation.status, await operation.work(tx, asked)

    async def _write(
        self,
        operation: Operation,
        caller: Admitted,
        asked: Asked[Any, Any, Any],
        repeated: tuple[str, bytes] | None,
    ) -> tuple[int, Given]:
        """Do it once for an idempotency key, and answer whoever repeats it alike."""
        async with self._desk.db.transaction(caller.workspace_id, name="api_write") as tx:
            if repeated is None:
                return operation.status, await operation.work(tx, asked)
            key, digest = repeated
            before = await api_tokens.recall(tx, caller.token, key, digest, now=asked.now)
            if isinstance(before, OtherRequest):
                raise Problem(422, _OTHER_REQUEST, reason="key_reused")
            if before is not None:
                return before.status, _given_before(before.body)
            given = await operation.work(tx, asked)
            await api_tokens.keep_answer(tx, caller.token, key, operation.status, _kept(given))
            return operation.status, given


_OTHER_REQUEST = (
    "Idempotency-Key: another request had this key. Use a new key for each thing you want done."
)


def _chosen(methods: Mapping[str, Operation], request: web.Request) -> Operation:
    if not methods:
        raise Problem(404, "See /api/openapi.json for what there is.", reason="unknown_path")
    if request.method not in methods:
        allowed = ", ".join(sorted(methods))
        raise Problem(
            405, f"Use {allowed} here.", reason="unknown_method", headers={"Allow": allowed}
        )
    return methods[request.method]


def _unauthorized(detail: str) -> Problem:
    headers = {"WWW-Authenticate": "Bearer"}
    return Problem(401, detail, reason="unauthorized", headers=headers)


def _too_fast(retry_after_s: int) -> Problem:
    return Problem(
        429,
        f"This token asks too often. Go on in {retry_after_s} s.",
        reason="too_fast",
        headers={
            "Retry-After": str(retry_after_s),
            "RateLimit-Policy": _POLICY,
            "RateLimit": f'"token";r=0;t={retry_after_s}',
        },
    )


def _rate(caller: Admitted) -> dict[str, str]:
    return {"RateLimit-Policy": _POLICY, "RateLimit": f'"token";r={caller.requests_left}'}


async def _body(operation: Operation, request: web.Request) -> bytes:
    largest = LARGEST_ARTIFACT if operation.uploads else LARGEST_BODY
    try:
        return await read_body(request, largest=largest)
    except web.HTTPRequestEntityTooLarge as error:
        detail = f"At most {largest:,} bytes can be sent here."
        raise Problem(413, detail, reason="too_large") from error


def _parsed(operation: Operation, request: web.Request, body: bytes) -> Any:
    if operation.uploads:
        return Upload(body, request.content_type)
    if operation.body is None:
        return None
    if request.content_type != "application/json":
        raise Problem(415, "Send JSON, with `Content-Type: application/json`.", reason="not_json")
    return _from_json(operation.body, body)


def _from_json(adapter: TypeAdapter[Any], body: bytes) -> Any:
    if b"\\u0000" in body:
        raise Problem(422, "body: leave out the character NUL.", reason="misfit")
    try:
        return adapter.validate_json(body)
    except ValidationError as error:
        raise misfit("body", error) from error


def _fitting(part: str, model: type[BaseModel], values: Mapping[str, object]) -> BaseModel:
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise misfit(part, error) from error


def _query(request: web.Request) -> dict[str, object]:
    """Each name with its value; one that is given twice is a list, which fits nowhere."""
    found = {name: request.query.getall(name) for name in request.query}
    return {name: all_[0] if len(all_) == 1 else all_ for name, all_ in found.items()}


def _asked_before(request: web.Request, body: bytes) -> tuple[str, bytes] | None:
    """The idempotency key and what the request asks for; None without a key."""
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return None
    if not _KEY.fullmatch(key):
        detail = "Idempotency-Key: use 1 to 200 letters, digits or signs without spaces."
        raise Problem(422, detail, reason="misfit")
    whole = f"{request.method} {request.raw_path} {request.content_type}\n".encode()
    return key, sha256(whole + body).digest()


def _kept(given: Given) -> dict[str, Any]:
    content = given.content.model_dump(mode="json") if isinstance(given.content, BaseModel) else {}
    return {"headers": dict(given.headers), "content": content}


def _given_before(kept: Mapping[str, Any]) -> Given:
    return Given(json.dumps(kept["content"]).encode(), kept["headers"])


def _response(status: int, given: Given, rate: Mapping[str, str]) -> web.Response:
    headers = {"Cache-Control": "no-store", "Content-Type": "application/json"}
    headers |= {**rate, **given.headers}
    content = given.content
    body = content.model_dump_json().encode() if isinstance(content, BaseModel) else content
    return web.Response(status=status, body=body, headers=headers)
