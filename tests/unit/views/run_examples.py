"""Runs in all their states, as views get them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.domain.ids import WorkspaceId
from bot.domain.runs import Artifact, Note, Run, RunDetail, RunId, RunStep, State, Trigger
from bot.views import runs
from bot.views.runs import RunView

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
BEGAN = NOON - timedelta(minutes=4)
RUN = Run(
    workspace_id=WorkspaceId("T1"),
    run_id=RunId(12),
    kind="github.sync",
    params={},
    trigger=Trigger.PERSON,
    started_by="7",
    state=State.RUNNING,
    attempt=1,
    position=1,
    partial=False,
    skipped=False,
    cancel_asked=False,
    message="",
    error="",
    credential="acme",
    credential_state="valid",
    created_at=BEGAN,
    started_at=BEGAN,
    finished_at=None,
    restart_of=None,
)


def step(position: int, name: str, title: str, state: State, **more: Any) -> RunStep:
    made = RunStep(position, name, title, state, 1, False, 0, None, {}, "", "", BEGAN, None)
    return replace(made, **more)


CHOSEN = step(
    0, "repositories", "Choosing repositories", State.SUCCEEDED, message="14 repositories.",
    counts={"repositories": 14}, finished_at=BEGAN,
)  # fmt: skip
READING = step(
    1, "pages", "Reading pull requests", State.RUNNING, done=620, total=1000,
    message="acme/<shop>, back to 3 March", counts={"pull_requests": 620, "points_left": 4711},
)  # fmt: skip
LATER = step(2, "long", "Reading long pull requests", State.PENDING, started_at=None)
SHOP = Artifact(3, "errors <1>.log", "text/plain", 12_345, "ab" * 32, "pages", "", NOON)
TINY = Artifact(4, "diff.txt", "text/plain", 12, "cd" * 32, "", "7", NOON)
NOTE = Note(1, "7", "GitHub was *down* from <9> to 10", NOON)


def view(
    run: Mapping[str, Any], *steps: RunStep, title: str = "Sync with GitHub", **more: Any
) -> RunView:
    detail = RunDetail(replace(RUN, **run), steps, more.get("files", ()), more.get("notes", ()))
    return RunView(title, detail, NOON, "Europe/Berlin")


OVER: Mapping[str, Any] = {"finished_at": NOON}
READ = replace(READING, state=State.SUCCEEDED, done=1000, message="1,000 pull requests.")
LAST = replace(LATER, state=State.SUCCEEDED, started_at=BEGAN)
BROKEN = replace(READING, state=State.FAILED, message="The token was revoked.", attempt=2)
FAILED: Mapping[str, Any] = {
    **OVER, "state": State.FAILED, "message": "Connect GitHub again in my Home tab, then retry.",
    "error": "401 Bad credentials", "credential_state": "revoked", "attempt": 2,
}  # fmt: skip
CANCELLED = {**OVER, "state": State.CANCELLED, "message": "Cancelled."}

VIEWS = {
    "waiting": view({"state": State.PENDING, "started_at": None, "position": 0}),
    "under_way": view({}, CHOSEN, READING, LATER),
    "under_way_early": view({"position": 0}, replace(CHOSEN, state=State.RUNNING), LATER),
    "being_cancelled": view({"cancel_asked": True}, CHOSEN, READING, LATER),
    "retrying": view(
        {"state": State.RETRYING, "error": "rate_limited",
         "message": "GitHub's limit is used up; it goes on at 12:57 (UTC)."},
        CHOSEN, replace(READING, state=State.RETRYING), LATER,
    ),
    "done": view(
        {**OVER, "state": State.SUCCEEDED, "message": "1,000 pull requests.", "position": 2,
         "started_by": "github.discover"},
        CHOSEN, READ, LAST,
    ),
    "done_in_part": view(
        {**OVER, "state": State.SUCCEEDED, "partial": True, "position": 2,
         "message": "acme/old was not shown to us."}, CHOSEN, READ, LAST,
    ),
    "failed": view(FAILED, CHOSEN, BROKEN, LATER),
    "cancelled": view(
        {**CANCELLED, "trigger": Trigger.CRON},
        CHOSEN, replace(READING, state=State.CANCELLED), LATER,
    ),
    "skipped": view(
        {**CANCELLED, "skipped": True, "started_at": None, "credential": "",
         "message": "Skipped: it could not begin within 2 h; the next one comes as planned."},
    ),
    "no_work": view(
        {**OVER, "state": State.NO_WORK, "message": "No repository to read.",
         "trigger": Trigger.WEBHOOK, "position": 0},
        replace(CHOSEN, state=State.NO_WORK, counts={}),
    ),
    "huge": view(
        {"message": "m" * 5000}, *(step(n, f"s{n}", "x" * 500, State.SUCCEEDED, message="y" * 5000,
        counts={f"c{i}": 10**18 for i in range(40)}) for n in range(70)), title="T" * 500,
        files=[replace(SHOP, name="n" * 300)] * 90, notes=[replace(NOTE, text="z" * 9000)] * 40,
    ),
}  # fmt: skip
DETAILS = {
    "failed": view(FAILED, CHOSEN, BROKEN, LATER, files=(SHOP, TINY), notes=(NOTE,)),
    "waiting": VIEWS["waiting"],
    "huge": VIEWS["huge"],
}
LISTED = [
    view.run for name, view in VIEWS.items() if name != "huge"
]  # fmt: skip
TITLES = {"github.sync": "Sync with GitHub"}

RUNS: dict[str, tuple[str, Mapping[str, Any]]] = {
    **{f"runs/{name}": ("message", runs.run_message(one)) for name, one in VIEWS.items()},
    **{f"runs/details_{name}": ("modal", runs.run_details(one)) for name, one in DETAILS.items()},
    "runs/list": ("message", runs.run_list(LISTED, TITLES, timezone="Europe/Berlin")),
    "runs/list_empty": ("message", runs.run_list([], TITLES, timezone="UTC")),
    "runs/started": ("message", runs.started(12)),
    "runs/following": ("message", runs.following(12)),
    "runs/already_active": ("message", runs.already_active(12)),
}
"""Name → (surface, what Slack gets)."""
