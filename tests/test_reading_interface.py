"""How a gateway is spoken to, as its manifest says it: keys, calls, answers, rules, resources, and their faults."""

from decimal import Decimal

import pytest
from studio_manifest import changed, interface_of, read_studio, read_text, studio

from runner.model.gateway import FailureClass
from runner.model.interface import (
    AnswerRule,
    AnswerTest,
    Authentication,
    Bearer,
    ChargeAt,
    HeaderKey,
    HttpCall,
    Mentions,
    OptionRule,
    QueryKey,
    SignedToken,
    Verdict,
)
from runner.model.mapping import Condition, Reference, Text, Value
from runner.model.mapping import Test as Told

ERRORS = {"message": ("error.message", "message"), "code": "error.code"}
SMALL = """\
manifest: 1
name: studio
title: The Studio
medium: generated
guard: {named: unknown, found: unknown, refused: unknown}
limits:
  pictures: {formats: [png], shortest_side: 1, widest_ratio: 1, bytes: 1}
models:
  small-1: {durations: [5], sound: false}
"""
BEARER = "{kind: bearer, key: STUDIO_API_KEY}"


@pytest.mark.parametrize(
    ("written", "key"),
    [
        (BEARER, Bearer("STUDIO_API_KEY")),
        ("{kind: header, header: X-Key, prefix: Key, key: A}", HeaderKey("X-Key", "Key", "A")),
        ("{kind: header, key: A}", HeaderKey("Authorization", "", "A")),
        ("{kind: query, parameter: token, key: A}", QueryKey("token", "A")),
        ("{kind: token, access: A, secret: B}", SignedToken("A", "B")),
    ],
)
def test_each_way_to_show_who_pays_is_read(written: str, key: Authentication) -> None:
    assert interface_of(studio((BEARER, written))).keys == (key,)


def test_keys_stand_in_order_of_preference() -> None:
    both = interface_of(studio((BEARER, f"{{kind: token, access: A, secret: B}}\n  - {BEARER}"))).keys
    assert both == (SignedToken("A", "B"), Bearer("STUDIO_API_KEY"))


def test_a_task_says_when_it_is_meant_and_how_it_is_sent() -> None:
    task = interface_of(studio()).tasks["words"]
    assert (task.name, task.title, task.request, task.is_proven, task.note) == (
        "words", "from words", "studio-words", True, None
    )  # fmt: skip
    assert task.when.tests[0] == Told(("first_frame",), is_present=False)
    assert task.satisfied == Condition((Told(("watermark",), values=(False,)),))
    assert task.options == {"style": OptionRule({"enum": ["calm", "wild"]})}
    assert task.submit.method == "POST"
    assert task.submit.path == Text(("/v1/", Reference(("spelling",)), "/words"))
    assert task.submit.query == {"style": Reference(("options", "style"))}
    assert task.submit.headers == {"X-Studio": "1"}


def test_tasks_keep_the_order_they_are_tried_in() -> None:
    assert list(interface_of(studio()).tasks) == ["words", "picture"]


def test_a_task_may_have_mentions_of_its_own_and_be_unproven() -> None:
    own = "title: from words\n    unproven: true\n    note: nobody tried it\n    mentions: {voice: the voice}"
    tasks = interface_of(studio(("title: from words", own))).tasks
    assert tasks["words"].mentions == Mentions(None, Value("the voice"))
    assert (tasks["words"].is_proven, tasks["words"].note) == (False, "nobody tried it")
    number = Reference(("item", "number"))
    assert tasks["picture"].mentions == Mentions(
        Text(("<<<element_", number, ">>>")), Text(("<<<voice_", number, ">>>"))
    )


def test_a_model_is_spelled_by_each_task_or_else_as_it_is_called() -> None:
    spellings = interface_of(studio()).spellings
    assert spellings["loud-2"]["words"] == Value("loud-two")
    table = {"std": "loud-two-fast", "pro": "loud-two-fine"}
    assert spellings["loud-2"]["picture"] == Reference(("mode",), table=table)
    assert spellings["still-1"] == {"picture": Value("still-1")}


def test_a_models_limits_at_a_task_are_its_own_with_the_tasks_laid_over() -> None:
    offers = studio().offers
    assert (offers["loud-2"]["words"].elements, offers["loud-2"]["picture"].elements) == (0, 2)
    assert offers["loud-2"]["words"].voices == 2
    assert list(offers["still-1"]) == ["picture"]


def test_answers_are_read_with_the_common_places_of_errors() -> None:
    accepted, exists, limit, balance, wrong = interface_of(studio()).answers
    assert accepted == AnswerRule(
        Verdict.ACCEPTED, where=(AnswerTest("job.id", is_present=True),), job="job.id"
    )  # fmt: skip
    assert exists.http == ((409, 409),)
    assert exists.where == (AnswerTest("error.message", contains=("already there",)),)
    assert limit == AnswerRule(
        Verdict.REJECTED, http=((429, 429),), kind=FailureClass.LIMIT, message=ERRORS["message"], code="error.code"  # type: ignore[arg-type]
    )  # fmt: skip
    assert (balance.http, wrong.http) == (((402, 402),), ((400, 499),))


def test_a_rules_own_places_come_before_the_common_ones() -> None:
    own = "{is: rejected, http: [4xx, 503], kind: input, message: why, code: number, input: prompt}"
    wrong = interface_of(studio(("{is: rejected, http: 4xx, kind: input}", own))).answers[-1]
    assert (wrong.message, wrong.code, wrong.input) == (("why",), "number", "prompt")
    assert wrong.http == ((400, 499), (503, 503))


def test_a_job_that_is_done_may_say_what_it_cost() -> None:
    done, working, failed, gone = interface_of(studio()).poll.answers
    assert done.charge == ChargeAt("units", Decimal("0.14"), "USD")
    assert working.where == (AnswerTest("state", values=("waiting", "working")),)
    assert (failed.charged, failed.kind) == (False, FailureClass.CONTENT)
    assert (gone.verdict, gone.charged, gone.charge) == (Verdict.GONE, None, None)


def test_questions_are_asked_by_get_unless_it_is_said_otherwise() -> None:
    interface = interface_of(studio(("find:\n  path", "find:\n  method: POST\n  path")))
    assert interface.poll.call == HttpCall(
        "GET", Text(("/v1/jobs/", Reference(("job",)))), query={"of": Reference(("task",))}
    )
    assert interface.find is not None
    assert interface.find.call.method == "POST"
    assert interface.result is not None


def test_a_rule_refuses_or_warns_under_a_code_of_its_own() -> None:
    refusal, warning = interface_of(studio()).rules
    assert (refusal.says, refusal.at, refusal.code, refusal.is_warning) == (
        "masks cannot be given beside a last frame", "masks", "field-not-supported", False
    )  # fmt: skip
    assert (warning.code, warning.is_warning, warning.hint) == (
        "combination-disputed", True, "write `mode: pro` to be sure"
    )  # fmt: skip
    coded = interface_of(studio(("at: masks\n", "at: masks\n    code: limit-exceeded\n"))).rules[0]
    assert coded.code == "limit-exceeded"


def test_resources_say_how_they_are_made_asked_about_and_priced() -> None:
    resources = interface_of(studio()).resources
    voice, element = resources["voice"], resources["element"]
    assert (voice.kind, voice.price, voice.currency) == ("voice", Decimal("0.07"), "USD")
    assert (element.kind, element.price, element.request) == ("element", None, "studio-element")
    assert voice.poll.answers[0].result == {"id": "voice"}
    assert voice.find is not None
    assert voice.check is not None
    assert (element.find, element.check, element.remove) == (None, None, None)


def test_without_a_host_there_is_no_interface() -> None:
    manifest, diagnostics = read_text(SMALL)
    assert diagnostics == ()
    assert manifest is not None
    assert (manifest.interface, manifest.offers) == (None, {})


@pytest.mark.parametrize(
    ("written", "instead", "code", "caret"),
    [
        ("reference: negative_prompt", "reference: negativ_prompt", "unknown-reference", "negativ_prompt"),
        ("{first_frame: present}", "{firstframe: present}", "unknown-reference", "firstframe"),
        ("{watermark: false, sound:", "{watermarks: false, sound:", "unknown-reference", "watermarks"),
        ('{reference: item.number}, ">>>"', '{reference: number}, ">>>"', "unknown-reference", "number"),
        ("{of: {reference: task}}", "{of: {reference: prompt}}", "unknown-reference", "prompt"),
        ("sample: {reference: sample", "sample: {reference: voices", "unknown-reference", "voices"),
        ("at: masks", "at: mask", "unknown-reference", "mask"),
        ("      picture: {}", "      pictures: {}", "bad-value", "pictures"),
        ("{spelling: loud-two,", "{spelling: {reference: modus},", "unknown-reference", "modus"),
        ("  - {is: exists, http: 409", "  - {is: there, http: 409", "bad-value", "there"),
        ("http: 4xx, kind: input", "http: 4XX, kind: input", "bad-value", "4XX"),
        ("https://api.studio.example", "http://api.studio.example", "bad-value", "http://api.studio.example"),
        ("https://api.studio.example", "https://api.studio.example/v1", "bad-value", "https://api.studio.example/v1"),
        ("0.07 USD", "cheap", "bad-value", "cheap"),
    ],
)  # fmt: skip
def test_a_fault_is_told_where_it_stands_and_nothing_is_read(written: str, instead: str, code: str, caret: str) -> None:
    manifest, diagnostics = read_studio((written, instead))
    assert manifest is None
    assert [found.code for found in diagnostics] == [code]
    place = diagnostics[0].place
    assert place is not None
    assert place.source.line(place.line)[place.column - 1 :].startswith(caret)


# --- a manifest that is like another

SISTER = "manifest: 1\nname: sister\ntitle: The Sister\nlike: studio\nhost: https://sister.example\n"


def test_what_is_like_another_takes_over_all_but_its_names_and_what_it_says_itself() -> None:
    sister, diagnostics = read_text(SISTER, studio=changed())
    assert diagnostics == ()
    assert sister is not None
    assert (sister.name, sister.title, interface_of(sister).host) == ("sister", "The Sister", "https://sister.example")
    assert interface_of(sister).tasks == interface_of(studio()).tasks
    assert (sister.guard, sister.prices, sister.models) == (studio().guard, studio().prices, studio().models)


def test_whose_library_it_knows_is_said_by_each_for_itself() -> None:
    shared, diagnostics = read_text(SISTER + "library: studio\n", studio=changed())
    assert diagnostics == ()
    niece, _ = read_text(
        SISTER.replace("like: studio", "like: aunt"), aunt=SISTER + "library: studio\n", studio=changed()
    )
    assert shared is not None
    assert niece is not None
    assert (shared.library, niece.library, studio().library) == ("studio", "sister", "studio")


def test_what_is_like_one_that_is_like_a_third_is_like_the_third() -> None:
    text = SISTER.replace("sister", "niece").replace("like: studio", "like: sister")
    niece, diagnostics = read_text(text, sister=SISTER, studio=changed())
    assert diagnostics == ()
    assert niece is not None
    assert (niece.name, interface_of(niece).host) == ("niece", "https://niece.example")
    assert interface_of(niece).rules == interface_of(studio()).rules


def test_a_title_of_its_own_is_needed_and_names_are_not_taken_over() -> None:
    manifest, diagnostics = read_text("manifest: 1\nlike: studio\n", studio=changed())
    assert manifest is None
    assert {found.code for found in diagnostics} == {"missing-field"}


def test_what_is_like_nobody_is_told_at_that_line() -> None:
    manifest, diagnostics = read_text(SISTER)
    assert manifest is None
    assert diagnostics[0].code in {"unknown-provider", "missing-field"}
    (unknown,) = [found for found in diagnostics if found.code == "unknown-provider"]
    assert (unknown.message, str(unknown.place)) == ("`studio` is not a built-in manifest", "studio.yaml:4:7")
