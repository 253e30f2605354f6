"""Runs git on a clone: to read only, and so that nothing the clone says about itself is run."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import IO

from bot.errors import UserError

_CHUNK_BYTES = 1 << 18
_QUIET = (
    "--no-pager",
    "-c", "core.fsmonitor=false",
    "-c", "core.hooksPath=/dev/null",
    "-c", "core.quotePath=false",
    "-c", "log.showSignature=false",
    "-c", "log.mailmap=true",
    "-c", "i18n.logOutputEncoding=UTF-8",
)  # fmt: skip
_DUBIOUS = "dubious ownership"


@dataclass(frozen=True)
class Git:
    """git, on the repository at `path`."""

    path: Path

    @cached_property
    def _program(self) -> str:
        found = shutil.which("git")
        if found is None:
            raise UserError("import-git: git is not installed here. Install it, then try again.")
        return found

    def ask(self, *words: str) -> str | None:
        """What git answers, without the line end; None where it says no."""
        done = subprocess.run(
            self._line(words),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env=_environment(),
            check=False,
        )
        if done.returncode == 0:
            return done.stdout.decode(errors="replace").rstrip("\n")
        self._explain(done.stderr)
        return None

    @contextmanager
    def reading(self, *words: str, feed: IO[bytes] | None = None) -> Iterator[IO[bytes]]:
        """git's output while it runs; `feed` is a file it reads. Raises UserError if it fails."""
        with subprocess.Popen(
            self._line(words),
            stdin=feed or subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=_environment(),
        ) as running:
            assert running.stdout is not None
            assert running.stderr is not None
            try:
                yield running.stdout
                if running.stdout.read(1):
                    return  # enough was read
                complaint = running.stderr.read()
                if running.wait() != 0:
                    self._explain(complaint)
                    raise UserError(
                        f"{self.path}: git could not read it. `git fsck` there says what is broken."
                    )
            finally:
                running.kill()

    def _line(self, words: Sequence[str]) -> list[str]:
        return [self._program, "-C", str(self.path), *_QUIET, *words]

    def _explain(self, complaint: bytes) -> None:
        """Say what git's commonest refusal means."""
        if _DUBIOUS in complaint.decode(errors="replace"):
            raise UserError(
                f"{self.path}: belongs to somebody else, and git does not trust it. If you do: "
                f"git config --global --add safe.directory {self.path}"
            )


def _environment() -> dict[str, str]:
    """git's own settings are those of this person; no GIT_… of our process leads it elsewhere."""
    return {"HOME": str(Path.home()), "LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0"}


def fields(stream: IO[bytes]) -> Iterator[str]:
    """What stands between NULs, one after the other; the last one ends with the stream."""
    rest = b""
    while chunk := stream.read(_CHUNK_BYTES):
        *whole, rest = (rest + chunk).split(b"\0")
        yield from (field.decode(errors="replace") for field in whole)
    yield rest.decode(errors="replace")


def lines(stream: IO[bytes]) -> Iterator[str]:
    for line in stream:
        yield line.decode(errors="replace").rstrip("\n")
