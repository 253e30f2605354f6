"""Which job runs what, and what the clock queues when: all of it in one place."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta

from bot.ports import Database, RememberingSlackClients, Vault
from bot.ports.github import GitHubClients
from bot.ports.runs import RunKind, RunKinds
from bot.use_cases.attributions import REPROCESS
from bot.use_cases.discoveries import DISCOVER
from bot.use_cases.housekeeping import Keeping
from bot.use_cases.outbox import Patience
from bot.use_cases.syncs import SYNC
from bot.watch import Watch
from jobs import attributions
from jobs.clock import Schedule
from jobs.connections import ConnectionChecker
from jobs.deliveries import DeliveryReader
from jobs.discoveries import Discoverer
from jobs.engine import Handler
from jobs.housekeeping import Housekeeper
from jobs.imports import ImportForgetter
from jobs.installs import InstallPurger, Purge
from jobs.leaderboards import LeaderboardPoster
from jobs.members import MemberSyncer
from jobs.outbox import OutboxSender
from jobs.pipelines import Pipeline
from jobs.pull_requests import MergeFollower
from jobs.redeliveries import Redeliverer
from jobs.rollups import FactKeeper, rebuilding
from jobs.run_follows import RunLooker
from jobs.runs import FanOuter, StepWorker
from jobs.surveys import SurveyLooker
from jobs.syncs import Syncer


def _everywhere(kind: str) -> str:
    """The job that starts a run of this kind in every workspace."""
    return f"{kind}_all"


SCHEDULES = (
    Schedule("sweep", "housekeeping.sweep", every=timedelta(seconds=30)),
    # So often, because timezones are whole quarters of an hour apart.
    Schedule("leaderboards", "leaderboards.due", cron={"minute": "*/15"}),
    Schedule("members", "members.sync_all", cron={"minute": 17}),
    Schedule("connections", "connections.check_all", cron={"minute": 29}),
    # Before the sync, which reads what this finds.
    Schedule("discoveries", _everywhere(DISCOVER), cron={"hour": 1, "minute": 7}),
    Schedule("syncs", _everywhere(SYNC), cron={"hour": 1, "minute": 47}),
    Schedule("redeliveries", "deliveries.ask_again", cron={"minute": 37}),
    # After an upgrade: what older rules judged is judged again that night.
    Schedule("attributions", _everywhere(REPROCESS), cron={"hour": 2, "minute": 23}),
    Schedule("forget", "housekeeping.forget", cron={"hour": 3, "minute": 41}),
    Schedule("purge", "installs.purge", cron={"hour": 4, "minute": 11}),
)


def pipelines(
    db: Database, githubs: GitHubClients, *, now: Callable[[], datetime]
) -> tuple[Pipeline, ...]:
    """Every kind of run with its steps."""
    discoverer = Discoverer(db, githubs)
    syncer = Syncer(githubs, discoverer.check)
    return (
        attributions.pipeline(now=now), discoverer.pipeline(), rebuilding(), syncer.pipeline(),
    )  # fmt: skip


def run_kinds(known: Sequence[Pipeline]) -> RunKinds:
    """What people may know of these pipelines."""
    return {
        one.kind: RunKind(
            one.kind, one.title, tuple(step.title for step in one.steps), one.asks or one.takes
        )
        for one in known
    }


def handlers(
    db: Database,
    slacks: RememberingSlackClients,
    githubs: GitHubClients,
    vault: Vault,
    known: Sequence[Pipeline],
    *,
    now: Callable[[], datetime],
    prune_jobs: Callable[[], Awaitable[object]],
    purge: Purge,
    patience: Patience | None = None,
    keeping: Keeping | None = None,
    watch: Watch | None = None,
) -> Mapping[str, Handler]:
    """Every entrypoint with its handler; `known` are the `pipelines`."""
    watch = watch or Watch()
    checker = ConnectionChecker(db, githubs, vault, now)
    members = MemberSyncer(db, slacks, now)
    leaderboards = LeaderboardPoster(db, now)
    housekeeper = Housekeeper(db, slacks, now, prune_jobs, keeping or Keeping())
    return {
        **{
            _everywhere(one.kind): FanOuter(db, one, one.nightly, now, watch).dispatch
            for one in known
            if one.nightly is not None
        },
        "connections.check": checker.check,
        "connections.check_all": checker.check_all,
        "connections.tell": checker.tell,
        "connections.try_token": checker.try_token,
        "deliveries.ask_again": Redeliverer(db, githubs, now).ask_again,
        "deliveries.process": DeliveryReader(db, now).process,
        "housekeeping.forget": housekeeper.forget,
        "housekeeping.forget_workspace": housekeeper.forget_workspace,
        "housekeeping.sweep": housekeeper.sweep,
        "imports.give_way": ImportForgetter(db, now).give_way,
        "installs.purge": InstallPurger(db, now, purge).purge_left,
        "leaderboards.due": leaderboards.due,
        "leaderboards.post": leaderboards.post,
        "links.tell": checker.tell_of_link,
        "members.sync": members.sync,
        "members.sync_all": members.sync_all,
        "outbox.send": OutboxSender(db, slacks, now, patience or Patience()).send,
        "pull_requests.follow": MergeFollower(db, now).follow,
        "rollups.refresh": FactKeeper(db).refresh,
        "runs.look": RunLooker(db, run_kinds(known), now).look,
        "runs.step": StepWorker(db, known, now, watch).step,
        "surveys.look": SurveyLooker(db, now).look,
    }
