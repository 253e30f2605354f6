"""PostgreSQL's own pg_dump and pg_restore, which come with the PostgreSQL we bring along.

Both run as long as it takes; call them from a thread of their own.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from typing import IO
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

from bot.errors import SettingsError, UserError
from storage.embedded.binaries import PG_MAJOR, find_programs

Tell = Callable[[str], None]

SCHEMAS = ("hunch", "pgqueuer")
_CHUNK_BYTES = 1 << 20
# Its default compresses a fifth better and takes three times as long.
_COMPRESSION = "gzip:1"
_NEWS = re.compile(
    r"(?:pg_dump: dumping contents of|pg_restore: processing data for) table \"(.+)\""
    r"|pg_restore: (creating INDEX) "
)
_LAST_LINES = 5
# The first server on which all that pg_restore sets for its session is known, and where it stands.
_KNOWS_OUR_SESSION = 170000
_PREAMBLE_LINES = 40


def check_client(server_version: int) -> None:
    """Refuse a server that is newer than our programs (`server_version` as server_version_num)."""
    if server_version // 10000 > PG_MAJOR:
        raise SettingsError(
            f"DATABASE_URL: this is PostgreSQL {server_version // 10000}, and Hunch brings the "
            f"programs of {PG_MAJOR}, which cannot back it up. Use a newer Hunch, or the server's "
            "own pg_dump and pg_restore."
        )


def dump(
    url: str, *, snapshot: str, into: IO[bytes], tell: Tell, compression: str = _COMPRESSION
) -> None:
    """Write our schemas as of an exported snapshot, in pg_dump's custom format.

    The URL's login must see all rows. Raises UserError with what pg_dump said, OSError of `into`.
    """
    words = ["pg_dump", "--format=custom", f"--compress={compression}", f"--snapshot={snapshot}"]
    words += [f"--schema={name}" for name in SCHEMAS]
    words += ["--no-owner", "--no-privileges", "--verbose", *_to(url)]
    with _running(words, tell, password=_password(url), stdout=subprocess.PIPE) as program:
        assert program.stdout is not None
        shutil.copyfileobj(program.stdout, into, _CHUNK_BYTES)


def restore(url: str, *, source: IO[bytes], tell: Tell, server_version: int) -> None:
    """Bring back what `dump` wrote, all or nothing; everything belongs to the URL's login.

    `server_version` is the target's server_version_num. Raises UserError with what went wrong.
    """
    words = ["pg_restore", "--exit-on-error", "--no-owner", "--no-privileges", "--verbose"]
    if server_version >= _KNOWS_OUR_SESSION:
        words += ["--single-transaction", *_to(url)]
        with _running(words, tell, password=_password(url), stdin=subprocess.PIPE) as program:
            _feed(program, source)
        return
    with _running([*words, "--file=-"], tell, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as one:
        feeding = threading.Thread(target=_feed, args=(one, source), daemon=True)
        feeding.start()
        _run_script(url, one, tell)
        feeding.join()


def _run_script(url: str, writer: subprocess.Popen[bytes], tell: Tell) -> None:
    """pg_restore sets what servers before 17 do not know; as a script it can be left out."""
    words = ["psql", "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--single-transaction"]
    words += ["--file=-", *_to(url)]
    assert writer.stdout is not None
    with _running(words, tell, password=_password(url), stdin=subprocess.PIPE) as reader:
        assert reader.stdin is not None
        with suppress(BrokenPipeError), reader.stdin:
            for line in islice(writer.stdout, _PREAMBLE_LINES):
                if not line.startswith(b"SET transaction_timeout"):
                    reader.stdin.write(line)
            shutil.copyfileobj(writer.stdout, reader.stdin, _CHUNK_BYTES)


def _feed(program: subprocess.Popen[bytes], source: IO[bytes]) -> None:
    assert program.stdin is not None
    # If it has ended, its own words say why.
    with suppress(BrokenPipeError), program.stdin:
        shutil.copyfileobj(source, program.stdin, _CHUNK_BYTES)


@contextmanager
def _running(
    words: list[str],
    tell: Tell,
    *,
    password: str = "",
    stdin: int = subprocess.DEVNULL,
    stdout: int = subprocess.DEVNULL,
) -> Iterator[subprocess.Popen[bytes]]:
    """The program runs while the block does, and must end well after it."""
    secret = {"PGPASSWORD": password} if password else {}
    program = subprocess.Popen(
        [find_programs().directory / "bin" / words[0], *words[1:]],
        env={"LC_ALL": "C", "PGAPPNAME": words[0], **secret},
        stdin=stdin,
        stdout=stdout,
        stderr=subprocess.PIPE,
    )
    said: list[str] = []
    listening = threading.Thread(target=_listen, args=(program, said, tell), daemon=True)
    listening.start()
    with program:
        try:
            yield program
        except BaseException:
            program.kill()
            raise
        finally:
            program.wait()
            listening.join()
    if program.returncode != 0:
        raise UserError(f"{words[0]} failed: {' '.join(said) or 'it said nothing'}")


def _listen(program: subprocess.Popen[bytes], said: list[str], tell: Tell) -> None:
    """Pass news on, and keep the last complaints."""
    assert program.stderr is not None
    last = ""
    for line in program.stderr:
        words = line.decode(errors="replace").strip()
        news = _NEWS.match(words)
        if news is not None:
            now = news[1] or "indexes and constraints"
            if now != last:
                tell(now)
            last = now
        elif re.search(r"error:|ERROR:|FATAL:|DETAIL:|HINT:", words):
            said[:] = [*said, words][:_LAST_LINES]


def _to(url: str) -> list[str]:
    return [f"--dbname={_without_password(url)[0]}"]


def _password(url: str) -> str:
    return _without_password(url)[1]


def _without_password(url: str) -> tuple[str, str]:
    """Arguments can be seen by everybody on the machine, an environment cannot."""
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query))
    password = unquote(parts.password or "") or options.pop("password", "")
    _, _, place = parts.netloc.rpartition("@")
    netloc = f"{parts.netloc.rpartition('@')[0].partition(':')[0]}@{place}"
    query = urlencode(options, safe="/")
    return urlunsplit((parts.scheme, netloc, parts.path, query, "")), password
