"""Makes the data directory of the embedded PostgreSQL and says how its server is to be run."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from bot.errors import SettingsError
from storage.embedded.binaries import PG_MAJOR, Programs, carries
from storage.embedded.locks import Lock
from storage.embedded.places import Place, can_enter, hand_over

SUPERUSER = "postgres"
# Nothing of the user's environment reaches the server: PGDATA, PGPORT, TZ, LC_* all mean something
# to it. LC_ALL=C also keeps macOS from starting threads inside the postmaster.
SERVER_ENVIRONMENT = {"PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "LC_ALL": "C", "TZ": "UTC"}

_INITDB = (
    f"--username={SUPERUSER}",
    "--auth-local=trust",
    "--auth-host=reject",
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--data-checksums",
    "--no-instructions",
)

# On the command line, so that they also hold for a directory made by an older Hunch and cannot be
# edited away. Statements and row values stay out of the log: they are people's answers.
_SERVER_SETTINGS = {
    "listen_addresses": "",
    "port": "5432",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "64MB",
    "max_wal_size": "512MB",
    "fsync": "on",
    "full_page_writes": "on",
    "jit": "off",
    "io_method": "sync",
    # Parallel queries need /dev/shm, of which a container has 64 MB.
    "max_parallel_workers_per_gather": "0",
    "max_logical_replication_workers": "0",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_checkpoints": "off",
    "log_autovacuum_min_duration": "-1",
}

# Settings that only this major version and newer ones know.
_SINCE = {"io_method": 18}

_LOG_BYTES = 4_000_000
_TAIL_BYTES = 8_000

_ADVICE = (
    (
        r"No space left on device|Disk quota exceeded",
        "The disk is full: make room and start again.",
    ),
    (
        r"could not (create|map|resize).*shared memory",
        "The machine or container has too little shared memory: give it at least 256 MB.",
    ),
    (
        r"could not look up effective user",
        "Your user id has no name on this system (/etc/passwd), which PostgreSQL needs: "
        "add one, or set DATABASE_URL.",
    ),
    (
        r"Permission denied|Operation not permitted|Read-only file system",
        "Its files cannot be read or written: check owner and mode of the directory.",
    ),
    (
        r"invalid data in file|could not locate a valid checkpoint|invalid checkpoint|PANIC:",
        "Its files are damaged: restore a backup, or move the directory away to start afresh.",
    ),
)

# Another server uses the data after all, for instance one that was not to be seen a moment ago.
_PASSING = re.compile(r"pre-existing shared memory block|lock file .* already exists")


def ensure_cluster(place: Place, programs: Programs, *, lock: Lock, major: int = PG_MAJOR) -> None:
    """Make the data directory if there is none; an unfinished one of a killed start is thrown away.

    Call it under `lock`, which initdb inherits: should we be killed, it stays locked until initdb
    has ended too.
    """
    if not can_enter(place.home, place.account):
        raise SettingsError(
            f"The database server's user (id {place.account.uid}) cannot enter {place.home}. Open "
            "the directories above it to others (chmod o+x), or set HUNCH_DATA_DIR to another one."
        )
    version = place.cluster / "PG_VERSION"
    if version.exists():
        return _check_version(place, version.read_text().strip(), major)
    if place.cluster.exists() and any(place.cluster.iterdir()):
        raise SettingsError(
            f"{place.cluster} holds files but no database. Move them away, or set HUNCH_DATA_DIR "
            "to another directory."
        )
    for leftover in place.home.glob("data.new-*"):
        shutil.rmtree(leftover)
    unfinished = Path(tempfile.mkdtemp(prefix="data.new-", dir=place.home))
    hand_over(unfinished, place.account)
    _initdb(place, programs, unfinished, lock)
    unfinished.rename(place.cluster)
    return None


def server_command(place: Place, programs: Programs, *, major: int = PG_MAJOR) -> list[str]:
    """The command line of the server."""
    settings = {**_SERVER_SETTINGS, "unix_socket_directories": str(place.run)}
    command = [str(programs.postgres), "-D", str(place.cluster)]
    for name, value in settings.items():
        if _SINCE.get(name, major) <= major:
            command += ["-c", f"{name}={value}"]
    return command


def trim_log(place: Place) -> int:
    """Set an overlong log aside (one generation is kept); returns where new lines will begin."""
    try:
        size = place.log.stat().st_size
    except FileNotFoundError:
        return 0
    if size < _LOG_BYTES:
        return size
    place.log.replace(place.log.with_name("server.log.1"))
    return 0


def said(place: Place, since: int) -> str:
    """What the server wrote to its log since position `since`, at most the last few kB."""
    with place.log.open("rb") as log:
        end = log.seek(0, os.SEEK_END)
        log.seek(max(since, end - _TAIL_BYTES))
        return log.read().decode(errors="replace")


def is_passing(text: str) -> bool:
    """Whether the server stumbled over something that may go away by itself."""
    return _PASSING.search(text) is not None


def explain(text: str, place: Place) -> SettingsError:
    """Turn what PostgreSQL said into one line that says what to do."""
    advice = next((what for pattern, what in _ADVICE if re.search(pattern, text)), None)
    complaints = [line for line in text.splitlines() if re.search(r"FATAL|PANIC|rror:", line)]
    cause = (complaints or text.splitlines() or ["it said nothing"])[-1].strip()
    return SettingsError(
        f"The embedded PostgreSQL in {place.home} did not start. "
        f"{advice or 'Look into the log, or set DATABASE_URL.'} ({cause}; log: {place.log})"
    )


def _check_version(place: Place, written_by: str, major: int) -> None:
    if written_by == str(major):
        return
    raise SettingsError(
        f"{place.cluster} was written by PostgreSQL {written_by}, this Hunch brings {major}. "
        f"Nothing was changed. {_how_to_go_on(written_by, major)}, or set HUNCH_DATA_DIR to "
        "another directory."
    )


def _how_to_go_on(written_by: str, major: int) -> str:
    if not written_by.isdecimal() or int(written_by) > major:
        return "Install the newer Hunch that wrote it"
    if carries(int(written_by)):
        return "Run `hunch upgrade-database`, which keeps the old files"
    return (
        "Back it up with the Hunch that wrote it (`hunch backup`) and `hunch restore` that into a "
        "new directory"
    )


def _initdb(place: Place, programs: Programs, target: Path, lock: Lock) -> None:
    done = subprocess.run(
        [programs.initdb, *_INITDB, "-D", target],
        cwd="/",
        env=SERVER_ENVIRONMENT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        pass_fds=(lock.fd,),
        start_new_session=True,
        **place.account.run_as(),
    )
    if done.returncode != 0:
        shutil.rmtree(target, ignore_errors=True)
        raise explain(done.stderr, place)
