"""Where a GitHub answers: its REST API, its GraphQL, its pages for people."""

from __future__ import annotations

from dataclasses import dataclass

from yarl import URL

_ENTERPRISE = "/api/v3/"


@dataclass(frozen=True, slots=True)
class Addresses:
    """`api` ends with a slash, `web` without one."""

    api: str
    graph: str
    web: str


def addresses_of(api_url: str) -> Addresses:
    """All addresses of the GitHub whose REST API is at `api_url`, which ends with a slash.

    github.com and GHE.com have hosts of their own for the API, a GitHub Enterprise Server answers
    below `/api/v3/` and `/api/graphql`:
    https://docs.github.com/en/enterprise-server/rest/quickstart
    """
    if api_url.endswith(_ENTERPRISE):
        web = api_url.removesuffix(_ENTERPRISE)
        return Addresses(api_url, f"{web}/api/graphql", web)
    url = URL(api_url)
    host = (url.host or "").removeprefix("api.")
    return Addresses(api_url, f"{api_url}graphql", str(url.with_host(host).origin()))
