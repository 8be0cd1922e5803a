"""Where a gateway is reached: at its own host, or where the command line or the environment says.

A double on this machine is told from a real gateway by its address: what it makes is marked, and counts only while the
address stays overridden.
"""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from runner.core.diagnostic import Diagnostic, Severity
from runner.core.errors import Invalid
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


def _checked(url: str) -> str:
    parts = urlsplit(url)
    is_plain = parts.scheme in {"http", "https"} and parts.hostname and not parts.query and not parts.fragment
    if not is_plain or parts.username is not None or (parts.scheme == "http" and not _is_on_this_machine(url)):
        raise Invalid(
            Diagnostic(
                "bad-endpoint",
                Severity.ERROR,
                f"`{_without_key(url)}` is no endpoint a key could be sent to",
                hint="write `https://host`, or `http://127.0.0.1:PORT` for a sandbox on this machine",
            )
        )
    return url.rstrip("/")


def _is_on_this_machine(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _without_key(url: str) -> str:
    """Somebody may have written a password into it."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname or ''}"
