"""One example of every form of every view: looked at by people, kept as snapshots."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from bot.domain.budgets import QuietHours
from bot.domain.connections import ConnectionStatus, Service
from bot.domain.ids import SlackChannelId
from bot.domain.leaderboards import Measure, Standings, Suppressed, TeamFacts
from bot.domain.members import LinkState
from bot.domain.reveals import Score
from bot.domain.surveys import (
    AiAnswer,
    Guess,
    Outcome,
    PartState,
    Rating,
    Rework,
    Role,
    Tool,
    WhyRefused,
)
from bot.domain.workspaces import Game
from bot.views import commands, leaderboards, members, refusals
from bot.views.homes import (
    AdminHome,
    ClaimView,
    LinkView,
    MemberHome,
    OpenSurvey,
    ParkedView,
    UnlinkedView,
    claim_dialog,
    home,
    strangers_home,
    timezone_dialog,
)
from bot.views.homes.dialogs import notice_dialog
from bot.views.reveals import RevealView, reveal
from bot.views.surveys import Ending, survey_dm
from tests.unit.views.attribution_examples import ATTRIBUTIONS
from tests.unit.views.connection_examples import CONNECTION_DIALOGS, CONNECTION_MESSAGES
from tests.unit.views.makers import EXPIRES_AT, PR, SCORE, dm, post
from tests.unit.views.repository_examples import REPOSITORIES, REPOSITORY_DIALOGS
from tests.unit.views.run_examples import RUNS

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
WHY = "the branch name starts with copilot/"
RATED: Mapping[str, Any] = {"rating": Rating.SUPER}
GUESSED: Mapping[str, Any] = {**RATED, "guess": Guess.YES}
HELPED: Mapping[str, Any] = {"answer": AiAnswer.HELPED}
FINAL: Mapping[str, Any] = {"state": PartState.FINAL}
CLOSED: Mapping[str, Any] = {"state": PartState.CLOSED}
OVER: Mapping[str, Any] = {"ending": Ending.EXPIRED}

SURVEYS = {
    "author_first_message": dm(view={"introduce": True}),
    "author_first_message_opt_in": dm(view={"introduce": True, "may_be_named": False}),
    "author_asked": dm(),
    "author_said_no": dm(answer=AiAnswer.NO),
    "author_said_helped": dm(**HELPED),
    "author_said_all": dm(
        answer=AiAnswer.WROTE, tool=Tool.CLAUDE_CODE, rework=Rework.LITTLE, reveal_ok=False
    ),
    "author_final": dm(**HELPED, **FINAL),
    "author_expired": dm(**HELPED, **CLOSED, view=OVER),
    "author_expired_silent": dm(**CLOSED, view=OVER),
    "author_withdrawn": dm(**CLOSED, view={"ending": Ending.WITHDRAWN}),
    "combined_asked": dm(Role.COMBINED),
    "combined_answered": dm(Role.COMBINED, **HELPED, **RATED),
    "combined_final": dm(Role.COMBINED, **HELPED, **FINAL),
    "reviewer_asked": dm(Role.REVIEWER),
    "reviewer_rated": dm(Role.REVIEWER, **RATED),
    "reviewer_guessed": dm(Role.REVIEWER, **GUESSED),
    "reviewer_no_idea": dm(Role.REVIEWER, rating=Rating.OK, guess=Guess.NO_IDEA),
    "reviewer_spoiled_before_rating": dm(Role.REVIEWER, guessable=False, view={"why_shown": WHY}),
    "reviewer_spoiled_after_rating": dm(
        Role.REVIEWER, **RATED, guessable=False, view={"why_shown": WHY}
    ),
    "reviewer_spoiled_after_guess": dm(Role.REVIEWER, **GUESSED, view={"why_shown": WHY}),
    "reviewer_without_guess": dm(Role.REVIEWER, **RATED, guessable=False),
    "reviewer_right": dm(
        Role.REVIEWER, **GUESSED, **FINAL, outcome=Outcome.RIGHT, view={"score": SCORE}
    ),
    "reviewer_closed_unresolved": dm(
        Role.REVIEWER, **GUESSED, **CLOSED, outcome=Outcome.UNRESOLVED, view=OVER
    ),
}

REVEALS = {
    "right": RevealView(PR, Outcome.RIGHT, Guess.YES, SCORE),
    "right_about_no_ai": RevealView(PR, Outcome.RIGHT, Guess.NO, SCORE),
    "wrong": RevealView(PR, Outcome.WRONG, Guess.YES, Score(6, 9)),
    "wrong_about_no_ai": RevealView(PR, Outcome.WRONG, Guess.NO, Score(6, 9)),
    "without_score": RevealView(PR, Outcome.RIGHT, Guess.YES),
    "private": RevealView(PR, Outcome.PRIVATE, Guess.YES),
    "unresolved": RevealView(PR, Outcome.UNRESOLVED, Guess.YES),
    "void": RevealView(PR, Outcome.VOID, Guess.NO, why_shown=WHY),
    "void_unexplained": RevealView(PR, Outcome.VOID, Guess.NO),
}

NOBODY = Standings((), Suppressed.TOO_FEW_NAMES)
LEADERBOARDS = {
    "post": post(),
    "champions_only": post(detectives=NOBODY),
    "detectives_only": post(champions=NOBODY),
    "small_group": post(
        detectives=NOBODY,
        champions=NOBODY,
        facts=TeamFacts(1, None, None, None, None),
        how_url="",
    ),
    "slow_reviews": post(facts=TeamFacts(9, None, None, None, Measure(60.0, 9))),
}

BUSY = MemberHome(
    score=SCORE,
    open_surveys=(OpenSurvey(PR, EXPIRES_AT),),
    links=(
        LinkView("ada", LinkState.CONFIRMED),
        LinkView("ada-work", LinkState.CLAIMED),
        LinkView("octocat", LinkState.BLOCKED),
    ),
    timezone="Europe/Berlin",
)
ADMIN = AdminHome(
    game=Game(
        switched_on_at=NOON,
        leaderboard_channel=SlackChannelId("C012AB3CD"),
        hour=14,
        timezone="Europe/Berlin",
        daily_budget=7,
    ),
    connections=(
        ConnectionStatus(Service.SLACK, "", connected=False),
        ConnectionStatus(Service.GITHUB_WEBHOOK, "a1B2c3", connected=False),
        ConnectionStatus(Service.GITHUB_APP, "4711", connected=True),
    ),
    repositories=REPOSITORIES,
    unlinked=(UnlinkedView("grace", 3), UnlinkedView("linus", 1)),
    claims=(
        ClaimView("ada-work", 1, "U012AB3CD", LinkState.CLAIMED),
        ClaimView("octocat", 2, "U022AB3CD", LinkState.BLOCKED),
        ClaimView(
            "jlindqvist",
            3,
            "U032AB3CD",
            LinkState.BLOCKED,
            held_by="U042AB3CD",
            replaces="twisniewski",
        ),
    ),
    parked=(
        ParkedView("C012AB3CD", "is_archived", NOON),
        ParkedView("U012AB3CD", "some_new_error", NOON),
        ParkedView("D012AB3CD", "uncertain: worker lost", NOON),
        ParkedView("D012AB3CX", "gave up: fatal_error", NOON),
        ParkedView("#general", "", NOON),
    ),
)
HOMES = {
    "stranger": strangers_home(),
    "newcomer": home(MemberHome(Score(0, 0), game_on=False)),
    "member": home(BUSY),
    "member_snoozed": home(MemberHome(SCORE, snoozed_until=NOON, name_shown=False)),
    "member_stopped": home(MemberHome(SCORE, stopped=True, quiet=QuietHours(0, 0, weekends=False))),
    "admin": home(BUSY, ADMIN),
    "admin_game_off": home(
        BUSY, AdminHome(Game(reveals_on=False, names_opt_in=True, timezone="UTC"))
    ),
}
DIALOGS = {
    "claim": claim_dialog(),
    "timezone": timezone_dialog("Europe/Berlin"),
    "notice": notice_dialog("Only admins can change this."),
}

ANSWERS = {
    "help": commands.help_text(),
    "my_stats": commands.my_stats(commands.MyStats(SCORE, answered=12, open_surveys=1)),
    "my_stats_empty": commands.my_stats(commands.MyStats(Score(0, 0), 0, 0)),
    "unknown": commands.unknown("dance <!channel>"),
    "unknown_nothing": commands.unknown(" "),
    "failed": commands.failed("9f2c41"),
    "no_leaderboard": leaderboards.none_yet(),
    "snoozed": members.snoozed(NOON, "Europe/Berlin"),
    "stopped": members.stopped(),
    "resumed": members.resumed(),
    "name_off": members.name_off(),
    "name_on": members.name_on(),
    "locked": commands.locked(),
    "posted": commands.posted(),
    "quiet_hours_set": members.quiet_hours_set(),
    "not_yours": refusals.not_yours(),
    "gone": refusals.gone(),
    "impossible": refusals.impossible(),
    **{f"refused_{reason}": refusals.refused(reason) for reason in WhyRefused},
}

EXAMPLES: dict[str, tuple[str, Mapping[str, Any]]] = {
    **{f"surveys/{name}": ("message", survey_dm(view)) for name, view in SURVEYS.items()},
    **{f"reveals/{name}": ("message", reveal(view)) for name, view in REVEALS.items()},
    **{
        f"leaderboards/{name}": ("message", leaderboards.weekly_post(view))
        for name, view in LEADERBOARDS.items()
    },
    **{f"homes/{name}": ("home", view) for name, view in HOMES.items()},
    **{
        f"dialogs/{name}": ("modal", view)
        for name, view in (DIALOGS | REPOSITORY_DIALOGS | dict(CONNECTION_DIALOGS)).items()
    },
    **{f"connections/{name}": ("message", view) for name, view in CONNECTION_MESSAGES.items()},
    **{f"answers/{name}": ("message", view) for name, view in ANSWERS.items()},
    **ATTRIBUTIONS,
    **RUNS,
}
"""Name → (surface, what Slack gets)."""
