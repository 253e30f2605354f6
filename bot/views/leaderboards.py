"""The weekly post: the best detectives, the best loved work, and facts about the team."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.domain.ids import MemberId
from bot.domain.leaderboards import Measure, Place, Standings, TeamFacts
from bot.views.blocks import Block, Message, context, divider, header, message, note, section
from bot.views.texts import address, counted, escaped, link

NOT_ENOUGH = "not enough data"
_RANKING = (
    "Detectives are ranked by the mean of their hit rates on AI and on other pull requests, taken "
    "cautiously (lower 90% bound), from 5 revealed guesses on each side and 3 authors on."
)
_SHARES = (
    "Shares are of those who answered. Shares and ratings are counted anew once enough people have "
    "changed them, so that no two posts tell what one person said."
)
_PLACES = 10
_NAMES_IN_A_PLACE = 12
_MEDALS = {1: ":first_place_medal:", 2: ":second_place_medal:", 3: ":third_place_medal:"}


@dataclass(frozen=True, slots=True)
class WeeklyPost:
    """What was counted; `names` holds a display name for each member in the standings.

    `window` goes after "in" and tells the time all of it is from. `how_url` explains the
    computation.
    """

    detectives: Standings
    champions: Standings
    facts: TeamFacts
    names: Mapping[MemberId, str]
    window: str = "the last 12 weeks"
    how_url: str = ""


def weekly_post(post: WeeklyPost) -> Message:
    """The post in the leaderboard's channel; with few names, the team's facts alone."""
    named = bool(post.detectives.places or post.champions.places)
    people = [*_detectives(post), *_champions(post)] if named else [_small_group()]
    title = "AI detectives of the week" if named else _in_numbers(post)
    blocks = [header(title), *people, divider(), *_facts(post)]
    return message(_summary(post), [*blocks, context(*_small_print(post, named))])


def none_yet() -> Message:
    """Answer somebody who asks before the first post."""
    return note("There is no leaderboard yet. It is posted once a week, when there is a game on.")


def _summary(post: WeeklyPost) -> str:
    if not post.detectives.places:
        return _in_numbers(post)
    return f"AI detectives of the week: {_who(post.detectives.places[0], post.names)} first"


def _detectives(post: WeeklyPost) -> list[Block]:
    if not post.detectives.places:
        return [section("*Best detectives:* not enough names for a ranking yet.")]
    return [
        section(f"*Best detectives* in {_window(post)}\n{_ladder(post.detectives, post.names)}")
    ]


def _champions(post: WeeklyPost) -> list[Block]:
    if not post.champions.places:
        return []
    return [
        section(
            f"*Most “Super” from reviewers* in {_window(post)}\n{_ladder(post.champions, post.names)}"
        )
    ]


def _window(post: WeeklyPost) -> str:
    return escaped(post.window, 60, otherwise="this time")


def _in_numbers(post: WeeklyPost) -> str:
    window = _window(post)
    return f"{window[:1].upper()}{window[1:]} in numbers"


def _ladder(standings: Standings, names: Mapping[MemberId, str]) -> str:
    rows = [
        f"{_MEDALS.get(place.rank, f'{place.rank}.')} {_who(place, names)}"
        for place in standings.places[:_PLACES]
    ]
    return "\n".join(rows)


def _who(place: Place, names: Mapping[MemberId, str]) -> str:
    shown = (names.get(who, "") for who in place.member_ids)
    known = sorted(escaped(name, 80, otherwise="somebody") for name in shown)
    more = len(known) - _NAMES_IN_A_PLACE
    tail = f" and {more} more" if more > 0 else ""
    return ", ".join(known[:_NAMES_IN_A_PLACE]) + tail


def _small_group() -> Block:
    return section("Too few people would be named, so here is the team alone.")


def _facts(post: WeeklyPost) -> list[Block]:
    facts = post.facts
    rows = (
        f"Merged: {counted(facts.merged, 'pull request')}",
        f"Authors said AI was involved: {_share(facts.ai_share, 'answer')}",
        f"Guesses that were right: {_share(facts.detection_rate, 'guess', 'guesses')}",
        f"Rating, from 1 (could be better) to 3 (super): {_number(facts.mean_rating, 'rating')}",
        f"Half of the first reviews came within: {_hours(facts.first_review_h)}",
    )
    return [section(f"*The team* in {_window(post)}\n" + "\n".join(rows))]


def _share(measure: Measure | None, one: str, many: str | None = None) -> str:
    if measure is None:
        return NOT_ENOUGH
    return f"{measure.value:.0%} (n = {counted(measure.n, one, many)})"


def _number(measure: Measure | None, one: str) -> str:
    return NOT_ENOUGH if measure is None else f"{measure.value:.1f} (n = {counted(measure.n, one)})"


def _hours(measure: Measure | None) -> str:
    if measure is None:
        return NOT_ENOUGH
    n = counted(measure.n, "pull request")
    if measure.value >= 48:
        return f"{measure.value / 24:.1f} days (n = {n})"
    return f"{measure.value:.1f} hours (n = {n})"


def _small_print(post: WeeklyPost, named: bool) -> list[str]:
    hidden = ["Want your name off? One tap in my Home tab."] if named else []
    how = [link(post.how_url, "How this is computed")] if address(post.how_url) else []
    return [*hidden, *([_RANKING] if post.detectives.places else []), _SHARES, *how]
