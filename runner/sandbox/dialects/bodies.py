"""Values out of a body whose fields were found right, and the rules on prompts that several gateways share.

What a field must look like is in `fields`. Nothing here knows a gateway.
"""

import re
from collections.abc import Iterable, Mapping, Sequence

from runner.core.canonical import Json
from runner.sandbox.dialects.fields import Body


def text_in(body: Body, name: str) -> str | None:
    """None when it is absent or empty."""
    value = body.get(name)
    return value if isinstance(value, str) and value else None


def whole_in(body: Body, name: str, default: int) -> int:
    value = body.get(name)
    return int(value) if isinstance(value, int | float | str) and value != "" else default


def flag_in(body: Body, name: str, *, default: bool) -> bool:
    value = body.get(name)
    return default if value is None or value == "" else value is True or value == "true"


def items_in(body: Body, name: str) -> Sequence[Json]:
    value = body.get(name)
    return value if isinstance(value, Sequence) and not isinstance(value, str) else ()


def bodies_in(body: Body, name: str) -> list[Body]:
    return [item for item in items_in(body, name) if isinstance(item, Mapping)]


def given(body: Body, *names: str) -> list[str]:
    """Which of them have a value."""
    return [name for name in names if body.get(name) not in (None, "", [], ())]


def find_loose_token(prompts: Iterable[str], pattern: str, count: int) -> str | None:
    """The first reference to something past the end of its list. The pattern's one group is the number."""
    for prompt in prompts:
        for match in re.finditer(pattern, prompt):
            if not 1 <= int(match[1]) <= count:
                return match[0]
    return None


def sum_of_beats(beats: Sequence[Body]) -> int:
    return sum(whole_in(beat, "duration", 0) for beat in beats)
