"""Mentions inside text that is still being rendered, and the prompt it comes to: words and mentions in turn."""

import re
from typing import Final, Literal

from runner.model.storyboard import Mention, Prompt
from runner.reading.template_faults import too_costly

# While a template is rendered a mention is one character of a plane that no script uses, so that no filter can tear it.
_FIRST: Final = 0xF0000
_LAST: Final = 0xFFFFD
_MARK = re.compile(f"[{chr(_FIRST)}-{chr(_LAST)}]")
# Where YAML folds a line and where a file ends is no part of what is asked.
_BLANKS = re.compile(r"[ \t\r\n\f\v]+")


class Marks:
    """The mentions of one shot, numbered as they come."""

    def __init__(self) -> None:
        self._mentions: list[Mention] = []

    def mark(self, kind: Literal["element", "voice"], name: str) -> str:
        mention = Mention(kind, name)
        if mention not in self._mentions:
            if len(self._mentions) > 999:
                too_costly("more than a thousand elements and voices are mentioned")
            self._mentions.append(mention)
        return chr(_FIRST + self._mentions.index(mention))

    def split(self, text: str) -> Prompt:
        text = tidy_text(text)
        parts: list[str | Mention] = []
        end = 0
        for found in _MARK.finditer(text):
            number = ord(found.group()) - _FIRST
            # Any other number was written by an author, which has been told where it stands.
            parts += [text[end : found.start()], *self._mentions[number : number + 1]]
            end = found.end()
        parts.append(text[end:])
        return tuple(part for part in parts if part != "")


def tidy_text(text: str) -> str:
    """Any run of blanks as one space, none at the ends."""
    return _BLANKS.sub(" ", text).strip(" ")


def find_mark(text: str) -> int | None:
    """The offset of a character authors may not use, since it would be taken for a mention."""
    found = None if text.isascii() else _MARK.search(text)
    return found.start() if found else None
