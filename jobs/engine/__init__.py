"""The job engine: work that rows ask for, done later, by whichever worker is free.

This package is the only place that knows pgqueuer. Jobs are written on the caller's own connection
and transaction, so they exist if and only if the rows that caused them do. A job may run more than
once (a worker dies, or freezes and thaws), so handlers look at the rows and fence themselves.
"""

from jobs.engine.queues import (
    QueueSize,
    bring_forward,
    enqueue,
    enqueue_ahead,
    prune,
    queue_sizes,
)
from jobs.engine.schema import install
from jobs.engine.workers import Handler, QueuedJob, RetryPolicy, Worker

__all__ = [
    "Handler",
    "QueueSize",
    "QueuedJob",
    "RetryPolicy",
    "Worker",
    "bring_forward",
    "enqueue",
    "enqueue_ahead",
    "install",
    "prune",
    "queue_sizes",
]
