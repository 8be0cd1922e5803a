"""A plan as Markdown for a pull request: one line that says it all, a table a group, what is kept folded away.

Everything that comes from data is escaped: in a comment somebody else's words can neither open a tag nor call a person.
"""

import re

from runner.model.plan import Action, Plan, PlannedShot
from runner.showing.plan_text import (
    PlanGroup,
    group_shots,
    plan_heading,
    say_kept,
    say_left_out,
    say_time,
    say_verdict,
)
from runner.showing.wording import make_harmless, say_price

# What Markdown or a forge reads as more than text.
_SPECIAL = re.compile(r"([\\`*_\[\]()<>!|~&]|:(?=//)|(?<=www)\.)", re.IGNORECASE)
# A backslash does not keep a forge from calling a person or linking an issue; a comment between sign and name does.
_CALLING = re.compile(r"([@#])")
_HEAD = ("| shot | action | why | price |", "|---|---|---|---|")


def plan_markdown(plan: Plan) -> str:
    heading = escape_markdown(plan_heading(plan).removeprefix("plan for "))
    parts = [f"### {heading}", f"**{escape_markdown(say_verdict(plan))}**"]
    parts += [_group(group) for group in group_shots(plan, with_kept=False)]
    kept = [shot for shot in plan.shots if shot.action is Action.KEEP]
    if kept:
        names = ", ".join(_code(shot.id) for shot in kept)
        parts.append(f"<details><summary>{escape_markdown(say_kept(plan))}</summary>\n\n{names}\n\n</details>")
    parts += [escape_markdown(line) for line in (say_left_out(plan), *say_time(plan).splitlines()) if line]
    return "\n\n".join(parts)


def escape_markdown(text: str) -> str:
    """Words in backticks stay code; all else is only text."""
    pieces = make_harmless(text).split("`")
    if len(pieces) % 2 == 0:
        return _plain("`".join(pieces))
    return "".join(_code(piece) if number % 2 else _plain(piece) for number, piece in enumerate(pieces))


def _plain(text: str) -> str:
    return _CALLING.sub(r"\1<!-- -->", _SPECIAL.sub(r"\\\1", text))


def _code(text: str) -> str:
    """A code span; in a table its bars must be escaped all the same."""
    words = make_harmless(text).replace("`", "'").replace("|", "\\|").strip()
    return f"`{words}`" if words else ""


def _group(group: PlanGroup) -> str:
    return "\n".join([f"**{group.heading}**", "", *_HEAD, *(_row(shot) for shot in group.shots)])


def _row(shot: PlannedShot) -> str:
    reasons = [escape_markdown(reason.text) for reason in shot.reasons]
    if shot.hint:
        reasons.append(f"*hint:* {escape_markdown(shot.hint)}")
    price = say_price(shot.price) if shot.sendings else ""
    return f"| {_code(shot.id)} | {shot.action.value} | {'<br>'.join(reasons)} | {_plain(price)} |"
