"""Where messages go and where they never do; answers that are huge, slow or none."""

from __future__ import annotations

import ipaddress
import socket
import time
from typing import Any

import pytest

from ops_portal.outbox import addresses
from ops_portal.outbox.addresses import AddressRefused, is_public, resolve, target_of
from ops_portal.outbox.choices import EXCERPT_LENGTH
from ops_portal.outbox.drafts import Answer
from ops_portal.outbox.sending import MOST_READ, post
from tests.outbox.receiver import Receiver


@pytest.fixture
def listening(settings: Any):
    settings.PORTAL_WEBHOOKS_TO_PRIVATE = True
    with Receiver() as receiver:
        yield receiver


def send(url: str, *, seconds: float = 5.0) -> Answer:
    return post(url, b"{}", {"webhook-id": "msg_1"}, seconds=seconds)


LOOPBACK_SPELLINGS = [
    "127.0.0.1", "127.1", "127.0.1", "0177.0.0.1", "0x7f.0.0.1", "0x7f000001", "2130706433",
    "017700000001", "127.255.255.254", "0.0.0.0", "0", "[::1]", "[::]", "[::ffff:127.0.0.1]",  # noqa: S104
    "[::ffff:7f00:1]", "[0:0:0:0:0:ffff:7f00:0001]", "[::127.0.0.1]", "[64:ff9b::127.0.0.1]",
]  # fmt: skip
PRIVATE = [
    "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1", "100.100.100.200", "169.254.169.254",
    "168.63.129.16", "192.0.0.192", "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1",
    "239.1.1.1", "240.0.0.1", "255.255.255.255", "[fc00::1]", "[fd00:ec2::254]", "[fe80::1]", "[fec0::1]",
    "[ff02::1]", "[2002:7f00:1::]", "[2001:0:7f00:1::]", "[64:ff9b::a9fe:a9fe]", "[64:ff9b:1::1]",
    "[::ffff:10.0.0.1]", "[::ffff:169.254.169.254]", "[2001:db8::1]", "192.88.99.1", "2852039166", "0xa9fea9fe",
]  # fmt: skip


@pytest.mark.parametrize("host", [*LOOPBACK_SPELLINGS, *PRIVATE])
def test_a_private_address_is_refused_in_every_spelling(host: str):
    with pytest.raises(AddressRefused):
        target_of(f"https://{host}/hook")
    assert send(f"https://{host}/hook").error == "address_refused"


@pytest.mark.parametrize("host", [*LOOPBACK_SPELLINGS, *PRIVATE])
def test_what_a_name_resolves_to_is_held_to_the_same(host: str, monkeypatch: pytest.MonkeyPatch):
    """A name server may answer whatever it likes, and with several addresses of which one is private."""
    number = socket.getaddrinfo(host.strip("[]"), None, type=socket.SOCK_STREAM)[0][4][0]
    public = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.216.34", 443))
    answer = [public, (socket.AF_INET, socket.SOCK_STREAM, 6, "", (number, 443))]
    target = target_of("https://partner.example/")
    monkeypatch.setattr(addresses.socket, "getaddrinfo", lambda *_a, **_k: answer)
    with pytest.raises(AddressRefused):
        resolve(target)


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST", "localhost."])
def test_a_name_of_this_machine_is_refused_when_it_is_sent_to(host: str):
    assert send(f"https://{host}/hook").error == "address_refused"
    assert send(f"http://{host}:8000/hook").error == "address_refused"


@pytest.mark.parametrize("host", ["10.0.0.1", "169.254.169.254", "[fd00::1]", "[::ffff:192.168.0.1]"])
def test_the_setting_for_trying_out_opens_this_machine_and_no_network(host: str, settings: Any):
    settings.PORTAL_WEBHOOKS_TO_PRIVATE = True
    assert target_of("http://127.0.0.1:8000/").port == 8000
    with pytest.raises(AddressRefused):
        target_of(f"https://{host}/hook")


@pytest.mark.parametrize(
    "text", ["93.184.216.34", "8.8.8.8", "2606:4700:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]
)
def test_public_addresses_are_public(text: str):
    assert is_public(ipaddress.ip_address(text))


@pytest.mark.parametrize(
    "url",
    [
        "ftp://partner.example/", "partner.example", "", "https://", "https:///x", "https://user@partner.example/",
        "https://user:word@partner.example/", "https://partner.example/#part", "https://partner.example:22/",
        "https://partner.example:0/", "https://partner.example:99999/", "https://partner.example:x/",
        "https://partner.example/a b", "https://partner.example/\r\nX: y", "https://例え.example/",
        "https://partner.example\\@127.0.0.1/", "https://[fe80::1%25eth0]/", "file:///etc/passwd",
    ],
)  # fmt: skip
def test_what_is_no_address_for_messages_is_refused(url: str):
    with pytest.raises(AddressRefused):
        target_of(url)


@pytest.mark.parametrize("port", [80, 443, 1024, 8443, 65535])
def test_ports_80_443_and_from_1024_on_are_open(port: int):
    assert target_of(f"https://partner.example:{port}/x?y=1").port == port


def test_http_is_for_development_only(settings: Any):
    assert target_of("http://partner.example/").port == 80
    settings.PORTAL_WEBHOOKS_HTTP = False
    with pytest.raises(AddressRefused):
        target_of("http://partner.example/")


def test_it_connects_to_the_address_that_was_checked_and_keeps_the_name(
    listening: Receiver, monkeypatch: pytest.MonkeyPatch
):
    """A name that answers otherwise a moment later (DNS rebinding) is not asked again."""
    real = socket.getaddrinfo
    asked: list[str] = []

    def once(host: Any, port: Any, *args: Any, **kwargs: Any) -> Any:
        if host == "partner.example" and not kwargs.get("flags"):
            asked.append(host)
            return real("127.0.0.1" if len(asked) == 1 else "127.0.0.2", port, *args, **kwargs)
        return real(host, port, *args, **kwargs)

    monkeypatch.setattr(addresses.socket, "getaddrinfo", once)
    port = listening.server.server_address[1]
    answer = send(f"http://partner.example:{port}/x?y=1")
    assert (answer.status_code, asked) == (200, ["partner.example"])
    assert (listening.got[0].headers["host"], listening.got[0].path) == (f"partner.example:{port}", "/x?y=1")


def test_a_redirect_is_not_followed(listening: Receiver):
    listening.answer = lambda got: (302, {"Location": listening.url("/elsewhere")}, b"")
    assert send(listening.url()).status_code == 302
    assert [got.path for got in listening.got] == ["/hook"]


def test_of_a_huge_answer_64_kb_are_read_and_500_characters_kept(listening: Receiver):
    listening.answer = lambda got: (500, {}, "錯".encode() * 10_000_000)
    begun = time.monotonic()
    answer = send(listening.url())
    assert (answer.status_code, answer.excerpt) == (500, "錯" * EXCERPT_LENGTH)
    assert time.monotonic() - begun < 2
    assert MOST_READ == 65536


def test_an_answer_that_drips_is_cut_off(listening: Receiver):
    listening.answer = lambda got: (200, {"Content-Length": "1000"}, b"x" * 1000)
    listening.drip = 0.2  # a byte comes before any time-out of the socket ends
    begun = time.monotonic()
    answer = send(listening.url(), seconds=1.0)
    assert answer.status_code == 200  # it was taken: the rest of the answer says nothing more
    assert 0.9 < time.monotonic() - begun < 2.5


def test_a_receiver_that_says_nothing_is_given_up_after_the_time(settings: Any):
    settings.PORTAL_WEBHOOKS_TO_PRIVATE = True
    with socket.create_server(("127.0.0.1", 0)) as silent:
        begun = time.monotonic()
        answer = send(f"http://127.0.0.1:{silent.getsockname()[1]}/", seconds=0.7)
        secured = send(f"https://127.0.0.1:{silent.getsockname()[1]}/", seconds=0.7)
    assert (answer.status_code, answer.error) == (None, "timeout")
    assert (secured.status_code, secured.error) == (None, "timeout")
    assert time.monotonic() - begun < 3


def test_nobody_there_and_no_http_are_errors_that_are_told(settings: Any):
    settings.PORTAL_WEBHOOKS_TO_PRIVATE = True
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    assert send(f"http://127.0.0.1:{port}/").error.startswith("ConnectionRefusedError")
    assert send("https://no-such-host.invalid/").error == "address_refused"


def test_plain_http_behind_https_is_an_error(listening: Receiver):
    answer = send(listening.url().replace("http://", "https://"))
    assert answer.status_code is None
    assert answer.error
