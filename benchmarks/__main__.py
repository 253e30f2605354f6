"""All measurements, one after the other: `python -m benchmarks [clicks deliveries …]`."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Sequence

from benchmarks import (
    bench_burst,
    bench_clicks,
    bench_companies,
    bench_deliveries,
    bench_engine,
    bench_footprint,
    bench_imports,
    bench_page,
    bench_rollups,
    bench_runs,
    bench_sync,
    bench_vault,
)
from benchmarks.tables import Row, show
from bot import log

_ALL: dict[str, Callable[[], Awaitable[Sequence[Row]]]] = {
    "clicks": bench_clicks.measure,
    "deliveries": bench_deliveries.measure,
    "burst": bench_burst.measure,
    "footprint": bench_footprint.measure,
    "imports": bench_imports.measure,
    "page": bench_page.measure,
    "vault": bench_vault.measure,
    "companies": bench_companies.measure,
    "sync": bench_sync.measure,
    "rollups": bench_rollups.measure,
}
_THEIR_OWN: dict[str, Callable[[], None]] = {
    "engine": bench_engine.main,
    "runs": bench_runs.main,
}


def main(wanted: Sequence[str]) -> None:
    log.configure("warning")
    for name in wanted or [*_ALL, *_THEIR_OWN]:
        print(f"\n{name}")
        if name in _THEIR_OWN:
            _THEIR_OWN[name]()
        else:
            show(asyncio.run(_measured(_ALL[name])))


async def _measured(measure: Callable[[], Awaitable[Sequence[Row]]]) -> Sequence[Row]:
    return await measure()


if __name__ == "__main__":
    main(sys.argv[1:])
