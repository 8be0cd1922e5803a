"""Where the link of a clip leads: redirects, addresses that were checked, certificates, proxies."""

from collections.abc import Sequence
from ipaddress import ip_address
from pathlib import Path

import pytest
from clip_fetching import cut_after, fetch, in_turn
from http_bench import (
    CLIP,
    QUICK,
    TLS_HOST,
    Reply,
    in_loop,
    reply,
    resolving,
    server_tls,
    serving,
    trusting,
)

from runner.adapters.http.addresses import Address
from runner.adapters.http.client import Client
from runner.adapters.http.download import fetch_file
from runner.model.gateway import FetchAnswer, Fetched, FetchFailed

pytestmark = pytest.mark.usefixtures("no_proxies")


# --- where it leads


def redirect(to: str, status: int = 302) -> Reply:
    return reply(b"", f"{status} Elsewhere", [f"Location: {to}"])


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_followed(tmp_path: Path, status: int) -> None:
    visit = fetch(tmp_path, in_turn(redirect("/other.mp4?sign=2", status), reply(CLIP)))
    assert visit.came_whole()
    assert [received.target for received in visit.server.received] == [
        "/clip.mp4?signature=hidden",
        "/other.mp4?sign=2",
    ]


def test_five_redirects_are_followed_and_a_sixth_is_not(tmp_path: Path) -> None:
    assert fetch(tmp_path, in_turn(*[redirect("/on")] * 5, reply(CLIP))).came_whole()
    (tmp_path / "clip.mp4").unlink()
    visit = fetch(tmp_path, lambda received: redirect("/on"))
    assert visit.came_not("more than 5 redirects")
    assert len(visit.server.received) == 6


@pytest.mark.parametrize("given", [reply(b"", "302 Found"), redirect("http://[::1"), redirect("")])
def test_a_redirect_to_nowhere_is_told(tmp_path: Path, given: Reply) -> None:
    assert fetch(tmp_path, lambda received: given).came_not("leads on to nowhere")


@pytest.mark.parametrize(
    "to", ["http://169.254.169.254/latest/meta-data", "file:///etc/passwd", "http://someone:secret@127.0.0.1/"]
)
def test_every_hop_is_checked(tmp_path: Path, to: str) -> None:
    visit = fetch(tmp_path, lambda received: redirect(to))
    assert visit.came_not("the link is not followed")
    assert len(visit.server.received) == 1


def test_from_a_public_gateway_no_link_is_followed_into_this_machine(tmp_path: Path) -> None:
    visit = fetch(
        tmp_path,
        lambda received: reply(CLIP),
        tls=server_tls(),
        host=TLS_HOST,
        trust=trusting(),
        resolve=resolving(clips_example_test="127.0.0.1"),
        endpoint_is_private=False,
    )
    assert visit.came_not("private network")
    assert visit.server.connections == 0


class Rebinding:
    """Each time it is asked, a name is somewhere else: the trick of a server that passes a check and then moves."""

    def __init__(self, *places: str) -> None:
        self.places = list(places)
        self.asked: list[str] = []

    async def __call__(self, host: str, port: int) -> Sequence[Address]:
        self.asked.append(host)
        return (ip_address(self.places.pop(0)),)


def test_the_connection_goes_to_the_address_that_was_checked_under_the_name_that_was_asked_for(tmp_path: Path) -> None:
    resolve = Rebinding("127.0.0.1", "127.0.0.99")
    visit = fetch(
        tmp_path, lambda received: reply(CLIP), tls=server_tls(), host=TLS_HOST, trust=trusting(), resolve=resolve
    )
    # The system knows no such name, so nothing but the checked address can have been connected to.
    assert visit.came_whole()
    assert resolve.asked == [TLS_HOST]
    assert visit.server.asked_names == [TLS_HOST]
    assert visit.server.received[0].header("host") == f"{TLS_HOST}:{visit.server.port}"


def test_the_certificate_must_be_for_the_name_and_not_for_the_address(tmp_path: Path) -> None:
    visit = fetch(
        tmp_path,
        lambda received: reply(CLIP),
        tls=server_tls(),
        host="other.example.test",
        trust=trusting(),
        resolve=resolving(other_example_test="127.0.0.1"),
    )
    assert visit.came_not("its certificate is not trusted")
    assert visit.server.received == []


def test_the_next_checked_address_is_tried_where_one_does_not_answer(tmp_path: Path) -> None:
    resolve = resolving(clips_test="127.0.0.99,127.0.0.1")
    assert fetch(tmp_path, lambda received: reply(CLIP), host="clips.test", resolve=resolve).came_whole()


def test_a_name_that_cannot_be_resolved_for_a_moment_is_asked_for_again(tmp_path: Path) -> None:
    asked: list[str] = []

    async def resolve(host: str, port: int) -> Sequence[Address]:
        asked.append(host)
        if len(asked) == 1:
            raise OSError("temporary failure in name resolution")
        return (ip_address("127.0.0.1"),)

    assert fetch(tmp_path, lambda received: reply(CLIP), host="clips.test", resolve=resolve).came_whole()
    assert len(asked) == 2


def test_through_a_proxy_the_name_is_left_to_the_proxy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def call() -> tuple[FetchAnswer, str]:
        async with serving(lambda received: reply(CLIP)) as proxy:
            monkeypatch.setenv("HTTP_PROXY", proxy.url)
            client, url = Client(QUICK, resolve=resolving()), "http://clips.test/a.mp4"
            answer = await fetch_file(client, url, tmp_path / "clip.mp4", endpoint_is_private=True)
            return answer, proxy.received[0].target

    assert in_loop(call()) == (Fetched(), "http://clips.test/a.mp4")


def test_no_cause_holds_the_signature_of_a_link(tmp_path: Path) -> None:
    for given in (reply(b"", "500 Oh"), redirect("ftp://x.test/?signature=hidden"), cut_after(5), reply(b"{}")):
        answer = fetch(tmp_path, lambda received, given=given: given).answer  # type: ignore[misc]  # bound at once
        assert isinstance(answer, FetchFailed)
        assert "hidden" not in answer.cause
