"""`POST /github/api/graphql`: checked, counted, charged, answered, with GitHub's errors."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from aiohttp import web
from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    execute,
    parse,
    validate,
)
from graphql.execution.values import get_variable_values

from playground.github.graph.costs import BadPage, Cost, Counter
from playground.github.graph.look import Look, Problem
from playground.github.graph.running import Running
from playground.github.graph.schema import schema
from playground.github.identities import Caller, identify
from playground.github.limits import Limits, Standing
from playground.github.mishaps import Mishaps
from playground.github.refusals import Refused
from playground.github.world import World
from playground.records import Json

_RESOURCE = "graphql"
_NO_FIELD = re.compile(r"Cannot query field '(\w+)' on type '(\w+)'")
_TIMEOUT = (
    "Something went wrong while executing your query. This may be the result of a timeout, or it "
    "could be a GitHub bug."
)


@dataclass(frozen=True, slots=True)
class _Read:
    """A query that was read: its document, what is wrong with it, its operation."""

    document: DocumentNode
    problems: tuple[GraphQLError, ...]

    @property
    def operations(self) -> list[OperationDefinitionNode]:
        there = self.document.definitions
        return [one for one in there if isinstance(one, OperationDefinitionNode)]

    @property
    def fragments(self) -> dict[str, FragmentDefinitionNode]:
        there = self.document.definitions
        return {one.name.value: one for one in there if isinstance(one, FragmentDefinitionNode)}


@lru_cache(maxsize=64)
def _read(query: str) -> _Read:
    document = parse(query)
    return _Read(document, tuple(validate(schema(), document)))


class GraphDoor:
    """Answers GraphQL queries."""

    def __init__(self, world: World, limits: Limits, mishaps: Mishaps) -> None:
        self._world = world
        self._limits = limits
        self._mishaps = mishaps

    async def serve(self, request: web.Request) -> web.Response:
        """Answer one query."""
        try:
            await self._mishaps.happen("graphql")
            caller = identify(self._world, request.headers.get("Authorization", ""))
            asked = await _body(request)
            answer = self._answer(caller, asked)
            answer.headers.update(caller.headers())
            return answer
        except Refused as refusal:
            return refusal.answer()

    def _answer(self, caller: Caller, asked: Json) -> web.Response:
        if caller.token is None:
            raise Refused(401, "Bad credentials")
        limits, bucket = self._limits, caller.bucket
        standing = limits.standing(bucket, _RESOURCE)
        if limits.is_used_up(bucket, _RESOURCE):
            return _said(_used_up(bucket), standing)
        try:
            read = _read(str(asked.get("query", "")))
        except GraphQLSyntaxError as error:
            return _said({"errors": [_syntax(error)]}, standing)
        if read.problems:
            return _said({"errors": [_validation(one) for one in read.problems]}, standing)
        variables = asked.get("variables") or {}
        try:
            cost = _cost(read, variables, limits)
        except GraphQLError as error:
            return _said({"data": None, "errors": [_error(error)]}, standing)
        limits.hold_back(bucket, _RESOURCE, cost.points)
        standing = limits.charge(bucket, _RESOURCE, cost.points)
        if self._is_slow(cost, variables):
            return _said({"data": None, "errors": [{"message": _TIMEOUT}]}, standing, status=502)
        look = Look(self._world, caller, limits, cost=cost.points, nodes=cost.nodes)
        return _said(_run(read, look, variables), standing)

    def _is_slow(self, cost: Cost, variables: Json) -> bool:
        """Whether GitHub would need more than ten seconds."""
        slow = self._limits.slow_pages
        found = [slow[name] for name in self._named(variables) if name in slow]
        return cost.nodes > self._limits.slow_nodes or cost.largest_page > min(found, default=100)

    def _named(self, variables: Json) -> Iterator[str]:
        """The repositories that the variables name, by owner and name or by their ids."""
        yield "*"
        yield f"{variables.get('owner', '')}/{variables.get('name', '')}"
        for value in variables.values():
            for repository in self._world.repositories:
                if repository.node_id == value:
                    yield repository.full_name


async def _body(request: web.Request) -> Json:
    try:
        asked = json.loads(await request.read())
    except ValueError as error:
        raise Refused(400, "Problems parsing JSON") from error
    if not isinstance(asked, dict) or not isinstance(asked.get("query"), str):
        raise Refused(400, "A query attribute must be specified and must be a string.")
    return asked


def _cost(read: _Read, variables: Json, limits: Limits) -> Cost:
    operation = read.operations[0]
    defaults = {
        one.variable.name.value: getattr(one.default_value, "value", None)
        for one in operation.variable_definitions
        if one.default_value is not None
    }
    known = {name: _number(value) for name, value in defaults.items()} | variables
    cost = Counter(schema(), read.fragments, known).count(operation)
    if cost.nodes > limits.possible_nodes:
        raise Problem(
            f"This query requests up to {cost.nodes:,} possible nodes which exceeds the maximum "
            f"limit of {limits.possible_nodes:,}.",
            "MAX_NODE_LIMIT_EXCEEDED",
        )
    return cost


def _number(value: object) -> object:
    return int(value) if isinstance(value, str) and value.isdecimal() else value


def _run(read: _Read, look: Look, given: Json) -> Json:
    operation = read.operations[0]
    variables = get_variable_values(schema(), operation.variable_definitions, given)
    if isinstance(variables, list):
        return {"errors": [_error(one) for one in variables]}
    if _asks_about_schema(operation):
        result = execute(schema(), read.document, None, look, given)
        return {"data": getattr(result, "data", None)}
    running = Running(schema(), read.fragments, variables, look)
    answer: Json = {"data": running.run(operation)}
    if running.errors:
        answer["errors"] = [_error(one) for one in running.errors]
    return answer


def _asks_about_schema(operation: OperationDefinitionNode) -> bool:
    """Whether this is an introspection, which the reference implementation knows best."""
    fields = operation.selection_set.selections
    return any(getattr(one, "name", None) and one.name.value == "__schema" for one in fields)  # type: ignore[attr-defined]  # it has a name


def _said(body: Json, standing: Standing, *, status: int = 200) -> web.Response:
    headers = {**standing.headers(), "X-GitHub-Media-Type": "github.v4; format=json"}
    return web.json_response(body, status=status, headers=headers)


def _used_up(bucket: str) -> Json:
    text = f"API rate limit exceeded for {bucket}."
    return {"errors": [{"type": "RATE_LIMITED", "message": text}]}


def _places(error: GraphQLError) -> list[Json]:
    return [{"line": at.line, "column": at.column} for at in error.locations or ()]


def _error(error: GraphQLError) -> Json:
    """An error beside the data, as GitHub writes it."""
    cause = error.original_error if error.original_error is not None else error
    path: Sequence[Any] | None = error.path
    if isinstance(cause, BadPage):
        path = cause.place
    said: Json = {"message": error.message, "locations": _places(error)}
    if path is not None:
        said["path"] = list(path)
    kind = getattr(cause, "kind", None)
    return {"type": kind, **said} if kind else said


def _validation(error: GraphQLError) -> Json:
    said: Json = {"message": error.message, "locations": _places(error)}
    missing = _NO_FIELD.match(error.message)
    if missing:
        name, kind = missing.groups()
        said["message"] = f"Field '{name}' doesn't exist on type '{kind}'"
        said["extensions"] = {"code": "undefinedField", "typeName": kind, "fieldName": name}
    return said


def _syntax(error: GraphQLError) -> Json:
    said = {"message": error.message, "locations": _places(error)}
    return {**said, "extensions": {"code": "parseError"}}
