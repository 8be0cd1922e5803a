"""Templates: what they come to, what they may not do, what they may not cost, and where their faults are told."""

from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from written_builder import pointed_at

from runner.adapters.package_data import prompt_templates
from runner.core.diagnostic import Findings
from runner.core.node import Mapping as MappingNode
from runner.core.node import Scalar
from runner.core.place import Source
from runner.model.storyboard import Mention, Prompt
from runner.reading.document import read_document
from runner.reading.template import render
from runner.reading.template_faults import TemplateFault
from runner.reading.template_values import Cast
from runner.reading.text_places import WrittenText, text_of_file, text_of_scalar

KEEPER, GRUFF = Mention("element", "keeper"), Mention("voice", "gruff")
SCOPE: Mapping[str, object] = {
    "look": "35mm film",
    "count": 3,
    "places": ["harbour", "tower", "Lamp"],
    "crew": {"mate": "Ann", "cook": "Bo"},
    "nothing": None,
    "lit": True,
}
FILES = {
    "shout.j2": "{{ look | upper }}!",
    "a.j2": "{% include 'b.j2' %}",
    "b.j2": "then {% include 'a.j2' %}",
    "wrong.j2": "words\n  {{ lok }}",
}


def load(name: str) -> WrittenText:
    if name not in FILES:
        raise TemplateFault("unknown-template", f"`{name}` is not a template")
    return text_of_file(Source(f"templates/{name}", FILES[name]))


CAST = Cast(["keeper", "lamp"], ["gruff"], load)


def rendered(text: str) -> Prompt:
    findings = Findings()
    prompt = render(text_of_file(Source("t.j2", text)), SCOPE, CAST, findings)
    assert findings.diagnostics == []
    assert prompt is not None
    return prompt


def words(text: str) -> str:
    prompt = rendered(text)
    assert all(isinstance(part, str) for part in prompt)
    return "".join(part for part in prompt if isinstance(part, str))


def refused(text: str) -> Findings:
    findings = Findings()
    assert render(text_of_file(Source("t.j2", text)), SCOPE, CAST, findings) is None
    return findings


def codes(text: str) -> list[str]:
    return [found.code for found in refused(text).diagnostics]


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("plain words", "plain words"),
        ("", ""),
        ("{{ look }}. Wide.", "35mm film. Wide."),
        ("{{ crew.mate }} and {{ crew['cook'] }}", "Ann and Bo"),
        ("{{ places[0] }} {{ places[-1] }} {{ places[:2] | join('+') }}", "harbour Lamp harbour+tower"),
        (
            "{% for p in places %}{{ loop.index }}{{ p }}{{ '' if loop.last else ', ' }}{% endfor %}",
            "1harbour, 2tower, 3Lamp",
        ),
        ("{% for p in places if p != 'tower' %}{{ loop.length }}{{ p }} {% endfor %}", "2harbour 2Lamp"),
        ("{% for p in [] %}x{% else %}nobody{% endfor %}", "nobody"),
        ("{% for name, who in crew.items() %}{{ name }}={{ who }};{% endfor %}", "mate=Ann;cook=Bo;"),
        ("{% if count > 5 %}many{% elif count == 3 %}three{% else %}few{% endif %}", "three"),
        ("{{ 'a' if lit else 'b' }}{{ 'c' if not lit }}", "a"),
        ("{% set n = count * 2 + 1 %}{{ n }} {{ n // 2 }} {{ n % 4 }} {{ -n }}", "7 3 3 -7"),
        ("{% set w | upper %} {{ look }} {% endset %}<{{ w | trim }}>", "<35MM FILM>"),
        ("{% with a = 1, b = 'x' %}{{ a ~ b }}{% endwith %}", "1x"),
        ("{{ nobody | default('someone') }} {{ 'y' if nobody is undefined else 'n' }}", "someone y"),
        ("{{ 'yes' if 'tower' in places and 'film' in look and 'cook' in crew else 'no' }}", "yes"),
        ("{{ places | sort | join }} {{ places | sort(reverse=true) | first }}", "harbourLamptower tower"),
        ("{{ ['a', 'A', 'b'] | unique | join }} {{ places | reverse | first }} {{ places | length }}", "ab Lamp 3"),
        ("{{ 'one two three four' | truncate(9) }} {{ look | wordcount }}", "one... 2"),
        ("{{ look | replace('film', 'tape') | title | replace('T', 't', 1) }}", "35mm tape"),
        (
            "{{ 3.7 | round | int }} {{ '12' | int + 1 }} {{ 'x' | int(5) }} {{ 2.345 | round(2, 'floor') }}",
            "4 13 5 2.34",
        ),
        ("{% for n in range(2, 9, 3) %}{{ n }}{% endfor %}", "258"),
        ("{{ 1 < 2 < 3 and 'yes' }} {{ 4 is even and 3 is odd and 'both' }}", "yes both"),
        ("a {# nobody sees this #} b", "a b"),
        ("a {{- look -}} b", "a35mm filmb"),
        ("a } b {% set x = 1 %} }}", "a } b }}"),
        ("{{ {'k': 'v'}.k }} {{ ('x', 'y') | last }}", "v y"),
        ("{{ 'don\\'t' }}", "don't"),
        ("{% include 'shout.j2' %}", "35MM FILM!"),
        ("{% include 'nowhere.j2' ignore missing %}then", "then"),
        ("{% set a = 1 %}{% for p in places %}{% set a = a + 1 %}{% endfor %}{{ a }}", "1"),
    ],
)
def test_a_template_comes_to_these_words(template: str, expected: str) -> None:
    assert words(template) == expected


def test_mentions_stand_between_the_words() -> None:
    prompt = rendered("{{ look }}: {{ element('keeper') }} says, {{ voice('gruff') }}")
    assert prompt == ("35mm film: ", KEEPER, " says, ", GRUFF)


def test_no_filter_can_tear_a_mention() -> None:
    prompt = rendered("{% set w = element('keeper') ~ ' waits' %}{{ w | upper | title | reverse }}")
    assert prompt == ("stiaW ", KEEPER)


def test_folding_and_line_ends_change_nothing() -> None:
    assert rendered("{{ look }}\n  waits\r\n\tthere \n") == rendered("{{ look }} waits there")


def test_a_fixed_space_is_kept() -> None:
    assert words("5\u00a0km {{ look }}") == "5\u00a0km 35mm film"


def test_two_renderings_are_equal() -> None:
    template = "{% for name, who in crew.items() %}{{ name }}{{ who }}{% endfor %}{{ places | sort | join }}"
    assert rendered(template) == rendered(template)


@pytest.mark.parametrize(
    "template",
    [
        "{{ ''.__class__ }}",
        "{{ look.__class__.__mro__ }}",
        "{{ look.upper() }}",
        "{{ look['__class__'] }}",
        "{{ look | attr('__class__') }}",
        "{{ places.append(1) }}",
        "{{ cycler('a') }}",
        "{{ dict(a=1) }}",
        "{{ range.__init__ }}",
        "{{ (1).real }}",
        "{{ '%s' | format(1) }}",
        "{{ 2 ** 9 }}",
        "{% macro m() %}{% endmacro %}",
        "{% call m() %}{% endcall %}",
        "{% block b %}{% endblock %}",
        "{% extends 'shout.j2' %}",
        "{% import 'shout.j2' as s %}",
        "{% from 'shout.j2' import s %}",
        "{% do places %}",
        "{% raw %}{{ }}{% endraw %}",
        "{% autoescape true %}{% endautoescape %}",
        "{% filter upper %}x{% endfilter %}",
        "{% for p in places recursive %}{% endfor %}",
        "{% for p in places %}{% break %}{% endfor %}",
        "{% set crew.mate = 1 %}",
        "{% if false %}{{ look | pprint }}{% endif %}",
        "{{ places | join(*places) }}",
        "{{ look is callable }}",
    ],
)
def test_what_templates_may_not_do_is_refused(template: str) -> None:
    assert set(codes(template)) <= {"template-forbidden", "template-undefined"}


def test_members_of_text_are_refused_at_their_name() -> None:
    (found,) = refused("It is {{ look.__class__ }}").diagnostics
    assert (found.code, pointed_at(found.place)) == ("template-forbidden", "__class__")
    assert found.message == "text has no member `__class__`: only mappings and lists have members"


EXPENSIVE = {
    "a loop over too many": "{% for a in range(99999999999999) %}{% endfor %}",
    "loops in loops": "{% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}{% endfor %}",
    "a text that doubles": "{% set a = 'xxxxxxxxxx' %}" + "{% set a = a ~ a %}" * 40 + "{{ a }}",
    "a text that is replaced by itself": "{% set a = 'x' %}" + "{% set a = a | replace('x', 'xxxxxxxxxx') %}" * 20,
    "a list that doubles": "{% set a = [1] %}" + "{% set a = a + a %}" * 40,
    "lists of lists compared": "{% set a=[1] %}{% set b=[1] %}"
    + "{% set a=[a,a] %}{% set b=[b,b] %}" * 40
    + "{{ 1 if a==b }}",
    "a number that grows": "{% set a = 9 %}" + "{% set a = a * a %}" * 40,
    "a long number": "{{ " + "9" * 5000 + " }}",
    "a number beyond all": "{{ 1e999 }}",
    "a shift by many places": "{{ 1.5 | round(999999999) }}",
    "brackets in brackets": "{{ " + "(" * 30_000 + " }}",
    "blocks in blocks": "{% if 1 %}" * 6000,
    "not not not": "{{ " + "not " * 10_000 + "1 }}",
    "a sum without end": "{{ 1" + " + 1" * 10_000 + " }}",
    "filters without end": "{{ 'a'" + " | upper" * 6000 + " }}",
    "members without end": "{{ x" + ".a" * 20_000 + " }}",
    "choices without end": "{{ 1" + " if 1 else 2" * 4000 + " }}",
    "more output than a prompt": "{% for a in range(9000) %}words {% endfor %}",
    "a template of 100 KB": "{{ look }}" * 10_000,
    "slow texts in a loop": "{% set a = 'x' %}"
    + "{% set a = a ~ a %}" * 16
    + "{% for n in range(9999) %}{% set b = a | upper %}{% endfor %}",
    "long texts sought in a loop": "{% set a = 'x' %}"
    + "{% set a = a ~ a %}" * 16
    + "{% for n in range(9999) %}{% if a in a %}{% endif %}{% endfor %}",
}


@pytest.mark.parametrize("template", EXPENSIVE.values(), ids=EXPENSIVE.keys())
@pytest.mark.timeout(20)
def test_a_template_that_would_cost_too_much_is_stopped(template: str) -> None:
    assert codes(template) == ["template-too-costly"]


def test_templates_including_each_other_are_told_as_a_circle() -> None:
    (found,) = refused("{% include 'a.j2' %}").diagnostics
    assert found.code == "include-cycle"
    assert (
        found.message == "templates include each other in a circle: templates/a.j2 -> templates/b.j2 -> templates/a.j2"
    )
    assert str(found.place) == "templates/b.j2:1:18"


@pytest.mark.parametrize(
    ("template", "message", "pointed"),
    [
        ("one {{ look", "braces are opened and never closed", "{{"),
        ("one\n{% if lit %}two", "`{% if %}` is never closed", "{%"),
        ("{% if lit %}{% if lit %}{% endif %}", "`{% if %}` is never closed", "{%"),
        ("a {# b", "a comment `{#` is never closed", "{#"),
        ("{{ look film }}", "`film` was not expected here", "fi"),
        ("{{ }}", "the braces hold nothing", "}}"),
        ("{{ look if }}", "the braces are closed too early", "}}"),
        ("{% wave %}", "`wave` is not a tag templates have", "wa"),
        ("{% endif %}", "`{% endif %}` has nothing before it that it could belong to", "en"),
        ("{{ look $ }}", "`$` means nothing in a template", "$ "),
        ("{{ '\\x41' }}", "a text in the template holds an unknown escape", "'"),
    ],
)
def test_what_is_no_template_is_told_in_our_words(template: str, message: str, pointed: str) -> None:
    (found,) = refused(template).diagnostics
    assert (found.code, found.message) == ("template-syntax", message)
    assert pointed_at(found.place) == pointed


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("{{ places }}", "a list is no text"),
        ("{{ crew }}", "a mapping is no text"),
        ("{{ nothing }}", "there is nothing here to write"),
        ("{{ lit }}", "a yes or no is no text"),
        ("{{ look + 1 }}", "`+` cannot put text and a number together"),
        ("{{ look * 3 }}", "`*` needs a number, found text"),
        ("{{ 1 // 0 }}", "`//` by zero"),
        ("{{ 'x' if look < 3 }}", "`<` cannot compare text with a number"),
        ("{{ [] | first }}", "`first` of an empty list"),
        ("{{ look | replace('a') }}", "`replace` needs more arguments: `old`, `new`, `count`"),
        ("{{ look | upper(1) }}", "`upper` takes no arguments, found 1"),
        ("{{ [1, 'a'] | sort }}", "`sort` needs a list of texts or of numbers, not of both"),
        ("{% for a, b in places %}{% endfor %}", "2 names are to be set, but there are not as many values"),
        ("{{ element(3) }}", "`element` needs one name, in quotes"),
    ],
)
def test_what_cannot_be_worked_out_is_told(template: str, message: str) -> None:
    (found,) = refused(template).diagnostics
    assert (found.code, found.message) == ("template-error", message)


def test_all_unknown_names_are_told_at_once_each_at_its_place() -> None:
    findings = refused("{{ lok }} and\n{{ element('keepr') }} {{ voice('gruf') }} {{ crew.mat }}")
    assert [(found.code, str(found.place), pointed_at(found.place), found.hint) for found in findings.diagnostics] == [
        ("template-undefined", "t.j2:1:4", "lok", "did you mean `look`?"),
        ("unknown-element", "t.j2:2:13", "keepr", "did you mean `keeper`?"),
        ("unknown-voice", "t.j2:2:34", "gruf", "did you mean `gruff`?"),
        ("template-undefined", "t.j2:2:52", "mat", "did you mean `mate`?"),
    ]


def test_a_fault_in_an_included_template_is_told_in_that_file() -> None:
    (found,) = refused("{{ look }} {% include 'wrong.j2' %}").diagnostics
    assert (str(found.place), pointed_at(found.place)) == ("templates/wrong.j2:2:6", "lok")


def test_a_character_that_could_be_taken_for_a_mention_is_refused() -> None:
    assert codes("a \U000f0000 b") == ["template-forbidden"]


@pytest.mark.parametrize(
    "yaml",
    [
        "p: {{{{ look }}}} and {0} there",
        'p: "{{{{ look }}}} and {0} there"',
        "p: 'it''s {{{{ look }}}} and {0} there'",
        'p: "it\\"s \\u0041\\x41 \\n{{{{ look }}}} and {0} there"',
        "p: |\n    {{{{ look }}}}\n\n      and {0} there\n",
        "p: >-\n    {{{{ look }}}}\n    and\n    {0} there\n",
        "p: &name\n    words {{{{ look }}}}\n    and {0}\n    there",
        'p: "{{{{ look }}}}\n    and \\\n    {0} there"',
        "p: 'café 漢字 {{{{ look }}}} {0}'",
    ],
)
def test_a_fault_in_a_yaml_text_is_told_where_it_stands_in_the_file(yaml: str) -> None:
    # A plain scalar cannot begin with a brace.
    text = yaml.replace("p: {{{{", "p: words {{{{").format(
        "{{ element('keepr') }}" if ": '" not in yaml else "{{ element(''keepr'') }}"
    )
    findings = Findings()
    node = read_document(Source("s.yaml", text), findings)
    assert isinstance(node, MappingNode), findings.diagnostics
    scalar = node.get("p")
    assert isinstance(scalar, Scalar)
    assert render(text_of_scalar(scalar), SCOPE, CAST, findings) is None
    (found,) = findings.diagnostics
    assert found.place is not None
    lines = text.split("\n")
    line = next(number for number, content in enumerate(lines) if "keepr" in content)
    assert (found.place.line, found.place.column) == (line + 1, lines[line].index("keepr") + 1)


def test_every_built_in_template_renders_with_what_its_head_asks_for() -> None:
    given = {"who": "A man", "does": "waves", "mood": "at peace", "place": "a harbour", "what": "a coin"}
    for name, source in prompt_templates().items():
        findings = Findings()
        prompt = render(text_of_file(source), given, CAST, findings)
        assert findings.diagnostics == [], name
        assert prompt is not None
        assert len(prompt) == 1


def test_a_built_in_template_takes_its_optional_words() -> None:
    scope = {
        "who": "Ann",
        "does": "climbs",
        "where": "in the tower",
        "how": "slowly",
        "camera": "low angle",
        "look": "Film",
    }
    findings = Findings()
    prompt = render(text_of_file(prompt_templates()["action.j2"]), scope, CAST, findings)
    assert prompt == ("Film. Low angle: Ann climbs, in the tower, slowly.",)


SNIPPETS = st.one_of(
    st.sampled_from(
        ["{{", "}}", "{%", "%}", "{#", "#}", "-%}", "{{-", " ", "\n", "\x00", "ü", "}", "{", "\\", "'", '"']
    ),
    st.sampled_from(
        ["look", "crew", "places", "range", "loop", "element", "9999", "1", "default", "join", "'shout.j2'"]
    ),
    st.sampled_from([".", "|", "(", ")", "[", "]", "=", "+", "**", "~", ",", ":", "if", "else", "in", "is", "not"]),
    st.sampled_from(
        ["{% if ", "{% for ", "{% set ", "{% include ", "{% endif %}", "{% endfor %}", "{% raw %}", "{% macro "]
    ),
)


@settings(max_examples=400, deadline=None)
@given(st.lists(SNIPPETS, max_size=40).map("".join))
def test_no_text_whatever_breaks_the_renderer(template: str) -> None:
    findings = Findings()
    prompt = render(text_of_file(Source("t.j2", template)), SCOPE, CAST, findings)
    assert (prompt is None) == bool(findings.diagnostics)
    lines = template.split("\n")
    for found in findings.diagnostics:
        assert found.place is not None
        assert 1 <= found.place.line <= len(lines)
        assert 1 <= found.place.column <= len(lines[found.place.line - 1]) + 1
