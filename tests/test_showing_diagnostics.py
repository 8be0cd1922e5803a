import time

import pytest

from runner.core.diagnostic import Diagnostic, Severity
from runner.core.place import Place, Source
from runner.showing.diagnostics import diagnostic_to_json, render_all, render_diagnostic


def error(text: str, line: int, column: int, length: int = 1, hint: str | None = None) -> Diagnostic:
    place = Place(Source("storyboard.yaml", text), line, column, length)
    return Diagnostic("unknown-element", Severity.ERROR, "`keepr` is not an element of this storyboard", place, hint)


def caret_under(rendered: str) -> str:
    """What the caret stands under, by columns of plain ASCII."""
    shown, caret = rendered.split("\n")[1:3]
    start = caret.index("^")
    return shown[start : start + caret.count("^")]


def test_a_diagnostic_shows_place_line_caret_and_hint() -> None:
    text = "\n" * 13 + "        prompt: \"{{ element('keepr') }} waits\"\n"
    rendered = render_diagnostic(error(text, 14, 29, 5, "did you mean `keeper`?"))
    assert rendered == (
        "storyboard.yaml:14:29: error[unknown-element]: `keepr` is not an element of this storyboard\n"
        "   14 |         prompt: \"{{ element('keepr') }} waits\"\n"
        "      |                             ^^^^^\n"
        "    hint: did you mean `keeper`?"
    )


def test_without_a_place_there_is_only_the_message_and_the_hint() -> None:
    found = Diagnostic("budget-exceeded", Severity.WARNING, "too dear", hint="raise `budget`")
    assert render_diagnostic(found) == "warning[budget-exceeded]: too dear\n    hint: raise `budget`"


def test_other_places_that_take_part_are_named() -> None:
    source = Source("a.yaml", "a: 1\na: 2\n")
    found = Diagnostic(
        "duplicate-key", Severity.ERROR, "m", Place(source, 2, 1), None, (("first", Place(source, 1, 1)),)
    )
    assert render_diagnostic(found).endswith("\n    first: a.yaml:1:1")


def test_the_caret_stands_right_behind_tabs() -> None:
    assert caret_under(render_diagnostic(error("\tname:\tkeepr\n", 1, 8, 5))) == "keepr"


@pytest.mark.parametrize(
    ("before", "columns"),
    [("灯台守 ", 7), ("🗼 ", 3), ("e\u0301 ", 2), ("é ", 2), ("\uff21 ", 3), ("👩\u200d🚀 ", 5)],
)
def test_the_caret_counts_columns_of_wide_and_joined_characters(before: str, columns: int) -> None:
    rendered = render_diagnostic(error(f"{before}keepr", 1, len(before) + 1, 5)).split("\n")
    assert rendered[1] == f"    1 | {before}keepr"
    assert rendered[2] == f"      | {' ' * columns}^^^^^"


def test_a_wide_character_is_underlined_in_its_whole_width() -> None:
    assert render_diagnostic(error("x: 灯台", 1, 4, 2)).split("\n")[2] == "      |    ^^^^"


@pytest.mark.parametrize("start", [0, 10, 300, 500, 690])
def test_a_long_line_is_cut_round_the_caret(start: int) -> None:
    text = "x" * start + "keepr" + "y" * (695 - start)
    rendered = render_diagnostic(error(text, 1, start + 1, 5))
    assert caret_under(rendered) == "keepr"
    assert len(rendered.split("\n")[1]) <= 112
    assert ("…x" in rendered) == (start > 100)
    assert ("y…" in rendered) == (start < 600)


def test_a_mark_longer_than_the_line_shown_ends_with_it() -> None:
    shown, caret = render_diagnostic(error("z" * 900, 1, 1, 900)).split("\n")[1:]
    assert (shown.count("z"), caret.count("^")) == (100, 100)


def test_a_very_long_line_is_shown_at_once() -> None:
    began = time.perf_counter()
    render_diagnostic(error("漢" * 2_000_000, 1, 1_000_000, 1_000_000))
    assert time.perf_counter() - began < 2


@pytest.mark.parametrize("sign", ["\x1b[31m", "\x07", "\x9b2J", "\u202e", "\x00", "\u2028", "\x7f", "\ud800"])
def test_no_control_character_of_a_file_reaches_the_terminal(sign: str) -> None:
    source = Source(f"a{sign}.yaml", f"a{sign}: keepr\n")
    place = Place(source, 1, len(sign) + 4, 5)
    found = Diagnostic("unknown-element", Severity.ERROR, f"m{sign}", place, f"h{sign}", ((f"r{sign}", place),))
    rendered = render_all([found])
    assert all(character.isprintable() for character in rendered.replace("\n", ""))
    assert f"<U+{ord(sign[0]):04X}>" in rendered
    assert caret_under(rendered) == "keepr"


def test_a_line_end_in_a_message_makes_no_line() -> None:
    found = Diagnostic("bad-value", Severity.ERROR, "a\nstoryboard.yaml:1:1: error[x]: b")
    assert "\n" not in render_diagnostic(found)


def test_a_place_past_the_end_of_its_line_gets_its_caret_there() -> None:
    assert render_diagnostic(error("a:", 1, 40)).split("\n")[2] == "      |   ^"
    assert render_diagnostic(error("a:", 9, 1)).count("\n") == 0


def test_all_are_shown_with_their_count() -> None:
    warning = Diagnostic("same-request", Severity.WARNING, "w")
    rendered = render_all([error("a", 1, 1), error("b", 1, 1), warning])
    assert rendered.split("\n\n")[-1] == "2 errors, 1 warning"
    assert render_all([warning]).endswith("\n\n1 warning")
    assert render_all([]) == ""


def test_colour_adds_nothing_but_colour() -> None:
    found = error("a: keepr", 1, 4, 5, "h")
    colored = render_diagnostic(found, color=True)
    assert "\x1b[1;31merror[unknown-element]\x1b[0m" in colored
    plain = colored
    for code in ("\x1b[0m", "\x1b[1m", "\x1b[2m", "\x1b[1;31m"):
        plain = plain.replace(code, "")
    assert plain == render_diagnostic(found)


def test_many_diagnostics_of_one_large_file_are_shown_quickly() -> None:
    source = Source("a.yaml", "key: value\n" * 50_000)
    found = [Diagnostic("bad-value", Severity.ERROR, "m", Place(source, line, 1)) for line in range(1, 3_000)]
    began = time.perf_counter()
    render_all(found)
    assert time.perf_counter() - began < 2


def test_json_has_what_a_program_needs() -> None:
    assert diagnostic_to_json(error("a: keepr", 1, 4, 5, "h")) == {
        "code": "unknown-element",
        "severity": "error",
        "message": "`keepr` is not an element of this storyboard",
        "file": "storyboard.yaml",
        "line": 1,
        "column": 4,
        "hint": "h",
    }
    assert diagnostic_to_json(Diagnostic("same-request", Severity.WARNING, "w")) == {
        "code": "same-request",
        "severity": "warning",
        "message": "w",
        "file": None,
        "line": None,
        "column": None,
        "hint": None,
    }


@pytest.mark.parametrize("width", [60, 80, 300])
def test_a_line_is_cut_to_fit_the_terminal_and_its_caret_stays_under_it(width: int) -> None:
    text = f"{'a' * 70}keepr{'b' * 70}"
    found = error(text, 1, 71, 5)
    rendered = render_diagnostic(found, width=width)
    assert caret_under(rendered) == "keepr"
    assert max(len(line) for line in rendered.split("\n")[1:3]) <= max(width, 0) or width > 110
    assert render_all([found], width=width).startswith(rendered)
