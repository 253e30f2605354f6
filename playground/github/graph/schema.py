"""The schema with what answers its fields, and the rules by which a query is checked."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from graphql import GraphQLObjectType, GraphQLSchema, build_schema

from playground.github.graph.look import Part, Seen
from playground.github.graph.pull_request_fields import (
    COMMIT,
    LABEL,
    PULL_REQUEST,
    PULL_REQUEST_COMMIT,
    REVIEW,
    TURN,
    TURN_TYPES,
    Field,
)
from playground.github.graph.root_fields import ACCOUNT, ORGANISATION, QUERY, REPOSITORY, TEAM
from playground.github.records import Account, Repository, Team

_SCHEMA = Path(__file__).parent / "schema.graphql"
_CONNECTIONS = (
    "Assignee",
    "GitActor",
    "Label",
    "PullRequest",
    "PullRequestCommit",
    "PullRequestReview",
    "Repository",
    "Team",
    "User",
)
_CONNECTION = """
type {0}Connection {{ edges: [{0}Edge] nodes: [{0}] pageInfo: PageInfo! totalCount: Int! }}
type {0}Edge {{ cursor: String! node: {0} }}
"""
_FIELDS: dict[str, dict[str, Field]] = {
    "Bot": ACCOUNT,
    "Commit": COMMIT,
    "Label": LABEL,
    "Mannequin": ACCOUNT,
    "Organization": ORGANISATION,
    "PullRequest": PULL_REQUEST,
    "PullRequestCommit": PULL_REQUEST_COMMIT,
    "PullRequestReview": REVIEW,
    "Query": QUERY,
    "Repository": REPOSITORY,
    "Team": TEAM,
    "User": ACCOUNT,
    **dict.fromkeys(TURN_TYPES, TURN),
}


@cache
def schema() -> GraphQLSchema:
    """The schema, made once a process."""
    text = _SCHEMA.read_text(encoding="utf-8")
    made = build_schema(text + "".join(_CONNECTION.format(name) for name in _CONNECTIONS))
    for kind in made.type_map.values():
        if isinstance(kind, GraphQLObjectType) and not kind.name.startswith("__"):
            _attach(kind)
        elif hasattr(kind, "resolve_type"):
            kind.resolve_type = _type_of
    return made


def _attach(kind: GraphQLObjectType) -> None:
    answers = _FIELDS.get(kind.name, {})
    for name, field in kind.fields.items():
        field.resolve = answers.get(name) or _plain


def _plain(source: dict[str, Any], info: Any, **args: Any) -> Any:
    """A value that a dict holds; a function there is asked for it."""
    value = source.get(info.field_name)
    return value(info, **args) if callable(value) else value


def _type_of(value: Any, _info: Any, _kind: Any) -> str | None:
    if isinstance(value, Seen):
        return "PullRequest"
    if isinstance(value, Part):
        return value.kind
    if isinstance(value, Account):
        return value.kind
    return {Repository: "Repository", Team: "Team"}.get(type(value))
