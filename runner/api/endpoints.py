"""Where a gateway is reached: at its own host, or where the command line or the environment says.

A double on this machine is told from a real gateway by its address: what it makes is marked, and counts only while the
address stays overridden.
"""

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from runner.core.diagnostic import Diagnostic, Findings, Severity
from runner.core.errors import Invalid
from runner.core.nearest import did_you_mean
from runner.model.manifest import Manifest


@dataclass(frozen=True, slots=True)
class Endpoint:
    url: str
    # True where the address is not the manifest's own.
    is_overridden: bool
    is_sandbox: bool


def endpoint_of(manifest: Manifest, endpoints: Mapping[str, str], environment: Mapping[str, str]) -> Endpoint | None:
    if manifest.interface is None:
        return None
    variable = f"{manifest.name.upper().replace('-', '_')}_BASE_URL"
    written = endpoints.get(manifest.name) or environment.get(variable) or None
    if written is None:
        return Endpoint(manifest.interface.host, is_overridden=False, is_sandbox=False)
    return Endpoint(_checked(written), is_overridden=True, is_sandbox=_is_on_this_machine(written))


def check_endpoints(manifest: Manifest, endpoints: Mapping[str, str], known: Sequence[str], findings: Findings) -> None:
    """One meant for a sandbox and given to a misspelt provider would leave the run at the real gateway."""
    for name in endpoints:
        if name not in known:
            hint = did_you_mean(name, known, f"this is about `{manifest.name}`")
            findings.error("bad-endpoint", f"`{name}` has an `--endpoint` and is not a provider", hint=hint)
            return
    if endpoints and manifest.name not in endpoints and manifest.interface is not None:
        listed = ", ".join(f"`{name}`" for name in endpoints)
        message = f"`--endpoint` says where {listed} is reached, and this is about `{manifest.name}`"
        hint = f"write `--endpoint {manifest.name}=URL`, or choose another with `--provider`"
        findings.error("bad-endpoint", message, hint=hint)


def _checked(url: str) -> str:
    if not _is_fit_for_a_key(url):
        raise Invalid(
            Diagnostic(
                "bad-endpoint",
                Severity.ERROR,
                f"`{_without_key(url)}` is no endpoint a key could be sent to",
                hint="write `https://host`, or `http://127.0.0.1:PORT` for a sandbox on this machine",
            )
        )
    return url.rstrip("/")


def _is_fit_for_a_key(url: str) -> bool:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        # Half an IPv6 address, or a port that is none.
        return False
    is_plain = port != 0 and parts.hostname and not parts.query and not parts.fragment and parts.username is None
    return bool(is_plain) and (parts.scheme == "https" or (parts.scheme == "http" and _is_on_this_machine(url)))


def _is_on_this_machine(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _without_key(url: str) -> str:
    """Somebody may have written a password into it."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url.partition("://")[0] + "://"
    return f"{parts.scheme}://{parts.hostname or ''}"
