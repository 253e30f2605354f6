"""What Hunch takes for granted about GitHub's API: held by the make-believe one, and by the real
one when it is asked to: this is what keeps the make-believe one honest.

HUNCH_TEST_GITHUB_TOKEN (a fine-grained token) runs everything against the real API as well, about
30 calls that only read. HUNCH_TEST_GITHUB_REPOSITORY is a repository with more than 100 pull
requests (cli/cli unless named), HUNCH_TEST_GITHUB_API_URL another GitHub than github.com.
"""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLUnionType,
    build_client_schema,
    get_introspection_query,
)

from playground.github.graph.schema import schema
from tests.contract.github_support import ORG, PULLS, SHOP, Called, a_github

REAL = os.environ.get("HUNCH_TEST_GITHUB_TOKEN", "")
WHY = "HUNCH_TEST_GITHUB_TOKEN is not set: the real API is not asked"
WHERE = ("make-believe", pytest.param("real", marks=pytest.mark.skipif(not REAL, reason=WHY)))


@dataclass
class Api:
    """GitHub's API as a person's token opens it."""

    session: aiohttp.ClientSession
    root: str
    graph_url: str
    token: str
    repository: str

    @property
    def names(self) -> dict[str, str]:
        owner, _, name = self.repository.partition("/")
        return {"owner": owner, "name": name}

    async def get(self, path: str, token: str = "") -> Called:
        headers = {"Authorization": f"Bearer {token or self.token}"}
        url = path if path.startswith("http") else self.root + path
        async with self.session.get(url, headers=headers, allow_redirects=False) as answer:
            return Called(answer.status, await answer.json(), answer.headers)

    async def graph(self, query: str, **variables: Any) -> Called:
        headers = {"Authorization": f"Bearer {self.token}"}
        body = {"query": query, "variables": variables}
        async with self.session.post(self.graph_url, json=body, headers=headers) as answer:
            return Called(answer.status, await answer.json(), answer.headers)

    async def refused(self, query: str, **variables: Any) -> Mapping[str, Any]:
        """The error of a query that brings nothing; GitHub answers 200 all the same."""
        said = await self.graph(query, **variables)
        assert said.status == 200
        error: Mapping[str, Any] = said.body["errors"][0]
        return error


@pytest.fixture(params=WHERE)
async def api(request: pytest.FixtureRequest) -> AsyncIterator[Api]:
    if request.param == "real":
        root = os.environ.get("HUNCH_TEST_GITHUB_API_URL", "https://api.github.com/")
        graph_url = re.sub(r"/v3/$", "/", root) + "graphql"
        repository = os.environ.get("HUNCH_TEST_GITHUB_REPOSITORY", "cli/cli")
        async with aiohttp.ClientSession() as session:
            yield Api(session, root, graph_url, REAL, repository)
        return
    async with a_github() as hosts:
        token = hosts.server.world.add_token("octavia", ORG).value
        url = f"{hosts.server.base_url}/api/graphql"
        yield Api(hosts.session, hosts.server.api_url, url, token, SHOP)


async def test_a_repository_says_what_it_is(api: Api) -> None:
    said = await api.get(f"repos/{api.repository}")
    assert said.status == 200
    assert said.body["full_name"].lower() == api.repository.lower()
    for name, kind in (
        ("id", int),
        ("node_id", str),
        ("private", bool),
        ("archived", bool),
        ("default_branch", str),
        ("visibility", str),
    ):
        assert isinstance(said.body[name], kind)
    assert said.body["owner"]["type"] in ("Organization", "User")
    again = await api.get(f"repositories/{said.body['id']}")
    assert again.body["node_id"] == said.body["node_id"]
    for name in ("Limit", "Remaining", "Used", "Reset"):
        assert said.headers[f"X-RateLimit-{name}"].isdecimal()
    assert said.headers["X-RateLimit-Resource"] == "core"


async def test_what_is_not_there_is_404_and_a_wrong_token_401(api: Api) -> None:
    missing = await api.get(f"repos/{api.names['owner']}/no-such-repository-here")
    assert (missing.status, missing.body["message"]) == (404, "Not Found")
    assert missing.body["status"] == "404"
    wrong = await api.get("user", "ghs_thisisnotatoken")
    assert (wrong.status, wrong.body["message"]) == (401, "Bad credentials")


async def test_a_token_belongs_to_somebody_and_opens_no_apps_paths(api: Api) -> None:
    me = (await api.get("user")).body
    assert isinstance(me["login"], str)
    assert isinstance(me["id"], int)
    assert me["type"] == "User"
    app = await api.get("app")
    assert app.status == 401
    assert "JSON web token" in app.body["message"]


async def test_the_limits_are_told_for_nothing(api: Api) -> None:
    before = (await api.get("rate_limit")).body["resources"]["core"]
    after = (await api.get("rate_limit")).body["resources"]["core"]
    assert set(before) >= {"limit", "used", "remaining", "reset"}
    assert after["remaining"] == before["remaining"]


async def test_lists_lead_from_page_to_page(api: Api) -> None:
    path = f"users/{api.names['owner']}/repos?per_page=1"
    first = await api.get(path)
    assert len(first.body) == 1
    following = re.search(r'<([^>]+)>; rel="next"', first.headers["Link"])
    assert following is not None
    second = await api.get(following[1])
    assert second.body[0]["id"] != first.body[0]["id"]
    assert 'rel="prev"' in second.headers["Link"]


async def test_a_page_of_pull_requests_costs_two_points_and_comes_newest_first(api: Api) -> None:
    said = await api.graph(PULLS, **api.names, size=50)
    assert "errors" not in said.body
    limit = said.body["data"]["rateLimit"]
    assert (limit["cost"], limit["nodeCount"]) == (2, 5050)
    page = said.body["data"]["repository"]["pullRequests"]
    times = [pr["updatedAt"] for pr in page["nodes"]]
    assert times == sorted(times, reverse=True)
    assert len(page["nodes"]) == 50
    assert said.headers["X-RateLimit-Resource"] == "graphql"
    more = await api.graph(PULLS, **api.names, size=5, after=page["pageInfo"]["endCursor"])
    older = more.body["data"]["repository"]["pullRequests"]["nodes"]
    assert older[0]["updatedAt"] <= times[-1]
    assert {pr["id"] for pr in older}.isdisjoint(pr["id"] for pr in page["nodes"])


async def test_ids_lead_to_their_pull_requests_and_others_to_nothing(api: Api) -> None:
    page = (await api.graph(PULLS, **api.names, size=2)).body["data"]["repository"]["pullRequests"]
    ids = [pr["id"] for pr in page["nodes"]]
    query = "query($ids: [ID!]!) { nodes(ids: $ids) { ... on PullRequest { number } } }"
    said = await api.graph(query, ids=[*ids, "PR_kwDOnothing"])
    numbers = [pr["number"] for pr in page["nodes"]]
    assert [one and one["number"] for one in said.body["data"]["nodes"]] == [*numbers, None]
    assert said.body["errors"][0]["type"] == "NOT_FOUND"


@pytest.mark.parametrize(
    ("inside", "kind"),
    [
        ("pullRequests { totalCount }", "MISSING_PAGINATION_BOUNDARIES"),
        ("pullRequests(first: 101) { totalCount }", "EXCESSIVE_PAGINATION"),
        ('pullRequests(first: 1, after: "?") { totalCount }', "INVALID_CURSOR_ARGUMENTS"),
        (
            "pullRequests(first: 100) { nodes { commits(first: 100) { nodes { commit {"
            " authors(first: 100) { totalCount } } } } } }",
            "MAX_NODE_LIMIT_EXCEEDED",
        ),
    ],
)
async def test_pages_have_bounds(api: Api, inside: str, kind: str) -> None:
    query = (
        "query($owner: String!, $name: String!) { repository(owner: $owner, name: $name) { %s } }"
    )
    error = await api.refused(query % inside, **api.names)
    assert error["type"] == kind


async def test_a_field_that_is_not_there_is_named(api: Api) -> None:
    error = await api.refused("{ rateLimit { costs } }")
    assert error["message"] == "Field 'costs' doesn't exist on type 'RateLimit'"
    assert error["extensions"]["code"] == "undefinedField"


async def test_a_repository_that_is_not_there_is_said_so(api: Api) -> None:
    owner = api.names["owner"]
    query = "query($owner: String!) { repository(owner: $owner, name: %s) { id } }"
    error = await api.refused(query % '"no-such-repository-here"', owner=owner)
    assert error["type"] == "NOT_FOUND"
    assert error["path"] == ["repository"]
    name = f"{owner}/no-such-repository-here"
    assert error["message"] == f"Could not resolve to a Repository with the name '{name}'."


async def test_every_type_and_field_of_the_make_believe_schema_is_githubs(api: Api) -> None:
    said = await api.graph(get_introspection_query(descriptions=False))
    real = build_client_schema(said.body["data"]).type_map
    strange = []
    for name, ours in schema().type_map.items():
        theirs = real.get(name)
        if theirs is None:
            strange.append(name)
        elif isinstance(ours, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
            for field, one in ours.fields.items():
                known = getattr(theirs, "fields", {}).get(field)
                if known is None or str(known.type) != str(one.type):
                    strange.append(f"{name}.{field}: {one.type}, not {known and known.type}")
                missing = set(getattr(one, "args", ())) - set(getattr(known, "args", ()))
                strange += [f"{name}.{field}({argument})" for argument in missing]
        elif isinstance(ours, GraphQLEnumType):
            strange += [f"{name}.{it}" for it in set(ours.values) - set(theirs.values)]  # type: ignore[attr-defined]  # the same kind
        elif isinstance(ours, GraphQLUnionType):
            names = {one.name for one in theirs.types}  # type: ignore[attr-defined]  # the same kind
            strange += [f"{name}: {one.name}" for one in ours.types if one.name not in names]
    assert strange == []
