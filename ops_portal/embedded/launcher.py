"""Start one program: as another user, in a session of its own, or bound to the life of its parent.

Run as a file by the interpreter, before anything of the project is imported: dropping rights and forking belong
into a process without threads, and the unprivileged user may not be able to read the interpreter itself.
"""

import ctypes
import json
import os
import signal
import sys

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
            os.execv(command[0], command)
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


def main(order: str) -> int:
    wish = json.loads(order)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE):
        signal.signal(number, signal.SIG_DFL)
    os.umask(0o077)
    if wish["detached"]:
        return run_detached(wish["command"], wish["account"])
    os.setsid()
    die_with(wish["parent"])
    os.execv(wish["command"][0], wish["command"])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
