import time

import pytest
import yaml

from runner.core.diagnostic import Diagnostic, Findings
from runner.core.node import Mapping, Node, Scalar, Sequence, plain
from runner.core.place import Place, Source
from runner.reading.document import read_document


def read(text: str) -> tuple[Node | None, list[Diagnostic]]:
    findings = Findings()
    return read_document(Source("storyboard.yaml", text), findings), findings.diagnostics


def read_clean(text: str) -> Mapping:
    node, diagnostics = read(text)
    assert diagnostics == []
    assert isinstance(node, Mapping)
    return node


def only(text: str) -> Diagnostic:
    _, diagnostics = read(text)
    assert len(diagnostics) == 1, diagnostics
    return diagnostics[0]


def at(found: Diagnostic) -> tuple[int, int, int]:
    assert found.place is not None
    return found.place.line, found.place.column, found.place.length


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("", None),
        ("~", None),
        ("null", None),
        ("true", True),
        ("FALSE", False),
        ("no", "no"),
        ("on", "on"),
        ("1:30", "1:30"),
        ("16:9", "16:9"),
        ("2001-12-14", "2001-12-14"),
        ("012", 12),
        ("0o17", 15),
        ("0xff", 255),
        ("-7", -7),
        ("1_000", "1_000"),
        ("0b11", "0b11"),
        ("2.50", 2.5),
        ("-.5", -0.5),
        ("1e3", 1000.0),
        ("9007199254740991", 2**53 - 1),
        ("'5'", "5"),
        ('"true"', "true"),
        ("!!str 5", "5"),
        ("! 5", "5"),
        ("!!int 5", 5),
        ("=", "="),
        ("nullable", "nullable"),
    ],
)
def test_a_scalar_means_what_yaml_1_2_says(written: str, value: object) -> None:
    node = read_clean(f"a: {written}\n").get("a")
    assert isinstance(node, Scalar)
    assert node.value == value
    assert type(node.value) is type(value)


def test_a_scalar_keeps_the_text_it_was_written_as() -> None:
    node = read_clean("at: 2.50\n").get("at")
    assert isinstance(node, Scalar)
    assert node.text == "2.50"


@pytest.mark.parametrize(
    "written", [".inf", "-.INF", ".nan", "1e999", "9007199254740992", "0x" + "f" * 900, "9" * 9000]
)
def test_a_number_nothing_can_hold_is_refused(written: str) -> None:
    found = only(f"a: {written}\n")
    assert found.code == "bad-value"
    assert at(found)[:2] == (1, 4)


def test_a_tag_that_is_not_true_of_its_value_is_refused() -> None:
    assert only("a: !!int ten\n").message == "`ten` is not what its tag `!!int` says"


@pytest.mark.parametrize(
    "text", ["a: !seconds 5\n", "a: !!python/object:os.system x\n", "a: !x {b: 1}\n", "a: !y [1]\n"]
)
def test_a_tag_of_ones_own_is_refused_where_it_stands(text: str) -> None:
    found = only(text)
    assert found.code == "yaml-tag"
    assert at(found)[:2] == (1, 4)


def test_places_count_characters_from_the_start_of_the_line() -> None:
    tree = read_clean('é: {灯台: "守 🗼 x", b: [1, two]}\n')
    inner = tree.get("é")
    assert isinstance(inner, Mapping)
    lamp, sequence = inner.get("灯台"), inner.get("b")
    assert isinstance(lamp, Scalar)
    assert isinstance(sequence, Sequence)
    assert (lamp.place.column, lamp.place.length) == (9, 7)
    assert (inner.key_place("b").column, sequence.items[1].place.column) == (18, 25)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_byte_order_mark_and_line_ends_move_no_place(mark: str, end: str) -> None:
    text = mark + end.join(["a: 1", "b:", "  - x", "  - c: |", "      two", "      lines", ""])
    tree = read_clean(text)
    assert plain(tree) == {"a": 1, "b": ["x", {"c": "two\nlines\n"}]}
    sequence = tree.get("b")
    assert isinstance(sequence, Sequence)
    assert [(item.place.line, item.place.column) for item in sequence.items] == [(3, 5), (4, 5)]
    assert tree.key_place("a").column == 1
    assert tree.key_place("b").source.line(4) == "  - c: |"


@pytest.mark.parametrize("character", ["\x85", "\u2028", "\u2029"])
def test_a_line_end_of_yaml_1_1_is_text(character: str) -> None:
    tree = read_clean(f"a: x{character}b\nc: y\n")
    assert plain(tree) == {"a": f"x{character}b", "c": "y"}
    assert tree.key_place("c").line == 2


def test_a_mapping_stands_where_its_first_key_does() -> None:
    tree = read_clean("shots:\n  - prompt: x\n    id: a\n  - {id: b}\n")
    sequence = tree.get("shots")
    assert isinstance(sequence, Sequence)
    first, second = (item.place for item in sequence.items)
    assert (first.line, first.column, first.length) == (2, 5, 6)
    assert (second.line, second.column, second.length) == (4, 5, 1)


def test_keys_that_look_like_values_are_their_text() -> None:
    tree = read_clean("1: a\ntrue: b\n2.50: c\n~: d\n")
    assert list(tree.entries) == ["1", "true", "2.50", "~"]
    assert all(entry.key.value == name for name, entry in tree.entries.items())


@pytest.mark.parametrize("text", ["? [a]\n: 1\n", "? {a: 1}\n: 1\n", "'': 1\n"])
def test_a_key_that_is_no_text_is_refused(text: str) -> None:
    assert only(text).code == "yaml-key"


def test_a_template_without_quotes_is_told_once() -> None:
    for text in ("prompt: {{ look }}\n", "prompt: {{ look }}. A harbour.\n", "- {{ look }}, x: y\n"):
        found = only(text)
        assert (found.code, found.hint) == ("yaml-syntax", "put the whole value in quotes")
        assert at(found)[2] == 2


def test_a_key_written_twice_names_both_places() -> None:
    node, diagnostics = read("a: 1\nb: 2\na: 3\nb: 4\n")
    assert [(found.code, at(found)) for found in diagnostics] == [
        ("duplicate-key", (3, 1, 1)),
        ("duplicate-key", (4, 1, 1)),
    ]
    assert diagnostics[0].related == (("first written here", Place(Source("storyboard.yaml", ""), 1, 1, 1)),)
    assert node is not None
    assert plain(node) == {"a": 1, "b": 2}


def test_a_merge_key_is_no_field() -> None:
    found = only("x: &x {a: 1}\ny:\n  <<: *x\n")
    assert (found.code, at(found)) == ("unknown-field", (3, 3, 2))
    assert found.hint is not None
    assert "merge keys" in found.hint
    assert plain(read_clean("'<<': 1\n")) == {"<<": 1}


def test_an_alias_stands_for_its_anchor() -> None:
    assert plain(read_clean("a: &x {b: [1, 2]}\nc: *x\nd: [*x, *x]\n")) == {
        "a": {"b": [1, 2]},
        "c": {"b": [1, 2]},
        "d": [{"b": [1, 2]}, {"b": [1, 2]}],
    }


def test_the_last_anchor_of_a_name_counts() -> None:
    assert plain(read_clean("a: &x 1\nb: &x 2\nc: *x\n")) == {"a": 1, "b": 2, "c": 2}


def test_an_alias_to_nothing_is_told() -> None:
    found = only("a: *bold\n")
    assert (found.code, at(found)) == ("yaml-syntax", (1, 4, 5))


def test_an_alias_bomb_is_refused_at_the_alias_that_goes_too_far() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    found = only("\n".join(lines))
    assert found.code == "alias-bomb"
    assert at(found)[0] in {5, 6}


def test_an_alias_bomb_of_one_long_text_is_refused() -> None:
    text = f"a: &a {'x' * 10_000}\nb: [{', '.join(['*a'] * 200)}]\n"
    assert only(text).code == "alias-bomb"
    assert read_clean(text.replace("10_000", "").replace("x" * 10_000, "x" * 100))


def test_an_alias_inside_its_own_anchor_is_refused() -> None:
    assert only("a: &x [1, *x]\n").code == "alias-bomb"


def test_depth_counts_through_aliases() -> None:
    lines = ["a0: &a0 x"] + [f"a{n}: &a{n} [*a{n - 1}]" for n in range(1, 200)]
    found = only("\n".join(lines))
    assert found.code == "too-deep"


@pytest.mark.parametrize("text", ["[" * 10_000, "- " * 10_000, "{a: " * 10_000, "? " * 10_000])
def test_ten_thousand_levels_are_refused_at_once(text: str) -> None:
    began = time.perf_counter()
    assert only(text).code == "too-deep"
    assert time.perf_counter() - began < 1


def test_sixty_four_levels_are_read() -> None:
    assert read("[" * 64 + "]" * 64)[1] == []


@pytest.mark.parametrize("text", ["", "   \n", "# nothing\n", "---\n", "\ufeff\r\n", "~\n"])
def test_a_file_with_nothing_in_it_is_told(text: str) -> None:
    assert only(text).code == "empty-file"


def test_a_second_document_is_told_where_it_begins() -> None:
    found = only("a: 1\n---\nb: 2\n")
    assert (found.code, at(found)) == ("multiple-documents", (2, 1, 3))
    assert plain(read_clean("---\na: 1\n...\n")) == {"a": 1}


def test_marks_of_a_merge_are_told_once_with_all_lines() -> None:
    found = only("a: 1\n<<<<<<< HEAD\nb: 2\n=======\nb: [\n>>>>>>> other\n")
    assert (found.code, at(found)) == ("merge-conflict", (2, 1, 7))
    assert found.message == "lines 2, 4 and 6 are the marks of a merge that was not finished"


def test_half_a_merge_mark_left_behind_is_told() -> None:
    assert only("a: 1\n>>>>>>> other\n").message == "line 2 is a mark of a merge that was not finished"


def test_lines_that_only_look_like_marks_are_text() -> None:
    assert plain(read_clean("a: |\n  <<<<<<< HEAD\n  =======\nb: '========'\n")) == {
        "a": "<<<<<<< HEAD\n=======\n",
        "b": "========",
    }


@pytest.mark.parametrize(
    ("text", "place"),
    [("a:\n\tb: 1\n", (2, 1, 1)), ("a:\n  b: 1\n  \tc: 2\n", (3, 3, 1)), ("a: 1\n\tb: 2\n", (2, 1, 1))],
)
def test_a_tab_that_indents_is_told_where_it_stands(text: str, place: tuple[int, int, int]) -> None:
    found = only(text)
    assert (found.code, at(found)) == ("yaml-tab", place)


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("title:Foo\nid: x\n", (1, 1, 6), "`title:` has no space after its colon, so it is no field"),
        ("a: b: c\n", (1, 5, 1), "a second colon with a space after it stands in a value without quotes"),
        ("a: 1\n  b: 2\n", (2, 4, 1), "a field begins here, but the line above has a value already"),
        ('a: "x\nb: 1\n', (1, 4, 1), 'the text that begins with `"` here never ends'),
        ("a: 'x\nb: 1\n", (1, 4, 1), "the text that begins with `'` here never ends"),
        ("a: 'it's'\n", (1, 8, 1), "text stands behind a value that was closed with a quote"),
        ("a:\n  b: 1\n c: 2\n", (3, 2, 1), "this line is indented unlike those it belongs to"),
        ("a: 1\n- b\n", (2, 1, 1), "a list item stands among fields"),
        ("- a\nb: 1\n", (2, 1, 1), "a field stands among list items"),
        ("a: @x\n", (1, 4, 1), "text without quotes cannot begin with `@`"),
        ("a: `x`\n", (1, 4, 1), "text without quotes cannot begin with a backtick"),
        ("a: %x\n", (1, 4, 1), "text without quotes cannot begin with `%`"),
        ("a: *bold* x\n", (1, 4, 1), "`*` at the start of a value makes it an alias, and this is no name of one"),
        ("a: & b\n", (1, 4, 1), "`&` at the start of a value makes it an anchor, and this is no name of one"),
        ("a: - b\n", (1, 4, 1), "a list with dashes cannot begin on the line of its field"),
        ("a: [1, 2\nb: 3\n", (1, 4, 1), "`,` or `]` is expected here, for the `[` in line 1"),
        ("x: {a: 1 b: 2}\n", (1, 11, 1), "`,` or `}` is expected here, for the `{` in line 1"),
        ("a: [1]]\n", (1, 7, 1), "`]` closes nothing here"),
        ("a: ]\n", (1, 4, 1), "`]` stands where a value is expected"),
        ("a: | text\n b\n", (1, 6, 1), "text stands behind `|`, which announces text on the lines below"),
        ('a: "\\q"\n', (1, 5, 2), r"`\q` means nothing inside double quotes"),
        ('a: "x \\ud83d y"\n', (1, 7, 6), r"`\ud83d` is no character's number"),
        ('a: "x \\u12 y"\n', (1, 7, 4), r"`\u12` is no character's number"),
        ("a: 1\nb\nc: 2\n", (2, 1, 1), "`b` stands where a field is expected, and has no colon"),
        ("a: \x07b\n", (1, 4, 1), "`U+0007` cannot stand in YAML, expected text that can be seen"),
        ("a: 1\nb: \ud800\n", (2, 4, 1), "`U+D800` cannot stand in YAML, expected text that can be seen"),
    ],
)
def test_a_syntax_fault_is_told_in_plain_words(text: str, place: tuple[int, int, int], message: str) -> None:
    found = only(text)
    assert (found.code, at(found), found.message) == ("yaml-syntax", place, message)
    assert found.hint


@pytest.mark.parametrize(
    "text", ["a: b: c\n", "a: @x\n", "a: \x07b\n", "a:\n\tb: 1\n", 'a: "x\n', "a: *b\n", "[" * 500]
)
def test_without_the_c_library_the_same_faults_are_found(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with_library = only(text)
    monkeypatch.setattr(yaml, "__with_libyaml__", False)
    assert (only(text).code, at(only(text))[0]) == (with_library.code, at(with_library)[0])


def test_without_the_c_library_the_same_tree_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "\ufeffa: &x {b: [1, 'é']}\r\nc: *x\r\nd: |\r\n  two\r\n  lines\r\n"
    tree = read_clean(text)
    monkeypatch.setattr(yaml, "__with_libyaml__", False)
    assert read_clean(text) == tree


def test_all_faults_of_a_file_are_told_at_once() -> None:
    _, diagnostics = read("a: 1\na: 2\nb: .inf\nc: !x 1\n? [1]\n: 2\n")
    assert [found.code for found in diagnostics] == ["duplicate-key", "bad-value", "yaml-tag", "yaml-key"]
