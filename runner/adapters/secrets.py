"""Where keys are found, and how they stay unseen: a secret shows itself only to who asks for it by `reveal`.

In this order: the environment, `.env` beside the production, the system's keyring. From the last two never a host.
"""

import base64
import importlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from io import StringIO
from pathlib import Path
from typing import Final, NoReturn
from urllib.parse import quote, quote_plus

from runner.adapters.production_files import FolderFiles
from runner.core.canonical import Json
from runner.model.outside import FileTrouble

_DOTENV: Final = ".env"
_MOST_CHARACTERS: Final = 64 * 1024
_KEYRING_SERVICE: Final = "framechain"
# Whoever may say where requests go may have the keys sent there; a file in a cloned repository may not.
_NEVER_FROM_FILES: Final = ("_BASE_URL", "_ENDPOINT", "_HOST", "_PROXY")
_MASK: Final = "***"
# Anything shorter, a key or a piece of an encoded one, would be found in innocent text: links and ids would break.
_SHORTEST: Final = 6


class Secret:
    """A key. Whatever prints, formats or logs it gets `***`; it cannot be pickled or copied into a plain value."""

    __slots__ = ("__text",)

    def __init__(self, text: str) -> None:
        self.__text = text

    def reveal(self) -> str:
        return self.__text

    def __repr__(self) -> str:
        return _MASK

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other.reveal() == self.__text

    def __hash__(self) -> int:
        return hash((Secret, self.__text))

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not written down")


class KeyUnusable(Exception):
    """A key that was found and cannot be sent. `code`, `message`, `hint` make a diagnostic; none holds the key."""

    code = "key-unusable"

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class KeyFinder:
    """Looks names up; `.env` is read once, and only when the environment has not said.

    None when a name is nowhere. KeyUnusable when what is found cannot be a key, FileTrouble when `.env` cannot be read.
    """

    def __init__(self, environment: Mapping[str, str], production_folder: Path) -> None:
        self._environment = environment
        self._folder = production_folder

    def find(self, name: str) -> Secret | None:
        text = self._environment.get(name, "").strip()
        if text:
            return _make_secret(name, text, "in the environment")
        if name.endswith(_NEVER_FROM_FILES):
            return None
        text = (self._written.get(name) or "").strip()
        if text:
            return _make_secret(name, text, "in `.env`")
        text = (_ask_keyring(name) or "").strip()
        return _make_secret(name, text, "in the keyring") if text else None

    @cached_property
    def _written(self) -> Mapping[str, str | None]:
        try:
            text = FolderFiles(self._folder).text(_DOTENV).text.removeprefix("\ufeff")
        except FileTrouble as trouble:
            if trouble.code == "file-missing":
                return {}
            raise
        if len(text) > _MOST_CHARACTERS:
            message = f"`{_DOTENV}` has {len(text):,} characters, at most {_MOST_CHARACTERS:,} are read"
            raise FileTrouble("file-too-large", message, "it is for keys only, one a line")
        from dotenv import dotenv_values

        # As it is written: a `$` in a key is a `$`, and nothing is put into this process's environment.
        return dotenv_values(stream=StringIO(text), interpolate=False)


def redact(answer: Json, secrets: Iterable[Secret]) -> Json:
    """Every form of each key as `***`, in each text of an answer that was read: before, escapes may hide a key."""
    pattern = _find_any(secrets)
    return answer if pattern is None else _strike_out(answer, pattern)


def _strike_out(value: Json, pattern: re.Pattern[str]) -> Json:
    if isinstance(value, str):
        return pattern.sub(_MASK, value)
    if isinstance(value, Mapping):
        return {pattern.sub(_MASK, name): _strike_out(held, pattern) for name, held in value.items()}
    if isinstance(value, Sequence):
        return [_strike_out(held, pattern) for held in value]
    return value


def _find_any(secrets: Iterable[Secret]) -> re.Pattern[str] | None:
    forms = {form for secret in secrets for form in _forms(secret.reveal())}
    # Longest first: a form may contain a shorter one. Of escapes, `%2b` is as good as `%2B`.
    patterns = [re.sub(r"%[0-9A-F]{2}", _either_case, re.escape(form)) for form in sorted(forms, key=len, reverse=True)]
    return re.compile("|".join(patterns)) if patterns else None


def _make_secret(name: str, text: str, where: str) -> Secret:
    for position, character in enumerate(text, start=1):
        if "!" <= character <= "~":
            continue
        found = "a blank" if character == " " else f"U+{ord(character):04X}"
        message = f"`{name}` {where} cannot be a key: its character {position} is {found}"
        raise KeyUnusable(message, "copy the key again: without quotes, without `Bearer`, on one line")
    if len(text) < _SHORTEST:
        message = f"`{name}` {where} cannot be a key: it has {len(text)} of at least {_SHORTEST} characters"
        raise KeyUnusable(message, "copy the key again, all of it; a sandbox needs none")
    return Secret(text)


def _ask_keyring(name: str) -> str | None:
    """A keyring that is missing, locked or broken has no keys."""
    try:
        keyring = importlib.import_module("keyring")
    except ImportError:
        return None
    try:
        found = keyring.get_password(_KEYRING_SERVICE, name)
    except Exception:  # noqa: BLE001  # each of its many backends has errors of its own
        return None
    return found if isinstance(found, str) else None


def _forms(key: str) -> set[str]:
    if not key:
        return set()
    raw = key.encode()
    written = json.dumps(key)[1:-1]
    forms = {quote(key, safe=""), quote(key), quote_plus(key), raw.hex(), raw.hex().upper()}
    # JSON within a text of an answer; some write `/` with a mark before it.
    forms |= {written, written.replace("/", "\\/")}
    # In the midst of an encoded text a key begins at any of three places of a group; what hangs on its neighbours,
    # before and behind, is left out.
    for place in range(3):
        groups = base64.b64encode(b"\0" * place + raw).decode()
        behind = {0: 0, 1: 3, 2: 2}[(place + len(raw)) % 3]
        core = groups[(0, 2, 3)[place] : len(groups) - behind]
        forms |= {core, core.translate(str.maketrans("+/", "-_"))}
    return {key} | {form for form in forms if len(form) >= _SHORTEST}


def _either_case(escape: re.Match[str]) -> str:
    return "%" + "".join(f"[{digit}{digit.lower()}]" for digit in escape[0][1:])
