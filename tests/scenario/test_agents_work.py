"""An agent's pull request: the approvers rate it before anything tells them who wrote it."""

from __future__ import annotations

import json

from playground.pull_requests import Sign
from tests.stage import Stage


async def test_nothing_in_the_message_tells_of_an_agent_before_the_rating(stage: Stage) -> None:
    await stage.merge("person1", "person2", sign=Sign.AGENT_ACCOUNT)
    asked = await stage.until_dm("person2", "How good is it?")
    assert "copilot" not in json.dumps([asked.text, asked.blocks]).lower()

    assert (await stage.person("person2").click(asked, "survey.rate.ok")).ok
    told = await stage.until_dm("person2", "No guess on this one, because")
    assert "copilot" in json.dumps(told.blocks).lower()
