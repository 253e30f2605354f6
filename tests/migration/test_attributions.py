"""What rules of earlier versions saw is not lost, though the texts they read were not kept."""

from __future__ import annotations

from tests.databases import TestDatabase
from tests.house.tenants import connected
from tests.migration.test_migrations import OLD, bring_up

_WORKSPACE = "INSERT INTO workspaces (workspace_id, name, bot_user_id) VALUES ('T1', 'Acme', 'U0')"
_ROUTE = "INSERT INTO workspace_routes (workspace_id, installed_at) VALUES ('T1', now())"
_PULL_REQUEST = """
    INSERT INTO pull_requests (workspace_id, repository_id, number, repository, title, url,
                               author_login, author_id, author_kind, head_ref, base_ref, draft,
                               state, signals, opened_at, updated_at)
         VALUES ('T1', 7, 12, 'acme/shop', 'Add a basket', 'https://github.com', 'ada', 1, 'user',
                 'cursor/x', 'main', false, 'open', $1, now(), now())
"""


async def test_signs_seen_before_become_traces(empty_database: TestDatabase) -> None:
    before = tuple(one for one in OLD if one.name < "0010")
    await bring_up(empty_database, wanted=before)
    signs = ["branch_head:cursor", "link:devin", "trailer:claude_code"]
    async with connected(empty_database.superuser_url, "T1") as connection:
        await connection.execute(_ROUTE)
        await connection.execute(_WORKSPACE)
        await connection.execute(_PULL_REQUEST, signs)
    await bring_up(empty_database)
    async with connected(empty_database.app_url, "T1") as connection:
        rows = await connection.fetch(
            "SELECT number, kind, trace FROM attribution_traces ORDER BY trace"
        )
    assert [tuple(row) for row in rows] == [
        (12, "earlier", "link:devin"),
        (12, "earlier", "trailer:claude_code"),
    ]
