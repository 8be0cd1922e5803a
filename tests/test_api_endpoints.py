"""Where a gateway is reached: its own host, or what command line and environment say; and where no key is ever sent."""

from dataclasses import replace

import pytest
from studio_manifest import studio

from runner.api.endpoints import Endpoint, check_endpoints, endpoint_of
from runner.core.diagnostic import Findings
from runner.core.errors import Invalid

HOST = "https://api.studio.example"
HINT = "write `https://host`, or `http://127.0.0.1:PORT` for a sandbox on this machine"


def settle(written: str | None = None, environment: dict[str, str] | None = None) -> Endpoint | None:
    return endpoint_of(studio(), {} if written is None else {"studio": written}, environment or {})


def refused(url: str) -> str:
    with pytest.raises(Invalid) as found:
        settle(url)
    (diagnostic,) = found.value.diagnostics
    assert (diagnostic.code, diagnostic.hint) == ("bad-endpoint", HINT)
    return diagnostic.message


def test_a_gateway_is_reached_at_its_own_host_unless_it_is_said_otherwise() -> None:
    assert settle() == Endpoint(HOST, is_overridden=False, is_sandbox=False)
    assert endpoint_of(studio(), {"other": "https://x.example"}, {"OTHER_BASE_URL": "https://x.example"}) == settle()
    assert settle(environment={"STUDIO_BASE_URL": ""}) == settle()


def test_the_command_line_comes_before_the_environment() -> None:
    environment = {"STUDIO_BASE_URL": "https://one.example"}
    assert settle(environment=environment) == Endpoint("https://one.example", is_overridden=True, is_sandbox=False)
    assert settle("https://two.example", environment) == Endpoint(
        "https://two.example", is_overridden=True, is_sandbox=False
    )


def test_a_name_with_a_stroke_has_a_variable_without_one() -> None:
    manifest = replace(studio(), name="kling-next")
    found = endpoint_of(manifest, {}, {"KLING_NEXT_BASE_URL": "https://x.example"})
    assert found is not None
    assert found.url == "https://x.example"


def test_what_works_on_this_machine_has_no_endpoint() -> None:
    assert endpoint_of(replace(studio(), interface=None), {"studio": "https://x.example"}, {}) is None


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:9100",
        "http://localhost:9100",
        "http://[::1]:9100",
        "http://127.8.9.10",
        "https://127.0.0.1:9100",
        "HTTP://LOCALHOST:9100",
    ],
)
def test_a_double_is_on_this_machine_and_is_marked(url: str) -> None:
    assert settle(url) == Endpoint(url, is_overridden=True, is_sandbox=True)


@pytest.mark.parametrize("url", ["https://proxy.example", "https://proxy.example:8443/kling", "https://10.0.0.5"])
def test_another_host_over_a_safe_line_is_no_double(url: str) -> None:
    assert settle(f"{url}/") == Endpoint(url, is_overridden=True, is_sandbox=False)


@pytest.mark.parametrize(
    "url",
    [
        "http://api.studio.example",
        "http://10.0.0.5",
        "http://192.168.1.2:80",
        "http://localhost.example",
        "http://127.0.0.1.example",
        "http://0.0.0.0:9100",
        "ftp://127.0.0.1",
        "file:///etc/passwd",
        "api.studio.example",
        "127.0.0.1:9100",
        "https://",
        "https:///path",
        "https://host?key=1",
        "https://host#part",
        "https://host:port",
        "https://host:99999",
        "https://host:0",
        "http://[::1",
        "https://[nonsense]",
    ],
)
def test_where_a_key_could_not_safely_go_is_refused(url: str) -> None:
    assert "is no endpoint a key could be sent to" in refused(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://user:hunter2@host.example",
        "https://hunter2@host.example",
        "http://user:hunter2@127.0.0.1:9100",
        "https://:hunter2@host.example",
        "https://user:hunter2@[::1",
        "https://host.example?key=hunter2",
        "https://host.example/#hunter2",
    ],
)
def test_a_password_in_an_address_is_refused_and_not_shown(url: str) -> None:
    assert "hunter2" not in refused(url)


def test_what_is_refused_names_the_host() -> None:
    assert refused("http://api.studio.example/v1") == (
        "`http://api.studio.example` is no endpoint a key could be sent to"
    )
    with pytest.raises(Invalid):
        settle(environment={"STUDIO_BASE_URL": "http://api.studio.example"})


@pytest.mark.parametrize(
    ("endpoints", "told"),
    [
        ({}, []),
        ({"studio": "http://127.0.0.1:9100"}, []),
        ({"studio": "http://127.0.0.1:9100", "kling": "http://127.0.0.1:9100"}, []),
        ({"studdio": "http://127.0.0.1:9100"}, ["`studdio` has an `--endpoint` and is not a provider"]),
        (
            {"kling": "http://127.0.0.1:9100"},
            ["`--endpoint` says where `kling` is reached, and this is about `studio`"],
        ),
    ],
)
def test_an_endpoint_for_somebody_else_is_told_and_leaves_no_run_at_the_real_gateway(
    endpoints: dict[str, str], told: list[str]
) -> None:
    findings = Findings()
    check_endpoints(studio(), endpoints, ("kling", "studio"), findings)
    assert [found.message for found in findings.in_order()] == told
    assert {found.code for found in findings.in_order()} <= {"bad-endpoint"}


def test_what_works_on_this_machine_minds_no_endpoint_of_others() -> None:
    findings = Findings()
    check_endpoints(replace(studio(), interface=None), {"kling": "http://127.0.0.1:9100"}, ("kling",), findings)
    assert findings.in_order() == ()
