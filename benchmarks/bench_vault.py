"""Rotation of secrets while others read them, beside decrypting and encrypting as many in memory and
writing them with bare UPDATEs: `python -m benchmarks.bench_vault [SECRETS]`.
Goal: 100,000 in under 60 s, and no read fails meanwhile.
"""

from __future__ import annotations

import asyncio
import itertools
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import asyncpg
from cryptography.fernet import Fernet, MultiFernet

from benchmarks.grounds import Stopwatch, install, postgres, services, superuser
from benchmarks.tables import Row, show
from bot.app import Services
from bot.crypto import Cipher, new_key
from bot.domain.ids import WorkspaceId
from bot.key_files import Keyring
from bot.use_cases import keys
from storage.embedded import EmbeddedServer
from storage.keys import BATCH, KeyKeeper
from storage.vault import PostgresVault

SECRETS = 20_000
GOAL_S = 60.0
GOAL_SECRETS = 100_000
WORKSPACES = [WorkspaceId(f"TBENCH{n}") for n in range(5)]
READERS = 4
# So that they read all the time and leave the processor to what is measured.
READ_EVERY_S = 0.01
PURPOSE = "bench.secret"
_SEED = """
    INSERT INTO secrets (workspace_id, purpose, name, ciphertext, key_id)
         SELECT $1, $2, name, ciphertext, $3 FROM unnest($4::text[], $5::bytea[]) AS n (name, ciphertext)
"""
_BARE_TABLE = """
    CREATE TABLE public.bare_secrets (name text PRIMARY KEY, ciphertext bytea NOT NULL);
"""
_BARE_UPDATE = """
    UPDATE public.bare_secrets AS s SET ciphertext = n.ciphertext
      FROM unnest($1::text[], $2::bytea[]) AS n (name, ciphertext) WHERE s.name = n.name
"""


@dataclass
class Reads:
    """What the readers met."""

    good: int = 0
    bad: int = 0


def _names(count: int) -> list[str]:
    return [f"{n:07}" for n in range(count)]


async def _seed(opened: Services, key: str, count: int) -> None:
    cipher = Cipher([key])
    for workspace_id in WORKSPACES:
        await install(opened, workspace_id, f"xoxb-{workspace_id}")
        names = _names(count // len(WORKSPACES))
        sealed = [
            cipher.seal(f"secret {name}", context=(workspace_id, PURPOSE, name)) for name in names
        ]
        async with opened.store.database.transaction(workspace_id, name="bench") as tx:
            await tx.execute(_SEED, workspace_id, PURPOSE, cipher.newest, names, sealed)


@asynccontextmanager
async def _reading(opened: Services, vault: PostgresVault, count: int) -> AsyncIterator[Reads]:
    """Others read secrets, each time another one, while the block runs."""
    reads, places = Reads(), itertools.cycle(itertools.product(_names(count), WORKSPACES))

    over = asyncio.Event()

    async def read() -> None:
        while not over.is_set():
            name, workspace_id = next(places)
            async with opened.store.database.transaction(workspace_id, name="bench") as tx:
                found = await vault.get(tx, PURPOSE, name, reader="outbox")
            reads.good += found == f"secret {name}"
            reads.bad += found != f"secret {name}"
            await asyncio.sleep(READ_EVERY_S)

    readers = [asyncio.create_task(read()) for _ in range(READERS)]
    yield reads
    over.set()
    ended = await asyncio.gather(*readers, return_exceptions=True)
    reads.bad += sum(isinstance(end, BaseException) for end in ended)


async def _rotate(opened: Services, count: int) -> tuple[float, Reads]:
    old, new = new_key(), new_key()
    await _seed(opened, old, count)
    ring = Keyring(Cipher([new, old, opened.settings.encryption_keys[0].get_secret_value()]))
    vault = PostgresVault(ring, now=opened.now)
    async with _reading(opened, vault, count // len(WORKSPACES)) as reads:
        watch = Stopwatch()
        keeper = KeyKeeper(ring, now=opened.now)
        done = await keys.rotate(opened.store.database, keeper, tell=lambda _: None)
        seconds = watch.seconds
    assert done.opened >= count, done
    assert (done.left, done.locked) == (0, ()), done
    return seconds, reads


async def _bare(admin: asyncpg.Connection, count: int) -> float:
    """As much decrypted, encrypted and written as can be with nothing around it."""
    old, new = Fernet(Fernet.generate_key()), Fernet(Fernet.generate_key())
    names, both = _names(count), MultiFernet([new, old])
    sealed = [old.encrypt(f"secret {name}".encode()) for name in names]
    await admin.execute(_BARE_TABLE)
    await admin.copy_records_to_table(
        "bare_secrets", schema_name="public", records=list(zip(names, sealed, strict=True))
    )
    watch = Stopwatch()
    for start in range(0, count, BATCH):
        some = slice(start, start + BATCH)
        anew = [both.encrypt(both.decrypt(one)) for one in sealed[some]]
        await admin.execute(_BARE_UPDATE, names[some], anew)
    return watch.seconds


async def _measure(server: EmbeddedServer, count: int) -> tuple[float, float, Reads]:
    async with services(server) as opened:
        ours, reads = await _rotate(opened, count)
    admin = await superuser(server)
    try:
        return ours, await _bare(admin, count), reads
    finally:
        await admin.close()


async def measure(count: int = SECRETS) -> Sequence[Row]:
    async with postgres() as server:
        ours, bare, reads = await _measure(server, count)
    print(f"{count:,} secrets rotated in {ours:.1f} s; meanwhile {reads.good:,} were read")
    assert reads.bad == 0, reads
    return [
        Row("seconds to rotate, beside bare decrypt, encrypt, UPDATE", [ours], [bare], "<", 5.0),
        Row(
            "seconds to rotate, beside 60 for each 100,000",
            [ours],
            [GOAL_S * count / GOAL_SECRETS],
            "<",
            1.0,
        ),
    ]


if __name__ == "__main__":
    show(asyncio.run(measure(*map(int, sys.argv[1:]))))
