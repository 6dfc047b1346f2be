"""One POST to an address that has been looked at: no redirects, no more than fifteen seconds, no endless answer."""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from ops_portal.lib.refusals import Refused
from ops_portal.outbox.addresses import IpAddress, Target, resolve, target_of
from ops_portal.outbox.choices import EXCERPT_LENGTH
from ops_portal.outbox.drafts import Answer

SECONDS: Final = 15.0
CONNECT_SECONDS: Final = 5.0
MOST_READ: Final = 64 * 1024
USER_AGENT: Final = "OpsPortal-Webhooks/1"


def post(url: str, body: bytes, headers: Mapping[str, str], *, seconds: float = SECONDS) -> Answer:
    """POST ``body`` to ``url`` and return what came of it; nothing that the other side does raises here."""
    begun = time.monotonic()
    status: int | None = None
    error = text = ""
    try:
        target = target_of(url)
        status, text = _exchange(target, resolve(target), body, headers, begun + seconds)
    except Refused as refused:
        error = refused.code
    except ssl.SSLCertVerificationError as failure:
        error = f"certificate: {failure.verify_message}"
    except (OSError, http.client.HTTPException, ValueError) as failure:
        late = time.monotonic() >= begun + seconds or isinstance(failure, TimeoutError)
        error = "timeout" if late else f"{type(failure).__name__}: {failure}".rstrip(": ")
    excerpt = "".join(sign if sign.isprintable() else " " for sign in text[:EXCERPT_LENGTH])
    return Answer(status, round((time.monotonic() - begun) * 1000), error[:200].replace("\0", ""), excerpt)


def _exchange(
    target: Target, addresses: list[IpAddress], body: bytes, headers: Mapping[str, str], deadline: float
) -> tuple[int, str]:
    """Return the status and the beginning of the answer. Raises OSError and HTTPException."""
    sock = _connect(target, addresses, deadline)
    wire = [sock]
    # The time-out of a socket begins anew with every byte: a receiver that drips would keep a worker for hours.
    watchdog = threading.Timer(max(deadline - time.monotonic(), 0.01), _hang_up, [wire])
    watchdog.daemon = True
    watchdog.start()
    connection = http.client.HTTPConnection(target.host, target.port)
    try:
        if target.scheme == "https":
            wire[0] = secured = _secured(sock, target)
            secured.do_handshake()
        connection.sock = wire[0]
        connection.putrequest("POST", target.path, skip_host=True, skip_accept_encoding=True)
        for name, value in {
            "Host": target.host_header,
            "Content-Type": "application/json",
            "Content-Length": str(len(body)),
            "User-Agent": USER_AGENT,
            "Accept": "*/*",
            "Connection": "close",
            **headers,
        }.items():
            connection.putheader(name, value)
        connection.endheaders(body)
        with connection.getresponse() as response:
            return response.status, _beginning(response)
    finally:
        watchdog.cancel()
        connection.close()
        wire[0].close()


def _beginning(response: http.client.HTTPResponse) -> str:
    """Return the beginning of the body; the status counts even where the body never ends."""
    found = b""
    try:
        while len(found) < MOST_READ and (part := response.read1(MOST_READ - len(found))):
            found += part
    except (OSError, http.client.HTTPException, ValueError):
        pass
    return found.decode("utf-8", "replace")


def _connect(target: Target, addresses: list[IpAddress], deadline: float) -> socket.socket:
    """Return a connection to the first of ``addresses`` that takes it. Raises OSError."""
    failure: OSError = TimeoutError()
    for address in addresses:
        left = deadline - time.monotonic()
        if left <= 0:
            break
        try:
            sock = socket.create_connection((str(address), target.port), timeout=min(CONNECT_SECONDS, left))
        except OSError as error:
            failure = error
        else:
            sock.settimeout(max(deadline - time.monotonic(), 0.01))
            return sock
    raise failure


def _secured(sock: socket.socket, target: Target) -> ssl.SSLSocket:
    """Return the connection under TLS, with the certificate held against the name and not against the number."""
    return _trust().wrap_socket(sock, server_hostname=target.host, do_handshake_on_connect=False)


@lru_cache(maxsize=1)
def _trust() -> ssl.SSLContext:
    return ssl.create_default_context()


def _hang_up(wire: list[socket.socket]) -> None:
    try:
        socket.socket.shutdown(wire[0], socket.SHUT_RDWR)
    except OSError:
        return  # it was over already
