"""Requests through a proxy the environment names: which ones, and what its refusals mean."""

import asyncio

import httpx
import pytest
from http_bench import QUICK, Reply, Then, in_loop, outgoing, reply, send, serving

from runner.adapters.http.client import Answer, Client, NeverSent, Unknown
from runner.adapters.http.proxies import find_proxy

pytestmark = pytest.mark.usefixtures("no_proxies")


@pytest.mark.parametrize(
    ("environment", "url", "expected"),
    [
        ({}, "https://api.example.com/", None),
        ({"HTTPS_PROXY": "http://proxy:3128"}, "https://api.example.com/", "http://proxy:3128"),
        ({"https_proxy": "proxy:3128"}, "https://api.example.com/", "http://proxy:3128"),
        ({"HTTPS_PROXY": "http://proxy:3128"}, "http://api.example.com/", None),
        ({"ALL_PROXY": "http://proxy:3128"}, "http://api.example.com/", "http://proxy:3128"),
        ({"HTTPS_PROXY": "http://proxy:3128", "NO_PROXY": "example.com"}, "https://api.example.com/", None),
        ({"HTTPS_PROXY": "http://proxy:3128", "NO_PROXY": "*"}, "https://api.example.com/", None),
        ({"HTTPS_PROXY": "http://proxy:3128", "NO_PROXY": "other.org"}, "https://x.test/", "http://proxy:3128"),
        ({"ALL_PROXY": "http://proxy:3128"}, "http://127.0.0.1:9000/", None),
        ({"ALL_PROXY": "http://proxy:3128"}, "http://[::1]:9000/", None),
        ({"ALL_PROXY": "http://proxy:3128"}, "http://localhost:9000/", None),
    ],
)
def test_the_proxy_is_the_one_the_environment_names(
    environment: dict[str, str], url: str, expected: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert find_proxy(httpx.URL(url)) == expected


def test_a_call_goes_through_the_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    async def call() -> tuple[object, str]:
        async with serving(lambda received: reply(b"{}")) as proxy:
            monkeypatch.setenv("HTTP_PROXY", proxy.url)
            return await send("http://api.example.test"), proxy.received[0].target

    found, target = in_loop(call())
    assert isinstance(found, Answer)
    assert target == "http://api.example.test/jobs"


def test_a_proxy_that_will_not_connect_was_all_that_was_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    async def call() -> tuple[object, list[str]]:
        async with serving(lambda received: reply(b"", "403 Forbidden")) as proxy:
            monkeypatch.setenv("HTTPS_PROXY", proxy.url)
            found = await send("https://api.example.test")
            return found, [received.head.split("\r\n")[0] for received in proxy.received]

    found, lines = in_loop(call())
    assert found == NeverSent("the proxy refused to connect to it")
    assert lines == ["CONNECT api.example.test:443 HTTP/1.1"]


def test_a_proxy_that_hangs_up_leaves_a_doubt_for_all_the_library_says(monkeypatch: pytest.MonkeyPatch) -> None:
    async def call() -> object:
        async with serving(lambda received: Reply(b"", Then.CLOSE)) as proxy:
            monkeypatch.setenv("HTTPS_PROXY", proxy.url)
            return await send("https://api.example.test")

    assert isinstance(in_loop(call()), Unknown)


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:1080", "gopher://127.0.0.1:70", "http://[::1"])
def test_a_proxy_that_cannot_be_used_means_that_nothing_was_sent(proxy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", proxy)
    found = in_loop(send("https://api.example.test"))
    assert isinstance(found, NeverSent)
    assert "proxy" in found.cause


def test_polls_keep_a_connection_for_each_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    async def call() -> list[object]:
        async with serving(lambda received: reply(b"1")) as first, serving(lambda received: reply(b"2")) as second:
            client = Client(QUICK)
            found: list[object] = []
            for proxy in (first, second):
                monkeypatch.setenv("HTTP_PROXY", proxy.url)
                answer = await client.ask(outgoing("http://api.example.test/jobs/1"))
                assert isinstance(answer, Answer)
                found.append(answer.body)
            await client.close()
            await asyncio.sleep(0)
            return found

    assert in_loop(call()) == [b"1", b"2"]
