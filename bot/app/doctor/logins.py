"""Can both logins be used, on a PostgreSQL that is new enough, and does neither see too much?"""

from __future__ import annotations

import asyncpg

from bot.app.doctor.findings import Found, ok, problem, warning
from bot.app.doctor.visits import AWAY, PATIENCE_S, Visit
from bot.errors import DatabaseReadOnly
from storage.database import OLDEST_POSTGRESQL
from storage.logins import Login, look_at_login

_CHECK = "database"


async def check(visit: Visit) -> list[Found]:
    if visit.is_new:
        where = visit.settings.data_dir.resolve()
        return [ok(_CHECK, f"there is none in {where} yet; `hunch run` makes it")]
    if visit.app_url is None or visit.admin_url is None:
        return [problem(_CHECK, visit.why_not, "Mend this first: most other checks need it.")]
    found = await _login(visit, "DATABASE_URL", visit.app_url)
    if visit.admin_url == visit.app_url:
        return [*found, _same()]
    return [*found, *await _login(visit, "DATABASE_ADMIN_URL", visit.admin_url)]


def _same() -> Found:
    return warning(
        _CHECK,
        "DATABASE_ADMIN_URL is not set, so the application's login owns the tables",
        "Make a second login that owns nothing, put it into DATABASE_URL and the owner's into "
        "DATABASE_ADMIN_URL: then a mistake of Hunch's cannot switch off what keeps workspaces "
        "apart.",
    )


async def _login(visit: Visit, name: str, url: str) -> list[Found]:
    try:
        login = await _look(url)
    except AWAY as error:
        # What is wrong with a URL would quote it.
        said = "the URL cannot be read" if isinstance(error, ValueError) else str(error)
        return [
            problem(
                _CHECK,
                f"{name}: PostgreSQL does not let us in ({type(error).__name__}: {said})",
                "Check that it runs, and host, port, name and password in the URL.",
            )
        ]
    trouble = _troubles(name, login, is_owner=url == visit.admin_url)
    return trouble or [ok(_CHECK, f"{name}: PostgreSQL {login.version}, login {login.role}")]


async def _look(url: str) -> Login:
    connection = await asyncpg.connect(url, timeout=PATIENCE_S, command_timeout=PATIENCE_S)
    try:
        return await look_at_login(connection)
    finally:
        connection.terminate()


def _troubles(name: str, login: Login, *, is_owner: bool) -> list[Found]:
    found = []
    if login.version_number < OLDEST_POSTGRESQL:
        found.append(
            problem(
                _CHECK,
                f"{name}: PostgreSQL {login.version} is too old",
                "Upgrade the server to PostgreSQL 15 or newer.",
            )
        )
    if login.is_read_only:
        found.append(problem(_CHECK, f"{name}: it cannot be written to", DatabaseReadOnly.advice))
    if login.encoding != "UTF8":
        found.append(
            problem(
                _CHECK,
                f"{name}: the database's encoding is {login.encoding}",
                "Make a database with ENCODING 'UTF8' and restore a backup into it.",
            )
        )
    if login.sees_everything:
        found.append(_sees_too_much(name, is_owner))
    elif login.owns and not is_owner:
        found.append(
            warning(
                _CHECK,
                f"{name}: the application's login owns {login.owns} tables",
                "REASSIGN OWNED to the login in DATABASE_ADMIN_URL.",
            )
        )
    return found


def _sees_too_much(name: str, is_owner: bool) -> Found:
    text = f"{name}: this login can bypass row-level security"
    if is_owner and name != "DATABASE_URL":
        fix = "An owner that is neither superuser nor BYPASSRLS is enough for migrations."
        return warning(_CHECK, text, fix)
    return problem(_CHECK, text, "Use a login that is neither superuser nor BYPASSRLS.")
