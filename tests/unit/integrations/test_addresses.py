"""Where a GitHub answers, by the address of its REST API."""

from __future__ import annotations

import pytest

from bot.integrations.github.addresses import addresses_of


@pytest.mark.parametrize(
    ("api", "graph", "web"),
    [
        ("https://api.github.com/", "https://api.github.com/graphql", "https://github.com"),
        (
            "https://api.acme.ghe.com/",
            "https://api.acme.ghe.com/graphql",
            "https://acme.ghe.com",
        ),
        (
            "https://git.acme.example/api/v3/",
            "https://git.acme.example/api/graphql",
            "https://git.acme.example",
        ),
        (
            "http://127.0.0.1:3100/github/api/v3/",
            "http://127.0.0.1:3100/github/api/graphql",
            "http://127.0.0.1:3100/github",
        ),
    ],
)
def test_pages_and_graphql_are_found(api: str, graph: str, web: str) -> None:
    found = addresses_of(api)
    assert (found.api, found.graph, found.web) == (api, graph, web)
