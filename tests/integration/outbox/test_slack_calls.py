"""What Slack's answers mean to us: done, later, in doubt, or never."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio

from bot.domain.ids import WorkspaceId
from bot.errors import Permanent, Retryable, Unclear
from bot.integrations.slack import SlackClientsByToken, SlackWorkspace, new_client, new_session
from bot.ports import Posted
from playground.faults import FaultKind
from playground.server import Playground

HELLO = {"text": "hello"}


def now() -> datetime:
    return datetime.now(UTC)


class Line:
    """A workspace of the playground and our client for it."""

    def __init__(self, playground: Playground, client: SlackWorkspace) -> None:
        self.there = playground
        self.slack = client
        self.person = playground.person("person1")

    @property
    def soon(self) -> datetime:
        return now() + timedelta(minutes=1)

    async def post(self, outbox_id: int = 1) -> Posted:
        return await self.slack.post(
            self.person.id, HELLO, outbox_id=outbox_id, key=f"k{outbox_id}", before=self.soon
        )

    async def find(self, outbox_id: int) -> Posted | None:
        span = timedelta(minutes=5)
        return await self.slack.find_posted(
            self.person.id,
            outbox_id=outbox_id,
            key=f"k{outbox_id}",
            since=now() - span,
            until=now() + span,
        )

    def link(self) -> str:
        [message] = self.person.messages
        return self.there.responses.issue(
            self.person.installation, message.channel, self.person.id, message
        )


@pytest_asyncio.fixture
async def line() -> AsyncIterator[Line]:
    async with Playground.start(limits=False, echo=False) as playground, new_session() as session:
        installation = playground.add_company()
        client = new_client(installation.bot_token, api_url=playground.api_url, session=session)
        yield Line(playground, SlackWorkspace(client, session, now=now, within_s=5.0))


async def test_a_post_is_found_again_by_its_outbox_id_however_much_was_said_since(
    line: Line,
) -> None:
    first = await line.post(1)
    for n in range(20):
        await line.post(n + 2)
    await line.person.write("a word of my own")
    assert await line.find(1) == first
    assert await line.find(99) is None


async def test_a_message_is_updated_by_its_place_or_by_a_link(line: Line) -> None:
    posted = await line.post()
    await line.slack.update(posted, {"text": "updated"}, before=line.soon)
    assert line.person.messages[0].text == "updated"
    await line.slack.replace(line.link(), {"text": "replaced"}, before=line.soon)
    assert line.person.messages[0].text == "replaced"


async def test_a_reply_is_seen_by_one_person_and_a_home_is_shown(line: Line) -> None:
    await line.post()
    await line.slack.reply(line.link(), {"text": "only you"}, before=line.soon)
    assert [m.text for m in line.person.ephemerals] == ["only you"]
    await line.slack.publish_home(line.person.id, {"type": "home", "blocks": []}, before=line.soon)
    assert line.person.home is not None


async def test_what_begins_too_late_does_not_begin(line: Line) -> None:
    posted = await line.post()
    url, late = line.link(), now()
    calls: list[Awaitable[Any]] = [
        line.slack.post(line.person.id, HELLO, outbox_id=2, key="k2", before=late),
        line.slack.update(posted, {"text": "late"}, before=late),
        line.slack.replace(url, {"text": "late"}, before=late),
        line.slack.reply(url, {"text": "late"}, before=late),
        line.slack.publish_home(line.person.id, {"type": "home", "blocks": []}, before=late),
    ]
    for call in calls:
        with pytest.raises(Retryable, match="too late"):
            await call
    assert [m.text for m in line.person.messages] == ["hello"]
    assert (line.person.ephemerals, line.person.home) == ([], None)


@pytest.mark.parametrize(
    ("mishap", "how", "means"),
    [
        (FaultKind.HTTP_500, {}, Unclear),
        (FaultKind.HTTP_503, {}, Unclear),
        (FaultKind.RESET, {}, Unclear),
        (FaultKind.RESET_AFTER, {}, Unclear),
        (FaultKind.RATELIMITED, {"retry_after_s": 7}, Retryable),
        (FaultKind.ERROR, {"error": "internal_error"}, Unclear),
        (FaultKind.ERROR, {"error": "ratelimited"}, Retryable),
        (FaultKind.ERROR, {"error": "is_archived"}, Permanent),
        (FaultKind.ERROR, {"error": ""}, Unclear),
    ],
)
async def test_a_failed_call_says_whether_it_may_have_landed(
    line: Line, mishap: FaultKind, how: dict[str, Any], means: type[Exception]
) -> None:
    line.there.fail(mishap, "chat.postMessage", **how)
    with pytest.raises(means) as caught:
        await line.post()
    if isinstance(caught.value, Retryable):
        assert caught.value.after_s == how.get("retry_after_s", 30.0)


async def test_silence_is_in_doubt(line: Line) -> None:
    line.slack._within_s = 0.2
    line.there.fail(FaultKind.TIMEOUT_AFTER, "chat.postMessage", seconds=3)
    with pytest.raises(Unclear, match="TimeoutError"):
        await line.post()


async def test_an_answer_that_names_no_place_is_in_doubt(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def nowhere(**_: object) -> dict[str, object]:
        return {"ok": True}

    monkeypatch.setattr(line.slack._client, "chat_postMessage", nowhere)
    with pytest.raises(Unclear, match="where"):
        await line.post()


async def test_a_slack_that_cannot_be_reached_took_nothing(line: Line) -> None:
    line.slack._client.base_url = "http://127.0.0.1:1/api/"
    with pytest.raises(Retryable, match="reached"):
        await line.post()


@pytest.mark.parametrize(
    ("mishap", "means"),
    [
        (FaultKind.HTTP_500, Unclear),
        (FaultKind.RATELIMITED, Retryable),
        (FaultKind.ERROR, Permanent),
    ],
)
async def test_a_link_that_fails_says_how(
    line: Line, mishap: FaultKind, means: type[Exception]
) -> None:
    await line.post()
    line.there.fail(mishap, "response_url", error="used_url")
    with pytest.raises(means):
        await line.slack.replace(line.link(), {"text": "x"}, before=line.soon)


async def test_a_link_that_is_none_is_refused_with_its_reason(line: Line) -> None:
    await line.post()
    with pytest.raises(Permanent, match="no_such_url"):
        await line.slack.replace(line.link()[:-5], {"text": "x"}, before=line.soon)
    page = line.there.page_url + "nowhere"
    with pytest.raises(Permanent, match="404"):
        await line.slack.replace(page, {"text": "x"}, before=line.soon)


async def test_a_dialog_for_a_trigger_that_is_none_is_refused(line: Line) -> None:
    with pytest.raises(Permanent):
        await line.slack.open_dialog("1.2.3", {"type": "modal"})


async def test_a_channel_is_read_as_it_is_named(line: Line) -> None:
    state, team = line.there.state, line.person.team_id
    general = state.find_channel(team, "general").id
    posted = await line.slack.post(general, HELLO, outbox_id=5, key="k5", before=line.soon)
    span = timedelta(minutes=5)
    found = await line.slack.find_posted(
        general, outbox_id=5, key="k5", since=now() - span, until=now() + span
    )
    assert found == posted


async def test_a_workspace_without_a_token_is_not_installed() -> None:
    class NoTokens:
        async def of(self, workspace_id: WorkspaceId) -> str | None:
            return None

        async def is_locked(self, workspace_id: WorkspaceId) -> bool:
            return False

        async def renew(self, workspace_id: WorkspaceId, refused: str, reason: str) -> str | None:
            return None

        def forget(self, workspace_id: WorkspaceId) -> None: ...

    async with new_session() as session:
        clients = SlackClientsByToken(NoTokens(), api_url="http://x/", session=session, now=now)
        with pytest.raises(Permanent, match="not_installed"):
            await clients.for_workspace(WorkspaceId("T1"))
