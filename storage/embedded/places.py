"""Decides where the embedded PostgreSQL keeps its files and as whom it runs.

Nothing that is not ours changes owner or mode. An ordinary user's server lives in
`HUNCH_DATA_DIR/postgres` and runs as that user. PostgreSQL refuses to run as root, so for root it
runs as the owner of the data, at first `nobody`; where that account cannot enter the data
directory (`/root` is closed to others), the files go to `/var/lib/hunch` and `postgres` is a link
there.
"""

from __future__ import annotations

import hashlib
import os
import pwd
import re
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from bot.errors import SettingsError

_FALLBACK = Path("/var/lib/hunch")
# A private directory in it, whose owner is checked.
_SHORT = Path("/tmp")  # nosec B108
_ACCOUNT = "nobody"
_SOCKET = ".s.PGSQL.5432"
# sockaddr_un.sun_path holds 104 bytes with the final NUL on macOS, 108 on Linux.
_SOCKET_PATH_BYTES = 103
# A run directory also appears in a setting (comma-separated, quoted) and in a URL.
_PLAIN = re.compile(r"[A-Za-z0-9_./+~-]+")


class RunAs(TypedDict, total=False):
    """Arguments for `subprocess` that make the child give up root."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True, slots=True)
class Account:
    """Who the server runs as; `switch` says that we are root and must become it."""

    uid: int
    gid: int
    switch: bool

    def run_as(self) -> RunAs:
        if not self.switch:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}


@dataclass(frozen=True, slots=True)
class Place:
    """The files of one embedded server.

    `holders` is locked (shared) by every process that uses the server, `watching` by the one
    watcher, `living` by the server's own processes: their locks end with them.
    """

    home: Path
    run: Path
    account: Account

    @property
    def cluster(self) -> Path:
        return self.home / "data"

    @property
    def log(self) -> Path:
        return self.home / "server.log"

    @property
    def holders(self) -> Path:
        return self.home / "holders.lock"

    @property
    def watching(self) -> Path:
        return self.home / "watching.lock"

    @property
    def living(self) -> Path:
        return self.home / "living.lock"

    @property
    def leavings(self) -> tuple[Path, ...]:
        """What a killed server leaves behind and a new one stumbles over."""
        socket = self.run / _SOCKET
        return self.cluster / "postmaster.pid", socket, socket.with_name(f"{_SOCKET}.lock")


def settle(data_dir: Path) -> Place:
    """Find or make the directories for the server of `data_dir`; call it under the start lock."""
    home = data_dir / "postgres"
    if home.is_symlink() and not home.exists():
        raise SettingsError(
            f"The database of {data_dir} was kept in {home.readlink()}, which is gone. Bring it "
            f"back, or remove {home} to start with an empty database."
        )
    if not home.exists():
        home = _make_home(home)
    home = home.resolve()
    finish_swap(home)
    account = _account_for(home)
    return Place(home, run_directory(home, account), account)


def is_made(data_dir: Path) -> bool:
    """Whether `data_dir` has a database already, even one that has gone astray since."""
    return os.path.lexists(data_dir / "postgres")


def finish_swap(home: Path) -> None:
    """Put an upgraded cluster in the place of the old one, which is kept beside it.

    A cluster that is called `data.upgraded` is whole and checked; if somebody was killed while
    renaming, the next start goes on with it.
    """
    upgraded, cluster = home / "data.upgraded", home / "data"
    if not upgraded.exists():
        return
    if cluster.exists():
        cluster.rename(kept_as(home, (cluster / "PG_VERSION").read_text().strip()))
    upgraded.rename(cluster)


def kept_as(home: Path, major: str) -> Path:
    """Where the old cluster stays after an upgrade."""
    return home / f"data-postgresql-{major}"


def can_enter(directory: Path, account: Account) -> bool:
    """Whether the server's account gets there, tried out: modes, ACLs and mounts all count."""
    if not account.switch:
        return True
    attempt = ["/bin/sh", "-c", 'cd "$1"', "sh", str(directory)]
    try:
        done = subprocess.run(
            attempt, cwd="/", stderr=subprocess.DEVNULL, check=False, **account.run_as()
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise SettingsError(
            f"PostgreSQL refuses to run as root, and root may not become uid {account.uid} here "
            f"({error}). Run Hunch as an ordinary user, or set DATABASE_URL."
        ) from error
    return done.returncode == 0


def hand_over(path: Path, account: Account) -> None:
    """Give a directory that we have just made to the server's account, closed to others."""
    path.chmod(0o700)
    if account.switch:
        os.chown(path, account.uid, account.gid, follow_symlinks=False)


def _make_home(home: Path) -> Path:
    root = os.geteuid() == 0
    home.mkdir(mode=0o755 if root else 0o700)
    if not root:
        return home
    home.chmod(0o755)
    if can_enter(home, _nobody()):
        return home
    elsewhere = _FALLBACK / _digest(home)
    for directory in (_FALLBACK, elsewhere):
        if not directory.exists():
            directory.mkdir(parents=True)
            directory.chmod(0o755)
    home.rmdir()
    home.symlink_to(elsewhere)
    return elsewhere


def _account_for(home: Path) -> Account:
    uid = os.geteuid()
    if uid != 0:
        return _ordinary(uid, home)
    cluster = home / "data"
    if not cluster.exists():
        return _nobody()
    owner = cluster.stat()
    if owner.st_uid == 0:
        raise SettingsError(
            f"{cluster} belongs to root, as whom PostgreSQL refuses to run. "
            f"Give it to an ordinary user: chown -R {_ACCOUNT} {cluster}"
        )
    return Account(owner.st_uid, owner.st_gid, switch=True)


def _ordinary(uid: int, home: Path) -> Account:
    owner = home.stat().st_uid
    if owner != uid:
        raise SettingsError(
            f"{home} belongs to the user with id {owner}, not to you (id {uid}). Run Hunch as "
            "that user, or set HUNCH_DATA_DIR to a directory of your own."
        )
    return Account(uid, os.getegid(), switch=False)


def _nobody() -> Account:
    try:
        entry = pwd.getpwnam(_ACCOUNT)
    except KeyError as error:
        raise SettingsError(
            f"PostgreSQL refuses to run as root and there is no user {_ACCOUNT} to run it as. "
            "Run Hunch as an ordinary user, or set DATABASE_URL."
        ) from error
    return Account(entry.pw_uid, entry.pw_gid, switch=True)


def run_directory(home: Path, account: Account) -> Path:
    """A private directory for the socket with a path short enough for `connect(2)`."""
    run = home / "run"
    long = len(os.fsencode(run / _SOCKET)) > _SOCKET_PATH_BYTES
    if long or not _PLAIN.fullmatch(str(run)):
        run = _SHORT / f"hunch-{_digest(home)}"
    try:
        run.mkdir(mode=0o700)
    except FileExistsError:
        _check_private(run, account)
    else:
        hand_over(run, account)
    return run


def _check_private(run: Path, account: Account) -> None:
    """Whoever can open the socket is let in without a password, so the door must be ours."""
    seen = run.lstat()
    if not stat.S_ISDIR(seen.st_mode) or seen.st_uid != account.uid or seen.st_mode & 0o077:
        raise SettingsError(
            f"{run} should be a directory that only the database server's user (id {account.uid}) "
            "can enter, and is not. Remove it and start again."
        )


def _digest(home: Path) -> str:
    return hashlib.sha256(os.fsencode(home)).hexdigest()[:16]
