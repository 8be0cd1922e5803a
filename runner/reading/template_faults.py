"""What can be wrong with a template, and the bounds that make its cost finite."""

from dataclasses import dataclass
from typing import Final, NoReturn

from runner.core.place import Place

# All a template may take. A prompt that comes near any of these is no prompt.
TEXT_CHARACTERS: Final = 64 * 1024
STEPS: Final = 50_000
OUTPUT_CHARACTERS: Final = 20_000
STRING_CHARACTERS: Final = 100_000
LIST_ITEMS: Final = 10_000
DEPTH: Final = 40
LARGEST_NUMBER: Final = 10**15


class TemplateFault(Exception):
    """Something is wrong at an offset of a template's text; `place` once it is known which file that is."""

    def __init__(self, code: str, message: str, offset: int = 0, hint: str | None = None, length: int = 1) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.offset = offset
        self.hint = hint
        self.length = length
        self.place: Place | None = None
        # The name that is missing, for `template-undefined`.
        self.name: str | None = None


class Complaint(Exception):
    """A filter or operator cannot work on what it was given; the interpreter knows where."""

    def __init__(self, message: str, hint: str | None = None, code: str = "template-error") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.code = code


def too_costly(message: str) -> NoReturn:
    raise Complaint(message, "templates are for words: loop less, or write the words down", "template-too-costly")


@dataclass(slots=True)
class Budget:
    """Counts what one rendering uses."""

    steps_left: int = STEPS
    output_left: int = OUTPUT_CHARACTERS

    def spend(self, steps: int = 1) -> None:
        self.steps_left -= steps
        if self.steps_left < 0:
            too_costly(f"the template takes more than {STEPS:,} steps")

    def room_for_output(self, characters: int) -> None:
        self.output_left -= characters
        if self.output_left < 0:
            too_costly(f"the template comes to more than {OUTPUT_CHARACTERS:,} characters")

    def room_for_text(self, characters: int) -> None:
        """Asked before a text of that length is built; long ones take steps, or a loop over them would be free."""
        if characters > STRING_CHARACTERS:
            too_costly(f"a text in the template is longer than {STRING_CHARACTERS:,} characters")
        self.spend(characters // 50)

    def room_for_list(self, items: int) -> None:
        if items > LIST_ITEMS:
            too_costly(f"a list in the template has more than {LIST_ITEMS:,} items")
        self.spend(items // 4)


def hint_for_holder(name: str) -> str | None:
    """For who writes the field that holds the values before the value's own name."""
    if name not in {"vars", "with"}:
        return None
    return f"what stands under `{name}:` is called by its own name: `{{{{ who }}}}`, not `{{{{ {name}.who }}}}`"
