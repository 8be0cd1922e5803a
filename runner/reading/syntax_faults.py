"""libyaml's complaints in words an author understands, with the edit that mends them.

The parser says what it could not go on with; what is wrong is usually told by the line itself, so that is looked at.
"""

import re
from collections.abc import Callable
from typing import Final

import yaml

from runner.core.diagnostic import Findings
from runner.core.place import Place, Source
from runner.reading import syntax_layout, syntax_signs
from runner.reading.syntax_fault import SyntaxFault, Verdict

_UNFIT: Final = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
# From the surest sign to the vaguest.
_EXPLANATIONS: Final[tuple[Callable[[SyntaxFault], Verdict | None], ...]] = (
    syntax_layout.explain_tab_indentation,
    syntax_signs.explain_open_quote,
    syntax_signs.explain_bad_escape,
    syntax_signs.explain_template_unquoted,
    syntax_layout.explain_missing_space,
    syntax_layout.explain_second_colon,
    syntax_layout.explain_missing_colon,
    syntax_signs.explain_forbidden_start,
    syntax_signs.explain_anchor_or_alias,
    syntax_signs.explain_tag,
    syntax_signs.explain_block_header,
    syntax_layout.explain_list_in_line,
    syntax_layout.explain_open_bracket,
    syntax_signs.explain_after_quote,
    syntax_signs.explain_stray,
    syntax_layout.explain_indentation,
)


def report_syntax_fault(source: Source, fault: Exception, findings: Findings) -> None:
    """One diagnostic for what libyaml (or its twin in Python) could not read."""
    marked = fault if isinstance(fault, yaml.MarkedYAMLError) else None
    verdict = _judge(_as_fault(source, marked)) if marked else _judge_character(source)
    if any(found.place == verdict.place for found in findings.diagnostics):
        return  # the reader has told what is wrong there, and knew it better
    findings.error(verdict.code, verdict.message, verdict.place, verdict.hint)


def _as_fault(source: Source, fault: yaml.MarkedYAMLError) -> SyntaxFault:
    mark = fault.problem_mark or fault.context_mark
    context = fault.context_mark or mark
    line, column = (mark.line, mark.column) if mark else (0, 0)
    context_line, context_column = (context.line, context.column) if context else (0, 0)
    # At the end of the text the parser stands on a line that is not there.
    last = source.text.rstrip("\n").count("\n")
    if line > last:
        line, column = last, len(source.line(last + 1))
    return SyntaxFault(source, fault.problem or "", fault.context or "", line, column, context_line, context_column)


def _judge_character(source: Source) -> Verdict:
    found = _UNFIT.search(source.text)
    at = found.start() if found else 0
    line_start = source.text.rfind("\n", 0, at) + 1
    place = Place(source, source.text.count("\n", 0, at) + 1, at - line_start + 1)
    code = f"U+{ord(source.text[at]):04X}" if found else "a character"
    return Verdict(f"`{code}` cannot stand in YAML, expected text that can be seen", place, "remove the character")


def _judge(fault: SyntaxFault) -> Verdict:
    """The first explanation that fits; the parser's own words when none does."""
    for explain in _EXPLANATIONS:
        verdict = explain(fault)
        if verdict is not None:
            return verdict
    problem = fault.problem or "something YAML does not allow stands here"
    return Verdict(
        f"this is not valid YAML: {problem}",
        fault.place(),
        "look at the indentation of this line and the one above, and at quotes and brackets left open",
    )
