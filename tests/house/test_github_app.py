"""The GitHub App asks for what the code reads, and for nothing more."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from bot.__main__ import main
from bot.domain.connections import NEEDED, lacking
from bot.integrations.github.payloads import _READERS
from bot.manifests import GITHUB_EVENTS, github_app_url
from bot.views import githubs as pages
from playground.github.records import PERMISSIONS

# GitHub tells every App of its own installations.
_ALWAYS = {"installation", "installation_repositories"}
HERE = "https://hunch.example"


def test_it_hears_what_is_read() -> None:
    assert set(GITHUB_EVENTS) == set(_READERS) - _ALWAYS


def test_the_page_is_filled_in() -> None:
    url = github_app_url(HERE, web="https://github.example", organisation="acme")
    query = parse_qs(urlsplit(url).query)
    assert url.startswith("https://github.example/organizations/acme/settings/apps/new?")
    assert query["callback_urls[]"] == [HERE + pages.INSTALLED, HERE + pages.LINKED]
    assert query["webhook_url"] == [f"{HERE}/webhooks/github"]
    assert query["request_oauth_on_install"] == ["true"]
    assert {name: query[name] for name in NEEDED} == {name: ["read"] for name in NEEDED}


def test_the_simulated_app_has_what_is_needed() -> None:
    assert lacking(PERMISSIONS) == ()


def test_writing_includes_reading_and_a_person_has_no_members() -> None:
    given = {"contents": "write", "metadata": "read", "pull_requests": "no-such-word"}
    assert lacking(given) == ("members:read", "pull_requests:read")
    assert lacking({**given, "pull_requests": "admin"}, of_person=True) == ()


@pytest.mark.parametrize("api_url", ["", "https://github.acme.example/api/v3/"])
def test_the_command_prints_it(
    api_url: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_API_URL", api_url)
    web = "https://github.acme.example" if api_url else "https://github.com"
    assert main(["manifest", "--github", "--base-url", f"{HERE}/"]) == 0
    assert f"  {web}/settings/apps/new?name=Hunch" in capsys.readouterr().out
    monkeypatch.delenv("HUNCH_BASE_URL", raising=False)
    assert main(["manifest", "--github"]) == 1
    assert "say where GitHub reaches Hunch" in capsys.readouterr().err
