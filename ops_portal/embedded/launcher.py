"""Start one program: as another user, in a session of its own, or bound to the life of its parent.

Run as a file, in an interpreter that has imported nothing of the project: dropping rights and forking belong
into a process without threads, and the unprivileged user may not be able to read the interpreter itself.
"""

import ctypes
import json
import os
import signal
import sys
from typing import NoReturn

PR_SET_PDEATHSIG = 1


def become(uid: int, gid: int) -> None:
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)


def die_with(parent: int) -> None:
    """Ask the kernel for SIGTERM when ``parent`` dies; end at once where it died before we could ask."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit(1)


def run_detached(command: list[str], account: "list[int] | None") -> int:
    """Start ``command`` as a daemon, print its process id; its output goes where our error output goes."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        try:
            os.setsid()
            os.dup2(2, 1)
            if account:
                become(*account)
            os.execv(command[0], command)  # noqa: S606
        except OSError as error:
            os.write(writer, str(error).encode())
        os._exit(127)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        trouble = pipe.read()
    if trouble:
        sys.stderr.write(trouble.decode() + "\n")
        return 127
    sys.stdout.write(str(child))
    return 0


def run_attached(command: list[str], parent: int) -> NoReturn:
    """Become ``command``, leading a group of its own."""
    os.setsid()
    die_with(parent)
    os.execv(command[0], command)  # noqa: S606


def main(order: str) -> int:
    """Start what the JSON in ``order`` says; return only where it is started as a daemon."""
    wish = json.loads(order)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE):
        signal.signal(number, signal.SIG_DFL)
    if not wish["detached"]:
        run_attached(wish["command"], wish["parent"])
    os.umask(0o077)
    return run_detached(wish["command"], wish["account"])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
