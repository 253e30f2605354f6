"""Queries are run as the reference implementation runs them, only sooner."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from graphql import ExecutionResult, FragmentDefinitionNode, GraphQLError, execute, parse

from playground.clock import Clock
from playground.feed import Feed
from playground.github.graph.look import Look
from playground.github.graph.running import Running
from playground.github.graph.schema import schema
from playground.github.identities import Caller
from playground.github.limits import Limits
from playground.github.records import Plan
from playground.github.world import World
from playground.state import State
from tests.contract.github_support import PULLS

NAMES = {"owner": "acme", "name": "shop", "size": 20}
NODES = """
query($ids: [ID!]!, $deep: Boolean = false) {
  again: nodes(ids: $ids) { __typename id ...repository ... on PullRequest @include(if: $deep) { number } }
  missing: node(id: "R_no") { id }
  team: organization(login: "acme") { team(slug: "none") { name } teams(first: 5) { nodes { slug } } }
}
fragment repository on Repository { nameWithOwner pullRequest(number: 999) { title } }
"""


def world() -> World:
    there = World(State(clock=Clock(frozen_at=1_790_000_000), feed=Feed()))
    there.add_organisation("acme", "octavia", "hubert")
    there.add_team("acme", "Payments", "hubert")
    there.add_repository("acme/shop", plan=Plan(60))
    return there


def look(there: World, most_nodes: int) -> Look:
    limits = Limits(there.state.clock.now, most_nodes=most_nodes)
    token = there.add_token("octavia", "acme")
    return Look(there, Caller(there, token=token), limits, cost=1, nodes=2)


@pytest.mark.parametrize("most_nodes", [50_000, 60, 30, 5])
@pytest.mark.parametrize("query", [PULLS, NODES], ids=["pages", "ids"])
def test_data_and_errors_are_those_of_the_reference(query: str, most_nodes: int) -> None:
    there, document = world(), parse(query)
    repository = there.repository("acme/shop")
    variables: dict[str, Any] = {**NAMES, "ids": [repository.node_id, "PR_no"], "deep": False}
    theirs = execute(schema(), document, None, look(there, most_nodes), variables)
    assert isinstance(theirs, ExecutionResult)
    operation, *fragments = document.definitions
    ours = Running(
        schema(),
        {one.name.value: one for one in fragments if isinstance(one, FragmentDefinitionNode)},
        variables,
        look(there, most_nodes),
    )
    assert ours.run(operation) == theirs.data  # type: ignore[arg-type]
    assert told(ours.errors) == told(theirs.errors or ())


def told(errors: Iterable[GraphQLError]) -> list[Any]:
    """What is said of errors, whatever their order."""
    return sorted((str(one.path), one.message, one.locations) for one in errors)
