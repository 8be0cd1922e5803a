"""YAML text as a tree of nodes that know their places: YAML 1.2 core, bounded in depth and in what aliases stand for.

The text is made ready and libyaml asked for its events here; `runner.reading.document_tree` builds from them.
"""

from typing import Final

import yaml

from runner.core.diagnostic import Findings
from runner.core.node import Node
from runner.core.place import Source
from runner.reading.conflict_marks import find_conflict_marks
from runner.reading.document_tree import TreeBuilder
from runner.reading.garbage import collection_paused
from runner.reading.syntax_faults import report_syntax_fault

# Line ends of YAML 1.1 only; libyaml would still break lines there.
_OLD_LINE_ENDS: Final = "\x85\u2028\u2029"


def read_document(source: Source, findings: Findings) -> Node | None:
    """The text as nodes. None when nothing can be made of it, which has then been reported."""
    source = _tidied(source)
    if find_conflict_marks(source, findings):
        return None
    stand_ins = _stand_ins(source.text)
    text = source.text.translate(stand_ins) if stand_ins else source.text
    builder = TreeBuilder(source, findings, {stand_in: end for end, stand_in in stand_ins.items()})
    try:
        with collection_paused():
            _feed(builder, text)
    except (yaml.YAMLError, UnicodeEncodeError) as fault:
        report_syntax_fault(source, fault, findings)
        return None
    return None if builder.given_up else builder.result()


def _feed(builder: TreeBuilder, text: str) -> None:
    """Event by event, so that a text which goes too far is read no further; from libyaml, else its twin in Python."""
    parser = (yaml.CLoader if yaml.__with_libyaml__ else yaml.Loader)(text)
    next_event, take = parser.get_event, builder.take
    while (event := next_event()) is not None:
        take(event)
        if builder.given_up:
            return


def _tidied(source: Source) -> Source:
    """The text every place points into: no byte order mark, and one kind of line end."""
    text = source.text.removeprefix("\ufeff")
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return source if text is source.text else Source(source.name, text)


def _stand_ins(text: str) -> dict[int, int]:
    """For each old line end in the text a character that is not in it, of the far private-use plane."""
    found = [ord(character) for character in _OLD_LINE_ENDS if character in text]
    unused = (code for code in range(0x10FFFD, 0x100000, -1) if chr(code) not in text)
    return dict(zip(found, unused, strict=False))
