"""Providers for the terminal: who offers what, as a table. One of them in full is next door, in `provider_text`.

Where a table is wider than the terminal, the same stands there in sentences.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from runner.planning.offering import Offering, Provider
from runner.showing.tables import break_lines, lay_out, width_of
from runner.showing.wording import Style, make_harmless, say_price

_HEADS: Final = ("modes", "seconds", "sound", "voices", "elements", "last", "masks", "camera", "beats", "price")
_NONE: Final = "-"
# Of what only the table says shortly.
_TABLE_LEGEND: Final = "last: ends on a given frame. A number is how many at most."
_LEGEND: Final = (
    "*: no recorded request proves it yet.",
    "`framechain providers NAME` tells of one in full: keys, what does not go together, prices.",
)


def providers_text(providers: Sequence[Provider], *, width: int, color: bool) -> str:
    style = Style(color)
    blocks = ["\n".join([heading_of(one, style), *matrix_of(one, width, style)]) for one in providers]
    has_table = any(_fitting_table(one.offerings, width) for one in providers)
    legend = (f"{_TABLE_LEGEND} {_LEGEND[0]}", _LEGEND[1]) if has_table else _LEGEND
    return "\n\n".join([*blocks, "\n".join(line for text in legend for line in break_lines(text, width, ""))])


def heading_of(provider: Provider, style: Style) -> str:
    manifest = provider.manifest
    where = "on this machine" if manifest.interface is None else manifest.interface.host
    free = ", free" if manifest.free else ""
    own = ", of this production" if provider.is_own else ""
    return f"{style.bold(manifest.name)}  {make_harmless(manifest.title)}, {make_harmless(where)}{free}{own}"


# --- what it makes ----------------------------------------------------------------------------------------------------


def matrix_of(provider: Provider, width: int, style: Style) -> list[str]:
    table = _fitting_table(provider.offerings, width)
    return [style.dim(table[0]), *table[1:]] if table else list(_sentences(provider.offerings, width))


def _fitting_table(offerings: Sequence[Offering], width: int) -> list[str]:
    """Empty where it is wider than the terminal."""
    tables = (_table(offerings, gap) for gap in (2, 1))
    return next((table for table in tables if width_of(table) <= width), [])


def _table(offerings: Sequence[Offering], gap: int) -> list[str]:
    """A row for each model and kind of generation; one kind in all needs no name."""
    single = _has_one_kind(offerings)
    rows: list[tuple[str, ...]] = [("", *_HEADS)]
    model = ""
    for offering in offerings:
        if offering.model != model and not single:
            rows.append((f"  {offering.model}", *("" for _ in _HEADS)))
        model = offering.model
        label = f"  {model}" if single else f"    {make_harmless(offering.title)}"
        rows.append((label + _mark(offering), *_cells(offering)))
    return lay_out(rows, gap)


def _mark(offering: Offering) -> str:
    return "" if offering.is_proven else " *"


def _cells(offering: Offering) -> tuple[str, ...]:
    return (
        " ".join(offering.limits.modes) or "one",
        _lengths(offering),
        _sound(offering),
        _most(offering, "voices"),
        _most(offering, "elements"),
        _yes(offering, "last_frame"),
        _most(offering, "masks"),
        _yes(offering, "camera"),
        _most(offering, "beats"),
        _price(offering),
    )


def _sentences(offerings: Sequence[Offering], width: int) -> Iterator[str]:
    single, model = _has_one_kind(offerings), ""
    for offering in offerings:
        if offering.model != model and not single:
            yield f"  {offering.model}"
        model = offering.model
        label = f"  {model}" if single else f"    {make_harmless(offering.title)}"
        said = "; ".join(_say_offering(offering))
        yield from break_lines(said, width, f"{label}{_mark(offering)}: ", " " * (4 if single else 6))


def _has_one_kind(offerings: Sequence[Offering]) -> bool:
    return len({offering.title for offering in offerings}) < 2


def _say_offering(offering: Offering) -> Iterator[str]:
    if offering.limits.modes:
        yield ", ".join(offering.limits.modes)
    yield f"{_lengths(offering)} s"
    sound = _sound(offering)
    yield {"yes": "sound", "always": "always with sound", _NONE: "silent"}[sound]
    for name in ("voices", "elements", "masks", "beats"):
        if name in offering.carries:
            most = offering.most_of(name)
            yield name if most is None else f"up to {most} {name}"
    if "last_frame" in offering.carries:
        yield "a last frame"
    if "camera" in offering.carries:
        yield "camera"
    yield f"price {_price(offering)}"


def _lengths(offering: Offering) -> str:
    allowed = offering.limits.durations
    if len(allowed) > 2 and allowed == tuple(range(allowed[0], allowed[-1] + 1)):
        return f"{allowed[0]}-{allowed[-1]}"
    return ", ".join(str(seconds) for seconds in allowed)


def _sound(offering: Offering) -> str:
    if not offering.limits.has_sound:
        return _NONE
    return "yes" if offering.sound_is_chosen else "always"


def _most(offering: Offering, name: str) -> str:
    if name not in offering.carries:
        return _NONE
    most = offering.most_of(name)
    return "yes" if most is None else str(most)


def _yes(offering: Offering, name: str) -> str:
    return "yes" if name in offering.carries else _NONE


def _price(offering: Offering) -> str:
    if not offering.prices:
        return "unknown"
    told = [say_price(price) for price in offering.prices]
    return " or ".join(text if text == "free" else f"{text}/s" for text in told)
