"""Brings the embedded PostgreSQL up, whatever state an earlier process left it in."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from typing import assert_never

from bot.errors import SettingsError
from storage.embedded import watcher
from storage.embedded.binaries import PG_MAJOR, programs_for
from storage.embedded.clusters import (
    SERVER_ENVIRONMENT,
    ensure_cluster,
    explain,
    is_passing,
    said,
    server_command,
    trim_log,
)
from storage.embedded.locks import Lock, is_locked, open_own, try_lock
from storage.embedded.places import Place
from storage.embedded.processes import postmaster_of, press, processes_in
from storage.embedded.roles import Standing, server_at, standing

# Crash recovery after a long run may take a while; a server that answers "starting up" is waited
# for this long, too.
_PATIENCE_S = 120.0
_POLL_S = 0.005
_SLOW_POLL_S = 0.1
_EARLY_S = 2.0
# A postmaster that nobody can reach may just be opening its socket; orphans are of no use at once.
_GRACE_WITH_POSTMASTER_S = 10.0
_GRACE_S = 0.5


class Start:
    """One attempt to have the server of `place` running; use it under the start lock."""

    def __init__(self, place: Place, *, lock: Lock, major: int = PG_MAJOR) -> None:
        self._place = place
        self._major = major
        self._lock = lock
        self._began = time.monotonic()
        self._in_the_way_since: float | None = None
        self._log_began: int | None = None

    async def bring_up(self) -> None:
        """Return when the server lets us in and a watcher looks after it.

        Raises SettingsError, which says why it cannot be started, after two minutes at the latest.
        """
        while not await self._is_up():
            if time.monotonic() - self._began > _PATIENCE_S:
                raise SettingsError(
                    f"The embedded PostgreSQL in {self._place.home} does not answer. End its "
                    f"processes and start again; its log is {self._place.log}."
                )
        await asyncio.to_thread(ensure_watched, self._place)

    async def _is_up(self) -> bool:
        match await self._standing():
            case Standing.READY:
                return True
            case Standing.BUSY:
                await asyncio.sleep(self._pace_s())
            case Standing.AWAY:
                await asyncio.sleep(await asyncio.to_thread(self._push))
            case never:
                assert_never(never)
        return False

    async def _standing(self) -> Standing:
        # Without this file, the one who listens is the server of a directory that was deleted.
        if not (self._place.cluster / "postmaster.pid").exists():
            return Standing.AWAY
        return await standing(server_at(self._place.run))

    def _pace_s(self) -> float:
        early = time.monotonic() - self._began < _EARLY_S
        return _POLL_S if early else _SLOW_POLL_S

    def _push(self) -> float:
        """Do the next thing towards a running server; returns how long to wait for its effect, s.

        Only who holds the `watching` lock may start a server, so there are never two.
        """
        watching = try_lock(self._place.watching)
        if watching is None:  # a watcher is starting it, unless orphans keep it from doing so
            late = time.monotonic() - self._began > _GRACE_S
            return _SLOW_POLL_S if late and self._is_blocked() else _POLL_S
        try:
            if self._is_blocked():
                return _SLOW_POLL_S
            self._judge_last_try()
            self._launch(watching)
        finally:
            watching.close()
        return _POLL_S

    def _is_blocked(self) -> bool:
        """Whether an earlier server's processes still live; those are asked to go."""
        pids = processes_in(self._place.cluster)
        if not pids and not is_locked(self._place.living):
            self._in_the_way_since = None
            return False
        now = time.monotonic()
        self._in_the_way_since = self._in_the_way_since or now
        led = postmaster_of(self._place.cluster) in pids
        pressing_s = now - self._in_the_way_since - (_GRACE_WITH_POSTMASTER_S if led else _GRACE_S)
        if pressing_s >= 0:
            press(pids, for_s=pressing_s)
        return True

    def _judge_last_try(self) -> None:
        """The server that we had started is dead: say why, unless trying again can help."""
        if self._log_began is None:
            return
        text = said(self._place, self._log_began)
        if not is_passing(text):
            raise explain(text, self._place)

    def _launch(self, watching: Lock) -> None:
        programs = programs_for(self._place, self._major)
        ensure_cluster(self._place, programs, lock=self._lock, major=self._major)
        self._log_began = trim_log(self._place)
        command = server_command(self._place, programs, major=self._major)
        _hire(self._place, watching, command=command, pid=None)


def ensure_watched(place: Place) -> None:
    """Hire a watcher for our running server if its own was killed.

    A server that somebody started by hand is left to them.
    """
    watching = try_lock(place.watching)
    if watching is None:
        return
    try:
        pid = postmaster_of(place.cluster)
        if pid is not None and is_locked(place.living):
            _hire(place, watching, command=[], pid=pid)
    finally:
        watching.close()


def _hire(place: Place, watching: Lock, *, command: list[str], pid: int | None) -> None:
    """Start a watcher, to which the `watching` lock passes. It leaves us at once (see its `main`)."""
    order = watcher.Order(
        command=command,
        environment=SERVER_ENVIRONMENT,
        run_as=dict(place.account.run_as()),
        pid=pid,
        holders=str(place.holders),
        living=str(place.living),
        leavings=[str(path) for path in place.leavings],
    )
    os.close(open_own(place.living))
    log = open_own(place.log, append=True)
    try:
        subprocess.run(
            [sys.executable, "-I", watcher.__file__, json.dumps(order)],
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=(watching.fd,),
            start_new_session=True,
            check=True,
        )
    finally:
        os.close(log)
