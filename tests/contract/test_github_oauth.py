"""What GitHub says about codes, and what we make of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from bot.errors import Permanent, Retryable
from bot.integrations.github.client import AppKey, GitHubClient
from bot.integrations.github.oauth import GitHubPagesOfApp
from bot.ports.github import GitHub
from tests.contract.github_support import Hosts, a_github

BACK = "https://hunch.example/github/linked"


@pytest.fixture
async def github() -> AsyncIterator[Hosts]:
    async with a_github(count=1) as hosts:
        hosts.app.callback_urls.append(BACK)
        yield hosts


def now() -> datetime:
    return datetime.now(UTC)


def nobody(_: int) -> GitHub:
    raise AssertionError("nobody is asked")


def pages(hosts: Hosts, *, has_app: bool = True) -> GitHubPagesOfApp:
    url, session = hosts.server.api_url, hosts.session
    key = (str(hosts.app.id), hosts.app.private_key)
    app = GitHubClient(AppKey(), api_url=url, session=session, now=now, app=key)
    return GitHubPagesOfApp(
        hosts.app.client_id,
        hosts.app.client_secret,
        app=app if has_app else None,
        as_installation=nobody,
        api_url=url,
        session=session,
        now=now,
    )


def code(hosts: Hosts, who: str = "octavia") -> str:
    return hosts.server.sign_in.code(hosts.app, who, BACK)


async def test_a_code_tells_who_came_once(github: Hosts) -> None:
    given = code(github)
    person = await pages(github).who(given, redirect_url=BACK)
    assert person.login == "octavia"
    assert person.account_id == github.server.world.accounts["octavia"].id
    with pytest.raises(Permanent, match="bad_code"):
        await pages(github).who(given, redirect_url=BACK)


async def test_githubs_words_that_only_the_operator_can_mend_are_kept(github: Hosts) -> None:
    with pytest.raises(Permanent, match="redirect_uri_mismatch"):
        await pages(github).who(code(github), redirect_url="https://elsewhere.example")
    made = pages(github)
    github.app.client_secret = "another"  # pragma: allowlist secret
    with pytest.raises(Permanent, match="incorrect_client_credentials"):
        await made.who(code(github), redirect_url=BACK)


async def test_without_an_app_nothing_is_installed(github: Hosts) -> None:
    bare = pages(github, has_app=False)
    with pytest.raises(Permanent, match="no_app"):
        await bare.install_url("state")
    with pytest.raises(Permanent, match="no_app"):
        await bare.installed_by(code(github), 1, redirect_url=BACK)


async def test_the_apps_page_is_asked_for_once(github: Hosts) -> None:
    made = pages(github)
    first = await made.install_url("one")
    assert first.endswith("/github/apps/hunch/installations/new?state=one")
    github.server.fail("v3/app", status=500)
    assert (await made.install_url("two")).endswith("state=two")


async def test_an_account_of_ones_own_needs_no_owner(github: Hosts) -> None:
    one = github.server.world.put_installation(github.app, "octavia")
    person, finding = await pages(github).installed_by(code(github), one.id, redirect_url=BACK)
    assert (person.login, finding.account) == ("octavia", "octavia")
    with pytest.raises(Permanent, match="not_theirs"):
        await pages(github).installed_by(code(github, "mona"), one.id, redirect_url=BACK)


async def test_a_github_that_stumbles_is_asked_again_later(github: Hosts) -> None:
    made = pages(github)
    github.server.fail("v3/user", status=500)
    with pytest.raises(Retryable):
        await made.who(code(github), redirect_url=BACK)
