"""How a request shows whose it is: the closed list of ways, each a value that signs and never shows its key.

Which way a gateway wants is in its manifest, where the keys come from in `secrets`.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias
from urllib.parse import quote, urlsplit, urlunsplit

from runner.adapters.secrets import Secret

# Headers and URL, signed.
Signed: TypeAlias = tuple[dict[str, str], str]

_TOKEN_SECONDS: Final = 1800
_RENEWED_SECONDS: Final = 300
# Their clock may be behind ours by so much.
_EARLIER_SECONDS: Final = 5


@dataclass(frozen=True, slots=True)
class Bearer:
    """`Authorization: Bearer <key>`."""

    key: Secret

    def sign(self, headers: Mapping[str, str], url: str, now: float) -> Signed:
        del now
        return _with_header(headers, "Authorization", f"Bearer {self.key.reveal()}"), url


@dataclass(frozen=True, slots=True)
class HeaderKey:
    """`<name>: <prefix> <key>`, or the key alone where there is no prefix."""

    name: str
    prefix: str
    key: Secret

    def sign(self, headers: Mapping[str, str], url: str, now: float) -> Signed:
        del now
        return _with_header(headers, self.name, f"{self.prefix} {self.key.reveal()}".strip()), url


@dataclass(frozen=True, slots=True)
class QueryKey:
    """`?<name>=<key>`, in place of another of that name."""

    name: str
    key: Secret

    def sign(self, headers: Mapping[str, str], url: str, now: float) -> Signed:
        del now
        parts = urlsplit(url)
        name = quote(self.name, safe="")
        kept = [field for field in parts.query.split("&") if field and field.partition("=")[0] != name]
        query = "&".join([*kept, f"{name}={quote(self.key.reveal(), safe='')}"])
        return dict(headers), urlunsplit(parts._replace(query=query))


class SignedToken:
    """`Authorization: Bearer <token>`: a JWT signed by HS256, made from an access and a secret key.

    The same token serves until less than five minutes of it are left, so it is renewed in the midst of polling too.
    """

    __slots__ = ("_access", "_expires", "_secret", "_token")

    def __init__(self, access: Secret, secret: Secret) -> None:
        self._access = access
        self._secret = secret
        self._token = ""
        self._expires = 0

    def __repr__(self) -> str:
        return "SignedToken(access=***, secret=***)"

    @property
    def access(self) -> Secret:
        return self._access

    @property
    def token(self) -> Secret:
        """The one in use; as good as the key for a while."""
        return Secret(self._token)

    def sign(self, headers: Mapping[str, str], url: str, now: float) -> Signed:
        # A clock set back would make a token from the future, which is refused as one that has expired is.
        if not _RENEWED_SECONDS <= self._expires - now <= _TOKEN_SECONDS:
            self._expires = int(now) + _TOKEN_SECONDS
            self._token = _make_token(self._access, self._secret, int(now))
        return _with_header(headers, "Authorization", f"Bearer {self._token}"), url


Credential: TypeAlias = Bearer | HeaderKey | QueryKey | SignedToken


def fingerprint(credential: Credential) -> str:
    """Names the account in journal and lock, and cannot be turned back into its key.

    A plain digest is enough: keys are long and drawn at random, so nobody guesses one, and 48 bits of a digest fit so
    many that none is singled out. A slow digest would only guard keys that are words, which no gateway gives out.
    """
    key = credential.access if isinstance(credential, SignedToken) else credential.key
    return hashlib.sha256(b"framechain account" + key.reveal().encode()).hexdigest()[:12]


def _with_header(headers: Mapping[str, str], name: str, value: str) -> dict[str, str]:
    """In place of any of that name, however it is spelled."""
    kept = {known: text for known, text in headers.items() if known.lower() != name.lower()}
    return {**kept, name: value}


def _make_token(access: Secret, secret: Secret, now: int) -> str:
    header = {"alg": "HS256", "typ": "JWT"}
    claims = {"iss": access.reveal(), "exp": now + _TOKEN_SECONDS, "nbf": now - _EARLIER_SECONDS}
    signed = ".".join(_encode(json.dumps(part, separators=(",", ":")).encode()) for part in (header, claims))
    signature = hmac.digest(secret.reveal().encode(), signed.encode(), "sha256")
    return f"{signed}.{_encode(signature)}"


def _encode(content: bytes) -> str:
    """Base64 for URLs, without its padding."""
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
