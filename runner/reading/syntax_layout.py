"""Explains syntax faults that come from the layout: tabs, indentation, colons, lists and brackets.

Each function knows one cause, and says None where it sees no sign of it.
"""

import re
from typing import Final

from runner.reading.syntax_fault import SyntaxFault, Verdict

_NO_SPACE_AFTER_COLON: Final = re.compile(r"^\s*(?:- +)*([A-Za-z_][\w-]*):(?=[^\s:/])")
_LONGEST_SHOWN: Final = 40


def explain_tab_indentation(fault: SyntaxFault) -> Verdict | None:
    for line in (fault.line, fault.line - 1):
        text = fault.text_of(line) if line >= 0 else ""
        indent = text[: len(text) - len(text.lstrip(" \t"))]
        if "\t" in indent:
            return Verdict(
                "a tab indents this line, and YAML wants spaces",
                fault.place_of(line, indent.index("\t")),
                "replace each tab at the start of a line with two spaces",
                "yaml-tab",
            )
    return None


def explain_missing_space(fault: SyntaxFault) -> Verdict | None:
    if not fault.problem.startswith(("mapping values", "could not find expected")):
        return None
    for line in (fault.line - 1, fault.context_line, fault.line):
        found = _NO_SPACE_AFTER_COLON.match(fault.text_of(line)) if line >= 0 else None
        if found:
            return Verdict(
                f"`{found[1]}:` has no space after its colon, so it is no field",
                fault.place_of(line, found.start(1), len(found[1]) + 1),
                f"write `{found[1]}: ` with a space",
            )
    return None


def explain_second_colon(fault: SyntaxFault) -> Verdict | None:
    if not fault.problem.startswith("mapping values"):
        return None
    before = fault.here[: fault.column]
    if ": " in before:
        return Verdict(
            "a second colon with a space after it stands in a value without quotes",
            fault.place(),
            "put the value in quotes",
        )
    return Verdict(
        "a field begins here, but the line above has a value already",
        fault.place(),
        "indent both lines alike; or put the value above in quotes if this line belongs to it",
    )


def explain_missing_colon(fault: SyntaxFault) -> Verdict | None:
    if not fault.problem.startswith("could not find expected"):
        return None
    text = fault.text_of(fault.context_line)[fault.context_column :].rstrip()
    return Verdict(
        f"`{_short(text)}` stands where a field is expected, and has no colon",
        fault.place_of(fault.context_line, fault.context_column, len(text)),
        "write `name: value`, indent the line if it goes on with the text above, or quote that text",
    )


def explain_list_in_line(fault: SyntaxFault) -> Verdict | None:
    if not fault.problem.startswith("block sequence entries"):
        return None
    return Verdict(
        "a list with dashes cannot begin on the line of its field",
        fault.place(),
        "begin each `- ` on a line of its own, or write the list as `[one, two]`",
    )


def explain_open_bracket(fault: SyntaxFault) -> Verdict | None:
    bracket = {"while parsing a flow sequence": "[", "while parsing a flow mapping": "{"}.get(fault.context)
    if bracket is None:
        return None
    closing = {"[": "]", "{": "}"}[bracket]
    same_line = fault.line == fault.context_line and fault.character not in {"", "\n"}
    return Verdict(
        f"`,` or `{closing}` is expected here, for the `{bracket}` in line {fault.context_line + 1}",
        fault.place() if same_line else fault.context_place,
        f"close it with `{closing}`, separate what is in it with commas, or put the value in quotes",
    )


def explain_indentation(fault: SyntaxFault) -> Verdict | None:
    if not (
        "did not find expected" in fault.problem and ("block" in fault.context or "document start" in fault.problem)
    ):
        return None
    if fault.character in {"]", "}", ","}:
        return Verdict(
            f"`{fault.character}` closes nothing here", fault.place(), "remove it, or put the value in quotes"
        )
    first = fault.here.lstrip()
    if first.startswith("- ") != ("'-' indicator" in fault.problem):
        message = "a list item stands among fields" if first.startswith("- ") else "a field stands among list items"
    else:
        message = "this line is indented unlike those it belongs to"
    return Verdict(
        message,
        fault.place_of(fault.line, len(fault.here) - len(first)),
        "begin the lines that belong together in the same column, and look for a quote left open above",
    )


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"
