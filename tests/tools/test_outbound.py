"""Requests to the outside: only where they may go, only as much and as long as they may."""

import gzip
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path

import msgspec
import pytest

from evals.loopback.faults import Fault, always
from evals.loopback.page_server import PageServer
from evals.loopback.server import Reply
from tools.outbound.fetch import NotFetchedError, Outbound
from tools.outbound.guard import Guard, Origin, RefusedError, origin_of, origins_of

Raw = Callable[[Iterable[bytes]], str]
OK = b"HTTP/1.1 200 OK\r\n"
MOST = 10_000
PEM = Path(__file__).with_name("loopback.pem")


@pytest.fixture
def pages() -> Iterator[PageServer]:
    with PageServer({"/feed": Reply(200, b"{}")}) as server:
        yield server


@pytest.fixture
def raw() -> Iterator[Raw]:
    """A server that sends these bytes to whoever connects, whatever is asked."""
    listeners = []

    def serve(parts: Iterable[bytes]) -> str:
        listener = socket.create_server(("127.0.0.1", 0))
        listeners.append(listener)

        def answer() -> None:
            with suppress(OSError):
                connection, _ = listener.accept()
                with connection:
                    connection.recv(65536)
                    for part in parts:
                        connection.sendall(part)

        threading.Thread(target=answer, daemon=True).start()
        return f"http://127.0.0.1:{listener.getsockname()[1]}/feed"

    yield serve
    for one in listeners:
        one.close()


def _get(url: str, *more: str, loopback: bool = True, seconds: float = 3.0) -> bytes:
    guard = Guard(origins_of([url, *more]), loopback=loopback)
    return Outbound(guard=guard, most_bytes=MOST, seconds=seconds).get(url)


def test_a_page_is_fetched_and_nothing_is_sent_that_tells_who_asks(
    pages: PageServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    assert _get(f"{pages.url}/feed?x=1") == b"{}"
    [request] = pages.requests
    assert (request.method, request.target) == ("GET", "/feed?x=1")
    assert request.headers == {
        "host": pages.url.removeprefix("http://"), "accept": "*/*", "accept-encoding": "identity",
        "user-agent": "faultside", "connection": "close",
    }  # fmt: skip


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.8.8.8", "0.1.2.3", "10.1.2.3", "172.31.0.1", "192.168.0.1", "100.64.0.1", "169.254.169.254",
        "192.0.0.8", "198.18.0.1", "203.0.113.5", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255",
        "::", "::1", "::ffff:8.8.8.8", "::ffff:127.0.0.1", "::127.0.0.1", "64:ff9b::808:808", "64:ff9b:1::1",
        "2002:7f00:1::", "2001:0:1::", "2001:db8::1", "fc00::1", "fd12::1", "fe80::1", "fe80::1%eth0", "fec0::1",
        "ff02::1", "2606:4700::1%1", "a.b", "",
    ],
)  # fmt: skip
def test_no_address_that_is_not_public(address: str) -> None:
    asked = Origin("https", "status.acme.example", 443)
    with pytest.raises(RefusedError, match="not a public address"):
        Guard(frozenset({asked})).addresses(asked, lambda _host, _port: ["8.8.8.8", address])


def test_public_addresses_are() -> None:
    asked = Origin("https", "status.acme.example", 443)
    public = ["8.8.8.8", "104.18.1.1", "2606:4700::1", "2a00:1450::1"]
    assert Guard(frozenset({asked})).addresses(asked, lambda _host, _port: [*public, "8.8.8.8"]) == public


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/feed", "http://status.acme.example/feed", "https://status.acme.example:8443/feed",
        "https://status.acme.example.evil.example/", "https://status.acme.example@evil.example/",
        "https://evil.example#status.acme.example", "https://evil.example\\@status.acme.example/",
        "https://user:secret@status.acme.example/", "ftp://status.acme.example/", "file:///etc/passwd", "//x/y",
        "https:///feed", "https://status.acme.example:x/", "https://status.acme.example/\r\nHost: x", "", "gopher://x",
        "https://st\u0430tus.acme.example/", "https://status.acme.example/" + "a" * 2000,
    ],
)  # fmt: skip
def test_no_address_that_nobody_listed(url: str) -> None:
    guard = Guard(origins_of(["https://status.acme.example/feed"]))
    with pytest.raises(RefusedError) as refused:
        Outbound(guard=guard, most_bytes=MOST, resolve=lambda _host, _port: ["8.8.8.8"]).get(url)
    assert "secret" not in str(refused.value)


def test_this_machine_only_where_it_is_switched_on(pages: PageServer) -> None:
    for url in (pages.url, pages.url.replace("127.0.0.1", "localhost"), pages.url.replace("127.0.0.1", "2130706433")):
        with pytest.raises(RefusedError, match="which is not a public address"):
            _get(f"{url}/feed", loopback=False)
    assert pages.requests == []


def test_a_name_that_changes_its_mind_is_asked_once_and_connected_where_it_was_checked(pages: PageServer) -> None:
    port = origin_of(pages.url).port
    said = iter([["8.8.8.8"], ["127.0.0.1"]])
    url = f"http://status.acme.example:{port}/feed"
    rebinding = Outbound(guard=Guard(origins_of([url])), most_bytes=MOST, resolve=lambda _host, _port: next(said))
    with pytest.raises(UserWarning, match=r'host "8\.8\.8\.8"'):  # the bar of all tests, met with the checked address
        rebinding.get(url)
    assert pages.requests == []
    here = Outbound(
        guard=Guard(origins_of([url]), loopback=True), most_bytes=MOST, resolve=lambda _host, _port: ["127.0.0.1"]
    )
    assert here.get(url) == b"{}"
    assert pages.requests[0].headers["host"] == f"status.acme.example:{port}"


def test_redirects_are_followed_where_they_may_lead(pages: PageServer) -> None:
    pages.pages["/old"] = Reply(301, b"", headers={"Location": "/feed"})
    assert _get(f"{pages.url}/old") == b"{}"


@pytest.mark.parametrize(
    "place",
    [
        "http://169.254.169.254/latest/meta-data/", "http://evil.example/", "https://127.0.0.1/", "file:///etc/passwd",
        "http://user@127.0.0.1/", "//evil.example/feed", "http://[::ffff:169.254.169.254]/",
        "//[::1", "http://[", "https://a:99999/", "http://127.0.0.1:0x50/",
    ],
)  # fmt: skip
def test_a_redirect_to_elsewhere_is_refused(place: str, pages: PageServer) -> None:
    pages.pages["/old"] = Reply(302, b"", headers={"Location": place})
    with pytest.raises(RefusedError):
        _get(f"{pages.url}/old")
    assert len(pages.requests) == 1


def test_a_redirect_to_a_listed_host_that_is_private_is_refused(pages: PageServer) -> None:
    pages.pages["/old"] = Reply(302, b"", headers={"Location": "http://10.0.0.1/"})
    with pytest.raises(RefusedError, match=r"10\.0\.0\.1, which is not a public address"):
        _get(f"{pages.url}/old", "http://10.0.0.1/")


def test_redirects_end(pages: PageServer) -> None:
    pages.pages["/old"] = Reply(302, b"", headers={"Location": "/old"})
    with pytest.raises(NotFetchedError, match="more than 3 redirects"):
        _get(f"{pages.url}/old")
    assert len(pages.requests) == 4


@pytest.mark.parametrize("status", [204, 206, 304, 400, 404, 410, 429, 500, 503])
def test_only_a_200_is_an_answer(status: int, pages: PageServer) -> None:
    pages.faults = always(Fault(status=status))
    with pytest.raises(NotFetchedError, match=f"HTTP {status}") as failed:
        _get(f"{pages.url}/feed")
    assert not failed.value.denied
    assert len(pages.requests) == 1


@pytest.mark.parametrize("status", [401, 403])
def test_a_refusal_is_told_as_one(status: int, pages: PageServer) -> None:
    pages.faults = always(Fault(status=status))
    with pytest.raises(NotFetchedError) as failed:
        _get(f"{pages.url}/feed")
    assert failed.value.denied


def _endless(part: bytes, pause: float = 0.0) -> Iterator[bytes]:
    yield OK + b"\r\n"
    while True:
        yield part
        time.sleep(pause)


def _dripping_head() -> Iterator[bytes]:
    yield OK
    while True:
        yield b"x"
        time.sleep(0.05)


BOMB = gzip.compress(b"0" * 2**20)


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ([OK + b"Content-Length: 1000000000\r\n\r\n"], "larger than 10000 bytes"),
        ([OK + b"Content-Length: " + b"9" * 400 + b"\r\n\r\n"], "larger than|broke off|did not answer"),
        (_endless(b"0" * 2**16), "larger than 10000 bytes"),
        (_endless(b"0", 0.01), "no whole answer within 0.5 s"),
        (_dripping_head(), "did not answer|no whole answer"),
        ([OK + b"Content-Encoding: gzip\r\n\r\n" + BOMB], "came packed"),
        ([OK + b"Transfer-Encoding: chunked\r\n\r\nffffffffff\r\n" + b"0" * 20_000], "larger than 10000 bytes"),
        ([OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n"], "broke off"),
        ([OK + b"Content-Length: 50\r\n\r\nshort"], "broke off"),
        ([b"SSH-2.0-OpenSSH\r\n"], "did not answer"),
        ([b""], "did not answer"),
        ([OK + b"a: " + b"b" * 200_000 + b"\r\n\r\n"], "did not answer"),
    ],
)
def test_whatever_comes_is_bounded_in_size_and_time(parts: Iterable[bytes], said: str, raw: Raw) -> None:
    url, begun = raw(parts), time.monotonic()
    with pytest.raises(NotFetchedError, match=said):
        _get(url, seconds=0.5)
    assert time.monotonic() - begun < 15


def test_who_never_answers_is_left(pages: PageServer) -> None:
    pages.faults = always(Fault(hang=True))
    with pytest.raises(NotFetchedError, match="did not answer"):
        _get(f"{pages.url}/feed", seconds=0.5)


def test_nobody_there_and_no_such_name() -> None:
    with pytest.raises(NotFetchedError, match="cannot be reached"):
        _get("http://127.0.0.1:1/feed")

    def unknown(_host: str, _port: int) -> list[str]:
        raise OSError

    guard = Guard(origins_of(["https://status.acme.example/"]))
    with pytest.raises(RefusedError, match="does not resolve"):
        Outbound(guard=guard, most_bytes=MOST, resolve=unknown).get("https://status.acme.example/")


@pytest.mark.parametrize(("host", "said"), [("127.0.0.1", ""), ("status.acme.example", "match")])
def test_the_certificate_has_to_be_the_names_whatever_the_address(host: str, said: str) -> None:
    with PageServer({"/feed": Reply(200, b"{}")}, certificate=PEM) as pages:
        url = pages.url.replace("127.0.0.1", host) + "/feed"
        trusting = Outbound(
            guard=Guard(origins_of([url]), loopback=True),
            resolve=lambda _host, _port: ["127.0.0.1"],
            most_bytes=MOST,
            trust=ssl.create_default_context(cafile=str(PEM)),
        )
        if not said:
            assert trusting.get(url) == b"{}"
            said = "CERTIFICATE_VERIFY_FAILED"
            trusting = msgspec.structs.replace(trusting, trust=None)
        with pytest.raises(NotFetchedError, match=said):
            trusting.get(url)


def test_a_certificate_that_nobody_vouches_for_is_no_answer(raw: Raw) -> None:
    url = raw([b"\x15\x03\x01\x00\x02\x02\x28"]).replace("http:", "https:")
    with pytest.raises(NotFetchedError, match="did not answer"):
        _get(url)
