"""The whole game, from a signed webhook to Slack and back."""

from __future__ import annotations

from tests.stage import Stage


async def test_author_and_reviewer_are_asked_answer_and_learn_how_it_turned_out(
    stage: Stage,
) -> None:
    await stage.merge("person1", "person2", title="Round totals once")
    asked_author = await stage.until_dm("person1", "Was this PR AI-assisted?")
    asked_reviewer = await stage.until_dm("person2", "How good is it?")
    assert stage.person("person3").messages == []

    assert (await stage.person("person2").click(asked_reviewer, "survey.rate.super")).ok
    await stage.until_dm("person2", "Was it AI-assisted?")
    assert (await stage.person("person2").click(asked_reviewer, "survey.guess.yes")).ok
    assert (await stage.person("person1").click(asked_author, "survey.answer.helped")).ok

    reveal = await stage.until_dm("person2", "Good hunch")
    assert "1 of 1" in str(reveal.blocks)
    await stage.quiet()
    assert len(stage.person("person2").messages) == 2
    assert len(stage.person("person1").messages) == 1
