"""Where a link may lead: never into the network this machine stands in, unless the gateway itself stands there."""

from ipaddress import ip_address

import httpx
import pytest
from http_bench import in_loop, resolving

from runner.adapters.http.addresses import (
    NotAllowed,
    Target,
    Unresolved,
    is_forbidden_address,
    is_private,
    is_public_address,
    may_fetch,
    resolve_host,
)

PUBLIC = ["93.184.216.34", "1.1.1.1", "172.32.0.1", "192.169.0.1", "100.128.0.1", "2606:4700::1111", "2a00:1450::1"]
PRIVATE = [
    "10.0.0.1",
    "100.64.0.1",
    "127.0.0.1",
    "127.255.255.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "198.18.0.1",
    "::1",
    "fc00::1",
    "fd12::1",
    "fec0::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::127.0.0.1",
    "64:ff9b::10.0.0.1",
    "2002:c0a8:0101::1",
    "::ffff:0:192.168.0.1",
]
FORBIDDEN = [
    "0.0.0.0",  # noqa: S104  # nothing is bound to it
    "169.254.169.254",
    "100.100.100.200",
    "168.63.129.16",
    "fd00:ec2::254",
    "192.0.0.192",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "fe80::1",
    "fe80::1%eth0",
    "ff02::1",
    "::ffff:169.254.169.254",
    "64:ff9b::169.254.169.254",
    "2002:a9fe:a9fe::",
    "2001:0:a9fe:a9fe::1",
    "2001:db8::1",
]


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_public(address: str) -> None:
    assert is_public_address(ip_address(address))


@pytest.mark.parametrize("address", [*PRIVATE, *FORBIDDEN])
def test_private_and_special_addresses_are_not(address: str) -> None:
    assert not is_public_address(ip_address(address))


@pytest.mark.parametrize("address", [*PUBLIC, *PRIVATE])
def test_where_gateways_may_stand_is_not_forbidden(address: str) -> None:
    assert not is_forbidden_address(ip_address(address))


@pytest.mark.parametrize("address", FORBIDDEN)
def test_no_link_ever_leads_to_special_addresses(address: str) -> None:
    resolve = resolving(clips_test=address)
    for private in (False, True):
        found = in_loop(may_fetch("https://clips.test/a.mp4", endpoint_is_private=private, resolve=resolve))
        assert isinstance(found, NotAllowed)


def test_a_public_link_is_followed_to_the_addresses_that_were_checked() -> None:
    resolve = resolving(clips_test="93.184.216.34,2606:4700::1111")
    found = in_loop(may_fetch("https://clips.test/a.mp4?sign=1", endpoint_is_private=False, resolve=resolve))
    assert found == Target(
        httpx.URL("https://clips.test/a.mp4?sign=1"), (ip_address("93.184.216.34"), ip_address("2606:4700::1111"))
    )


@pytest.mark.parametrize("address", PRIVATE)
def test_a_private_link_is_followed_only_from_a_private_gateway(address: str) -> None:
    resolve = resolving(clips_test=address)
    refused = in_loop(may_fetch("https://clips.test/", endpoint_is_private=False, resolve=resolve))
    assert isinstance(refused, NotAllowed)
    assert "private network" in refused.cause
    assert isinstance(in_loop(may_fetch("https://clips.test/", endpoint_is_private=True, resolve=resolve)), Target)


def test_one_private_address_among_public_ones_is_enough_to_refuse() -> None:
    resolve = resolving(clips_test="93.184.216.34,10.0.0.1")
    assert isinstance(in_loop(may_fetch("https://clips.test/", endpoint_is_private=False, resolve=resolve)), NotAllowed)


@pytest.mark.parametrize(
    "host", ["2130706433", "0x7f000001", "127.1", "0177.0.0.1", "localhost", "[::1]", "127.0.0.1."]
)
def test_disguises_of_this_machine_are_seen_through(host: str) -> None:
    found = in_loop(may_fetch(f"https://{host}/", endpoint_is_private=False))
    # A disguise the system's resolver does not know leads nowhere.
    assert isinstance(found, NotAllowed | Unresolved)


@pytest.mark.parametrize(
    "url",
    [
        "http://clips.test/a.mp4",
        "ftp://clips.test/a.mp4",
        "file:///etc/passwd",
        "data:video/mp4;base64,AAAA",
        "//clips.test/a.mp4",
        "/a.mp4",
        "",
        "https://",
        "https://user:password@clips.test/",
        "https://user@clips.test/",
        "https://clips.test:99999/",
        "https://clips.test:port/",
        "https://[::1/",
        "https://xn--a/a.mp4",
    ],
)
def test_links_of_another_form_are_not_followed(url: str) -> None:
    resolve = resolving(clips_test="93.184.216.34")
    found = in_loop(may_fetch(url, endpoint_is_private=False, resolve=resolve))
    assert isinstance(found, NotAllowed)
    assert "password" not in found.cause


def test_plain_links_are_followed_from_a_gateway_that_is_plain_or_private_itself() -> None:
    resolve = resolving(clips_test="93.184.216.34")
    url = "http://clips.test/a.mp4"
    for private, plain in ((True, False), (False, True)):
        found = may_fetch(url, endpoint_is_private=private, endpoint_is_plain=plain, resolve=resolve)
        assert isinstance(in_loop(found), Target)
    inside = may_fetch("http://10.0.0.1/", endpoint_is_private=False, endpoint_is_plain=True, resolve=resolve)
    assert isinstance(in_loop(inside), NotAllowed)


def test_a_name_without_an_address_is_no_verdict_on_the_link() -> None:
    url = "https://nowhere.test/"
    assert in_loop(may_fetch(url, endpoint_is_private=False, resolve=resolving())) == Unresolved(httpx.URL(url))


def test_a_host_is_private_by_any_of_its_addresses() -> None:
    resolve = resolving(inside_test="93.184.216.34,10.0.0.1", outside_test="93.184.216.34")
    assert in_loop(is_private("inside.test", resolve))
    assert not in_loop(is_private("outside.test", resolve))


def test_the_system_resolves_this_machine() -> None:
    assert ip_address("127.0.0.1") in in_loop(resolve_host("localhost", 80))
    assert in_loop(is_private("localhost"))
