"""The Web API methods of the simulated Slack, one file a family, found by `METHODS`."""

from playground.web_api import (
    agents,
    auth,
    chat,
    conversations,
    ephemerals,
    files,
    oauth,
    reactions,
    streams,
    users,
    views,
)
from playground.web_api.calls import Method

_FAMILIES = (
    agents,
    auth,
    chat,
    conversations,
    ephemerals,
    files,
    oauth,
    reactions,
    streams,
    users,
    views,
)
METHODS: dict[str, Method] = {
    method.name: method for family in _FAMILIES for method in family.METHODS
}
