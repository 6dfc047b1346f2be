"""Give this process, and those it starts, the addresses of the servers."""

from __future__ import annotations

import os

from ops_portal.embedded.home import Say, run_home
from ops_portal.embedded.servers import OURS, ensure_servers, given_url, say_on_stderr


def ensure_environment(*, say: Say = say_on_stderr) -> None:
    """Start what doesn't run; set ``DATABASE_URL``, ``REDIS_URL`` and ``PORTAL_HOME`` where not given."""
    urls = ensure_servers(say=say)
    for variable, url in (("DATABASE_URL", urls.database_url), ("REDIS_URL", urls.redis_url)):
        if given_url(variable) is None:
            os.environ[variable] = os.environ[OURS + variable] = url
    os.environ.setdefault("PORTAL_HOME", str(run_home()))
