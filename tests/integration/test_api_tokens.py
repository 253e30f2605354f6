"""Tokens for the operators' API: shown once, kept as a digest, counted, ended."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.app.databases import Store, open_store
from bot.domain.api_tokens import BURST, PACE, Access, claimed, left, written
from bot.domain.ids import WorkspaceId
from bot.errors import UserError
from bot.ports import TokenOwner
from bot.settings import Settings
from bot.use_cases import api_tokens
from bot.use_cases.api_tokens import (
    Admitted,
    Expired,
    NewToken,
    OtherRequest,
    Revoked,
    TooFast,
    Unknown,
)
from storage import installs
from tests.databases import TestDatabase

START = datetime(2026, 11, 20, 12, tzinfo=UTC)
OURS, THEIRS = WorkspaceId("T0000OURS"), WorkspaceId("T0000THEIRS")


@pytest.fixture
async def store(database: TestDatabase) -> AsyncIterator[Store]:
    """Two workspaces that installed Hunch."""
    urls: Any = {"database_url": database.app_url, "database_admin_url": database.admin_url}
    async with open_store(Settings(_env_file=None, **urls)) as store:  # type: ignore[call-arg]
        for workspace_id in (OURS, THEIRS):
            async with store.database.transaction(workspace_id, name="test") as tx:
                await installs.register(tx, TokenOwner(workspace_id, "Acme", "U1"), now=START)
        yield store


async def made(
    store: Store, access: Access = Access.READ, *, days: int = 90, name: str = "report"
) -> NewToken:
    async with store.database.transaction(OURS, name="test") as tx:
        return await api_tokens.add(tx, name, access, days=days, now=START)


async def admitted(store: Store, text: str, *, after: timedelta = timedelta()) -> Any:
    return await api_tokens.admit(store.database, text, now=START + after)


async def rows(store: Store, statement: str) -> list[dict[str, Any]]:
    async with store.database.transaction(OURS, name="test") as tx:
        return [dict(row) for row in await tx.fetch(statement)]


async def test_a_token_opens_its_own_workspace(store: Store) -> None:
    token = await made(store, Access.WRITE)
    found = await admitted(store, token.text)
    assert isinstance(found, Admitted)
    assert (found.workspace_id, found.token.token_id) == (OURS, token.token.token_id)
    assert found.token.may_write()
    assert not (await admitted(store, (await made(store)).text)).token.may_write()


async def test_only_a_digest_is_kept_and_nothing_shows_the_token(store: Store) -> None:
    token = await made(store)
    kept = str(await rows(store, "SELECT to_jsonb(t) AS kept FROM api_tokens t"))
    audited = str(await rows(store, "SELECT to_jsonb(a) AS kept FROM audits a"))
    secret = token.text.rpartition("_")[2]
    assert secret not in kept + audited + repr(token)


async def test_who_made_and_ended_tokens_is_audited(store: Store) -> None:
    token = (await made(store)).token
    for _ in range(2):
        async with store.database.transaction(OURS, name="test") as tx:
            await api_tokens.revoke(tx, token.token_id, now=START)
    said = await rows(store, "SELECT actor, action, subject FROM audits ORDER BY audit_id")
    assert [tuple(row.values()) for row in said] == [
        ("operator", "api_token.added", f"token:{token.token_id}"),
        ("operator", "api_token.revoked", f"token:{token.token_id}"),
    ]


async def test_another_workspaces_token_with_the_same_number_opens_nothing(store: Store) -> None:
    text = (await made(store)).text
    secret = text.rpartition("_")[2]
    claim = claimed(text)
    assert claim is not None
    forged = written(THEIRS, claim.token_id, secret)
    assert await admitted(store, forged) == Unknown()


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text[:-1] + ("A" if text[-1] != "A" else "B"),
        lambda text: text + "A",
        lambda text: text[:-1],
        lambda text: text.replace("T0000OURS", "T0000NOBODY"),
        lambda text: text.replace("_1_", "_999999999999999999_"),
        lambda text: text.replace("_1_", "_9999999999999999999_"),
        lambda text: text.upper(),
        lambda text: "",
        lambda text: "hunch_T1_1_\u00e4" + "x" * 42,
    ],
)
async def test_what_is_no_token_of_ours_opens_nothing(store: Store, change: Any) -> None:
    text = (await made(store)).text.replace("_2_", "_1_")
    assert await admitted(store, change(text)) == Unknown()


async def test_a_token_ends_with_its_days_and_when_it_is_revoked(store: Store) -> None:
    token = await made(store, days=1)
    day = timedelta(days=1)
    last = await admitted(store, token.text, after=day - timedelta(seconds=1))
    assert isinstance(last, Admitted)
    assert await admitted(store, token.text, after=day) == Expired(START + day)
    async with store.database.transaction(OURS, name="test") as tx:
        await api_tokens.revoke(tx, token.token.token_id, now=START)
    assert await admitted(store, token.text) == Revoked()


async def test_a_workspace_that_left_has_no_tokens_any_more(store: Store) -> None:
    token = await made(store)
    async with store.database.transaction(OURS, name="test") as tx:
        await installs.leave(tx, now=START)
    assert await admitted(store, token.text) == Unknown()


async def test_the_list_says_when_each_was_last_used(store: Store) -> None:
    token, other = await made(store), await made(store, name="other")
    await admitted(store, token.text, after=timedelta(hours=3))
    async with store.database.transaction(OURS, name="test") as tx:
        listed = await api_tokens.list_all(tx)
    assert [one.last_used_at for one in listed] == [START + timedelta(hours=3), None]
    assert [one.name for one in listed] == ["report", other.token.name]


async def test_what_makes_no_sense_is_refused_in_words(store: Store) -> None:
    for days in (0, 367):
        with pytest.raises(UserError, match="--days: must be between 1 and 366"):
            await made(store, days=days)
    with pytest.raises(UserError, match="--name: say what the token is for"):
        await made(store, name=" \u200b ")
    async with store.database.transaction(OURS, name="test") as tx:
        with pytest.raises(UserError, match="There is no token 7"):
            await api_tokens.revoke(tx, 7, now=START)


async def test_a_key_older_than_a_day_may_be_used_for_something_else(store: Store) -> None:
    token = (await made(store, Access.WRITE)).token
    first, second = b"first", b"second"

    async def asked(digest: bytes, at: datetime) -> Any:
        async with store.database.transaction(OURS, name="test") as tx:
            before = await api_tokens.recall(tx, token, "nightly", digest, now=at)
            if before is None:
                await api_tokens.keep_answer(tx, token, "nightly", 201, {"said": digest.decode()})
        return before

    assert await asked(first, START) is None
    assert await asked(second, START + timedelta(days=1)) == OtherRequest()
    kept = await asked(first, START + timedelta(days=1))
    assert kept.body == {"said": "first"}
    later = START + timedelta(days=1, seconds=1)
    assert await asked(second, later) is None
    assert (await asked(second, later)).body == {"said": "second"}


async def test_a_burst_is_let_through_and_then_its_pace(store: Store) -> None:
    token = (await made(store)).text
    answers = await asyncio.gather(*(admitted(store, token) for _ in range(BURST + 5)))
    refused = [one for one in answers if isinstance(one, TooFast)]
    counted = sorted(one.requests_left for one in answers if isinstance(one, Admitted))
    assert refused == [TooFast(1)] * 5
    assert counted == list(range(BURST))
    assert isinstance(await admitted(store, token, after=PACE), Admitted)
    assert isinstance(await admitted(store, token, after=PACE), TooFast)
    other = (await made(store)).text
    assert isinstance(await admitted(store, other), Admitted)


async def test_a_clock_that_is_set_back_locks_nobody_out(store: Store) -> None:
    token = (await made(store)).text
    await admitted(store, token, after=timedelta(hours=2))
    assert isinstance(await admitted(store, token), Admitted)


@given(st.lists(st.integers(0, 4000), min_size=1, max_size=120))
@settings(
    max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
async def test_never_more_than_a_burst_beyond_the_pace(store: Store, pauses_ms: list[int]) -> None:
    token, at, times = (await made(store)).text, timedelta(), []
    for pause in pauses_ms:
        at += timedelta(milliseconds=pause) / 10
        if isinstance(await admitted(store, token, after=at), Admitted):
            times.append(at)
    for first, since in enumerate(times):
        for last, until in enumerate(times[first:], first):
            assert last - first + 1 <= BURST + (until - since) / PACE


def test_what_is_left_is_never_less_than_nothing() -> None:
    assert left(START + timedelta(days=1), START) == 0
    assert left(START - timedelta(days=1), START) == BURST
