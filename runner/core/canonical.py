"""One spelling for each JSON value (RFC 8785), and digests of it. Equal values have equal digests on every machine."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, NewType, TypeAlias

import rfc8785

Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"
# 64 lower-case hex digits of a SHA-256.
Digest = NewType("Digest", str)


def canonical_bytes(value: Json) -> bytes:
    return rfc8785.dumps(_lists_and_dicts(value))


def digest_bytes(content: bytes) -> Digest:
    return Digest(hashlib.sha256(content).hexdigest())


def digest_value(kind: str, value: Json) -> Digest:
    """The digest of a value of a named kind: equal content of two kinds has two digests."""
    return digest_bytes(canonical_bytes({"kind": kind, "value": value}))


def _lists_and_dicts(value: Json) -> Any:
    """Tuples and frozen mappings as what the encoder knows."""
    match value:
        case str():
            return value
        case Mapping():
            return {name: _lists_and_dicts(item) for name, item in value.items()}
        case Sequence():
            return [_lists_and_dicts(item) for item in value]
        case _:
            return value
