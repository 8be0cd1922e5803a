"""A provider's manifest: from YAML, held against its schema, to the limits planning works with.

What a gateway's requests and answers look like is read next door, in `interface`; here is what is true of any provider.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from runner.core.diagnostic import Findings
from runner.core.node import Entry, Mapping, Node
from runner.core.place import Place, Source
from runner.model.manifest import Guard, Manifest, ModelLimits, PictureLimits, Proof
from runner.reading.document import read_document
from runner.reading.film import read_prices
from runner.reading.interface import read_interface
from runner.reading.node_values import items_in, mapping_in, number_in, text_in, whole_in, yes_or_no_in
from runner.reading.schema import Schema

VERSION: Final = 1
_NEVER_TAKEN_OVER: Final = frozenset({"name", "title", "library"})


def read_manifest(
    source: Source, schema: Schema, findings: Findings, others: Callable[[str], Source | None] = lambda _: None
) -> Manifest | None:
    """None when anything is wrong with it, which has then been told: half a manifest would guess about money.

    `others` gives the manifests that one may be `like`.
    """
    found = Findings()
    node = _lay_over(read_document(source, found), others, found)
    if node is not None and not _is_newer(node, found):
        schema.check(node, found)
    manifest = None
    if isinstance(node, Mapping) and not found.has_errors:
        _check_meaning(node, found)
        manifest = _manifest(node, found)
    findings.diagnostics.extend(found.diagnostics)
    return None if found.has_errors else manifest


def _lay_over(node: Node | None, others: Callable[[str], Source | None], findings: Findings) -> Node | None:
    """What is written over what it is like; whose names and whose library it is, it says itself."""
    like = node.get("like") if isinstance(node, Mapping) else None
    name = text_in(like)
    if not isinstance(node, Mapping) or like is None or name is None:
        return node
    source = others(name)
    base = None if source is None else _lay_over(read_document(source, findings), others, findings)
    if not isinstance(base, Mapping):
        findings.error("unknown-provider", f"`{name}` is not a built-in manifest", like.place, "name one, or write all")
        return node
    own: dict[str, Entry] = {key: entry for key, entry in node.entries.items() if key != "like"}
    taken = {key: entry for key, entry in base.entries.items() if key not in _NEVER_TAKEN_OVER}
    return Mapping({**taken, **own}, node.place)


def _is_newer(node: Node, findings: Findings) -> bool:
    version = node.get("manifest") if isinstance(node, Mapping) else None
    number = whole_in(version)
    if version is None or number is None or number <= VERSION:
        return False
    message = f"the manifest is of version {number}, and this framechain reads version {VERSION}"
    findings.error("bad-value", message, version.place, "update framechain, or use the manifest it came with")
    return True


def _check_meaning(fields: Mapping, findings: Findings) -> None:
    """What a JSON Schema cannot say."""
    for name, model in _members(fields.get("models")):
        durations = mapping_in(_fields(model).get("durations"))
        if durations is not None and _whole(durations, "from") > _whole(durations, "to"):
            message = f"`durations` of `{name}` runs from {_whole(durations, 'from')} to {_whole(durations, 'to')}"
            findings.error("bad-value", message, durations.place, "write the shortest as `from`, the longest as `to`")
    prices = mapping_in(fields.get("prices"))
    known = [name for name, _ in _members(fields.get("models"))]
    for name, rows in _members(prices and prices.get("models")):
        if name not in known:
            hint = "describe it under `models`, or remove its prices"
            findings.error("unknown-model", f"`{name}` has a price and is no model of this manifest", rows.place, hint)


def _manifest(fields: Mapping, findings: Findings) -> Manifest:
    limits = _fields(fields.get("limits"))
    prices = read_prices(fields.get("prices"), Findings())
    models = {name: _model_limits(_fields(model), _UNLIMITED) for name, model in _members(fields.get("models"))}
    return Manifest(
        name=_text(fields, "name"),
        title=_text(fields, "title"),
        medium="animatic" if _text(fields, "medium") == "animatic" else "generated",
        guard=_guard(_fields(fields.get("guard"))),
        concurrent=whole_in(limits.get("concurrent")),
        pictures=_picture_limits(_fields(limits.get("pictures"))),
        models=models,
        prices=prices.get("models", {}),
        seconds_per_second=number_in(_fields(fields.get("speed")).get("seconds_per_second")),
        free=yes_or_no_in(fields.get("free")) or False,
        interface=read_interface(fields, findings),
        shared_library=text_in(fields.get("library")),
        offers={
            name: _offers(_fields(model), models[name])
            for name, model in _members(fields.get("models"))
            if _fields(model).get("tasks") is not None
        },
        prices_date=text_in(_fields(fields.get("prices")).get("date")),
        notes=_texts(fields.get("notes")),
        concurrent_by_model={
            name: most
            for name, model in _members(fields.get("models"))
            if (most := whole_in(_fields(model).get("concurrent"))) is not None
        },
        submits_a_minute=whole_in(limits.get("submits_a_minute")),
    )


def _offers(model: Mapping, limits: ModelLimits) -> dict[str, ModelLimits]:
    """The model's own limits, with what is otherwise at a task laid over them."""
    return {task: _model_limits(_fields(offer), limits) for task, offer in _members(model.get("tasks"))}


def _guard(fields: Mapping) -> Guard:
    return Guard(*(Proof(_text(fields, name)) for name in ("named", "found", "refused")))


def _picture_limits(fields: Mapping) -> PictureLimits:
    return PictureLimits(
        formats=_texts(fields.get("formats")),
        shortest_side=_whole(fields, "shortest_side"),
        widest_ratio=number_in(fields.get("widest_ratio")) or 0.0,
        bytes=_whole(fields, "bytes"),
    )


def _model_limits(fields: Mapping, otherwise: ModelLimits) -> ModelLimits:
    counts = {name: whole_in(fields.get(name)) for name in _COUNTS if name in fields.entries}
    sound = yes_or_no_in(fields.get("sound"))
    return replace(
        otherwise,
        durations=_durations(fields.get("durations")) or otherwise.durations,
        modes=_texts(fields.get("modes")) if "modes" in fields.entries else otherwise.modes,
        has_sound=otherwise.has_sound if sound is None else sound,
        **counts,
    )


def _durations(node: Node | None) -> tuple[int, ...]:
    span = mapping_in(node)
    if span is not None:
        return tuple(range(_whole(span, "from"), _whole(span, "to") + 1))
    return tuple(sorted(seconds for item in items_in(node) if (seconds := whole_in(item)) is not None))


def _fields(node: Node | None) -> Mapping:
    """For what the schema has made sure is a mapping, or is not there."""
    return node if isinstance(node, Mapping) else _NOTHING


def _members(node: Node | None) -> list[tuple[str, Node]]:
    return list(_fields(node).items())


def _text(fields: Mapping, name: str) -> str:
    return text_in(fields.get(name)) or ""


def _texts(node: Node | None) -> tuple[str, ...]:
    return tuple(text for item in items_in(node) if (text := text_in(item)) is not None)


def _whole(fields: Mapping, name: str) -> int:
    return whole_in(fields.get(name)) or 0


_COUNTS: Final = (
    "prompt_characters",
    "elements",
    "voices",
    "beats",
    "beat_characters",
    "references",
    "masks",
)
_UNLIMITED: Final = ModelLimits((), (), None, None, None, None, has_sound=False)
_NOTHING: Final = Mapping({}, Place(Source("", ""), 1, 1))
