"""Runs: started, steered and looked at by people, gone on with by workers.

`starts.py` makes runs, `steering.py` is what people do with them, `looking.py` what they see, `steps.py`
how a worker takes a step up and leaves it, `fan_outs.py` how the clock starts many.
"""

from bot.use_cases.runs.fan_outs import begin_fan_out, dispatch, end_fan_out, latest_fan_outs
from bot.use_cases.runs.looking import (
    RunPage,
    attach_artifact,
    attach_note,
    get_run,
    list_runs,
    missing_artifact,
    read_artifact,
)
from bot.use_cases.runs.starts import AlreadyActive, Started, start, wake_lost
from bot.use_cases.runs.steering import Cancelling, cancel, restart, retry
from bot.use_cases.runs.steps import (
    Begun,
    Ended,
    begin,
    hold,
    keep_artifact,
    leave,
    note_credential,
    report,
)
from storage.steps import plans_of

__all__ = [
    "AlreadyActive",
    "Begun",
    "Cancelling",
    "Ended",
    "RunPage",
    "Started",
    "attach_artifact",
    "attach_note",
    "begin",
    "begin_fan_out",
    "cancel",
    "dispatch",
    "end_fan_out",
    "get_run",
    "hold",
    "keep_artifact",
    "latest_fan_outs",
    "leave",
    "list_runs",
    "missing_artifact",
    "note_credential",
    "plans_of",
    "read_artifact",
    "report",
    "restart",
    "retry",
    "start",
    "wake_lost",
]
