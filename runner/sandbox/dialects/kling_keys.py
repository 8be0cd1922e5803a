"""Kling's two kinds of keys: a static one, and tokens (JWT, HS256) signed with the secret that goes with an access key.

Any static key is good but `invalid`, so that nobody needs a real one. Tokens are proven to the letter.
"""

import base64
import binascii
import hmac
import json
from collections.abc import Mapping
from typing import Final

from runner.sandbox.dialect import Reply
from runner.sandbox.dialects.kling_answers import error
from runner.sandbox.dialects.tokens import REFUSED_KEY

_FAILED, _EMPTY, _INVALID, _TOO_EARLY, _EXPIRED = 1000, 1001, 1002, 1003, 1004
_PARTS: Final = 3


def refuse_key(authorization: str, keys: Mapping[str, str], now: float) -> Reply | None:
    """None when it is good. `keys`: the secrets by access key."""
    if not authorization.strip():
        return _refuse(_EMPTY, "Authorization is empty")
    scheme, _, key = authorization.partition(" ")
    key = key.strip()
    if scheme.lower() != "bearer" or not key:
        return _refuse(_INVALID, "Authorization must be `Bearer` and a key or a token")
    if key == REFUSED_KEY:
        return _refuse(_INVALID, "The token was expected to have 3 parts, but got 0")
    if key in keys or key in keys.values():
        return _refuse(_INVALID, "An access key or a secret key is no token")
    return _refuse_token(key, keys, now) if is_token(key) else None


def is_token(key: str) -> bool:
    return key.count(".") == _PARTS - 1


def issuer_of(token: str) -> str | None:
    """The access key a token names, proven or not."""
    claims = _decode(token.split(".")[1]) if is_token(token) else None
    issuer = None if claims is None else claims.get("iss")
    return issuer if isinstance(issuer, str) else None


def _refuse_token(token: str, keys: Mapping[str, str], now: float) -> Reply | None:
    head, claims, signature = token.split(".")
    heading, claimed = _decode(head), _decode(claims)
    if heading is None or claimed is None or heading.get("alg") != "HS256":
        return _refuse(_INVALID, "The token cannot be read")
    secret = keys.get(str(claimed.get("iss")))
    if secret is None:
        return _refuse(_INVALID, "The access key is unknown")
    proof = hmac.new(secret.encode(), f"{head}.{claims}".encode(), "sha256").digest()
    if not hmac.compare_digest(base64.urlsafe_b64encode(proof).rstrip(b"="), signature.encode()):
        return _refuse(_FAILED, "The signature of the token is wrong")
    expires, begins = claimed.get("exp"), claimed.get("nbf", 0)
    if not isinstance(expires, int | float) or not isinstance(begins, int | float):
        return _refuse(_INVALID, "The token has no time to expire at")
    if now < begins:
        return _refuse(_TOO_EARLY, "The token is not valid yet")
    if now >= expires:
        return _refuse(_EXPIRED, "The token has expired")
    return None


def _decode(part: str) -> dict[str, object] | None:
    try:
        read = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (binascii.Error, ValueError, RecursionError):
        return None
    return read if isinstance(read, dict) else None


def _refuse(code: int, message: str) -> Reply:
    return error(401, code, message)
