"""A real PostgreSQL and a real Valkey on a machine that has neither, and the supervisor of the whole house.

Nothing here imports Django, but for the app's own ``apps`` and ``management``: the servers have to be up before
the settings are read. ``DATABASE_URL`` and ``REDIS_URL``, where given, switch the embedded servers off.
"""

from ops_portal.embedded.environment import ensure_environment
from ops_portal.embedded.home import HomeUnusable, run_home
from ops_portal.embedded.servers import (
    ServerFailed,
    ServerStatus,
    ServerUrls,
    ensure_servers,
    server_status,
    stop_servers,
)

__all__ = [
    "HomeUnusable",
    "ServerFailed",
    "ServerStatus",
    "ServerUrls",
    "ensure_environment",
    "ensure_servers",
    "run_home",
    "server_status",
    "stop_servers",
]
