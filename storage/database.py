"""The only place that opens, commits and rolls back transactions.

A transaction belongs to one workspace: row-level security shows it that workspace's rows and
nothing else. Jobs queued in it are written just before the commit, on the same connection.
"""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from importlib.metadata import version
from time import monotonic, perf_counter
from typing import Any

import asyncpg

from bot import failpoints
from bot.domain.ids import WorkspaceId
from bot.errors import Conflict, DatabaseAway, DatabaseFull, DatabaseReadOnly, SettingsError
from bot.ports import Job, Row
from bot.watch import Watch
from storage.batches import Batches, Kind

Enqueue = Callable[[asyncpg.Connection, Sequence[Job]], Awaitable[None]]

OLDEST_POSTGRESQL = 150000
# All that the driver raises where PostgreSQL cannot be asked, or refuses.
DRIVER_ERRORS = (
    OSError,
    TimeoutError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # what the driver makes of a connection cut in mid-word
)
_PATIENCE_S = 5.0
_WORKSPACE = re.compile(r"[TE][A-Z0-9]{1,30}")
_AWAY = (
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    # What a process finds that was frozen in the middle of a transaction.
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.TransactionTimeoutError,
    # What a connection that is being opened meets while the server is being worked on.
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.ObjectNotInPrerequisiteStateError,
)
_CONTESTED = (
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
    asyncpg.LockNotAvailableError,
)
_REMEMBERED_S = 30.0
_SESSION = {
    "application_name": f"hunch {version('hunch')}",
    "search_path": "hunch",
    "statement_timeout": "15s",
    "lock_timeout": "10s",
    "idle_in_transaction_session_timeout": "30s",
    "jit": "off",
}
_READS_ONLY = "SELECT current_setting('transaction_read_only') = 'on'"
_BYPASSES = "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user"


class PostgresTransaction:
    """One open transaction on one connection; see `bot.ports.Transaction`."""

    def __init__(self, connection: asyncpg.Connection, workspace_id: WorkspaceId) -> None:
        self._connection = connection
        self._workspace_id = workspace_id
        self.jobs: list[Job] = []

    @property
    def workspace_id(self) -> WorkspaceId:
        return self._workspace_id

    async def fetch(self, statement: str, *values: Any) -> Sequence[Row]:
        rows: Sequence[Row] = await self._connection.fetch(statement, *values)
        return rows

    async def fetchrow(self, statement: str, *values: Any) -> Row | None:
        row: Row | None = await self._connection.fetchrow(statement, *values)
        return row

    async def fetchval(self, statement: str, *values: Any) -> Any:
        return await self._connection.fetchval(statement, *values)

    async def execute(self, statement: str, *values: Any) -> str:
        status: str = await self._connection.execute(statement, *values)
        return status

    async def executemany(self, statement: str, rows: Sequence[Sequence[Any]]) -> None:
        await self._connection.executemany(statement, rows)

    def enqueue(self, job: Job) -> None:
        self.jobs.append(job)


class PostgresDatabase:
    """Transactions over a pool; see `bot.ports.Database`."""

    def __init__(self, pool: asyncpg.Pool, enqueue: Enqueue, watch: Watch | None = None) -> None:
        self._pool = pool
        self._enqueue = enqueue
        self._watch = watch or Watch()
        self._batches = Batches(self._run_batch)
        self._full: tuple[float, DatabaseFull] | None = None

    @property
    def full(self) -> DatabaseFull | None:
        """That PostgreSQL had no room for something within the last half minute, if so.

        Only who writes can tell, so it is remembered for those who only look.
        """
        if self._full is None or monotonic() - self._full[0] > _REMEMBERED_S:
            return None
        return self._full[1]

    @asynccontextmanager
    async def transaction(
        self, workspace_id: WorkspaceId, *, name: str
    ) -> AsyncIterator[PostgresTransaction]:
        if not _WORKSPACE.fullmatch(workspace_id):
            raise ValueError(f"not a workspace id: {workspace_id!r}")
        # The id is checked above, so one round trip can begin and name the tenant.
        begin = f"BEGIN; SET LOCAL hunch.workspace_id = '{workspace_id}'"
        async with self._opened(begin, workspace_id, name) as tx:
            yield tx

    @asynccontextmanager
    async def routing(self, *, name: str) -> AsyncIterator[PostgresTransaction]:
        async with self._opened("BEGIN", WorkspaceId(""), name) as tx:
            yield tx

    async def call(self, statement: str, *values: Any, name: str) -> Row | None:
        """Run one statement as a transaction of its own and return its first row.

        For functions that set their workspace themselves: one round trip instead of four.
        """
        with self._watch.transaction(name), self._translated():
            async with self._connection() as connection:
                failpoints.hit(f"{name}.before_commit")
                row = await self._fetch_traced(connection, statement, values)
        failpoints.hit(f"{name}.after_commit")
        return row

    async def _fetch_traced(
        self, connection: asyncpg.Connection, statement: str, values: Sequence[Any]
    ) -> Row | None:
        """One round trip; three where the jobs that are queued must know their trace."""
        setting = self._trace_setting()
        if not setting:
            row: Row | None = await connection.fetchrow(statement, *values)
        else:
            async with connection.transaction():
                await connection.execute(setting)
                row = await connection.fetchrow(statement, *values)
        return row

    def _trace_setting(self) -> str:
        """Names the current trace to `enqueue_jobs`; made of hexadecimal digits by ourselves."""
        traceparent = self._watch.traceparent()
        return f"SET LOCAL hunch.traceparent = '{traceparent}'" if traceparent else ""

    async def call_together(
        self, statement: str, workspace_id: WorkspaceId, item: Sequence[Any], *, name: str
    ) -> Any:
        """Run `statement` for the items that come at the same time; returns this item's result.

        The statement takes the workspace and an array for each column of the items, and returns
        an array of results in the order of the items. Where work is traced each item goes alone,
        so that its jobs belong to its own trace.
        """
        if self._watch.spans is not None:
            row = await self.call(statement, workspace_id, *([one] for one in item), name=name)
            return None if row is None else next(iter(row.values()))[0]
        return await self._batches.ask(Kind(statement, workspace_id, name), item)

    async def _run_batch(self, kind: Kind, items: Sequence[Sequence[Any]]) -> Sequence[Any]:
        columns = [list(column) for column in zip(*items, strict=True)]
        row = await self.call(kind.statement, kind.workspace_id, *columns, name=kind.name)
        results: Sequence[Any] = next(iter(row.values())) if row is not None else ()
        return results

    @asynccontextmanager
    async def _opened(
        self, begin: str, workspace_id: WorkspaceId, name: str
    ) -> AsyncIterator[PostgresTransaction]:
        with self._watch.transaction(name), self._translated():
            async with self._connection() as connection:
                await connection.execute(f"{begin}; {self._trace_setting()}")
                tx = PostgresTransaction(connection, workspace_id)
                try:
                    yield tx
                    if tx.jobs:
                        await self._enqueue(connection, tx.jobs)
                    failpoints.hit(f"{name}.before_commit")
                    await connection.execute("COMMIT")
                except BaseException:
                    await _roll_back(connection)
                    raise
        failpoints.hit(f"{name}.after_commit")

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[asyncpg.Connection]:
        asked_at = perf_counter()
        async with self._pool.acquire(timeout=_PATIENCE_S) as connection:
            self._watch.metrics.pool_waits.observe(perf_counter() - asked_at)
            yield connection

    def _translated(self) -> _translated:
        return _translated(self._remember)

    def _remember(self, error: DatabaseAway) -> None:
        if isinstance(error, DatabaseFull):
            self._full = (monotonic(), error)


class _translated:  # noqa: N801  (a context manager reads as a verb)
    """Turn the driver's errors into ours."""

    def __init__(self, remember: Callable[[DatabaseAway], None] | None = None) -> None:
        self._remember = remember

    def __enter__(self) -> None: ...

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if error is None:
            return
        ours = translated(error)
        if isinstance(ours, DatabaseAway) and self._remember is not None:
            self._remember(ours)
        if ours is not None:
            raise ours from error


def translated(error: BaseException) -> Conflict | DatabaseAway | None:
    """What the driver's error means to us; None when it is no everyday trouble."""
    if isinstance(error, _CONTESTED):
        return Conflict(str(error))
    if isinstance(error, asyncpg.DiskFullError):
        return DatabaseFull(str(error))
    if isinstance(error, asyncpg.ReadOnlySQLTransactionError):
        return DatabaseReadOnly(str(error))
    # A value the driver cannot send is an InterfaceError as well, but no outage.
    if isinstance(error, _AWAY) and not isinstance(error, ValueError):
        return DatabaseAway(str(error))
    return None


async def _roll_back(connection: asyncpg.Connection) -> None:
    try:
        await connection.execute("ROLLBACK")
    except DRIVER_ERRORS:
        # What made us roll back is the news; a connection that cannot is thrown away.
        connection.terminate()


async def _prepare(connection: asyncpg.Connection) -> None:
    await _teach_json(connection)
    # A process that freezes in the middle of a statement is not idle, and keeps its locks. Older
    # servers know no timeout for that.
    if connection.get_server_version().major >= 17:
        await connection.execute("SET transaction_timeout = '30s'")


async def _teach_json(connection: asyncpg.Connection) -> None:
    await connection.set_type_codec(
        "jsonb", encoder=json.dumps, decoder=json.loads, schema="pg_catalog"
    )


async def _keep(connection: asyncpg.Connection) -> None:
    """Nothing to reset: settings are local to their transaction, and nobody listens or locks."""


async def open_pool(url: str, *, size: int = 10) -> asyncpg.Pool:
    """Connect the application's login.

    Raises SettingsError when the server is too old or the login could see every workspace,
    DatabaseAway when nobody answers.
    """
    with _translated():
        pool = await asyncpg.create_pool(
            url,
            min_size=2,
            max_size=size,
            init=_prepare,
            server_settings=_SESSION,
            command_timeout=20,
            timeout=5,
            reset=_keep,
        )
        try:
            await _check(pool)
        except BaseException:
            pool.terminate()
            raise
        return pool


async def is_read_only(connection: asyncpg.Connection) -> bool:
    """Whether PostgreSQL would refuse to write: a standby, or one that is switched to reading."""
    return bool(await connection.fetchval(_READS_ONLY))


async def login_of(url: str) -> str:
    """The role that `url` logs in as, however the URL says it."""
    connection = await asyncpg.connect(url, timeout=5)
    try:
        role: str = await connection.fetchval("SELECT current_user")
        return role
    finally:
        await connection.close()


async def _check(pool: asyncpg.Pool) -> None:
    check_version(await server_version(pool))
    if await pool.fetchval(_BYPASSES):
        raise SettingsError(
            "DATABASE_URL: this login can bypass row-level security, so workspaces would not be "
            "kept apart. Use one that is neither superuser nor BYPASSRLS."
        )


async def server_version(connection: asyncpg.Connection | asyncpg.Pool) -> int:
    """PostgreSQL's server_version_num: 180004 is 18.4."""
    return int(await connection.fetchval("SHOW server_version_num"))


def check_version(number: int) -> None:
    """Refuse a PostgreSQL older than 15 (`number` as in server_version_num)."""
    if number < OLDEST_POSTGRESQL:
        raise SettingsError(
            f"DATABASE_URL: this is PostgreSQL {number // 10000}; Hunch needs 15 or newer. "
            "Upgrade the server, or unset DATABASE_URL to use the one we bring along."
        )
