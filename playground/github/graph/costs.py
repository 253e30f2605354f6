"""What a query asks for, counted before it is run: nodes, points, and bounds of its pages.

Formulas: https://docs.github.com/graphql/overview/rate-limits-and-node-limits-for-the-graphql-api
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLNamedType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    get_named_type,
    is_interface_type,
    is_object_type,
)
from graphql.utilities import value_from_ast_untyped

_PAGE = 100


@dataclass(slots=True)
class Cost:
    """Nodes that a query can bring, and requests that GitHub needs for it."""

    nodes: int = 0
    requests: int = 0
    largest_page: int = 0

    @property
    def points(self) -> int:
        return max(1, round(self.requests / 100))


@dataclass(frozen=True, slots=True)
class Counter:
    """Counts one query with its variables."""

    schema: GraphQLSchema
    fragments: Mapping[str, FragmentDefinitionNode]
    variables: Mapping[str, Any]

    def count(self, operation: OperationDefinitionNode) -> Cost:
        """Count a query; raises GraphQLError where a page has no bounds or too wide ones."""
        cost = Cost()
        root = self.schema.query_type
        if root is not None:
            self._walk(operation.selection_set, root, 1, cost, ["query"])
        return cost

    def _walk(
        self,
        selections: SelectionSetNode,
        parent: GraphQLNamedType,
        times: int,
        cost: Cost,
        path: list[str],
    ) -> None:
        for field, owner in self._fields(selections, parent):
            definition = getattr(owner, "fields", {}).get(field.name.value)
            if definition is None or field.selection_set is None:
                continue
            kind, inner = get_named_type(definition.type), times
            here = [*path, field.alias.value if field.alias else field.name.value]
            if "first" in definition.args:
                size = self._size(field, here)
                cost.requests += times
                cost.nodes += times * size
                inner = times * size
                if field.name.value == "pullRequests":
                    cost.largest_page = max(cost.largest_page, size)
            elif field.name.value == "nodes" and "ids" in definition.args:
                cost.requests += 1
                inner = times * max(1, len(self._arguments(field).get("ids") or ()))
                cost.nodes += inner
            self._walk(field.selection_set, kind, inner, cost, here)

    def _fields(
        self, selections: SelectionSetNode, parent: GraphQLNamedType
    ) -> Iterator[tuple[FieldNode, GraphQLNamedType]]:
        for one in selections.selections:
            if isinstance(one, FieldNode):
                yield one, parent
            elif isinstance(one, InlineFragmentNode):
                yield from self._fields(one.selection_set, self._on(one, parent))
            elif isinstance(one, FragmentSpreadNode):
                fragment = self.fragments[one.name.value]
                yield from self._fields(fragment.selection_set, self._on(fragment, parent))

    def _on(
        self, node: InlineFragmentNode | FragmentDefinitionNode, parent: GraphQLNamedType
    ) -> GraphQLNamedType:
        name = node.type_condition.name.value if node.type_condition else parent.name
        found = self.schema.type_map.get(name, parent)
        return found if is_object_type(found) or is_interface_type(found) else parent

    def _arguments(self, field: FieldNode) -> dict[str, Any]:
        return {
            one.name.value: value_from_ast_untyped(one.value, dict(self.variables))
            for one in field.arguments
        }

    def _size(self, field: FieldNode, path: list[str]) -> int:
        given, name = self._arguments(field), field.name.value
        bounds = {key: given[key] for key in ("first", "last") if given.get(key) is not None}
        if not bounds:
            raise _error(
                f"You must provide a `first` or `last` value to properly paginate the `{name}` "
                "connection.",
                "MISSING_PAGINATION_BOUNDARIES",
                field,
                path,
            )
        if len(bounds) > 1:
            raise _error(
                "Passing both `first` and `last` to paginate the "
                f"`{name}` connection is not supported.",
                "INVALID_PAGINATION_BOUNDARIES",
                field,
                path,
            )
        [(key, size)] = bounds.items()
        if not isinstance(size, int) or size < 0:
            text = f"`{key}` on the `{name}` connection cannot be less than zero."
            raise _error(text, "INVALID_PAGINATION_BOUNDARIES", field, path)
        if size > _PAGE:
            raise _error(
                f"Requesting {size} records on the `{name}` connection exceeds the `{key}` limit "
                f"of {_PAGE} records.",
                "EXCESSIVE_PAGINATION",
                field,
                path,
            )
        return size


class BadPage(GraphQLError):
    """A page without bounds, or with bounds that GitHub does not take."""

    def __init__(self, message: str, kind: str, field: FieldNode, path: list[str]) -> None:
        super().__init__(message, field)
        self.kind = kind
        self.place = path


def _error(message: str, kind: str, field: FieldNode, path: list[str]) -> BadPage:
    return BadPage(message, kind, field, path)
