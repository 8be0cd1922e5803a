"""`storyboard.lock` from text; its way to text is next door in `lock_text`, and shown here as well.

A lock is read strictly: what is doubtful in it could cost a take, and it can be had again from git. Names and digests
become parts of paths, and a lock may come from anybody: they are what we would have written, or it is damaged.
"""

import re
from collections.abc import Callable
from typing import Final, TypeVar

from runner.core.canonical import Digest
from runner.core.diagnostic import Findings, Severity
from runner.core.node import Mapping, Node, Scalar
from runner.core.place import Place, Source
from runner.model.lock import Lock, LockedShot
from runner.model.money import Money, parse_money
from runner.model.request import Identity, Key
from runner.model.resource import MadeResource
from runner.model.take import Take
from runner.reading.document import read_document
from runner.reading.garbage import collection_paused
from runner.reading.lock_text import write_lock

__all__ = ["ORIGINS", "VERSION", "read_lock", "write_lock"]

VERSION: Final = 1
ORIGINS: Final = ("adopted", "animatic", "generated")

_Value = TypeVar("_Value")
_RESTORE: Final = "bring back the version that was committed: `git checkout -- {}`"
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
# Of takes and of productions, as the storyboard's schema has it.
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
# Without an exponent, which could stand for more digits than fit into memory.
_AMOUNT: Final = re.compile(r"[0-9]{1,30}(\.[0-9]{1,60})? [A-Z]{3}")
_SETTLE: Final = "keep both sides where they are about different shots, else one of them, and remove the marks"


class _Damage(Exception):
    def __init__(self, message: str, place: Place) -> None:
        super().__init__(message)
        self.message = message
        self.place = place


def read_lock(source: Source, findings: Findings) -> Lock | None:
    """None when it cannot be relied on, which has then been told."""
    with collection_paused():
        return _read(source, findings)


def _read(source: Source, findings: Findings) -> Lock | None:
    restore = _RESTORE.format(source.name)
    found = Findings()
    node = read_document(source, found)
    if node is None or found.has_errors:
        for fault in found.diagnostics:
            if fault.severity is Severity.ERROR:
                hint = _SETTLE if fault.code == "merge-conflict" else restore
                findings.error(
                    "lock-unreadable", f"the lock is damaged: {fault.message}", fault.place, hint, fault.related
                )
        return None
    try:
        fields = _mapping(node, "the lock")
        return None if _is_newer(fields, findings) else _lock(fields)
    except _Damage as damage:
        findings.error("lock-unreadable", f"the lock is damaged: {damage.message}", damage.place, restore)
        return None


def _is_newer(fields: Mapping, findings: Findings) -> bool:
    node = _needed(fields, "lock")
    version = _whole(node, "lock")
    if version <= VERSION:
        return False
    message = f"the lock is of version {version}, and this framechain reads version {VERSION}"
    findings.error("lock-newer", message, node.place, "update framechain to the version your team uses")
    return True


def _lock(fields: Mapping) -> Lock:
    _refuse_others(fields, ("lock", "production", "shots", "resources"))
    blocks = _optional(fields, "shots", _mapping)
    shots = {} if blocks is None else {shot: _profiles(node, shot) for shot, node in blocks.items()}
    made = _optional(fields, "resources", _mapping)
    resources = () if made is None else tuple(_resource(name, node) for name, node in made.items())
    return Lock(_file_name(_needed(fields, "production"), "production"), shots, resources)


_RESOURCE_FIELDS: Final = ("id", "job", "charge", "price", "made")


def _resource(name: str, node: Node) -> MadeResource:
    """Called `gateway account kind key`, so that two branches that made the same one meet in one entry.

    One that a double made is called so too, with `sandbox` behind: it must not stand where a real one is.
    """
    fields = _mapping(node, name)
    _refuse_others(fields, _RESOURCE_FIELDS)
    words = name.split()
    if len(words) < 4 or words[2] not in {"voice", "element"} or words[4:] not in ([], ["sandbox"]):
        raise _Damage(f"`{name}` is not `gateway account kind key`", node.place)
    gateway, account, kind, key = words[:4]
    return MadeResource(
        kind="voice" if kind == "voice" else "element",
        key=Key(_check_digest(key, "key", node.place)),
        gateway=gateway,
        account="" if account == "-" else account,
        id=_text(_needed(fields, "id"), "id"),
        job=_optional(fields, "job", _words),
        made=_words(_needed(fields, "made"), "made"),
        charge=_optional(fields, "charge", _money),
        price=_optional(fields, "price", _money),
        sandbox=len(words) > 4,
    )


def _profiles(node: Node, shot: str) -> dict[str, LockedShot]:
    return {profile: _block(_mapping(block, profile)) for profile, block in _mapping(node, shot).items()}


_BLOCK_FIELDS: Final = ("key", "chosen", "by_hand", "pinned", "accepted", "takes")


def _block(fields: Mapping) -> LockedShot:
    _refuse_others(fields, _BLOCK_FIELDS)
    key, chosen = _optional(fields, "key", _digest), _optional(fields, "chosen", _text)
    by_name = _optional(fields, "takes", _mapping)
    takes = () if by_name is None else tuple(_take(name, _mapping(take, name)) for name, take in by_name.items())
    for take in takes:
        _check_name(take.name, "a take's name", fields.entries["takes"].value.place)
    if chosen is not None and chosen not in {take.name for take in takes}:
        raise _Damage(f"`{chosen}` is chosen, but is no take of this shot", fields.entries["chosen"].value.place)
    return LockedShot(
        key=None if key is None else Key(key),
        chosen=chosen,
        by_hand=_optional(fields, "by_hand", _flag) or False,
        pinned=_optional(fields, "pinned", _words),
        accepted=_optional(fields, "accepted", _identities),
        takes=takes,
    )


_TAKE_FIELDS: Final = (
    *("origin", "key", "makers_part", "roll", "identity", "digest", "gateway", "model", "job"),
    *("charge", "price", "made", "sources", "parts", "sandbox"),
)


def _take(name: str, fields: Mapping) -> Take:
    _refuse_others(fields, _TAKE_FIELDS)
    key, digest = _optional(fields, "key", _digest), _optional(fields, "digest", _digest)
    makers_part = _optional(fields, "makers_part", _digest)
    return Take(
        name=name,
        origin=_origin(fields),
        key=None if key is None else Key(key),
        makers_part=makers_part,
        roll=_whole(_needed(fields, "roll"), "roll"),
        identity=_identity(name, fields, digest or key),
        digest=digest,
        gateway=_optional(fields, "gateway", _words),
        model=_optional(fields, "model", _words),
        job=_optional(fields, "job", _words),
        charge=_optional(fields, "charge", _money),
        price=_optional(fields, "price", _money),
        made=_words(_needed(fields, "made"), "made"),
        sources=_optional(fields, "sources", _identities) or {},
        parts=_optional(fields, "parts", _parts) or {},
        sandbox=_optional(fields, "sandbox", _flag) or False,
    )


def _origin(fields: Mapping) -> str:
    node = _needed(fields, "origin")
    origin = _text(node, "origin")
    if origin not in ORIGINS:
        raise _Damage(f"`origin` is `{origin}`, expected one of {', '.join(ORIGINS)}", node.place)
    return origin


def _identity(name: str, fields: Mapping, otherwise: str | None) -> Identity:
    """Written only where it is neither the digest nor, without one, the key."""
    identity = _optional(fields, "identity", _digest) or otherwise
    if identity is None:
        raise _Damage(f"the take `{name}` has neither `digest` nor `key`", fields.place)
    return Identity(identity)


def _parts(node: Node, name: str) -> dict[str, str]:
    """`mode=0123… prompt=4567…`: one line, since what changes in it changes with the key."""
    parts: dict[str, str] = {}
    for pair in _text(node, name).split():
        field, _, digest = pair.partition("=")
        if not field or not digest:
            raise _Damage(f"`{name}` is not a list of `field=digest`", node.place)
        parts[field] = digest
    return parts


def _identities(node: Node, name: str) -> dict[str, Identity]:
    return {field: Identity(_digest(value, field)) for field, value in _mapping(node, name).items()}


def _money(node: Node, name: str) -> Money:
    text = _text(node, name)
    if _AMOUNT.fullmatch(text) is None:
        raise _Damage(f"`{name}` is `{text[:80]}`, expected an amount like `0.42 USD`", node.place)
    return parse_money(text)


def _digest(node: Node, name: str) -> Digest:
    return _check_digest(_text(node, name), name, node.place)


def _check_digest(text: str, name: str, place: Place) -> Digest:
    if _DIGEST.fullmatch(text) is None:
        raise _Damage(f"`{name}` is `{text[:80]}`, expected a digest of 64 hex digits", place)
    return Digest(text)


def _file_name(node: Node, name: str) -> str:
    return _check_name(_text(node, name), f"`{name}`", node.place)


def _check_name(text: str, what: str, place: Place) -> str:
    if _NAME.fullmatch(text) is None:
        raise _Damage(f"{what} is `{text[:80]}`, expected letters, digits, `_` and `-`", place)
    return text


def _mapping(node: Node, name: str) -> Mapping:
    if isinstance(node, Mapping):
        return node
    raise _Damage(f"`{name}` is not a mapping", node.place)


def _text(node: Node, name: str) -> str:
    if isinstance(node, Scalar) and isinstance(node.value, str) and node.value:
        return node.value
    raise _Damage(f"`{name}` is {_said(node)}, expected text", node.place)


def _words(node: Node, name: str) -> str:
    """Text nothing depends on. May be empty: somebody pinned without saying why."""
    is_empty = isinstance(node, Scalar) and node.value == ""
    return "" if is_empty else _text(node, name)


def _whole(node: Node, name: str) -> int:
    if isinstance(node, Scalar) and type(node.value) is int and node.value >= 1:
        return node.value
    raise _Damage(f"`{name}` is {_said(node)}, expected a whole number from 1", node.place)


def _flag(node: Node, name: str) -> bool:
    if isinstance(node, Scalar) and isinstance(node.value, bool):
        return node.value
    raise _Damage(f"`{name}` is {_said(node)}, expected `true` or `false`", node.place)


def _said(node: Node) -> str:
    return f"`{node.text}`" if isinstance(node, Scalar) and node.text else "not a single value"


def _needed(fields: Mapping, name: str) -> Node:
    node = fields.get(name)
    if node is None:
        raise _Damage(f"`{name}` is missing", fields.place)
    return node


def _optional(fields: Mapping, name: str, read: Callable[[Node, str], _Value]) -> _Value | None:
    node = fields.get(name)
    return None if node is None else read(node, name)


def _refuse_others(fields: Mapping, known: tuple[str, ...]) -> None:
    for name in fields.entries:
        if name not in known:
            raise _Damage(f"`{name}` is no field of a lock", fields.key_place(name))
