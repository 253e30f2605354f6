"""The survey asks what the rules say, in their order, and says no more than it may."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.domain.reveals import Score
from bot.domain.surveys import AiAnswer, Guess, Outcome, PartState, Rating, Role, Tool
from bot.views.surveys import NOTICE, Ending, survey_dm
from tests.unit.views.makers import action_ids, control, controls, dm, shown

ANSWERS = ["survey.answer.no", "survey.answer.helped", "survey.answer.wrote"]
RATINGS = ["survey.rate.could_be_better", "survey.rate.ok", "survey.rate.super"]
GUESSES = ["survey.guess.yes", "survey.guess.no", "survey.guess.no_idea"]
CONTROLS = ["member.snooze", "member.name_off", "member.stop"]
WHY = "the branch name starts with copilot/"


def label(payload: Any, action_id: str) -> str:
    return str(control(payload, action_id)["text"]["text"])


def test_the_author_is_asked_in_the_words_of_the_game() -> None:
    asked = survey_dm(dm())
    assert "*Was this PR AI-assisted?*" in shown(asked)
    assert [label(asked, one) for one in ANSWERS] == ["No", "AI helped", "AI wrote most of it"]
    assert action_ids(asked) == [*ANSWERS, "survey.reveal", *CONTROLS]


@pytest.mark.parametrize("role", [Role.AUTHOR, Role.COMBINED])
@pytest.mark.parametrize("answer", [None, *AiAnswer])
@pytest.mark.parametrize("state", [PartState.ASKED, PartState.FINAL])
def test_the_notice_is_always_under_the_question(
    role: Role, answer: AiAnswer | None, state: PartState
) -> None:
    payload = survey_dm(dm(role, answer=answer, state=state))
    assert NOTICE == "Reviewers who guess will learn whether you said AI or not"
    assert NOTICE in shown(payload)
    assert control(payload, "survey.reveal")["options"][0]["text"]["text"] == (
        "Count me, don't reveal"
    )


def test_every_control_of_a_survey_knows_its_part() -> None:
    payload = survey_dm(dm(Role.COMBINED, answer=AiAnswer.HELPED))
    for block in payload["blocks"]:
        assert block["type"] != "actions" or block["block_id"].startswith("part:7:")
    for one in controls(payload):
        assert (
            one["type"] != "button"
            or one["action_id"].startswith("member.")
            or (one["value"] == "7")
        )


def test_not_revealing_is_a_box_that_shows_what_was_chosen() -> None:
    assert "initial_options" not in control(survey_dm(dm()), "survey.reveal")
    box = control(survey_dm(dm(reveal_ok=False)), "survey.reveal")
    assert [one["value"] for one in box["initial_options"]] == ["7"]


@pytest.mark.parametrize("answer", [AiAnswer.HELPED, AiAnswer.WROTE])
def test_tool_and_rework_are_asked_once_ai_was_involved(answer: AiAnswer) -> None:
    payload = survey_dm(dm(answer=answer, tool=Tool.CODEX))
    assert control(payload, "survey.tool")["initial_option"]["value"] == "codex"
    assert [one["value"] for one in control(payload, "survey.tool")["options"]] == list(Tool)
    assert "initial_option" not in control(payload, "survey.rework")


@pytest.mark.parametrize("answer", [None, AiAnswer.NO])
def test_tool_and_rework_are_not_asked_otherwise(answer: AiAnswer | None) -> None:
    assert not {"survey.tool", "survey.rework"} & set(action_ids(survey_dm(dm(answer=answer))))


def test_the_chosen_answer_is_marked_and_said_in_words() -> None:
    payload = survey_dm(dm(answer=AiAnswer.HELPED))
    styles = {one: control(payload, one).get("style") for one in ANSWERS}
    assert styles == dict(zip(ANSWERS, [None, "primary", None], strict=True))
    assert "Your answer: “AI helped”" in shown(payload)


def test_after_the_reveal_the_answer_cannot_be_pressed_any_more() -> None:
    payload = survey_dm(dm(answer=AiAnswer.NO, state=PartState.FINAL))
    assert action_ids(payload) == ["survey.reveal", *CONTROLS]


def test_the_reviewer_rates_first_and_nothing_is_said_about_ai() -> None:
    payload = survey_dm(dm(Role.REVIEWER, guessable=False, view={"why_shown": WHY}))
    assert [label(payload, one) for one in RATINGS] == ["Could be better", "OK", "Super"]
    assert action_ids(payload) == [*RATINGS, *CONTROLS]
    assert "AI" not in shown(payload)
    assert "copilot" not in shown(payload)


def test_the_guess_appears_when_the_rating_is_given() -> None:
    payload = survey_dm(dm(Role.REVIEWER, rating=Rating.OK))
    assert "*Was it AI-assisted?*" in shown(payload)
    assert [label(payload, one) for one in GUESSES] == [
        "I think so",
        "I don't think so",
        "No idea",
    ]
    assert action_ids(payload) == [*RATINGS, *GUESSES, *CONTROLS]


def test_the_rating_is_final_once_the_guess_is_made() -> None:
    payload = survey_dm(dm(Role.REVIEWER, rating=Rating.OK, guess=Guess.NO))
    assert action_ids(payload) == [*GUESSES, *CONTROLS]
    assert "You said “OK”" in shown(payload)


def test_a_sign_of_ai_is_explained_after_the_rating_and_there_is_no_guess() -> None:
    said = dm(Role.REVIEWER, rating=Rating.OK, guessable=False, view={"why_shown": WHY})
    payload = survey_dm(said)
    assert f"because {WHY}" in shown(payload)
    assert action_ids(payload) == [*RATINGS, *CONTROLS]


def test_a_sign_found_after_the_guess_takes_the_guess_away() -> None:
    said = dm(Role.REVIEWER, rating=Rating.OK, guess=Guess.YES, view={"why_shown": WHY})
    payload = survey_dm(said)
    assert f"Your guess is not scored, because {WHY}" in shown(payload)
    assert action_ids(payload) == CONTROLS


def test_without_an_author_to_ask_there_is_no_guess_and_no_reason_is_given() -> None:
    payload = survey_dm(dm(Role.REVIEWER, rating=Rating.OK, guessable=False))
    assert "No guess on this one." in shown(payload)


def test_one_who_wrote_and_approved_gets_both_questions_and_no_guess() -> None:
    payload = survey_dm(dm(Role.COMBINED, answer=AiAnswer.NO, rating=Rating.SUPER))
    assert action_ids(payload) == [*ANSWERS, "survey.reveal", *RATINGS, *CONTROLS]


def test_a_revealed_guess_ends_with_the_running_score() -> None:
    said = dm(
        Role.REVIEWER,
        rating=Rating.OK,
        guess=Guess.NO,
        outcome=Outcome.RIGHT,
        state=PartState.FINAL,
        view={"score": Score(7, 9)},
    )
    payload = survey_dm(said)
    assert "7 of 9" in shown(payload)
    assert action_ids(payload) == CONTROLS


def test_the_first_message_says_in_two_lines_who_sees_what_and_how_to_stop() -> None:
    first, later = (survey_dm(dm(view={"introduce": yes})) for yes in (True, False))
    intro = first["blocks"][0]["text"]["text"].split("\n")
    assert len(intro) == 2
    assert "who sees what" in intro[0].lower()
    assert "7 days" in intro[1]
    assert "stop" in intro[1]
    assert first["blocks"][2:] == later["blocks"]
    assert {"member.name_off", "member.stop"} <= set(action_ids(first))


def test_nobody_is_offered_to_hide_a_name_that_is_not_shown() -> None:
    payload = survey_dm(dm(view={"introduce": True, "may_be_named": False}))
    assert "member.name_off" not in action_ids(payload)
    assert "nobody is named without saying so" in shown(payload)


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("ending", list(Ending))
def test_a_closed_survey_has_nothing_to_press(role: Role, ending: Ending) -> None:
    payload = survey_dm(dm(role, rating=Rating.OK, view={"ending": ending}))
    assert controls(payload) == []
    assert payload["text"].startswith("Closed: ")


def test_a_part_that_was_closed_is_closed_without_being_told_why() -> None:
    assert controls(survey_dm(dm(state=PartState.CLOSED))) == []


@pytest.mark.parametrize("guess", [Guess.YES, None])
def test_only_who_guessed_is_told_how_an_expired_guess_ended(guess: Guess | None) -> None:
    said = dm(Role.REVIEWER, rating=Rating.OK, guess=guess, outcome=Outcome.UNRESOLVED)
    payload = survey_dm(replace(said, ending=Ending.EXPIRED))
    assert ("no reveal in time" in shown(payload)) == (guess is not None)
