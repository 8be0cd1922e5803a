"""Elements and voices as the storyboard defines them, with their pictures and samples looked at."""

from collections.abc import Iterator

from runner.core.node import Mapping, Node
from runner.core.place import Place
from runner.model.storyboard import Element, Voice
from runner.reading.inputs import Inputs
from runner.reading.node_values import items_in, mapping_in, text_in, texts_in
from runner.reading.prompts import tidy_text


def read_elements(node: Node | None, inputs: Inputs) -> dict[str, Element]:
    return {name: _read_element(name, fields, place, inputs) for name, fields, place in _members(node)}


def read_voices(node: Node | None, inputs: Inputs) -> dict[str, Voice]:
    return {
        name: Voice(
            name=name,
            description=tidy_text(text_in(fields.get("description")) or ""),
            sample=inputs.sample(fields.get("sample")),
            ids=texts_in(fields.get("ids")),
            place=place,
            description_place=_place_of(fields.get("description")),
        )
        for name, fields, place in _members(node)
    }


def _read_element(name: str, fields: Mapping, place: Place, inputs: Inputs) -> Element:
    references = (inputs.picture(item) for item in items_in(fields.get("references")))
    return Element(
        name=name,
        description=tidy_text(text_in(fields.get("description")) or ""),
        frontal=inputs.picture(fields.get("frontal")),
        references=tuple(picture for picture in references if picture is not None),
        ids=texts_in(fields.get("ids")),
        place=place,
        description_place=_place_of(fields.get("description")),
    )


def _place_of(node: Node | None) -> Place | None:
    return None if node is None else node.place


def _members(node: Node | None) -> Iterator[tuple[str, Mapping, Place]]:
    members = mapping_in(node)
    if members is not None:
        for name, value in members.items():
            fields = mapping_in(value)
            if fields is not None:
                yield name, fields, members.key_place(name)
