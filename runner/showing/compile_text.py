"""One shot's request for the terminal: the call, the line each value came from, and what is not said in it."""

import json
from collections.abc import Iterable, Mapping
from typing import Final

from runner.core.canonical import Json
from runner.core.place import Place
from runner.planning.origins import ADDRESS, MANIFEST, Origin, Outline, Unsent
from runner.showing.tables import lay_out
from runner.showing.wording import Style, make_harmless

_CLOSING: Final = "nothing was sent, and no key was read"


def compile_text(outline: Outline, url: str, headers: Mapping[str, str], *, color: bool) -> str:
    style, call = Style(color), outline.call
    proof = "" if outline.is_proven else " (unproven: no recorded request shows it)"
    task = f"{make_harmless(outline.task)} at {make_harmless(outline.title)}"
    blocks = [
        style.bold(f"{outline.shot} on {outline.provider}: {task}{proof}"),
        "\n".join([f"{call.method} {make_harmless(url)}", *(f"{name}: {text}" for name, text in headers.items())]),
    ]
    if call.body is not None:
        blocks.append(body_text(call.body))
    blocks.append(_section("where each value came from", (_origin(one) for one in outline.origins), style))
    if outline.left_out:
        blocks.append(_section("left out", (_unsent(one) for one in outline.left_out), style))
    if outline.satisfied:
        blocks.append(_section("needs no field", (_unsent(one) for one in outline.satisfied), style))
    return "\n\n".join([*blocks, _CLOSING])


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
