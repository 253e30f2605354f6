"""What GitHub's answers say about an installation or a token."""

from __future__ import annotations

from typing import Any

import pytest

from bot.domain.connections import ConnectionState, Finding
from bot.errors import Permanent, Retryable
from bot.integrations.github.credentials import look_at_installation, look_at_token

ORG = {"login": "Acme", "id": 7, "type": "Organization"}
PERSON = {"login": "Ada", "id": 8, "type": "User"}
SHOP = [{"full_name": "acme/shop"}]


class Says:
    """A GitHub with an answer for each path, without its query; an error is raised."""

    expires_at = None

    def __init__(self, **answers: Any) -> None:
        self.answers = {name.replace("__", "/"): answer for name, answer in answers.items()}

    async def get(self, path: str) -> Any:
        answer = self.answers[path.partition("?")[0].lower()]
        if isinstance(answer, Exception):
            raise answer
        return answer


async def at_token(account: str = "acme", /, **answers: Any) -> Finding:
    return await look_at_token(Says(**answers), account)  # type: ignore[arg-type]


async def at_installation(answer: Any) -> Finding:
    return await look_at_installation(Says(app__installations__1=answer), 1)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("reason", "state"),
    [
        ("not_found", ConnectionState.REMOVED),
        ("gone", ConnectionState.REMOVED),
        ("suspended", ConnectionState.SUSPENDED),
        ("revoked", ConnectionState.REVOKED),
    ],
)
async def test_an_installation_that_github_does_not_show(
    reason: str, state: ConnectionState
) -> None:
    assert await at_installation(Permanent(reason)) == Finding(state)


async def test_what_says_nothing_about_the_credential_is_not_taken_for_its_end() -> None:
    for error in (Permanent("HTTP 422"), Retryable("rate_limited")):
        with pytest.raises(type(error)):
            await at_installation(error)
    with pytest.raises(Permanent, match="secret_locked"):
        await at_token(users__acme=Permanent("secret_locked"))


async def test_a_persons_installation_needs_no_members() -> None:
    given = {"contents": "read", "metadata": "read", "pull_requests": "write"}
    found = await at_installation({"account": PERSON, "permissions": given})
    assert (found.state, found.account, found.account_id) == (ConnectionState.ACTIVE, "ada", 8)
    assert "pull_requests:write" in found.scopes
    found = await at_installation({"account": ORG, "permissions": given})
    assert (found.state, found.missing) == (ConnectionState.SCOPE_MISSING, ("members:read",))


async def test_a_suspended_installation_is_that_before_anything_else() -> None:
    answer = {"account": ORG, "permissions": {}, "suspended_at": "2026-11-20T12:00:00Z"}
    assert (await at_installation(answer)).state is ConnectionState.SUSPENDED


async def test_a_persons_own_token() -> None:
    found = await at_token(
        "ada", users__ada=PERSON, user__repos=SHOP, repos__acme__shop__pulls=[],
        repos__acme__shop__commits=Permanent("HTTP 409"),
    )  # fmt: skip
    assert (found.state, found.missing) == (ConnectionState.ACTIVE, ())


async def test_an_account_without_repositories_cannot_be_tried_out() -> None:
    found = await at_token(users__acme=ORG, orgs__acme__teams=[], orgs__acme__repos=[])
    assert found.missing == ("metadata:read",)
    found = await at_token(
        users__acme=ORG,
        orgs__acme__teams=Permanent("scope_missing"),
        orgs__acme__repos=Permanent("not_found"),
    )
    assert found.missing == ("members:read", "metadata:read")


@pytest.mark.parametrize("where", ["orgs__acme__teams", "orgs__acme__repos"])
async def test_a_token_that_ends_while_it_is_tried_out(where: str) -> None:
    answers: dict[str, Any] = {
        "orgs__acme__teams": [],
        "orgs__acme__repos": SHOP,
        where: Permanent("revoked"),
    }
    found = await at_token(users__acme=ORG, **answers)
    assert found.state is ConnectionState.REVOKED


@pytest.mark.parametrize(
    ("reason", "state"),
    [
        ("not_found", ConnectionState.SCOPE_MISSING),
        ("suspended", ConnectionState.SUSPENDED),
        ("gone", ConnectionState.REVOKED),
    ],
)
async def test_a_token_that_opens_nothing(reason: str, state: ConnectionState) -> None:
    assert (await at_token(users__acme=Permanent(reason))).state is state
