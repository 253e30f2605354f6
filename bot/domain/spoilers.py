"""The one rule that keeps answers from people who are still guessing."""

from __future__ import annotations

from collections.abc import Collection

from bot.domain.ids import MemberId


def may_see_attribution(viewer: MemberId, *, open_guesses: Collection[MemberId]) -> bool:
    """Tell whether `viewer` may see a pull request's attribution or its author's answer.

    `open_guesses` are the members who can still make or change a guess on that pull request
    (`bot.domain.surveys.has_open_guess`). Messages ask here before they name a sign of AI;
    other surfaces name none of a single pull request.
    """
    return viewer not in open_guesses
