"""Where keys are found, which are refused, and that none of them shows itself."""

import base64
import copy
import json
import logging
import os
import pickle
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.adapters.secrets import KeyFinder, KeyUnusable, Secret, redact
from runner.core.canonical import Json
from runner.model.outside import FileTrouble

NAME = "MULERUN_API_KEY"
KEY = "sk-marked/key+0123456789="


@pytest.fixture(autouse=True)
def keyring(monkeypatch: pytest.MonkeyPatch) -> dict[tuple[str, str], str]:
    """What the system's keyring holds: nothing, unless a test puts it there."""
    held: dict[tuple[str, str], str] = {}
    double = SimpleNamespace(get_password=lambda service, name: held.get((service, name)))
    monkeypatch.setitem(sys.modules, "keyring", double)
    return held


def found(folder: Path, environment: Mapping[str, str] | None = None, name: str = NAME) -> str | None:
    secret = KeyFinder(environment or {}, folder).find(name)
    return None if secret is None else secret.reveal()


def write(folder: Path, text: str) -> None:
    (folder / ".env").write_text(text, encoding="utf-8")


# --- where it is found


def test_a_key_is_found_nowhere_when_it_is_nowhere(tmp_path: Path) -> None:
    assert found(tmp_path) is None


def test_the_environment_comes_before_the_file_and_the_file_before_the_keyring(
    tmp_path: Path, keyring: dict[tuple[str, str], str]
) -> None:
    keyring["framechain", NAME] = "of-the-keyring"
    assert found(tmp_path) == "of-the-keyring"
    write(tmp_path, f"{NAME}=of-the-file\n")
    assert found(tmp_path) == "of-the-file"
    assert found(tmp_path, {NAME: "of-the-environment"}) == "of-the-environment"


@pytest.mark.parametrize("empty", ["", "  ", "\t\n"])
def test_an_empty_value_is_as_good_as_none(tmp_path: Path, empty: str, keyring: dict[tuple[str, str], str]) -> None:
    keyring["framechain", NAME] = empty
    write(tmp_path, f"{NAME}='{empty}'\n")
    assert found(tmp_path, {NAME: empty}) is None
    keyring["framechain", NAME] = "of-the-keyring"
    assert found(tmp_path, {NAME: empty}) == "of-the-keyring"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (f"{NAME}=abcdef", "abcdef"),
        (f"export {NAME}=abcdef", "abcdef"),
        (f'{NAME}="abcdef"', "abcdef"),
        (f"{NAME} = 'abcdef'  # ours", "abcdef"),
        (f"{NAME}=a$HOME${{HOME}}b", "a$HOME${HOME}b"),
        (f"{NAME}=abcdef\r", "abcdef"),
        (f"\ufeff{NAME}=abcdef", "abcdef"),
        (f"{NAME}", None),
        (f"# {NAME}=abcdef", None),
        (f"X{NAME}=abcdef", None),
        (f"{NAME}=first\n{NAME}=second", "second"),
        (f"this line is no setting\n{NAME}=abcdef", "abcdef"),
    ],
)
def test_the_file_is_read_as_such_files_are_and_nothing_is_filled_in(
    tmp_path: Path, line: str, expected: str | None
) -> None:
    write(tmp_path, f"{line}\n")
    assert found(tmp_path, {"HOME": "somewhere"}) == expected


def test_reading_the_file_leaves_this_process_as_it_was(tmp_path: Path) -> None:
    write(tmp_path, f"{NAME}=abcdef\nOTHER_API_KEY=def\n")
    before = dict(os.environ)
    assert found(tmp_path) == "abcdef"
    assert dict(os.environ) == before


@pytest.mark.parametrize("name", ["MULERUN_BASE_URL", "MULERUN_ENDPOINT", "MULERUN_HOST", "HTTPS_PROXY"])
def test_no_file_and_no_keyring_says_where_requests_go(
    tmp_path: Path, name: str, keyring: dict[tuple[str, str], str]
) -> None:
    write(tmp_path, f"{name}=https://thief.test\n")
    keyring["framechain", name] = "https://thief.test"
    assert found(tmp_path, name=name) is None
    assert found(tmp_path, {name: "https://mine.test"}, name) == "https://mine.test"


def test_the_file_is_read_once_for_all_keys_and_not_at_all_when_the_environment_has_them(tmp_path: Path) -> None:
    (tmp_path / ".env").mkdir()
    finder = KeyFinder({NAME: "abcdef"}, tmp_path)
    assert finder.find(NAME) == Secret("abcdef")
    with pytest.raises(FileTrouble):
        finder.find("OTHER_API_KEY")
    (tmp_path / ".env").rmdir()
    write(tmp_path, "ONE_API_KEY=one-key\nTWO_API_KEY=two-key\n")
    finder = KeyFinder({}, tmp_path)
    assert finder.find("ONE_API_KEY") == Secret("one-key")
    (tmp_path / ".env").unlink()
    assert finder.find("TWO_API_KEY") == Secret("two-key")


def test_a_link_out_of_the_production_is_not_followed(tmp_path: Path) -> None:
    production = tmp_path / "production"
    production.mkdir()
    write(tmp_path, f"{NAME}=abcdef\n")
    (production / ".env").symlink_to(tmp_path / ".env")
    with pytest.raises(FileTrouble) as trouble:
        found(production)
    assert trouble.value.code == "path-outside"


def test_a_link_within_the_production_is_followed(tmp_path: Path) -> None:
    (tmp_path / "keys.env").write_text(f"{NAME}=abcdef\n")
    (tmp_path / ".env").symlink_to("keys.env")
    assert found(tmp_path) == "abcdef"


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"A=" + b"x" * 70_000, "file-too-large"), (b"A=\xff\xfe", "not-text"), (b"A=\0", "not-text")],
)
def test_a_file_that_cannot_be_one_of_keys_is_refused(tmp_path: Path, content: bytes, code: str) -> None:
    (tmp_path / ".env").write_bytes(content)
    with pytest.raises(FileTrouble) as trouble:
        found(tmp_path)
    assert trouble.value.code == code


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes with names")
def test_a_pipe_in_the_place_of_the_file_does_not_hold_us_up(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / ".env")
    with pytest.raises(FileTrouble):
        found(tmp_path)


def test_a_machine_without_a_keyring_has_no_keys_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    assert found(tmp_path) is None


def test_a_keyring_that_fails_has_no_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(service: str, name: str) -> str:
        raise RuntimeError("locked")

    monkeypatch.setitem(sys.modules, "keyring", SimpleNamespace(get_password=fail))
    assert found(tmp_path) is None


# --- what cannot be a key


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("sk-12\n34", "character 6 is U+000A"),
        ("sk-12\r\n34", "character 6 is U+000D"),
        ("sk-\x0012", "character 4 is U+0000"),
        ("sk-\x7f12", "character 4 is U+007F"),
        ("Bearer sk-1234", "character 7 is a blank"),
        ("\u201csk-1234\u201d", "character 1 is U+201C"),
        ("sk-\u200b1234", "character 4 is U+200B"),
    ],
)
def test_what_cannot_be_a_key_is_refused_without_showing_it(tmp_path: Path, value: str, said: str) -> None:
    with pytest.raises(KeyUnusable) as trouble:
        found(tmp_path, {NAME: value})
    assert trouble.value.message == f"`{NAME}` in the environment cannot be a key: its {said}"
    assert trouble.value.hint == "copy the key again: without quotes, without `Bearer`, on one line"
    assert trouble.value.code == "key-unusable"
    assert "1234" not in repr(trouble.value)


def test_a_key_of_a_few_letters_is_nobodys_and_would_be_struck_out_of_every_link(tmp_path: Path) -> None:
    with pytest.raises(KeyUnusable) as trouble:
        found(tmp_path, {NAME: "mp4"})
    assert trouble.value.message == f"`{NAME}` in the environment cannot be a key: it has 3 of at least 6 characters"
    assert trouble.value.hint == "copy the key again, all of it; a sandbox needs none"
    assert found(tmp_path, {NAME: "sk-123"}) == "sk-123"


def test_where_an_unusable_key_stands_is_told(tmp_path: Path, keyring: dict[tuple[str, str], str]) -> None:
    keyring["framechain", NAME] = "a b"
    with pytest.raises(KeyUnusable, match="in the keyring"):
        found(tmp_path)
    write(tmp_path, f'{NAME}="a\\nb"\n')
    with pytest.raises(KeyUnusable, match=r"in `\.env`"):
        found(tmp_path)


def test_blanks_around_a_key_are_taken_off(tmp_path: Path) -> None:
    assert found(tmp_path, {NAME: f"  {KEY}\r\n"}) == KEY


# --- how it stays unseen


@dataclass(frozen=True)
class Holder:
    key: Secret


def test_a_secret_shows_itself_to_nobody_but_who_asks_for_it(caplog: pytest.LogCaptureFixture) -> None:
    secret = Secret(KEY)
    logging.getLogger("any").warning("%s %r", secret, [secret])
    shown = [str(secret), repr(secret), f"{secret}", f"{secret!r}", f"{[secret]}", repr(Holder(secret)), caplog.text]
    assert all("***" in text and KEY not in text for text in shown)
    assert secret.reveal() == KEY
    assert not hasattr(secret, "__dict__")


def test_a_secret_goes_into_no_file() -> None:
    secret = Secret(KEY)
    for write_down in (pickle.dumps, copy.deepcopy, json.dumps):
        with pytest.raises(TypeError):
            write_down(secret)
    with pytest.raises(TypeError):
        asdict(Holder(secret))


def test_equal_keys_are_equal_secrets() -> None:
    assert Secret("a") == Secret("a") != Secret("b")
    assert Secret("a") != "a"
    assert len({Secret("a"), Secret("a"), Secret("b")}) == 2


# --- taken out of answers


def cleaned(text: str, *keys: str) -> str:
    left = redact(text, [Secret(key) for key in keys])
    assert isinstance(left, str)
    return left


@pytest.mark.parametrize(
    "form",
    [
        KEY,
        quote(KEY, safe=""),
        quote(KEY, safe="").replace("%2F", "%2f").replace("%2B", "%2b"),
        quote(KEY),
        KEY.encode().hex(),
        KEY.encode().hex().upper(),
        json.dumps({"key": KEY}),
        json.dumps({"key": KEY}).replace("/", r"\/"),
        f"Authorization: Bearer {KEY}",
        f"https://x.test/?key={quote(KEY, safe='')}&a=1",
    ],
)
def test_every_form_of_a_key_is_taken_out(form: str) -> None:
    left = cleaned(f"before {form} behind", "another", KEY)
    assert "***" in left
    assert "marked" not in left
    assert left.startswith("before ")
    assert left.endswith(" behind")


@given(st.binary(max_size=8), st.binary(max_size=8), st.booleans())
def test_a_key_is_taken_out_of_the_midst_of_encoded_text(before: bytes, behind: bytes, is_for_urls: bool) -> None:  # noqa: FBT001  # drawn
    encode = base64.urlsafe_b64encode if is_for_urls else base64.b64encode
    told = cleaned(encode(before + KEY.encode() + behind).decode(), KEY)
    assert "***" in told
    left = told.split("***")[0]
    assert b"mark" not in base64.b64decode(left[: len(left) // 4 * 4], altchars=b"-_" if is_for_urls else None)


def test_a_key_is_taken_out_wherever_a_text_stands_in_an_answer_and_nothing_else_is() -> None:
    answer: Json = {"data": [{"said": f"no {KEY}", "at": 1234567890123}, None, True, 0.5], KEY: ""}
    expected = {"data": [{"said": "no ***", "at": 1234567890123}, None, True, 0.5], "***": ""}
    assert redact(answer, [Secret(KEY), Secret("1234567890")]) == expected


def test_a_key_that_contains_another_is_taken_out_whole() -> None:
    assert cleaned("abcdef-long abcdef", "abcdef", "abcdef-long") == "*** ***"


def test_text_without_a_key_stays_as_it_is() -> None:
    text = "job 12 failed: eyJ is no token, 100% sure; *** stays"
    assert cleaned(text, KEY, "a.*b|c", "") == text
    assert cleaned("x a.*b|c x", "a.*b|c") == "x *** x"
