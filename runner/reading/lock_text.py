"""A lock as text: sorted, one line a value, so that two branches that made different shots merge without a conflict."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Final

from runner.model.lock import Lock, LockedShot
from runner.model.money import Money
from runner.model.resource import MadeResource
from runner.model.take import Take

HEAD: Final = "# written by framechain; commit it with the storyboard\nlock: 1\n"

# Words that any YAML reads as the text they are, whatever its version.
_PLAIN_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_./-]*")
_NOT_TEXT: Final = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})
# A digest that begins with a digit and cannot be taken for a number.
_PLAIN_DIGEST = re.compile(r"(?=[0-9a-f]*[acdf])[0-9a-f]{16,}")
_PLAIN_PARTS = re.compile(r"[a-z_]+=[0-9a-f]+( [a-z_]+=[0-9a-f]+)*")
# What JSON leaves as it is and YAML does not take: control characters, and line ends of older versions.
_UNPRINTABLE = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]")


def write_lock(lock: Lock) -> str:
    """Equal locks have equal texts, in whatever order their shots and takes came."""
    return HEAD + "".join(_lines(lock))


def _lines(lock: Lock) -> Iterator[str]:
    yield f"production: {_quote(lock.production)}\n"
    written = {shot: blocks for shot in sorted(lock.shots) if (blocks := _written_blocks(lock.shots[shot]))}
    if written:
        yield "shots:\n"
    for shot, blocks in written.items():
        yield f"  {_quote(shot)}:\n"
        for profile in sorted(blocks):
            yield f"    {_quote(profile)}:\n"
            yield from _block_lines(blocks[profile])
    if lock.resources:
        yield "resources:\n"
    for resource in sorted(lock.resources, key=_order):
        yield from _resource_lines(resource)


def _resource_lines(resource: MadeResource) -> Iterator[str]:
    by = " sandbox" if resource.sandbox else ""
    name = f"{resource.gateway} {resource.account or '-'} {resource.kind} {resource.key}{by}"
    yield f"  {_quote(name)}:\n"
    costs = {"charge": _amount(resource.charge), "price": _amount(resource.price)}
    yield from _texts("    ", id=resource.id, job=resource.job, **costs, made=resource.made)


def _order(resource: MadeResource) -> tuple[str, ...]:
    return (resource.gateway, resource.account, resource.kind, resource.key, "sandbox" if resource.sandbox else "")


def _written_blocks(blocks: Mapping[str, LockedShot]) -> dict[str, LockedShot]:
    """Those that say anything."""
    nothing = LockedShot()
    return {profile: block for profile, block in blocks.items() if block != nothing}


def _block_lines(block: LockedShot) -> Iterator[str]:
    yield from _texts("      ", key=block.key, chosen=block.chosen)
    if block.by_hand:
        yield "      by_hand: true\n"
    yield from _texts("      ", pinned=block.pinned)
    if block.accepted is not None:
        yield from _mapping_lines("      ", "accepted", block.accepted)
    if block.takes:
        yield "      takes:\n"
    for take in sorted(block.takes, key=_number):
        yield f"        {_quote(take.name)}:\n"
        yield from _take_lines(take)


def _take_lines(take: Take) -> Iterator[str]:
    digest = None if take.origin == "animatic" else take.digest
    known: str | None = digest or take.key
    yield from _texts("          ", origin=take.origin, key=take.key, makers_part=take.makers_part)
    yield f"          roll: {take.roll}\n"
    yield from _texts(
        "          ",
        identity=None if take.identity == known else take.identity,
        digest=digest,
        gateway=take.gateway,
        model=take.model,
        job=take.job,
        charge=_amount(take.charge),
        price=_amount(take.price),
        made=take.made,
    )
    if take.sources:
        yield from _mapping_lines("          ", "sources", take.sources)
    if take.parts:
        parts = " ".join(f"{name}={take.parts[name]}" for name in sorted(take.parts))
        yield f"          parts: {parts if _PLAIN_PARTS.fullmatch(parts) else _quote(parts)}\n"
    if take.sandbox:
        yield "          sandbox: true\n"


def _amount(money: Money | None) -> str | None:
    return None if money is None else str(money)


def _texts(margin: str, **values: str | None) -> Iterator[str]:
    return (f"{margin}{name}: {_quote(value)}\n" for name, value in values.items() if value is not None)


def _mapping_lines(margin: str, name: str, values: Mapping[str, str]) -> Iterator[str]:
    if not values:
        yield f"{margin}{name}: {{}}\n"
        return
    yield f"{margin}{name}:\n"
    yield from (f"{margin}  {_quote(field)}: {_quote(values[field])}\n" for field in sorted(values))


def _number(take: Take) -> tuple[int, str]:
    """`v1000` comes after `v999`."""
    return (len(take.name), take.name)


def _quote(text: str) -> str:
    if _PLAIN_WORD.fullmatch(text) and text.lower() not in _NOT_TEXT:
        return text
    if _PLAIN_DIGEST.fullmatch(text):
        return text
    quoted = json.dumps(text, ensure_ascii=False)
    return _UNPRINTABLE.sub(lambda found: f"\\u{ord(found.group()):04x}", quoted)
