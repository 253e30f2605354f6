"""The composition root: the only place where adapters are built and put together."""

from bot.app.databases import Store, open_store, upgrade
from bot.app.processes import Roles, run_processes
from bot.app.services import Services, open_services, register_workspace
from bot.app.times import Time

__all__ = [
    "Roles",
    "Services",
    "Store",
    "Time",
    "open_services",
    "open_store",
    "register_workspace",
    "run_processes",
    "upgrade",
]
