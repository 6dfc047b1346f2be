#!/usr/bin/env python
"""Run a command of the portal; the servers that it needs are started first."""

import os
import sys

# These never touch the database. (`check` does with --database.)
WITHOUT_SERVERS = {
    "check",
    "check_catalogues",
    "collect_messages",
    "collectstatic",
    "compile_catalogues",
    "compilemessages",
    "diffsettings",
    "findstatic",
    "help",
    "makemessages",
    "spectacular",
    "startapp",
    "startproject",
    "version",
}
ASKS_FOR_HELP = {"-h", "--help", "--version"}


def needs_servers(arguments: list[str]) -> bool:
    """Say whether the command may touch the database."""
    if not arguments or ASKS_FOR_HELP.intersection(arguments):
        return False
    return arguments[0] not in WITHOUT_SERVERS or (arguments[0] == "check" and "--database" in arguments)


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ops_portal.settings")
    if needs_servers(sys.argv[1:]):
        from ops_portal.embedded import EmbeddedFailure, ensure_environment

        try:
            ensure_environment()
        except EmbeddedFailure as error:
            sys.exit(str(error))
    from django.core.management import execute_from_command_line

    import ops_portal.celery  # noqa: F401 - tasks that a command sends go through the configured application

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
