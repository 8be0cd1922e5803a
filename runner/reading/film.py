"""What a storyboard says of the whole film and of money: size, music, captions, budget and the author's own prices."""

import re
from decimal import Decimal, InvalidOperation
from typing import Final, Literal

from runner.core.diagnostic import Findings
from runner.core.node import Mapping, Node
from runner.core.place import Place
from runner.model.money import Money, parse_money
from runner.model.storyboard import Film, Layer, Music, PriceRow, Setting
from runner.reading.inputs import Inputs
from runner.reading.node_values import items_in, mapping_in, text_in, whole_in, yes_or_no_in

_SIZE = re.compile(r"(\d{1,5})x(\d{1,5})")
_PER: Final[dict[str, Literal["second", "clip"]]] = {"s": "second", "clip": "clip"}


def read_film(node: Node | None, inputs: Inputs, findings: Findings) -> Film:
    fields = mapping_in(node)
    if fields is None:
        return Film()
    size = _SIZE.fullmatch(text_in(fields.get("size")) or "")
    return Film(
        width=int(size[1]) if size else None,
        height=int(size[2]) if size else None,
        frames_per_second=whole_in(fields.get("fps")),
        music=_read_music(fields.get("music"), inputs, findings),
        captions=yes_or_no_in(fields.get("captions")) or False,
    )


def read_budget(node: Node | None, findings: Findings) -> Setting[Money] | None:
    text = text_in(node)
    if node is None or text is None:
        return None
    try:
        return Setting(parse_money(text), Layer.DEFAULTS, node.place)
    except ValueError:
        _tell_bad_value(
            findings, node.place, f"`budget` is `{text[:40]}`, expected an amount and a currency", "`20 USD`"
        )
        return None


def read_prices(node: Node | None, findings: Findings) -> dict[str, dict[str, tuple[PriceRow, ...]]]:
    """By provider, then model."""
    return {
        provider: {model: _read_rows(rows, findings) for model, rows in _mapping_items(models)}
        for provider, models in _mapping_items(node)
    }


def _mapping_items(node: Node | None) -> list[tuple[str, Node]]:
    fields = mapping_in(node)
    return [] if fields is None else list(fields.items())


def _read_rows(node: Node, findings: Findings) -> tuple[PriceRow, ...]:
    rows = (_read_row(fields, findings) for item in items_in(node) if (fields := mapping_in(item)) is not None)
    return tuple(row for row in rows if row is not None)


def _read_row(fields: Mapping, findings: Findings) -> PriceRow | None:
    node, text = fields.get("price"), text_in(fields.get("price"))
    if node is None or text is None:
        return None
    money, _, per = text.partition("/")
    try:
        amount = parse_money(money)
        unit = _PER[per.strip()]
    except (ValueError, KeyError):
        _tell_bad_value(
            findings, node.place, f"`price` is `{text[:40]}`, expected a price per second or clip", "`0.12 USD/s`"
        )
        return None
    return PriceRow(
        amount=amount.amount,
        currency=amount.currency,
        per=unit,
        mode=text_in(fields.get("mode")),
        sound=yes_or_no_in(fields.get("sound")),
        duration=whole_in(fields.get("duration")),
        voices=yes_or_no_in(fields.get("voices")),
    )


def _read_music(node: Node | None, inputs: Inputs, findings: Findings) -> Music | None:
    fields = mapping_in(node)
    sound = inputs.sound(node if fields is None else fields.get("file"))
    if sound is None:
        return None
    gain = None if fields is None else fields.get("gain")
    return Music(sound, Decimal(0) if gain is None else _read_gain(gain, findings))


def _read_gain(node: Node, findings: Findings) -> Decimal:
    text = text_in(node) or ""
    try:
        gain = Decimal(text.removesuffix("dB").strip())
    except InvalidOperation:
        gain = Decimal("NaN")
    if not gain.is_finite():
        _tell_bad_value(findings, node.place, f"`gain` is `{text[:40]}`, expected decibels", "`-18 dB`")
        return Decimal(0)
    return gain


def _tell_bad_value(findings: Findings, place: Place, message: str, example: str) -> None:
    """Where the schema has not told the same already: money that cannot be read must never pass in silence."""
    if not any(found.place == place for found in findings.diagnostics):
        findings.error("bad-value", message, place, f"write it like {example}")
