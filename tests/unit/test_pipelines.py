"""A pipeline that cannot work is refused where it is declared."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from pydantic import BaseModel

from bot.app.times import utc_now
from jobs.pipelines import Done, Outcome, Pipeline, Step, StepRun
from jobs.runs import StepWorker


class One(BaseModel):
    one: int = 1


class Two(BaseModel):
    two: int = 2


async def work(run: StepRun, given: One) -> Outcome:
    return Done(given)


def a_step(name: str, takes: type[BaseModel] = One, gives: type[BaseModel] = One) -> Step:
    return Step(name, name.title(), work, takes, gives)


@pytest.mark.parametrize("steps", [(), (a_step("one"), a_step("one"))])
def test_steps_have_names_of_their_own(steps: tuple[Step, ...]) -> None:
    with pytest.raises(ValueError, match="a name of its own"):
        Pipeline("test", "Test", steps)


def test_a_step_takes_what_the_one_before_gives() -> None:
    with pytest.raises(TypeError, match="second takes something else"):
        Pipeline("test", "Test", (a_step("first", gives=One), a_step("second", takes=Two)))
    fits = Pipeline("test", "Test", (a_step("first", gives=Two), a_step("second", takes=Two)))
    assert fits.takes is One


def test_what_people_may_ask_for_is_part_of_what_the_first_step_takes() -> None:
    with pytest.raises(TypeError, match="its first step takes something else"):
        Pipeline("test", "Test", (a_step("one"),), asks=Two)


def test_two_pipelines_of_a_kind_are_refused() -> None:
    nothing: Any = None
    twice = [Pipeline("test", "Test", (a_step("one"),), window=timedelta(hours=2))] * 2
    with pytest.raises(ValueError, match="share a kind"):
        StepWorker(nothing, twice, utc_now)
