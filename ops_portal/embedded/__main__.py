"""Look after the house from a shell: ``python -m ops_portal.embedded start|status|stop|reset``."""

from __future__ import annotations

import argparse
import shutil
import sys

from ops_portal.embedded.failures import EmbeddedFailure
from ops_portal.embedded.home import MARKER, run_home
from ops_portal.embedded.servers import ensure_servers, say_on_stderr, server_status
from ops_portal.embedded.supervisor import stop_house


def start() -> int:
    ensure_servers()
    return 0


def status() -> int:
    """Show the servers; exit 1 where not all of them run."""
    found = server_status()
    for server in found:
        state = f"runs, process {server.pid}, port {server.port}" if server.running else "doesn't run"
        sys.stdout.write(f"{server.name}: {state}\n")
    return 0 if all(server.running for server in found) else 1


def stop() -> int:
    if (run_home() / MARKER).exists():
        stop_house(say=say_on_stderr)
    return 0


def reset() -> int:
    """Stop everything and delete the house with all its data."""
    home = run_home()
    if not (home / MARKER).exists():
        sys.stdout.write(f"There is nothing in {home}.\n")
        return 0
    stop_house(say=say_on_stderr)
    shutil.rmtree(home)
    sys.stdout.write(f"Deleted {home}.\n")
    return 0


def home() -> int:
    sys.stdout.write(f"{run_home()}\n")
    return 0


ACTIONS = {"start": start, "status": status, "stop": stop, "reset": reset, "home": home}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m ops_portal.embedded", description=__doc__)
    parser.add_argument("action", choices=ACTIONS)
    try:
        return ACTIONS[parser.parse_args().action]()
    except EmbeddedFailure as failure:
        sys.stderr.write(f"{failure}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main())
