"""Ask the web of this container whether it is ready: exit 0 where it is. The container's health check."""

from __future__ import annotations

import http.client
import os
import sys

PORT = 8000


def main() -> int:
    """Return 0 where /readyz says that all is there."""
    host = os.environ.get("ALLOWED_HOSTS", "localhost").split(",")[0].lstrip(".").replace("*", "localhost")
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=4)
    connection.request("GET", "/readyz", headers={"Host": host})
    return 0 if connection.getresponse().status == http.client.OK else 1


if __name__ == "__main__":
    sys.exit(main())
