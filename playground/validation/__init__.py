"""Says what Slack would refuse in a message, a modal or an App Home, and where.

The simulated workspace answers `invalid_blocks` with what it finds here, so that a message that
looks fine in the playground is also one that Slack accepts.
"""

from playground.validation.payloads import Surface, problems
from playground.validation.shapes import Problem

__all__ = ["Problem", "Surface", "problems"]
