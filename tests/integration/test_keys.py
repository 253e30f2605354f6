"""Rotation while everybody works: nothing is lost, nothing fails, a kill costs nothing."""

from __future__ import annotations

import asyncio
import signal
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.app import Roles
from bot.app.times import utc_now
from bot.crypto import key_id, new_key
from bot.domain.ids import WorkspaceId
from bot.key_files import KeyFile, Keyring
from bot.ports import TokenOwner
from bot.use_cases import installs, keys
from bot.use_cases.keys import Outcome
from storage import keys as rows
from storage.keys import KeyKeeper
from tests.databases import TestDatabase
from tests.programs import hunch
from tests.stage import Stage, set_stage
from tests.vaults import PURPOSE, forget_others, keeper, opened, seal, vault

OLD, NEW, LOST = (new_key() for _ in range(3))
NAMES = [f"{n:03}" for n in range(40)]


@pytest.fixture
async def stage(database: TestDatabase) -> AsyncIterator[Stage]:
    """A workspace without secrets, in which nobody works."""
    async with set_stage(database, roles=Roles(0)) as stage:
        await forget_others(stage)
        yield stage


@pytest.fixture(autouse=True)
def _small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "BATCH", 7)


def nobody(count: int) -> None:
    """Listens to no progress."""


async def rotate(stage: Stage, *with_keys: str) -> Outcome:
    return await keys.rotate(stage.services.store.database, keeper(*with_keys), tell=nobody)


async def verify(stage: Stage, *with_keys: str) -> Outcome:
    return await keys.verify(stage.services.store.database, keeper(*with_keys), tell=nobody)


async def under(stage: Stage) -> Counter[str]:
    """How many secrets say they lie under which key."""
    found = await stage.rows("SELECT key_id FROM secrets")
    return Counter(row["key_id"] for row in found)


async def test_rotation_seals_everything_under_the_newest_key(stage: Stage) -> None:
    await seal(stage, OLD, NAMES)
    told: list[int] = []
    done = await keys.rotate(stage.services.store.database, keeper(NEW, OLD), tell=told.append)
    assert done == Outcome(opened=40)
    assert sum(told) == 40
    assert await under(stage) == {key_id(NEW): 40}
    async with stage.transaction() as tx:
        assert await opened(tx, NAMES, NEW) == [f"secret of {name}" for name in NAMES]


async def test_a_second_rotation_finds_nothing_to_do(stage: Stage) -> None:
    await seal(stage, OLD, NAMES)
    await rotate(stage, NEW, OLD)
    before = await stage.rows("SELECT name, ciphertext FROM secrets ORDER BY name")
    assert await rotate(stage, NEW, OLD) == Outcome()
    assert await stage.rows("SELECT name, ciphertext FROM secrets ORDER BY name") == before


async def test_rotation_leaves_what_no_key_opens_as_it_is_and_names_it(stage: Stage) -> None:
    await seal(stage, OLD, NAMES[:10])
    await seal(stage, LOST, NAMES[10:20])
    done = await rotate(stage, NEW, OLD)
    assert (done.opened, done.left) == (10, 0)
    assert [one.held.name for one in done.locked] == NAMES[10:20]
    assert await under(stage) == {key_id(NEW): 10, key_id(LOST): 10}
    async with stage.transaction() as tx:
        assert await opened(tx, NAMES[10:20], LOST) == [f"secret of {n}" for n in NAMES[10:20]]


async def test_a_half_rotated_vault_opens_with_both_keys_and_goes_on(stage: Stage) -> None:
    await seal(stage, OLD, NAMES)
    async with stage.transaction() as tx:
        await keeper(NEW, OLD).rotate_some(tx, rows.START)
    assert await under(stage) == {key_id(NEW): 7, key_id(OLD): 33}
    async with stage.transaction() as tx:
        assert None not in await opened(tx, NAMES, NEW, OLD)
        assert None not in await opened(tx, NAMES, OLD, NEW)
    assert (await rotate(stage, NEW, OLD)).opened == 33


async def test_secrets_of_every_workspace_are_sealed_anew(stage: Stage) -> None:
    other = WorkspaceId("T0000OTHER")
    database = stage.services.store.database
    await seal(stage, OLD, NAMES[:3])
    async with database.transaction(other, name="test") as tx:
        owner = TokenOwner(other, "Other", "UBOT")
        await installs.register(tx, owner, "xoxb-other", vault=vault(OLD), now=utc_now())
    assert (await rotate(stage, NEW, OLD)).opened == 4
    groups = await keys.list_groups(database)
    assert {(group.workspace_id, group.key_id) for group in groups} == {
        (stage.workspace_id, key_id(NEW)),
        (other, key_id(NEW)),
    }


async def test_two_rotations_at_once_share_the_work(stage: Stage) -> None:
    await seal(stage, OLD, NAMES)
    one, two = await asyncio.gather(rotate(stage, NEW, OLD), rotate(stage, NEW, OLD))
    assert (one.opened + two.opened, one.left, two.left) == (40, 0, 0)
    assert (await verify(stage, NEW)).opened == 40


async def test_rotations_that_disagree_about_the_newest_key_harm_nothing(stage: Stage) -> None:
    await seal(stage, OLD, NAMES)
    await asyncio.gather(rotate(stage, NEW, OLD), rotate(stage, OLD, NEW))
    assert await verify(stage, NEW, OLD) == Outcome(opened=40)


async def test_readers_and_writers_never_fail_and_lose_nothing_meanwhile(stage: Stage) -> None:
    await seal(stage, OLD, NAMES)
    busy, wrote = vault(OLD, NEW), dict[str, str]()
    over = asyncio.Event()

    async def write() -> None:
        n = 0
        while not over.is_set():
            n += 1
            name = NAMES[n * 7 % len(NAMES)]
            async with stage.transaction() as tx:
                await busy.put(tx, PURPOSE, name, f"{n}")
            wrote[name] = f"{n}"

    reads: list[int] = []

    async def read() -> None:
        count = 0
        while not over.is_set():
            async with stage.transaction() as tx:
                name = NAMES[count % len(NAMES)]
                assert await busy.get(tx, PURPOSE, name, reader="outbox") is not None
            count += 1
        reads.append(count)

    working = [asyncio.create_task(work()) for work in (write, read, read)]
    for _ in range(5):
        await rotate(stage, NEW, OLD)
        await rotate(stage, OLD, NEW)
    over.set()
    await asyncio.gather(*working)
    assert min(reads) > 0
    expected = {name: wrote.get(name, f"secret of {name}") for name in NAMES}
    async with stage.transaction() as tx:
        found = await opened(tx, NAMES, NEW, OLD)
    assert dict(zip(NAMES, found, strict=True)) == expected


async def test_a_secret_that_is_being_written_is_found_by_the_next_pass(stage: Stage) -> None:
    await seal(stage, OLD, NAMES[:3])
    async with stage.transaction() as tx:
        await vault(OLD).put(tx, PURPOSE, NAMES[1], "written slowly")
        rotating = asyncio.create_task(rotate(stage, NEW, OLD))
        await stage.until_row(
            "SELECT count(*) FROM secrets WHERE key_id = $$" + key_id(NEW) + "$$",
            lambda count: count == 2,
        )
    assert (await rotating).opened == 3
    async with stage.transaction() as tx:
        assert await opened(tx, NAMES[1:2], NEW) == ["written slowly"]


async def test_what_is_being_written_all_the_time_is_left_and_said(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys, "_PASSES", 2)
    await seal(stage, OLD, NAMES[:3])
    async with stage.transaction() as tx:
        await vault(OLD).put(tx, PURPOSE, NAMES[1], "written for ages")
        done = await rotate(stage, NEW, OLD)
    assert (done.opened, done.left) == (2, 1)


async def test_verifying_opens_everything_and_names_what_does_not(stage: Stage) -> None:
    await seal(stage, OLD, NAMES[:20])
    await seal(stage, LOST, NAMES[20:23])
    done = await verify(stage, NEW, OLD)
    assert (done.opened, [one.held.name for one in done.locked]) == (20, NAMES[20:23])
    assert {one.workspace_id for one in done.locked} == {stage.workspace_id}


async def test_verifying_writes_down_which_key_sealed_what(stage: Stage) -> None:
    await seal(stage, OLD, NAMES[:9])
    await seal(stage, NEW, NAMES[9:20])
    for stale in ("", key_id(NEW), key_id(LOST)):
        async with stage.transaction() as tx:
            await tx.execute("UPDATE secrets SET key_id = $1", stale)
        await verify(stage, NEW, OLD)
        assert await under(stage) == {key_id(OLD): 9, key_id(NEW): 11}


async def test_what_was_moved_to_another_place_is_named_and_never_sealed_anew_there(
    stage: Stage,
) -> None:
    await seal(stage, OLD, NAMES[:2])
    async with stage.transaction() as tx:
        await tx.execute("UPDATE secrets SET name = 'moved' WHERE name = '001'")
    assert [one.held.name for one in (await rotate(stage, NEW, OLD)).locked] == ["moved"]
    assert [one.held.name for one in (await verify(stage, NEW, OLD)).locked] == ["moved"]
    assert (await rotate(stage, NEW, OLD)).left == 0


async def test_keys_that_come_into_the_file_meanwhile_are_taken_up(
    stage: Stage, tmp_path: Path
) -> None:
    file = KeyFile(tmp_path / "encryption.key")
    file.change(lambda _: [NEW])
    looked_after = KeyKeeper(Keyring(file.cipher(), file=file), now=utc_now)
    await seal(stage, LOST, NAMES[:2])
    file.change(lambda known: [*known, LOST])
    async with stage.transaction() as tx:
        batch = await looked_after.rotate_some(tx, rows.START)
    assert (batch.opened, batch.locked) == (2, ())


async def test_every_batch_is_in_the_audit(stage: Stage) -> None:
    await seal(stage, OLD, NAMES[:10])
    await seal(stage, LOST, ["zzz"])
    await rotate(stage, NEW, OLD)
    await verify(stage, NEW)
    found = await stage.rows(
        "SELECT details FROM audits WHERE action = 'secret.read' AND subject = $1"
        " ORDER BY audit_id", PURPOSE
    )  # fmt: skip
    counted: Counter[tuple[str, bool]] = Counter()
    for row in found:
        details = row["details"]
        counted[details["reader"], details["opened"]] += details.get("secrets", 1)
    assert counted == {
        ("rotation", True): 10,
        ("rotation", False): 1,
        ("operator", True): 10,
        ("operator", False): 1,
    }


@pytest.mark.parametrize(
    ("place", "sealed"),
    [("rotate_secrets.before_commit", 0), ("rotate_secrets.after_commit", 500)],
)
async def test_a_rotation_that_is_killed_loses_nothing_and_goes_on(
    stage: Stage, tmp_path: Path, place: str, sealed: int
) -> None:
    many = [f"{n:03}" for n in range(600)]
    await seal(stage, OLD, many)
    found = stage.services.settings
    assert found.database_url is not None
    assert found.database_admin_url is not None
    environment = {
        "DATABASE_URL": found.database_url.get_secret_value(),
        "DATABASE_ADMIN_URL": found.database_admin_url.get_secret_value(),
        "HUNCH_ENCRYPTION_KEYS": f"{NEW},{OLD}",
    }
    killed = await hunch(
        tmp_path, environment | {"HUNCH_FAILPOINTS": f"{place}=kill"}, "keys", "rotate"
    )
    assert killed.code == -signal.SIGKILL, killed.err
    assert (
        await under(stage) == Counter({key_id(NEW): sealed, key_id(OLD): 600 - sealed}) + Counter()
    )
    assert await verify(stage, NEW, OLD) == Outcome(opened=600)
    done = await hunch(tmp_path, environment, "keys", "rotate")
    assert f"{600 - sealed} secrets were sealed anew" in done.out, done.err
    assert await verify(stage, NEW) == Outcome(opened=600)


KEYS = [new_key() for _ in range(4)]
steps = st.lists(
    st.one_of(
        st.tuples(st.just("put"), st.integers(0, 3), st.sampled_from("abc")),
        st.tuples(st.just("rotate"), st.integers(0, 3), st.just("")),
        st.tuples(st.just("batch"), st.integers(0, 3), st.just("")),
        st.tuples(st.just("label"), st.integers(0, 3), st.sampled_from("abc")),
        st.tuples(st.just("verify"), st.integers(0, 3), st.just("")),
    ),
    max_size=12,
)


async def test_whatever_happens_in_whatever_order_the_last_secret_put_is_the_one_that_is_read(
    stage: Stage,
) -> None:
    loop = asyncio.get_running_loop()

    @settings(max_examples=15, deadline=None)
    @given(steps)
    def history(steps: list[tuple[str, int, str]]) -> None:
        asyncio.run_coroutine_threadsafe(play(stage, steps), loop).result(60)

    await asyncio.to_thread(history)


async def play(stage: Stage, steps: list[tuple[str, int, str]]) -> None:
    await forget_others(stage)
    expected: dict[str, str] = {}
    for n, (what, first, name) in enumerate(steps):
        order = [KEYS[first], *KEYS]
        if what == "put":
            expected[name] = f"{n}"
            async with stage.transaction() as tx:
                await vault(*order).put(tx, PURPOSE, name, expected[name])
        elif what == "rotate":
            assert (await rotate(stage, *order)).left == 0
        elif what == "batch":
            async with stage.transaction() as tx:
                await keeper(*order).rotate_some(tx, rows.START)
        elif what == "label":
            async with stage.transaction() as tx:
                label = "UPDATE secrets SET key_id = $1 WHERE name = $2"
                await tx.execute(label, key_id(KEYS[first]), name)
        else:
            assert (await verify(stage, *order)).opened == len(expected)
        async with stage.transaction() as tx:
            found = await opened(tx, expected, *order)
        assert dict(zip(expected, found, strict=True)) == expected
