"""Runs a query that was checked: planned once a query, then told value by value.

The reference implementation does the same a few times slower, because it looks up for each value
what it could know for each field; a playground with 100,000 pull requests feels that.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    OperationDefinitionNode,
    is_abstract_type,
    is_leaf_type,
    is_non_null_type,
)
from graphql.execution.collect_fields import collect_fields, collect_sub_fields
from graphql.execution.values import get_argument_values

from playground.github.graph.look import Info, Look
from playground.records import Json

_Path = tuple[Any, ...]
_Complete = Callable[[Any, _Path], Any]


class _Gone(Exception):
    """A value that may not be null is: whatever holds it is null instead."""


@dataclass(slots=True)
class _Field:
    """One field of a plan."""

    key: str
    node: FieldNode
    resolve: Callable[..., Any]
    args: dict[str, Any]
    info: Info
    complete: _Complete
    required: bool


class Running:
    """One run of one query."""

    def __init__(
        self,
        schema: GraphQLSchema,
        fragments: Mapping[str, FragmentDefinitionNode],
        variables: dict[str, Any],
        look: Look,
    ) -> None:
        self._schema = schema
        self._fragments = dict(fragments)
        self._variables = variables
        self._look = look
        self.errors: list[GraphQLError] = []

    def run(self, operation: OperationDefinitionNode) -> Json | None:
        """The data; what is wrong with some of it is in `errors`."""
        root = self._schema.query_type
        if root is None:
            return None
        found = collect_fields(
            self._schema, self._fragments, self._variables, root, operation.selection_set
        )
        try:
            return self._tell(self._plan(root, found), None, ())
        except _Gone:
            return None

    def _plan(self, kind: GraphQLObjectType, found: Mapping[str, list[FieldNode]]) -> list[_Field]:
        return [self._field(kind, key, nodes) for key, nodes in found.items()]

    def _field(self, kind: GraphQLObjectType, key: str, nodes: list[FieldNode]) -> _Field:
        name = nodes[0].name.value
        info = Info(self._look, name)
        if name == "__typename":
            return _Field(key, nodes[0], lambda *_: kind.name, {}, info, _as_it_is, True)
        field = kind.fields[name]
        args = get_argument_values(field, nodes[0], self._variables)
        resolve = field.resolve
        if resolve is None:
            raise TypeError(f"nothing answers {kind.name}.{name}")
        required = is_non_null_type(field.type)
        return _Field(
            key, nodes[0], resolve, args, info, self._complete(field.type, nodes), required
        )

    def _complete(self, kind: GraphQLOutputType, nodes: list[FieldNode]) -> _Complete:
        """How a value of this type is told."""
        if isinstance(kind, GraphQLNonNull):
            return _required(self._complete(kind.of_type, nodes))
        if isinstance(kind, GraphQLList):
            return self._items(kind.of_type, nodes)
        if is_leaf_type(kind):
            return _as_it_is
        if is_abstract_type(kind):
            return self._one_of(kind, nodes)
        return self._object(kind, nodes)

    def _object(self, kind: Any, nodes: list[FieldNode]) -> _Complete:
        found = collect_sub_fields(self._schema, self._fragments, self._variables, kind, nodes)
        plan = self._plan(kind, found)

        def complete(value: Any, path: _Path) -> Any:
            return None if value is None else self._tell(plan, value, path)

        return complete

    def _one_of(self, kind: Any, nodes: list[FieldNode]) -> _Complete:
        """A value whose own type decides which fields were asked for."""
        known: dict[str, _Complete] = {}

        def complete(value: Any, path: _Path) -> Any:
            if value is None:
                return None
            name = kind.resolve_type(value, None, kind)
            if name not in known:
                known[name] = self._object(self._schema.type_map[name], nodes)
            return known[name](value, path)

        return complete

    def _items(self, kind: GraphQLOutputType, nodes: list[FieldNode]) -> _Complete:
        required, one = is_non_null_type(kind), self._complete(kind, nodes)

        def tell(value: Any, path: _Path) -> Any:
            try:
                if isinstance(value, GraphQLError):
                    raise value
                return one(value, path)
            except GraphQLError as error:
                self._note(error, nodes[0], path)
            except _Gone:
                pass
            if required:
                raise _Gone
            return None

        def complete(value: Any, path: _Path) -> Any:
            if value is None:
                return None
            return [tell(item, (*path, place)) for place, item in enumerate(value)]

        return complete

    def _tell(self, plan: list[_Field], source: Any, path: _Path) -> Json:
        told: Json = {}
        for field in plan:
            here = (*path, field.key)
            try:
                value = field.resolve(source, field.info, **field.args)
                told[field.key] = field.complete(value, here)
                continue
            except GraphQLError as error:
                self._note(error, field.node, here)
            except _Gone:
                pass
            if field.required:
                raise _Gone
            told[field.key] = None
        return told

    def _note(self, error: GraphQLError, node: FieldNode, path: _Path) -> None:
        located = GraphQLError(error.message, node, path=list(path), original_error=error)
        self.errors.append(located)


def _as_it_is(value: Any, _: _Path) -> Any:
    return value


def _required(inner: _Complete) -> _Complete:
    def complete(value: Any, path: _Path) -> Any:
        told = inner(value, path)
        if told is None:
            raise GraphQLError("Cannot return null for a field that has a value.")
        return told

    return complete
