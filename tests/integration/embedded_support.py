"""What the tests of the embedded PostgreSQL share: directories, other processes, and rough hands."""

from __future__ import annotations

import asyncio
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from storage.embedded import EmbeddedLease, EmbeddedServer, binaries, locks, start_embedded
from storage.embedded.clusters import server_command
from storage.embedded.places import Account, Place, settle
from storage.embedded.processes import postmaster_of, processes_in
from storage.embedded.roles import server_at

ROOT = os.geteuid() == 0
as_root = pytest.mark.skipif(not ROOT, reason="shows what happens as root; you are not")
REPOSITORY = Path(__file__).resolve().parents[2]
HOLDER = """
import asyncio, sys
from pathlib import Path
from storage.embedded import start_embedded
async def main():
    lease = await start_embedded(Path(sys.argv[1]))
    print(lease.server.app_url, flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await lease.release()
asyncio.run(main())
"""


@asynccontextmanager
async def leased(data_dir: Path) -> AsyncIterator[EmbeddedLease]:
    lease = await start_embedded(data_dir)
    try:
        yield lease
    finally:
        await lease.release()


class Holder:
    """Another process that uses the same server."""

    def __init__(self, data_dir: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", HOLDER, str(data_dir)],
            cwd=REPOSITORY,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    async def ready(self) -> str:
        assert self.process.stdout is not None
        return (await asyncio.to_thread(self.process.stdout.readline)).strip()

    async def leave(self) -> int:
        await asyncio.to_thread(self.process.communicate)
        return self.process.returncode

    async def kill(self) -> None:
        self.process.kill()
        await self.leave()


@contextmanager
def open_directory() -> Iterator[Path]:
    """A directory that other users can enter (pytest's own is closed), on a short path."""
    path = Path(tempfile.mkdtemp(prefix="hunch", dir="/tmp"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


@contextmanager
def used_before() -> Iterator[Path]:
    """A data directory whose server has run and stopped."""
    with open_directory() as directory:
        data_dir = directory / "data"
        asyncio.run(use_once(data_dir))
        yield data_dir


@contextmanager
def left_alone(data_dir: Path) -> Iterator[Path]:
    """Make sure that one test's server is not the next one's."""
    try:
        yield data_dir
    finally:
        asyncio.run(eventually(is_gone, data_dir))


@contextmanager
def server_by_hand(data_dir: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A server that somebody started without us, as our child."""
    place = place_of(data_dir)
    server = subprocess.Popen(
        server_command(place, binaries.programs_for(place)),
        env={"LC_ALL": "C"},
        stderr=subprocess.DEVNULL,
        **place.account.run_as(),
    )
    try:
        yield server
    finally:
        server.send_signal(signal.SIGQUIT)
        server.wait()


@contextmanager
def changed(file: Path, content: str) -> Iterator[None]:
    """Something else in a file, for a while."""
    before = file.read_bytes()
    file.write_text(content)
    yield
    file.write_bytes(before)


async def use_once(data_dir: Path) -> None:
    async with leased(data_dir):
        pass


def place_of(data_dir: Path) -> Place:
    return settle(data_dir.resolve())


def server_of(data_dir: Path) -> EmbeddedServer:
    return server_at(place_of(data_dir).run)


def nobody() -> Account:
    entry = pwd.getpwnam("nobody")
    return Account(entry.pw_uid, entry.pw_gid, switch=True)


def give(path: Path, account: Account) -> None:
    if account.switch:
        os.chown(path, account.uid, account.gid)


def postmaster(data_dir: Path) -> int:
    pid = postmaster_of(place_of(data_dir).cluster)
    assert pid is not None
    return pid


def kill_watcher(data_dir: Path) -> None:
    """Kill the process that holds the watching lock."""
    watching = place_of(data_dir).watching
    os.kill(_holder_of(watching), signal.SIGKILL)
    while locks.is_locked(watching):
        time.sleep(0.001)


def _holder_of(file: Path) -> int:
    if not Path("/proc/self/fd").exists():
        pytest.skip("finds the watcher in /proc, which this system lacks")
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal() and entry.name != str(os.getpid()):
            with suppress(OSError):
                if any(fd.resolve() == file for fd in (entry / "fd").iterdir()):
                    return int(entry.name)
    raise AssertionError(f"nobody has {file} open")


def kill_without_reaping(process: subprocess.Popen[bytes]) -> None:
    """Make a zombie."""
    process.kill()
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)


def is_running(process: subprocess.Popen[bytes]) -> bool:
    return process.poll() is None


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def owner_of(path: Path | str) -> int:
    """The user id of a file, or of the process behind a /proc directory."""
    return Path(path).stat().st_uid


def owners_within(directory: Path) -> set[int]:
    return {owner_of(path) for path in directory.iterdir()}


def copy_for(user: pwd.struct_passwd, source: Path, target: Path) -> None:
    """A copy of a data directory in which everything belongs to `user`."""
    subprocess.run(["cp", "-a", source, target], check=True)
    for path in (target, *target.rglob("*")):
        os.chown(path, user.pw_uid, user.pw_gid, follow_symlinks=False)


def move(directory: Path, target: Path) -> None:
    directory.rename(target)


def program_of(pid: int) -> Path:
    return Path(f"/proc/{pid}/exe").readlink()


async def ask(url: str, question: str, *values: object) -> Any:
    connection = await asyncpg.connect(url, timeout=5)
    try:
        return await connection.fetchval(question, *values)
    finally:
        await connection.close()


async def keep(server: EmbeddedServer, word: str) -> None:
    connection = await asyncpg.connect(server.admin_url, timeout=5)
    await connection.execute("DROP TABLE IF EXISTS kept")
    await connection.execute("CREATE TABLE kept (word text)")
    await connection.execute("INSERT INTO kept VALUES ($1)", word)
    await connection.close()


async def kept(server: EmbeddedServer) -> Any:
    return await ask(server.admin_url, "SELECT word FROM kept")


async def answers(server: EmbeddedServer) -> bool:
    try:
        return bool(await ask(server.app_url, "SELECT true"))
    except (OSError, asyncpg.CannotConnectNowError, asyncpg.PostgresConnectionError):
        return False


async def eventually_answers(server: EmbeddedServer) -> None:
    await until(lambda: answers(server))


async def eventually_busy(server: EmbeddedServer) -> None:
    question = "SELECT true FROM pg_stat_activity WHERE query LIKE 'DO %' AND state = 'active'"
    await until(lambda: ask(server.superuser_url, question))


async def eventually(check: Callable[[Path], bool], data_dir: Path) -> None:
    await until(lambda: asyncio.to_thread(check, data_dir))


async def until(check: Callable[[], Awaitable[Any]]) -> None:
    deadline = time.monotonic() + 20
    while not await check():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)


def is_gone(data_dir: Path) -> bool:
    place = place_of(data_dir)
    return not processes_in(place.cluster) and not locks.is_locked(place.watching)


def owners_and_modes(path: Path) -> list[tuple[str, int, int]]:
    seen = ((each, each.stat()) for each in (path, *path.parents))
    return [(str(each), found.st_uid, found.st_mode) for each, found in seen]


def install_closed(site: Path) -> Path:
    """The same wheel, in a place that only root can enter."""
    programs = binaries.find_programs()
    package = programs.directory.parent
    site.mkdir(mode=0o700)
    (site / package.name).mkdir()
    (site / package.name / "__init__.py").touch()
    libraries = package.with_name(f"{package.name}.libs")
    for source in (programs.directory, libraries):
        target = (site / source.relative_to(package.parent)).parent
        subprocess.run(["cp", "-al", source, target], check=True)
    return site
