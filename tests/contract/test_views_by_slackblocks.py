"""Our own views, judged by somebody else's builders."""

from __future__ import annotations

import pytest

from tests.contract import slackblocks_opinion
from tests.unit.views.examples import EXAMPLES


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_the_builders_of_slackblocks_take_every_view_of_ours(name: str) -> None:
    surface, payload = EXAMPLES[name]
    fields = (
        {"text": payload["text"], "blocks": payload["blocks"]}
        if surface == "message"
        else (dict(payload))
    )
    assert slackblocks_opinion.build(fields, surface)
