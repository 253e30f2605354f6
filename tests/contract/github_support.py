"""A GitHub to call: an App, an organisation, repositories with a past."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
import jwt

from playground.github.records import App, Installed, Plan
from playground.github.server import GitHubServer
from playground.server import Playground

ORG, SHOP, HIDDEN = "acme", "acme/shop", "acme/hush"
PEOPLE = ("octavia", "hubert", "mona")
PULLS = """
query($owner: String!, $name: String!, $size: Int!, $after: String) {
  rateLimit { cost nodeCount remaining }
  repository(owner: $owner, name: $name) {
    nameWithOwner
    pullRequests(first: $size, after: $after, orderBy: {field: UPDATED_AT, direction: DESC}) {
      totalCount
      pageInfo { hasNextPage endCursor }
      nodes {
        id number title state isDraft createdAt updatedAt mergedAt author { __typename login }
        commits(first: 50) {
          totalCount pageInfo { hasNextPage endCursor }
          nodes { commit { oid message authoredDate author { name email user { login } } } }
        }
        reviews(first: 30) {
          totalCount pageInfo { hasNextPage endCursor }
          nodes { databaseId state submittedAt author { login } }
        }
        labels(first: 10) { nodes { name } }
        timelineItems(first: 10, itemTypes: [READY_FOR_REVIEW_EVENT, CONVERT_TO_DRAFT_EVENT]) {
          nodes { __typename ... on ReadyForReviewEvent { createdAt } }
        }
      }
    }
  }
}
"""


@dataclass
class Called:
    """An answer: `body` is its JSON, None where there is none."""

    status: int
    body: Any
    headers: Any


@dataclass
class Hosts:
    """What tests need at hand; `token` is the installation's."""

    slack: Playground
    server: GitHubServer
    app: App
    installed: Installed
    session: aiohttp.ClientSession
    token: str = ""

    def signed(self, **claims: Any) -> str:
        """The App's own signature, with other claims if wanted."""
        now = int(time.time())
        given = {"iss": str(self.app.id), "iat": now - 30, "exp": now + 300, **claims}
        return jwt.encode(given, self.app.private_key, algorithm="RS256")

    async def call(
        self, path: str, token: str | None = None, *, method: str = "GET", **more: Any
    ) -> Called:
        """One REST request; `path` may be a whole address."""
        url = path if path.startswith("http") else self.server.api_url + path
        said = self.token if token is None else token
        headers = {"Authorization": f"Bearer {said}"} if said else {}
        async with self.session.request(
            method, url, headers=headers, allow_redirects=False, **more
        ) as answer:
            text = await answer.read()
            body = await answer.json() if text else None
            return Called(answer.status, body, answer.headers)

    async def graph(self, query: str, token: str | None = None, **variables: Any) -> Called:
        """One GraphQL query."""
        body = {"query": query, "variables": variables}
        url = f"{self.server.base_url}/api/graphql"
        return await self.call(url, token, method="POST", json=body)

    async def pulls(self, size: int = 50, name: str = SHOP, **more: Any) -> Called:
        """A page of the repository's pull requests."""
        owner, _, repository = name.partition("/")
        return await self.graph(PULLS, owner=owner, name=repository, size=size, **more)


@asynccontextmanager
async def a_github(*, count: int = 230, **how: Any) -> AsyncIterator[Hosts]:
    """Acme's GitHub, with the App on all its repositories."""
    async with Playground.start(**how) as slack, aiohttp.ClientSession() as session:
        server, world = slack.github_server, slack.github_server.world
        world.add_organisation(ORG, *PEOPLE)
        world.add_team(ORG, "Payments", "octavia", "hubert")
        world.add_team(ORG, "Refunds", "mona", parent="payments")
        world.add_repository(SHOP, plan=Plan(count))
        world.add_repository(HIDDEN, plan=Plan(10))
        app = world.add_app("Hunch", owner=ORG)
        hosts = Hosts(slack, server, app, world.put_installation(app, ORG), session)
        path = f"app/installations/{hosts.installed.id}/access_tokens"
        hosts.token = (await hosts.call(path, hosts.signed(), method="POST")).body["token"]
        yield hosts
