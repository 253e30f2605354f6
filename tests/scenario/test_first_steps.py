"""The README's way into a real workspace, step by step, in the worst of environments.

What other programs left in the environment (proxies, PG…, QUEUE_TABLE, another Slack app's
SLACK_CLIENT_ID) changes nothing, and nothing is left in the home directory.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from playground.github import GitHub, Hook
from playground.people import Person
from playground.server import Playground
from tests.programs import hunch, running
from tests.stage import free_port

NOWHERE = "http://127.0.0.1:9"
HOSTILE = {
    **dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "ws_proxy"), NOWHERE),
    "PGHOST": "127.0.0.1",
    "PGPORT": "9",
    "PGUSER": "stranger",
    "PGDATABASE": "elsewhere",
    "PGPASSWORD": "wrong",  # pragma: allowlist secret
    "PGSSLMODE": "verify-full",
    "PGOPTIONS": "-c search_path=elsewhere",
    "PGSERVICE": "elsewhere",
    "QUEUE_TABLE": "other_queue",
    "STATISTICS_TABLE": "other_statistics",
    "CHANNEL": "other_channel",
    "TRIGGER": "other_trigger",
    "FUNCTION": "other_function",
    "PGQUEUER_PREFIX": "other_",
    "SLACK_CLIENT_ID": "111.222",
    "SLACK_CLIENT_SECRET": "of-another-app",  # pragma: allowlist secret
    "SLACK_SCOPES": "admin",
    "LC_ALL": "xx_XX",
    "TZ": "Pacific/Kiritimati",
}


@pytest.fixture
async def slack() -> AsyncIterator[Playground]:
    async with Playground.start(limits=False) as slack:
        slack.add_company(people=3)
        yield slack


@pytest.fixture
def settings(slack: Playground, tmp_path: Path) -> dict[str, str]:
    installation = slack.installation()
    (tmp_path / "home").mkdir()
    port = free_port()
    return {
        **HOSTILE,
        "HOME": str(tmp_path / "home"),
        "HUNCH_DATA_DIR": str(tmp_path / "data"),
        "HUNCH_PORT": str(port),
        "HUNCH_BASE_URL": f"http://127.0.0.1:{port}",
        "SLACK_API_URL": slack.api_url,
        "SLACK_BOT_TOKEN": installation.bot_token,
        "SLACK_APP_TOKEN": slack.state.apps[installation.app_id].app_token,
    }


async def test_from_the_tokens_to_the_first_survey(
    slack: Playground, settings: dict[str, str], tmp_path: Path
) -> None:
    async with running(tmp_path, settings):
        connected = await hunch(tmp_path, settings, "connect", "github-webhook", "--json")
        hook = json.loads(connected.out)

        people = tmp_path / "people.csv"
        ids = [slack.person(f"person{n}").id for n in (1, 2, 3)]
        rows = [f"{slack_id},octo-{n}" for n, slack_id in enumerate(ids, 1)]
        people.write_text("\n".join(["slack,github", *rows]))
        linked = await hunch(tmp_path, settings, "members", "link", "--csv", str(people))
        assert (linked.code, linked.out) == (0, "Linked 3.\n"), linked.err

        for name in ("person1", "person2"):
            await awake_at_all_hours(slack, slack.person(name))
        admin = slack.person("person1")
        assert (await admin.click_home("home.game_on")).ok
        await slack.until(lambda: "home.game_off" in str(admin.home))

        # GitHub tells whole seconds, and the same second would count as before the game.
        slack.clock.advance(1)
        github = GitHub(slack.state, Hook(hook["url"], hook["secret"]))
        pr = await github.open("acme/shop", "octo-1")
        pr = await github.review(pr, "octo-2")
        await github.merge(pr, by="octo-1")
        await slack.until(lambda: slack.person("person1").messages, timeout_s=20)
        await slack.until(lambda: slack.person("person2").messages, timeout_s=20)

    assert slack.person("person3").messages == []
    assert list((tmp_path / "home").iterdir()) == []


async def awake_at_all_hours(slack: Playground, person: Person) -> None:
    await person.open_home()
    await slack.until(lambda: person.home is not None, timeout_s=20)
    assert (await person.click_home("home.quiet_start", "0")).ok
    assert (await person.click_home("home.quiet_end", "0")).ok
    assert (await person.click_home("home.quiet_weekends", [])).ok
