"""Explains syntax faults that come from a sign: a quote left open, text that must be quoted, a mark that means more.

Each function knows one cause, and says None where it sees no sign of it.
"""

import re
from typing import Final

from runner.reading.syntax_fault import SyntaxFault, Verdict

_VALUE_START: Final = re.compile(r"^\s*(?:- +)*(?:[\w-]+:(?= ) +)?")
# A half of a character that is written in two, or too few digits.
_BY_NUMBER: Final = re.compile(r"\\[xuU][0-9a-fA-F]*")
_QUOTED_WITH_REST: Final = re.compile(r"""^\s*(?:- +)*(?:[\w-]+: +)?(["']).*\1""")


def explain_open_quote(fault: SyntaxFault) -> Verdict | None:
    if "quoted scalar" not in fault.context or not fault.problem.startswith("found unexpected"):
        return None
    quote = fault.text_of(fault.context_line)[fault.context_column : fault.context_column + 1] or '"'
    return Verdict(
        f"the text that begins with `{quote}` here never ends",
        fault.context_place,
        f"put a `{quote}` at its end; inside '…' a single quote is written twice",
    )


def explain_bad_escape(fault: SyntaxFault) -> Verdict | None:
    if "quoted scalar" not in fault.context:
        return None
    backslash = fault.here.rfind("\\", 0, fault.column + 2)
    place = fault.place_of(fault.line, backslash, 2) if backslash >= 0 else fault.place()
    written = fault.here[backslash : backslash + 2] if backslash >= 0 else "\\"
    number = _BY_NUMBER.match(fault.here, max(backslash, 0))
    if number is not None:
        return Verdict(
            f"`{number[0]}` is no character's number",
            fault.place_of(fault.line, backslash, len(number[0])),
            r"write the character itself, or its whole number: `\u00e9`, `\U0001F600`",
        )
    return Verdict(
        f"`{written}` means nothing inside double quotes",
        place,
        r"write `\\` for a backslash, or put the text in single quotes",
    )


def explain_template_unquoted(fault: SyntaxFault) -> Verdict | None:
    for line in dict.fromkeys((fault.line, fault.context_line)):
        text = fault.text_of(line)
        start = _VALUE_START.match(text)
        column = start.end() if start else 0
        if text.startswith(("{{", "{%"), column):
            return Verdict(
                f"a value that begins with `{text[column : column + 2]}` must be quoted",
                fault.place_of(line, column, 2),
                "put the whole value in quotes",
            )
    return None


def explain_forbidden_start(fault: SyntaxFault) -> Verdict | None:
    starts = (
        fault.problem == "found character that cannot start any token" or fault.context == "while scanning a directive"
    )
    if not starts or not fault.character:
        return None
    first = fault.text_of(fault.context_line)[fault.context_column : fault.context_column + 1] or fault.character
    sign = "a backtick" if first == "`" else f"`{first}`"
    return Verdict(
        f"text without quotes cannot begin with {sign}",
        fault.context_place,
        "put the value in quotes",
    )


def explain_anchor_or_alias(fault: SyntaxFault) -> Verdict | None:
    if "an alias" not in fault.context and "an anchor" not in fault.context:
        return None
    mark, what = ("*", "an alias") if "an alias" in fault.context else ("&", "an anchor")
    return Verdict(
        f"`{mark}` at the start of a value makes it {what}, and this is no name of one",
        fault.context_place,
        "put the value in quotes if the sign is part of the text",
    )


def explain_tag(fault: SyntaxFault) -> Verdict | None:
    if "tag" not in fault.context and "tag" not in fault.problem:
        return None
    return Verdict(
        "`!` at the start of a value makes it a tag, and this is not one",
        fault.context_place,
        "put the value in quotes if the sign is part of the text",
        "yaml-tag",
    )


def explain_block_header(fault: SyntaxFault) -> Verdict | None:
    if fault.context != "while scanning a block scalar":
        return None
    mark = fault.text_of(fault.context_line)[fault.context_column : fault.context_column + 1]
    return Verdict(
        f"text stands behind `{mark}`, which announces text on the lines below",
        fault.place(),
        f"begin the text on the next line, indented; or put the value in quotes if `{mark}` is part of it",
    )


def explain_after_quote(fault: SyntaxFault) -> Verdict | None:
    if "did not find expected key" not in fault.problem or not _QUOTED_WITH_REST.match(fault.here[: fault.column]):
        return None
    return Verdict(
        "text stands behind a value that was closed with a quote",
        fault.place(),
        'put the quote at the very end; inside \'…\' a single quote is written twice, inside "…" a double one is `\\"`',
    )


def explain_stray(fault: SyntaxFault) -> Verdict | None:
    if "expected node content" not in fault.problem or not fault.character:
        return None
    return Verdict(
        f"`{fault.character}` stands where a value is expected",
        fault.place(),
        "remove it, or put the value in quotes if it is part of the text",
    )
