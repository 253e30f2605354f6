"""The key file: where the encryption keys lie when the environment does not name them.

One key a line, newest first, for its owner's eyes only. It is replaced as a whole, never written
into, and two who change it wait for each other.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from bot.crypto import Cipher, new_key
from bot.errors import SettingsError, UserError

Stamp = tuple[int, int, int]


class KeyFile:
    """One key file. What reads it raises SettingsError, with the fix, where it cannot be used."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def exists(self) -> bool:
        return self.stamp() is not None

    def stamp(self) -> Stamp | None:
        """Changes whenever the file is replaced; None while there is none that we may see."""
        try:
            seen = self.path.stat()
        except OSError:
            return None
        return seen.st_ino, seen.st_mtime_ns, seen.st_size

    def read(self) -> tuple[str, ...]:
        """The keys, newest first."""
        try:
            if self.path.stat().st_mode & 0o077:
                raise TooOpen(
                    f"{self.path}: others can read this key file. Run: chmod 600 {self.path}"
                )
            keys = tuple(self.path.read_text(encoding="ascii").split())
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(
                f"{self.path}: the key file cannot be read ({_why(error)}). Restore it from your "
                "backup, or give it back to the user Hunch runs as."
            ) from error
        if not keys:
            raise SettingsError(f"{self.path}: the key file is empty. Restore it from your backup.")
        return keys

    def cipher(self) -> Cipher:
        return Cipher(self.read(), source=str(self.path))

    def make(self) -> bool:
        """Make the file with a first key; False if it was there. Two who make it agree on one."""
        with _changing(self.path):
            if self.exists():
                return False
            self._replace([new_key()])
            return True

    def change(self, to: Callable[[tuple[str, ...]], Sequence[str]]) -> tuple[str, ...]:
        """Replace the keys by what `to` makes of them; returns them. Keys are never half there."""
        with _changing(self.path):
            keys = tuple(to(self.read() if self.exists() else ()))
            self._replace(keys)
            return keys

    def _replace(self, keys: Sequence[str]) -> None:
        target = self.path.resolve()
        draft = target.with_name(f"{target.name}.{os.getpid()}")
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            with os.fdopen(handle, "wb") as file:
                _keep_owner(target, file.fileno())
                file.write("".join(f"{key}\n" for key in keys).encode("ascii"))
                file.flush()
                os.fsync(file.fileno())
            draft.replace(target)
        finally:
            draft.unlink(missing_ok=True)


class TooOpen(SettingsError):
    """The file can be read, also by people who should not."""


def _keep_owner(target: Path, handle: int) -> None:
    """A file changed by root stays readable for the user Hunch runs as."""
    if target.exists():
        was = target.stat()
        if (was.st_uid, was.st_gid) != (os.geteuid(), os.getegid()):
            os.fchown(handle, was.st_uid, was.st_gid)


@contextmanager
def _changing(path: Path) -> Iterator[None]:
    """Alone with the file, among all processes; the disk's complaints in words."""
    try:
        folder = _open_folder(path.resolve().parent)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            yield
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise UserError(
            f"{path}: the key file cannot be changed ({_why(error)}). Nothing was lost. Run this "
            "as the user Hunch runs as, on a disk that can be written to."
        ) from error


def _open_folder(folder: Path) -> int:
    folder.mkdir(parents=True, exist_ok=True)
    return os.open(folder, os.O_RDONLY)


def _why(error: OSError | UnicodeDecodeError) -> str:
    if isinstance(error, UnicodeDecodeError):
        return "it is no text"
    return os.strerror(error.errno) if error.errno else type(error).__name__


class Keyring:
    """The keys as they are now: a file's are read again when it has changed.

    `trouble` says in words why there are none; "" when all is well.
    """

    def __init__(self, cipher: Cipher, *, file: KeyFile | None = None, trouble: str = "") -> None:
        self.cipher = cipher
        self.file = file
        self.trouble = trouble
        self._stamp = file.stamp() if file is not None and not trouble else None

    def refresh(self) -> bool:
        """Look whether the file has changed; True when other keys are known than before.

        A file that cannot be used, or has gone, changes nothing: we go on with what we know.
        """
        stamp = self.file.stamp() if self.file is not None else None
        if self.file is None or stamp is None or stamp == self._stamp:
            return False
        known = self.cipher.key_ids
        try:
            self.cipher, self.trouble = self.file.cipher(), ""
        except SettingsError as error:
            self.trouble = str(error)
        self._stamp = stamp
        return self.cipher.key_ids != known
