"""The tree of nodes from YAML events, by hand: libyaml's own composer knows neither YAML 1.2 nor a key written twice.

Bounded in depth and in what aliases stand for; keeps every position. What the tree means is not known here.
"""

import re
from collections.abc import Callable
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass, field
from typing import Any, Final

import yaml

from runner.core.diagnostic import Findings
from runner.core.node import Entry, Mapping, Node, Scalar, Sequence
from runner.core.place import Place, Source
from runner.reading.aliases import Aliases
from runner.reading.scalars import UnfitNumberError, read_plain

DEEPEST: Final = 64
_CORE: Final = "tag:yaml.org,2002:"
# The kinds a core tag may ask for, by the Python types that are of that kind.
_CORE_KINDS: Final[dict[str, tuple[type, ...]]] = {
    "bool": (bool,),
    "float": (int, float),
    "int": (int,),
    "null": (type(None),),
    "str": (str,),
}
_MERGE_HINT: Final = "YAML 1.2 has no merge keys; write the fields out, or use `defaults` or a profile"


@dataclass(slots=True)
class _Frame:
    """A list or mapping that is still open."""

    place: Place
    anchor: str | None
    # None in a mapping.
    items: list[Node] | None
    entries: dict[str, Entry]
    # The key whose value comes next.
    key: Node | None = None


@dataclass(slots=True)
class TreeBuilder:
    source: Source
    findings: Findings
    # From the characters that stood in for old line ends back to them.
    restored: MappingOf[int, int]
    given_up: bool = False
    _stack: list[_Frame] = field(default_factory=list)
    _root: Node | None = None
    _documents: int = 0
    _aliases: Aliases = field(init=False)
    _takers: dict[type, Callable[[Any], None]] = field(init=False)

    def __post_init__(self) -> None:
        self._aliases = Aliases(len(self.source.text))
        self._takers = {
            yaml.ScalarEvent: self._take_scalar,
            yaml.MappingStartEvent: self._open_mapping,
            yaml.SequenceStartEvent: self._open_sequence,
            yaml.MappingEndEvent: self._close_mapping,
            yaml.SequenceEndEvent: self._close_sequence,
            yaml.AliasEvent: self._take_alias,
            yaml.DocumentStartEvent: self._start_document,
        }

    def take(self, event: Any) -> None:
        taker = self._takers.get(type(event))
        if taker is not None:
            taker(event)

    def result(self) -> Node | None:
        root = self._root
        if root is None or (isinstance(root, Scalar) and root.value is None):
            self.findings.error(
                "empty-file",
                f"`{self.source.name}` holds nothing but blanks and comments",
                Place(self.source, 1, 1),
                "a storyboard begins with `storyboard: 1`, a `title` and its `shots`; an included scene with its `id`",
            )
            return None
        return root

    def _start_document(self, event: Any) -> None:
        self._documents += 1
        if self._documents == 2:
            self._give_up(
                "multiple-documents",
                "a second YAML document begins here, and a file holds one",
                self._place(event),
                "remove the line `---`, or put what follows into a file of its own",
            )

    def _take_scalar(self, event: Any) -> None:
        place = self._place(event)
        text: str = event.value
        if self.restored:
            text = text.translate(self.restored)
        value: bool | int | float | str | None = text
        if event.tag is not None:
            value = self._tagged(event, text, place)
        elif event.implicit[0]:
            value = self._plain(text, place)
        node = Scalar(value, place, text)
        if event.anchor is not None:
            self._aliases.keep(event.anchor, node)
        self._attach(node)

    def _plain(self, text: str, place: Place) -> bool | int | float | str | None:
        try:
            return read_plain(text)
        except UnfitNumberError as unfit:
            shown = text if len(text) <= 40 else f"{text[:40]}…"
            hint = "write a smaller number, or put it in quotes if text is meant"
            self.findings.error("bad-value", f"`{shown}` {unfit}", place, hint)
            return text

    def _tagged(self, event: Any, text: str, place: Place) -> bool | int | float | str | None:
        if event.tag in {"!", f"{_CORE}str"}:
            return text
        value = self._plain(text, place)
        kinds = _CORE_KINDS.get(event.tag.removeprefix(_CORE)) if event.tag.startswith(_CORE) else None
        if kinds is None:
            self._refuse_tag(event)
        elif type(value) not in kinds:
            self.findings.error(
                "bad-value", f"`{text}` is not what its tag `{_short_tag(event.tag)}` says", place, "remove the tag"
            )
        return value

    def _refuse_tag(self, event: Any) -> None:
        self.findings.error(
            "yaml-tag",
            f"`{_short_tag(event.tag)}` is a tag nobody knows here, expected text, a number, a list or a mapping",
            self._place(event),
            "remove the tag, or put the value in quotes if it is meant as text",
        )

    def _open_mapping(self, event: Any) -> None:
        self._open(event, _Frame(self._place(event), event.anchor, None, {}), "map")

    def _open_sequence(self, event: Any) -> None:
        self._open(event, _Frame(self._place(event), event.anchor, [], {}), "seq")

    def _open(self, event: Any, frame: _Frame, kind: str) -> None:
        if event.tag not in {None, "!", f"{_CORE}{kind}"}:
            self._refuse_tag(event)
        self._stack.append(frame)
        self._check_depth(len(self._stack), frame.place)

    def _check_depth(self, depth: int, place: Place) -> None:
        if depth > DEEPEST:
            self._give_up(
                "too-deep",
                f"values are nested more than {DEEPEST} deep here",
                place,
                "nothing in a storyboard is nested this deeply; look for brackets or dashes too many",
            )

    def _close_sequence(self, _event: Any) -> None:
        frame = self._stack.pop()
        self._close(frame, Sequence(tuple(frame.items or ()), frame.place))

    def _close_mapping(self, _event: Any) -> None:
        frame = self._stack.pop()
        entries = frame.entries
        place = frame.place
        first = next(iter(entries.values()), None)
        if first is not None and (first.key.place.line, first.key.place.column) == (place.line, place.column):
            place = first.key.place
        self._close(frame, Mapping(entries, place))

    def _close(self, frame: _Frame, node: Node) -> None:
        if frame.anchor is not None:
            self._aliases.keep(frame.anchor, node)
        self._attach(node)

    def _take_alias(self, event: Any) -> None:
        place = self._place(event)
        name: str = event.anchor
        if any(frame.anchor == name for frame in self._stack):
            self._give_up("alias-bomb", f"`*{name}` stands inside `&{name}` itself, and would never end", place)
            return
        node = self._aliases.get(name)
        if node is None:
            self._give_up(
                "yaml-syntax",
                f"`*{name}` stands for something named `&{name}`, and nothing before it is",
                place,
                "put the value in quotes if the star is part of the text",
            )
            return
        if not self._aliases.spend(name):
            self._give_up(
                "alias-bomb",
                f"with `*{name}` the aliases of this file stand for more than is allowed",
                place,
                "write out what is meant; `defaults`, `vars` and `profiles` say things once as well",
            )
            return
        self._check_depth(len(self._stack) + self._aliases.height(name), place)
        self._attach(node)

    def _attach(self, node: Node) -> None:
        if not self._stack:
            self._root = node
            return
        frame = self._stack[-1]
        if frame.items is not None:
            frame.items.append(node)
        elif frame.key is None:
            frame.key = node
        else:
            self._enter(frame.entries, frame.key, node)
            frame.key = None

    def _enter(self, entries: dict[str, Entry], key: Node, value: Node) -> None:
        if not isinstance(key, Scalar) or not key.text:
            self._refuse_key(key)
        elif key.text in entries:
            first = entries[key.text].key.place
            self.findings.error(
                "duplicate-key",
                f"`{key.text}` is written twice here, first in line {first.line}",
                key.place,
                "keep one of the two",
                (("first written here", first),),
            )
        elif key.text == "<<" and key.place.length == 2:
            self.findings.error("unknown-field", "`<<` is not a field", key.place, _MERGE_HINT)
        else:
            entries[key.text] = Entry(key if key.value is key.text else Scalar(key.text, key.place, key.text), value)

    def _refuse_key(self, key: Node) -> None:
        line = key.place.source.line(key.place.line)
        if isinstance(key, Mapping) and line[max(key.place.column - 2, 0) :].startswith("{{"):
            self.findings.error(
                "yaml-syntax",
                "a value that begins with `{{` must be quoted",
                Place(key.place.source, key.place.line, max(key.place.column - 1, 1), 2),
                "put the whole value in quotes",
            )
            return
        what = {Mapping: "a mapping", Sequence: "a list", Scalar: "empty"}[type(key)]
        self.findings.error(
            "yaml-key", f"a key is {what}, expected plain text", key.place, "name the field before the colon"
        )

    def _give_up(self, code: str, message: str, place: Place, hint: str | None = None) -> None:
        if not self.given_up:
            self.given_up = True
            self.findings.error(code, message, place, hint)

    def _place(self, event: Any) -> Place:
        start, end = event.start_mark, event.end_mark
        if end.line == start.line:
            length = end.column - start.column
        else:
            line_end = self.source.text.find("\n", start.index)
            length = (line_end if line_end >= 0 else len(self.source.text)) - start.index
        return Place(self.source, start.line + 1, start.column + 1, length if length > 0 else 1)


def _short_tag(tag: str) -> str:
    return f"!!{tag.removeprefix(_CORE)}" if tag.startswith(_CORE) else re.sub(r"\s", "", tag)
