"""The lock to text and back: nothing lost, equal locks equal texts, and damage told at its place."""

import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from runner.core.canonical import Digest
from runner.core.diagnostic import Diagnostic, Findings
from runner.core.node import plain
from runner.core.place import Source
from runner.model.lock import Lock, LockedShot
from runner.model.money import Money
from runner.model.request import Identity, Key
from runner.model.resource import MadeResource
from runner.model.take import Take
from runner.reading.document import read_document
from runner.reading.lock import read_lock, write_lock

SCHEMA = Path(__file__).parent.parent / "schemas" / "lock.schema.json"


def place_of(made: MadeResource) -> tuple[object, ...]:
    return (made.gateway, made.account, made.kind, made.key, made.sandbox)


def in_order(made: list[MadeResource]) -> tuple[MadeResource, ...]:
    """As a lock lists them."""
    return tuple(sorted(made, key=lambda one: tuple(map(str, place_of(one)))))


digests = st.text("0123456789abcdef", min_size=64, max_size=64) | st.sampled_from(["1" * 64, "1e" + "0" * 62])
words = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
ids = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_-]{0,8}", fullmatch=True)
fields = st.sampled_from(["first_frame", "last_frame"])
charges = st.builds(
    Money, st.decimals(0, 1000, places=4, allow_nan=False, allow_infinity=False), st.sampled_from(["USD", "EUR"])
)
identities = st.dictionaries(fields, digests.map(Identity), max_size=2)
parts = st.dictionaries(
    st.from_regex(r"[a-z_]{1,12}", fullmatch=True), st.text("0123456789abcdef", min_size=16, max_size=16), max_size=4
)


@st.composite
def takes(draw: st.DrawFn, number: int) -> Take:
    origin = draw(st.sampled_from(["generated", "animatic", "adopted"]))
    key = None if origin == "adopted" else Key(draw(digests))
    digest = None if origin == "animatic" else Digest(draw(digests))
    identity = draw(st.sampled_from([digest or key, draw(digests)]))
    made_by = draw(st.none() | st.just("") | words)
    return Take(
        name=f"v{number:03}",
        origin=origin,
        key=key,
        makers_part=draw(st.none() | digests.map(Digest)),
        roll=draw(st.integers(1, 20)),
        identity=Identity(str(identity)),
        digest=digest,
        gateway=made_by,
        model=made_by,
        job=draw(st.none() | words),
        charge=draw(st.none() | charges),
        made="2026-11-21T08:15:30Z",
        sources=draw(identities),
        parts=draw(parts),
        sandbox=draw(st.booleans()),
        price=draw(st.none() | charges),
    )


@st.composite
def blocks(draw: st.DrawFn) -> LockedShot:
    numbers = sorted(draw(st.sets(st.sampled_from([1, 2, 999, 1000]))))
    made = tuple(draw(takes(number)) for number in numbers)
    return LockedShot(
        key=draw(digests.map(Key)),
        chosen=draw(st.sampled_from([None, *(take.name for take in made)])),
        by_hand=draw(st.booleans()),
        pinned=draw(st.none() | st.just("") | words),
        accepted=draw(st.none() | identities),
        takes=made,
    )


resources = st.builds(
    MadeResource,
    kind=st.sampled_from(["voice", "element"]),
    key=digests.map(Key),
    gateway=st.sampled_from(["kling", "studio-2"]),
    account=st.sampled_from(["", "0123456789ab", "123456789012"]),
    id=words,
    job=st.none() | words,
    made=words,
    charge=st.none() | charges,
    sandbox=st.booleans(),
    price=st.none() | charges,
)
locks = st.builds(
    Lock,
    ids,
    st.dictionaries(ids, st.dictionaries(ids, blocks(), min_size=1, max_size=2), max_size=3),
    st.lists(resources, max_size=3, unique_by=place_of).map(in_order),
)


def read(text: str) -> tuple[Lock | None, tuple[Diagnostic, ...]]:
    findings = Findings()
    return read_lock(Source("storyboard.lock", text), findings), findings.in_order()


def told(text: str) -> Diagnostic:
    lock, diagnostics = read(text)
    assert lock is None
    assert len(diagnostics) == 1
    return diagnostics[0]


def animatic_take(name: str = "v001", digest: Digest | None = None) -> Take:
    key = Key("ab" * 32)
    return Take(
        name, "animatic", key, None, 1, Identity(key), digest, "animatic", "kling-v3", None, None, "2026-11-21", {}
    )


def text_of(*made: Take, **block: str) -> str:
    return write_lock(Lock("night", {"lamp": {"default": LockedShot(takes=made, chosen=block.get("chosen"))}}))


@settings(max_examples=40, deadline=None)
@given(locks)
def test_a_written_lock_reads_back_equal(lock: Lock) -> None:
    assert read(write_lock(lock)) == (lock, ())


@settings(max_examples=20, deadline=None)
@given(locks)
def test_a_written_lock_obeys_its_schema(lock: Lock) -> None:
    findings = Findings()
    node = read_document(Source("storyboard.lock", write_lock(lock)), findings)
    assert node is not None
    validator = Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))
    assert [error.message for error in validator.iter_errors(plain(node))] == []


@settings(max_examples=20, deadline=None)
@given(locks)
def test_the_order_things_were_made_in_changes_no_byte(lock: Lock) -> None:
    turned = {
        shot: {
            profile: LockedShot(block.key, block.chosen, block.by_hand, block.pinned, block.accepted, block.takes[::-1])
            for profile, block in reversed(list(of_profile.items()))
        }
        for shot, of_profile in reversed(list(lock.shots.items()))
    }
    assert write_lock(Lock(lock.production, turned, lock.resources[::-1])) == write_lock(lock)


def test_the_text_says_who_wrote_it_and_what_to_do_with_it() -> None:
    assert text_of().startswith("# written by framechain; commit it with the storyboard\nlock: 1\nproduction: night\n")


def test_what_is_not_set_is_not_written() -> None:
    text = text_of(animatic_take())
    for field in (
        "charge",
        "price",
        "sources",
        "parts",
        "sandbox",
        "job",
        "pinned",
        "by_hand",
        "identity",
        "makers_part",
    ):
        assert f"{field}:" not in text


def test_an_animatic_take_has_no_digest_in_the_lock() -> None:
    assert text_of(animatic_take(digest=Digest("cd" * 32))) == text_of(animatic_take())


def test_money_is_written_as_text_that_no_reader_rounds() -> None:
    take = Take("v001", "generated", Key("k"), None, 1, Identity("d"), Digest("d"), "kling", "m", "j",
                Money(Decimal("0.10"), "USD"), "2026-11-21", {})  # fmt: skip
    assert 'charge: "0.10 USD"' in text_of(take)


@pytest.mark.parametrize("word", ["no", "On", "null", "1e5", "0x1f", "12", "2026-11-21", "1:30", "1e" + "0" * 62])
def test_a_name_that_looks_like_something_else_is_quoted(word: str) -> None:
    lock = Lock("night", {word: {word: LockedShot(pinned=word)}})
    assert write_lock(lock).count(f'"{word}"') == 3
    assert read(write_lock(lock)) == (lock, ())


@pytest.mark.parametrize("word", ["no", "On", "null", "1e5", "0x1f", "12", "2026-11-21"])
def test_so_is_a_productions(word: str) -> None:
    assert write_lock(Lock(word)).count(f'"{word}"') == 1
    assert read(write_lock(Lock(word))) == (Lock(word), ())


@pytest.mark.parametrize("digest", ["1" * 64, "1e" + "0" * 62])
def test_so_is_a_digest(digest: str) -> None:
    lock = Lock("night", {"a": {"b": LockedShot(key=Key(digest))}})
    assert write_lock(lock).count(f'"{digest}"') == 1
    assert read(write_lock(lock)) == (lock, ())


def test_one_more_take_adds_lines_and_changes_none() -> None:
    before = text_of(animatic_take()).splitlines()
    after = text_of(animatic_take(), animatic_take("v002")).splitlines()
    assert after[: len(before)] == before


def test_a_lock_of_a_newer_version_is_not_guessed_at() -> None:
    found = told("lock: 2\nproduction: night\nfolded: {}\n")
    assert (found.code, str(found.place)) == ("lock-newer", "storyboard.lock:1:7")
    assert found.message == "the lock is of version 2, and this framechain reads version 1"
    assert found.hint is not None


def test_merge_conflict_marks_are_told_with_the_way_out() -> None:
    text = "lock: 1\nproduction: night\nshots:\n<<<<<<< ours\n  a: {}\n=======\n  b: {}\n>>>>>>> theirs\n"
    found = told(text)
    assert (found.code, found.place and found.place.line) == ("lock-unreadable", 4)
    assert found.hint == "keep both sides where they are about different shots, else one of them, and remove the marks"


@pytest.mark.parametrize(
    ("written", "damaged", "words", "line"),
    [
        ("lock: 1\n", "", "`lock` is missing", 2),
        ("production: night\n", "", "`production` is missing", 2),
        ("lock: 1", "lock: first", "`lock` is `first`, expected a whole number from 1", 2),
        ("roll: 1", "roll: 0", "`roll` is `0`, expected a whole number from 1", 12),
        ("roll: 1", "roll: true", "`roll` is `true`, expected a whole number from 1", 12),
        (
            "origin: animatic",
            "origin: dreamt",
            "`origin` is `dreamt`, expected one of adopted, animatic, generated",
            10,
        ),
        ("made:", "mode:", "`mode` is no field of a lock", 15),
        ("chosen: v001", "chosen: v009", "`v009` is chosen, but is no take of this shot", 7),
        (f"key: {'ab' * 32}", "model: m", "`model` is written twice", 14),
        (f"          key: {'ab' * 32}\n", "", "the take `v001` has neither `digest` nor `key`", 10),
        ("gateway: animatic", "gateway: [a]", "`gateway` is not a single value, expected text", 13),
        ("gateway: animatic", "gateway: 5", "`gateway` is `5`, expected text", 13),
        ("gateway: animatic", "charge: much", "`charge` is `much`, expected an amount like `0.42 USD`", 13),
        ("gateway: animatic", "parts: a=1 b", "`parts` is not a list of `field=digest`", 13),
        ("gateway: animatic", "sandbox: yes", "`sandbox` is `yes`, expected `true` or `false`", 13),
        ("        v001:", "        v001: [", "`]`", 9),
    ],
)
def test_damage_is_told_at_its_place(written: str, damaged: str, words: str, line: int) -> None:
    text = text_of(animatic_take(), chosen="v001")
    assert written in text
    found = told(text.replace(written, damaged, 1))
    assert found.code == "lock-unreadable"
    assert found.message.startswith("the lock is damaged: ")
    assert words in found.message
    assert found.place is not None
    assert found.place.line == line
    assert found.hint == "bring back the version that was committed: `git checkout -- storyboard.lock`"


@pytest.mark.parametrize("text", ["", "# nothing\n", "lock", "- lock: 1\n", "lock: 1\nproduction: night\nshots: [a]\n"])
def test_what_is_no_lock_is_told_and_not_taken_for_an_empty_one(text: str) -> None:
    assert told(text).code == "lock-unreadable"


# --- voices and elements that were made

VOICE = MadeResource("voice", Key("ab" * 32), "kling", "0123456789ab", "829", "j-1", "2026-11-21")
VOICE_TEXT = write_lock(Lock("night", resources=(VOICE,)))


def test_a_voice_is_one_entry_by_gateway_account_and_what_it_is_made_from() -> None:
    assert VOICE_TEXT.endswith(
        f'resources:\n  "kling 0123456789ab voice {"ab" * 32}":\n    id: "829"\n    job: j-1\n    made: "2026-11-21"\n'
    )


def test_what_a_double_made_stands_beside_the_real_one_and_not_in_its_place() -> None:
    sandboxed = replace(VOICE, sandbox=True, id="sb-1")
    text = write_lock(Lock("night", resources=(sandboxed, VOICE)))
    assert f"voice {'ab' * 32} sandbox" in text
    assert read(text) == (Lock("night", resources=(VOICE, sandboxed)), ())


def test_without_an_account_a_stroke_stands_in_its_place() -> None:
    nobody = replace(VOICE, account="")
    text = write_lock(Lock("night", resources=(nobody,)))
    assert "kling - voice" in text
    assert read(text) == (Lock("night", resources=(nobody,)), ())


@pytest.mark.parametrize(
    ("written", "damaged", "words"),
    [
        (" voice ", " smell ", "is not `gateway account kind key`"),
        ("kling 0123456789ab voice", "kling voice", "is not `gateway account kind key`"),
        (f'{"ab" * 32}"', f'{"ab" * 32} twice"', "is not `gateway account kind key`"),
        ("    id: ", "    ids: ", "`ids` is no field of a lock"),
        ('    id: "829"\n', "", "`id` is missing"),
        ('    made: "2026-11-21"\n', "", "`made` is missing"),
        ("    job: j-1", "    charge: much", "expected an amount like `0.42 USD`"),
        ("resources:\n", "resources: [a]\nrest:\n", "`rest` is no field of a lock"),
    ],
)
def test_damage_among_them_is_told(written: str, damaged: str, words: str) -> None:
    assert written in VOICE_TEXT
    found = told(VOICE_TEXT.replace(written, damaged, 1))
    assert found.code == "lock-unreadable"
    assert words in found.message


@settings(max_examples=40, deadline=None)
@given(locks, st.data())
def test_a_lock_cut_or_scratched_anywhere_gives_words_and_no_traceback(lock: Lock, data: st.DataObject) -> None:
    text = write_lock(lock)
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 40)))
    found, diagnostics = read(text[:start] + data.draw(st.text(max_size=3)) + text[end:])
    assert (found is None) == bool(diagnostics)
    assert {one.code for one in diagnostics} <= {"lock-unreadable", "lock-newer"}
