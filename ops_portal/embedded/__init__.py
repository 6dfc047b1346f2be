"""A real PostgreSQL and a real Valkey on a machine that has neither, and the supervisor of the whole house.

Nothing here imports Django, but for the app's own ``apps`` and ``management``: the servers have to be
up before the settings are read. ``DATABASE_URL`` and ``REDIS_URL``, where given, switch them off.
"""

from ops_portal.embedded.environment import ensure_environment
from ops_portal.embedded.failures import EmbeddedFailure
from ops_portal.embedded.home import run_home
from ops_portal.embedded.servers import (
    ServerStatus,
    ServerUrls,
    ensure_servers,
    server_status,
    stop_servers,
)

__all__ = [
    "EmbeddedFailure",
    "ServerStatus",
    "ServerUrls",
    "ensure_environment",
    "ensure_servers",
    "run_home",
    "server_status",
    "stop_servers",
]
