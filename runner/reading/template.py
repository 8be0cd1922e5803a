"""Renders prompt templates without ever running them as code: bounded in time, memory and output by construction.

Jinja2 parses (`template_syntax`), `template_grammar` says what may be there, and `template_walk` walks the tree with
every step counted. Only mappings and lists have members, so nothing of Python can be reached.
"""

from collections.abc import Mapping
from typing import Final

from runner.core.diagnostic import Findings
from runner.core.place import Place
from runner.model.storyboard import Prompt
from runner.reading.prompts import Marks, find_mark
from runner.reading.template_faults import TemplateFault, hint_for_holder
from runner.reading.template_values import Cast
from runner.reading.template_walk import Walk
from runner.reading.text_places import WrittenText

_OPENING: Final = ("{{", "{%", "{#")


def render(
    text: WrittenText,
    scope: Mapping[str, object],
    cast: Cast,
    findings: Findings,
    *,
    marks: Marks | None = None,
    asked_at: Place | None = None,
) -> Prompt | None:
    """The prompt a template comes to; None when something is wrong with it, which is then told.

    `asked_at` is the line that uses a template of a file: what that line did not pass is told there.
    """
    marks = Marks() if marks is None else marks
    rendered = render_marked(text, scope, cast, findings, marks=marks, asked_at=asked_at)
    return None if rendered is None else marks.split(rendered)


def render_marked(
    text: WrittenText,
    scope: Mapping[str, object],
    cast: Cast,
    findings: Findings,
    *,
    marks: Marks,
    asked_at: Place | None = None,
) -> str | None:
    """The same with mentions still as single characters, for use inside another template."""
    offset = find_mark(text.text)
    if offset is not None:
        refuse_character(text, offset, findings)
        return None
    if not any(opening in text.text for opening in _OPENING):
        return text.text
    walk = Walk(scope, cast, marks)
    rendered = walk.render(text)
    for fault in walk.faults:
        _tell(fault, text, asked_at, findings)
    return None if walk.faults else rendered


def refuse_character(text: WrittenText, offset: int, findings: Findings) -> None:
    message = f"the character U+{ord(text.text[offset]):X} means something else to every program"
    findings.error("template-forbidden", message, text.place_of(offset), "remove it, or say it in words")


def _tell(fault: TemplateFault, text: WrittenText, asked_at: Place | None, findings: Findings) -> None:
    place = fault.place or text.place_of(0)
    if fault.name is None or asked_at is None:
        findings.error(fault.code, fault.message, place, fault.hint)
        return
    message = f"`{fault.name}` is not given to the template"
    suggested = fault.hint if fault.hint and fault.hint.startswith("did you") else f"add `{fault.name}` under `with:`"
    hint = hint_for_holder(fault.name) or suggested
    findings.error(fault.code, message, asked_at, hint, (("used here", place),))
