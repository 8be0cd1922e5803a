"""The proxy a request goes through, by the environment or the system's settings. Nothing is sent from here.

The library's own reading of the environment is not used: it comes with a client that keeps cookies and logs URLs.
"""

from ipaddress import ip_address
from urllib.request import getproxies, proxy_bypass

import httpx


def find_proxy(url: httpx.URL) -> str | None:
    """`HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` less `NO_PROXY`; never for this machine itself."""
    if _is_here(url.host):
        return None
    place = url.netloc.decode("ascii")
    if proxy_bypass(place):
        return None
    known = getproxies()
    given = known.get(url.scheme) or known.get("all")
    if not given:
        return None
    return given if "://" in given else f"http://{given}"


def _is_here(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
