"""Every rule and error that is known of a gateway, from both sides: the double by its pages, the manifest offline."""

import re
from pathlib import Path

import pytest
from gateway_bodies import problems
from gateway_facts import DocumentedError, Rule, all_errors, all_facts, all_rules, facts_of
from kling_boards import board, in_full
from PIL import Image
from reseller_boards import board_at

from runner.adapters import package_data
from runner.api.manifests import built_in
from runner.core.canonical import canonical_bytes
from runner.core.diagnostic import Severity
from runner.model.gateway import Rejected, Uncertain
from runner.planning.answers import read_submit
from runner.sandbox.dialect import Reply, Strictness, Wanted

# Their storyboards name the ids of voices and elements already.
SPEAK_AS_KLING = frozenset({"kling", "kling-next", "kkiai"})
PICTURE = re.compile(r"(\d+)x(\d+)(?:-(\d+)-bytes)?\.(png|jpg|webp|gif)")
SENT = [rule for rule in all_rules() if not rule.double]
WRITTEN = [rule for rule in all_rules() if not rule.offline]


def test_every_gateway_has_its_facts() -> None:
    gateways = {name for name in package_data.gateway_names() if built_in(name).interface is not None}
    assert {facts.gateway for facts in all_facts()} == gateways


@pytest.mark.parametrize("rule", all_rules(), ids=str)
def test_a_fact_has_both_sides_or_says_why_not(rule: Rule) -> None:
    assert rule.fact
    assert rule.notes
    assert rule.double or (rule.taken and rule.refused and all(rule.answers))
    assert len(rule.answers) == len(rule.refused)
    assert rule.offline or (rule.passes and rule.stopped and rule.line and rule.says)


@pytest.mark.parametrize("rule", SENT, ids=str)
def test_the_double_takes_what_is_documented(rule: Rule) -> None:
    facts = facts_of(rule.gateway)
    for body in rule.taken:
        for strictness in Strictness:
            reading = facts.dialect.read(facts.create(rule.call, dict(body)), strictness)
            assert isinstance(reading, Wanted), reading.body


@pytest.mark.parametrize("rule", SENT, ids=str)
def test_the_double_refuses_what_is_not(rule: Rule) -> None:
    facts = facts_of(rule.gateway)
    for body, answer in zip(rule.refused, rule.answers, strict=True):
        call = facts.create(rule.call, dict(body))
        reading = facts.dialect.read(call, Strictness.STRICT)
        assert isinstance(reading, Reply), body
        assert 400 <= reading.status < 500
        assert answer in canonical_bytes(reading.body).decode()
        indulged = facts.dialect.read(call, Strictness.LENIENT)
        assert isinstance(indulged, Wanted) == rule.is_lenient
        assert isinstance(indulged, Wanted) or answer in canonical_bytes(indulged.body).decode()


def storyboard_of(gateway: str, shot: str, folder: Path) -> str:
    """Pictures are made as they are named: `first_frame: 299x400.png`, `first_frame: 640x360-10000001-bytes.png`."""
    storyboard = board(shot) if gateway in SPEAK_AS_KLING else board_at(gateway, shot)
    for found in PICTURE.finditer(storyboard):
        size = int(found[1]), int(found[2])
        Image.new("RGB", size, "#406080").save(folder / found[0])
        content = (folder / found[0]).read_bytes()
        (folder / found[0]).write_bytes(content.ljust(int(found[3] or 0), b"\0"))
    return storyboard


@pytest.mark.parametrize("rule", WRITTEN, ids=str)
def test_the_offline_check_passes_what_the_gateway_takes(rule: Rule, tmp_path: Path) -> None:
    for shot in rule.passes:
        found = problems(rule.gateway, storyboard_of(rule.gateway, shot, tmp_path), tmp_path)
        assert [one.message for one in found if one.severity is Severity.ERROR] == []
        if rule.is_disputed:
            assert [one.message for one in found if rule.says in one.message] == []


@pytest.mark.parametrize("rule", WRITTEN, ids=str)
def test_the_offline_check_stops_the_rest_at_its_line(rule: Rule, tmp_path: Path) -> None:
    severity = Severity.WARNING if rule.is_disputed else Severity.ERROR
    for shot in rule.stopped:
        storyboard = storyboard_of(rule.gateway, shot, tmp_path)
        lines = storyboard.splitlines()
        found = problems(rule.gateway, storyboard, tmp_path)
        told = {
            "" if one.place is None else lines[one.place.line - 1].strip(): one.message
            for one in found
            if one.severity is severity and rule.says in one.message
        }
        assert in_full(rule.line) in told, [one.message for one in found]
        if rule.is_disputed:
            assert [one.message for one in found if one.severity is Severity.ERROR] == []


@pytest.mark.parametrize("rule", [rule for rule in WRITTEN if rule.is_disputed], ids=str)
def test_what_is_disputed_is_sent_all_the_same(rule: Rule, tmp_path: Path) -> None:
    for shot in rule.stopped:
        found = problems(rule.gateway, storyboard_of(rule.gateway, shot, tmp_path), tmp_path)
        assert [one.message for one in found if one.severity is Severity.ERROR] == []


@pytest.mark.parametrize("error", all_errors(), ids=str)
def test_an_error_is_answered_by_the_double_and_known_to_the_manifest(error: DocumentedError) -> None:
    reply = facts_of(error.gateway).dialect.answer_error(error.error)
    assert reply.status == error.status
    interface = built_in(error.gateway).interface
    assert interface is not None
    answer = read_submit(interface.answers, reply.status, reply.body)
    if error.means == "uncertain":
        assert isinstance(answer, Uncertain)
    else:
        assert isinstance(answer, Rejected)
        assert answer.failure.kind == error.means


@pytest.mark.parametrize("facts", all_facts(), ids=lambda facts: facts.gateway)
def test_the_double_has_just_the_errors_that_are_listed(facts: object) -> None:
    assert isinstance(facts, type(all_facts()[0]))
    assert {error.error for error in facts.errors} == set(facts.dialect.errors)
