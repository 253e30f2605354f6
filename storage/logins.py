"""Who a login is and what it may do, for those who look after the database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import asyncpg

_LOOK = """
    SELECT current_user::text AS role,
           current_setting('server_version') AS version,
           current_setting('server_version_num')::int AS version_number,
           current_setting('transaction_read_only') = 'on' AS is_read_only,
           pg_encoding_to_char(encoding)::text AS encoding,
           (SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user)
               AS sees_everything,
           (SELECT count(*) FROM pg_class
             WHERE relnamespace = to_regnamespace('hunch') AND relkind IN ('r', 'p')
               AND relowner = (SELECT oid FROM pg_roles WHERE rolname = current_user)) AS owns
      FROM pg_database WHERE datname = current_database()
"""
_VERSIONS = """
    SELECT DISTINCT application_name FROM pg_stat_activity
     WHERE datname = current_database() AND application_name LIKE 'hunch %'
"""
_NOW = "SELECT clock_timestamp()"


@dataclass(frozen=True, slots=True)
class Login:
    """One login in one database; `owns` counts our tables that are its own."""

    role: str
    version: str
    version_number: int
    is_read_only: bool
    encoding: str
    sees_everything: bool
    owns: int


async def look_at_login(connection: asyncpg.Connection) -> Login:
    return Login(**await connection.fetchrow(_LOOK))


async def running_versions(connection: asyncpg.Connection) -> set[str]:
    """The versions of the Hunch processes that are connected with this login now."""
    rows = await connection.fetch(_VERSIONS)
    return {row["application_name"].removeprefix("hunch ") for row in rows}


async def time_there(connection: asyncpg.Connection) -> datetime:
    """What PostgreSQL's clock says."""
    found: datetime = await connection.fetchval(_NOW)
    return found
