"""The pull request most tests tell of: by person1, approved by person2, merged an hour ago."""

from __future__ import annotations

from datetime import timedelta

from tests.integration.game.support import NOON, World, login
from tests.stories import Story, Told

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
MERGED = NOON - HOUR
STORY = Story(7, NOON - 5 * HOUR, merged_at=MERGED)
BOTH = [("person1", "author", False), ("person2", "reviewer", True)]
RATING_ONLY = [("person2", "reviewer", False)]


def approved(story: Story, by: str = "person2", at: timedelta = -2 * HOUR, review: int = 1) -> Told:
    return story.reviewed(login(by), "approved", NOON + at, review=review)


async def live_through(world: World, story: Story) -> None:
    """Opened, approved by person2, merged (or just closed)."""
    end = story.merged() if story.merged_at else story.closed(NOON)
    await world.tell(story.opened(), approved(story), end)
    await world.settle()
