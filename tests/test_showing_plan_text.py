"""A plan in words: for the terminal and for a pull request."""

import re
from dataclasses import replace

from showing_samples import PRICE, edited_plan, kept_plan, make_plan, make_planned

from runner.model.plan import Action
from runner.showing.markdown import escape_markdown, plan_markdown
from runner.showing.plan_text import plan_text

HOSTILE = "no\x1b[2J\u202e `x` <script>alert(1)</script> @everyone | #1 https://bad.example [a](b)"


def test_a_plan_is_told_in_groups_with_reasons_hints_prices_and_the_total() -> None:
    assert plan_text(edited_plan(), color=False).splitlines() == [
        "plan for keeper-7f3a on mulerouter",
        "",
        "only you can say:",
        "  ask      answer  was it charged?",
        "                   hint: `framechain resolve answer`",
        "",
        "cannot be made now:",
        "  blocked  signal  the last attempt failed: no",
        "                   hint: `framechain retry signal`",
        "",
        "to be made:",
        "  make     climb  prompt changed  (0.70-1.40 USD)",
        "",
        "made again because they chain from those:",
        "  make     lamp  first frame changed because `climb` will be made again  (2 rolls, price unknown)",
        "",
        "goes on from an earlier run:",
        "  resume   swell  a job for it runs at `mulerouter`",
        "  attach   rocks  a submit was never answered  (0.70-1.40 USD)",
        "",
        "out of date, and left as it is:",
        "  stale    boat  pinned: the client likes it",
        "",
        "1 shot kept (`--verbose` lists them)",
        "2 shots to make, 2 shots to go on with: 1.40-2.80 USD and 1 price unknown",
        "longest chain: climb > lamp",
        "expected time: about 4 min",
    ]


def test_a_plan_keeps_to_the_width_of_the_terminal_and_under_its_columns() -> None:
    lines = plan_text(edited_plan(), color=False, width=60).splitlines()
    assert max(map(len, lines[:-4])) <= 60
    start = lines.index("  make     lamp  first frame changed because `climb` will be")
    assert lines[start + 1] == f"{' ' * 17}made again  (2 rolls, price unknown)"
    narrower = plan_text(edited_plan(), color=False, width=57).splitlines()
    assert narrower[narrower.index("  attach   rocks  a submit was never answered") + 1] == f"{' ' * 18}(0.70-1.40 USD)"
    wide = plan_text(edited_plan(), color=False, width=300)
    assert wide == plan_text(edited_plan(), color=False)


def test_a_broken_plan_says_the_same_in_colour() -> None:
    colored = plan_text(edited_plan(), color=True, width=60)
    assert re.sub(r"\x1b\[\d+m", "", colored) == plan_text(edited_plan(), color=False, width=60)


def test_a_plan_without_work_says_so() -> None:
    assert plan_text(kept_plan(), color=False).splitlines()[-2:] == [
        "both shots have the take the storyboard asks for",
        "nothing to do",
    ]


def test_verbose_lists_what_is_kept() -> None:
    assert "keep     harbour" not in plan_text(edited_plan(), color=False)
    assert "keep     harbour" in plan_text(edited_plan(), color=False, verbose=True)


def test_free_work_is_called_free() -> None:
    text = plan_text(make_plan(make_planned("climb", Action.MAKE, ("never-made", "it has no take yet"))), color=False)
    assert "it has no take yet  (free)" in text
    assert "1 shot to make: free" in text


def test_a_plan_whose_shots_are_all_blocked_does_not_say_that_there_is_nothing_to_do() -> None:
    text = plan_text(make_plan(make_planned("climb", Action.BLOCKED, ("failed", "it failed"))), color=False)
    assert text.endswith("nothing can be made now")


def test_an_unknown_time_is_told_as_unknown() -> None:
    assert "expected time: unknown" in plan_text(replace(edited_plan(), expected_seconds=None), color=False)


def test_a_long_chain_is_shortened_in_the_middle() -> None:
    chain = tuple(f"shot-{number}" for number in range(100))
    text = plan_text(replace(edited_plan(), longest_chain=chain), color=False)
    assert "shot-3 > (92 more) > shot-96" in text


def test_colour_adds_no_words() -> None:
    colored = plan_text(edited_plan(), color=True)
    plain = plan_text(edited_plan(), color=False)
    assert "\x1b[" in colored
    assert strip_color(colored) == plain
    assert "\x1b" not in plain


def test_words_of_a_provider_reach_the_terminal_harmless() -> None:
    text = plan_text(make_plan(make_planned("climb", Action.BLOCKED, ("failed", HOSTILE), hint=HOSTILE)), color=False)
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "no\\u{1b}[2J\\u{202e}" in text


def test_a_pull_request_gets_a_table_a_group_and_what_is_kept_folded_away() -> None:
    text = plan_markdown(edited_plan())
    assert "| `climb` | make | prompt changed | 0.70-1.40 USD |" in text
    assert "<details><summary>1 shot kept</summary>\n\n`harbour`\n\n</details>" in text
    assert "**2 shots to make, 2 shots to go on with: 1.40-2.80 USD and 1 price unknown**" in text


def test_a_pull_request_is_told_that_there_is_nothing_to_do() -> None:
    assert "**nothing to do**" in plan_markdown(kept_plan())


def test_data_in_a_pull_request_is_only_text() -> None:
    row = plan_markdown(make_plan(make_planned("climb", Action.BLOCKED, ("failed", HOSTILE))))
    assert "\\<script\\>" in row
    assert "@everyone" not in row
    assert " \\| " in row
    assert "https://" not in row
    assert "\\[a\\]\\(b\\)" in row
    assert "`x`" in row


def test_a_single_backtick_opens_nothing_in_a_pull_request() -> None:
    assert escape_markdown("a ` b") == "a \\` b"


def test_a_code_span_cannot_break_out_of_its_table() -> None:
    assert escape_markdown("`a|b`") == "`a\\|b`"


def test_every_shot_with_work_is_in_the_table() -> None:
    shots = [make_planned(f"s{number}", Action.MAKE, ("never-made", "new"), price=PRICE) for number in range(50)]
    text = plan_markdown(make_plan(*shots))
    assert all(f"| `s{number}` | make |" in text for number in range(50))


def strip_color(text: str) -> str:
    pieces = text.split("\x1b[")
    return pieces[0] + "".join(piece.partition("m")[2] for piece in pieces[1:])


def test_shots_that_were_not_selected_are_named_in_one_line_and_are_no_obstacle() -> None:
    why = (("not-selected", "not selected"), ("never-made", "it has no take yet"))
    left = [make_planned(name, Action.BLOCKED, *why) for name in "abcdefg"]
    plan = make_plan(make_planned("lamp", Action.MAKE, ("never-made", "it has no take yet")), *left)
    line = "not selected, and without a take: `a`, `b`, `c`, `d`, `e` and 2 more"
    text = plan_text(plan, color=False)
    assert line in text.splitlines()
    assert "cannot be made now" not in text
    assert line in plan_markdown(plan).splitlines()


def test_a_long_name_takes_a_line_of_its_own_on_a_narrow_terminal() -> None:
    name = "after-the-storm-the-sea-lies-still"
    plan = make_plan(make_planned(name, Action.MAKE, ("never-made", "it has no take yet")))
    narrow = plan_text(plan, color=False, width=80).splitlines()
    told = narrow.index(f"  make     {name}")
    assert narrow[told + 1].startswith(f"{' ' * 41}it has no take yet")
    assert f"  make     {name}  it has no take yet" in plan_text(plan, color=False)


def test_a_command_is_not_broken_where_a_line_can_hold_it() -> None:
    command = "`framechain run --remake harbour`"
    hint = f"change what was refused, or make it again with {command}"
    blocked = replace(make_planned("harbour", Action.BLOCKED, ("refused", "refused")), hint=hint)
    for width in range(62, 90):
        lines = plan_text(make_plan(blocked), color=False, width=width).splitlines()
        assert any(command in line for line in lines)
        assert max(map(len, lines)) <= width


def test_a_hint_as_wide_as_the_terminal_is_followed_by_no_line_of_blanks() -> None:
    hint = f"make it with `--only +{'long' * 12}`"
    blocked = replace(make_planned("harbour", Action.BLOCKED, ("refused", "refused")), hint=hint)
    lines = plan_text(make_plan(blocked), color=False, width=70).splitlines()
    assert not any(line and not line.strip() for line in lines)
