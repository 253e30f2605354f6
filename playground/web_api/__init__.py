"""The Web API methods of the simulated Slack, one file a family, found by `METHODS`."""

from playground.web_api import auth, chat, conversations, ephemerals, oauth, users, views
from playground.web_api.calls import Method

METHODS: dict[str, Method] = {
    method.name: method
    for family in (auth, chat, conversations, ephemerals, oauth, users, views)
    for method in family.METHODS
}
