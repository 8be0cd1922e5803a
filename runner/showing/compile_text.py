"""One shot's request for the terminal: the call, the line each value came from, what is not said in it, and the calls
that make its voices and elements.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Final

from runner.core.canonical import Json
from runner.core.place import Place
from runner.planning.compiling import WireCall
from runner.planning.origins import ADDRESS, MANIFEST, MadeFirst, Origin, Outline, Unsent
from runner.showing.tables import lay_out
from runner.showing.wording import Style, make_harmless, say_price

_CLOSING: Final = "nothing was sent, and no key was read"


# A voice or an element, with its address and headers.
_AddressedFirst = tuple[MadeFirst, str, Mapping[str, str]]


def compile_text(
    outline: Outline,
    url: str,
    headers: Mapping[str, str],
    made_first: Iterable[_AddressedFirst] = (),
    *,
    color: bool,
) -> str:
    style = Style(color)
    proof = "" if outline.is_proven else " (unproven: no recorded request shows it)"
    task = f"{make_harmless(outline.task)} at {make_harmless(outline.title)}"
    blocks = [
        style.bold(f"{outline.shot} on {outline.provider}: {task}{proof}"),
        *_call(outline.call, url, headers),
    ]
    blocks.append(_section("where each value came from", (_origin(one) for one in outline.origins), style))
    if outline.left_out:
        blocks.append(_section("left out", (_unsent(one) for one in outline.left_out), style))
    if outline.satisfied:
        blocks.append(_section("needs no field", (_unsent(one) for one in outline.satisfied), style))
    blocks += [block for one in made_first for block in _made_first(one, style)]
    return "\n\n".join([*blocks, _CLOSING])


def _call(call: WireCall, url: str, headers: Mapping[str, str]) -> list[str]:
    head = "\n".join([f"{call.method} {make_harmless(url)}", *(f"{name}: {text}" for name, text in headers.items())])
    return [head] if call.body is None else [head, body_text(call.body)]


def _made_first(addressed: _AddressedFirst, style: Style) -> list[str]:
    first, url, headers = addressed
    heading = f"{first.kind} {make_harmless(first.name)}, made first where the account does not have it yet"
    told = f"{style.bold(heading)} ({say_price(first.price)}; {_place(first.place)}):"
    return [told, *_call(first.call, url, headers)]


def nothing_is_sent_text(shot: str, provider: str, others: Iterable[str]) -> str:
    listed = ", ".join(f"`{other}`" for other in others)
    return (
        f"{shot} on {provider}: it is made on this machine, so there is no request and no body\n"
        f"`--provider` names a gateway that is sent one: {listed}"
    )


def body_text(body: Json) -> str:
    return make_lines_harmless(json.dumps(body, indent=2, ensure_ascii=False))


def make_lines_harmless(text: str) -> str:
    return "\n".join(make_harmless(line) for line in text.split("\n"))


def _section(name: str, rows: Iterable[tuple[str, ...]], style: Style) -> str:
    return "\n".join([f"{style.bold(name)}:", *lay_out([(f"  {first}", *rest) for first, *rest in rows])])


def _origin(origin: Origin) -> tuple[str, ...]:
    pointer = "address" if origin.pointer == ADDRESS else make_harmless(origin.pointer)
    if origin.layer == MANIFEST and not origin.field:
        return pointer, "always so", origin.layer, ""
    return pointer, make_harmless(origin.field), origin.layer, _place(origin.place)


def _unsent(unsent: Unsent) -> tuple[str, ...]:
    field = f"{unsent.field} {make_harmless(_say_value(unsent))}"
    place = _place(unsent.place)
    return field, f"{unsent.layer}, {place}" if place else unsent.layer, make_harmless(unsent.why)


def _say_value(unsent: Unsent) -> str:
    """As authors write it."""
    if unsent.field == "sound":
        return "on" if unsent.value else "off"
    return unsent.value if isinstance(unsent.value, str) else json.dumps(unsent.value, ensure_ascii=False)


def _place(place: Place | None) -> str:
    return "" if place is None else make_harmless(f"{place.source.name}:{place.line}")
