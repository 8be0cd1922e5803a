"""Where things stand, why, and how it hangs together: `status`, `why` and `graph` in words."""

from dataclasses import replace
from decimal import Decimal

from showing_samples import (
    PRICE,
    edited_plan,
    make_plan,
    make_planned,
    make_shot,
    make_storyboard,
    make_take,
)

from runner.model.lock import Lock, LockedShot
from runner.model.money import Money
from runner.model.plan import Action
from runner.model.status import OpenAttempt, ShotState, ShotStatus, Status
from runner.showing import graph_text
from runner.showing.status_text import status_text
from runner.showing.takes_text import takes_text
from runner.showing.why_text import why_text
from runner.showing.wording import make_harmless, say_clock, say_duration

LOCK = Lock("keeper-7f3a", {"lamp": {"default": LockedShot(chosen="v001", takes=(make_take(), make_take("v002")))}})
FILM = make_storyboard(
    make_shot("harbour"),
    make_shot("climb", chains=[("harbour", "last")]),
    make_shot("lamp", chains=[("climb", Decimal("2.5")), ("harbour", "first")]),
    make_shot("end", scene=None, after=("lamp",)),
    title='The "storm" <b>]',
)


def make_status() -> Status:
    return Status(
        production="keeper-7f3a",
        title="The Keeper",
        profile="draft",
        provider="animatic",
        data="/data/keeper",
        shots=(
            ShotStatus("harbour", "dawn", ShotState.CURRENT, "v002", None, "out/v002.mp4", 2, 1),
            ShotStatus("climb", "dawn", ShotState.FAILED, None, None, None, 0, 1, "the last attempt failed: \x1b[2J"),
        ),
        open_attempts=(OpenAttempt("climb", "accepted", "mulerouter", "job-7", "2026-11-21T08:15:30.123Z", PRICE),),
        spent=(Money(Decimal("1.4"), "USD"),),
        budget=Money(Decimal(20), "USD"),
    )


def test_a_status_tells_states_takes_open_attempts_money_and_where_things_lie() -> None:
    assert status_text(make_status(), color=False).splitlines() == [
        "The Keeper (keeper-7f3a) on animatic, profile draft",
        "",
        "scene dawn",
        "  current  harbour  v002 (and 1 other)  out/v002.mp4",
        "  failed   climb    ----  the last attempt failed: \\u{1b}[2J",
        "",
        "2 shots: 1 current, 1 failed",
        "",
        "open at a provider:",
        "  climb: accepted at mulerouter job job-7, since 2026-11-21 08:15, 0.70-1.40 USD",
        "",
        "spent: 1.40 USD of a budget of 20.00 USD",
        "data:  /data/keeper",
    ]


def test_a_status_keeps_to_the_width_of_the_terminal_and_under_its_columns() -> None:
    reason = "first frame changed because `harbour` will be made again"
    outdated = ShotStatus("climb", None, ShotState.OUTDATED, "v002", None, None, 2, 1, reason)
    lines = status_text(replace(make_status(), shots=(outdated,)), color=False, width=80).splitlines()
    told = lines.index("  outdated  climb  v002 (and 1 other)  first frame changed because `harbour`")
    assert lines[told + 1] == f"{' ' * 39}will be made again"


def test_a_long_name_takes_a_line_of_its_own_on_a_narrow_terminal() -> None:
    name = "after-the-storm-the-sea-lies-still-and-grey"
    shot = ShotStatus(name, None, ShotState.OUTDATED, "v001", None, None, 1, 1, "the prompt changed since it was made")
    lines = status_text(replace(make_status(), shots=(shot,)), color=False, width=80).splitlines()
    told = lines.index(f"  outdated  {name}  v001")
    assert lines[told + 1] == f"{' ' * 48}the prompt changed since it was made"


def test_a_status_with_open_questions_ends_in_the_command_that_lists_them() -> None:
    hint = "hint: `framechain resolve` lists what only you can say, with the commands to answer it"
    assert hint in status_text(replace(make_status(), questions=1), color=False).splitlines()
    assert hint not in status_text(make_status(), color=False).splitlines()


def test_what_a_sandbox_charged_is_not_told_as_money() -> None:
    text = status_text(replace(make_status(), sandbox=True), color=False)
    assert "spent: 1.40 USD of a budget of 20.00 USD (a sandbox's count, no money)\n" in text


def test_takes_of_a_sandbox_are_marked_as_such() -> None:
    real, double = make_take(), replace(make_take("v002"), sandbox=True)
    listed = takes_text("lamp", LockedShot(chosen="v002", takes=(real, double)), [real, double]).splitlines()
    assert [" at a sandbox" in line for line in listed] == [False, False, True]
    lock = replace(LOCK, shots={"lamp": {"default": LockedShot(chosen="v002", takes=(real, double))}})
    why = why_text(edited_plan(), lock, "lamp", color=False)
    assert "  v002  roll 1  2026-11-21  mulerouter kling-v3 at a sandbox  key abababababab  in use" in why


def test_a_production_that_cost_nothing_says_so() -> None:
    status = replace(make_status(), spent=(Money(Decimal(0), "USD"),), budget=None)
    assert "spent: nothing\n" in status_text(status, color=False)


def test_why_tells_the_verdict_the_chain_upstream_and_the_takes() -> None:
    assert why_text(edited_plan(), LOCK, "lamp", color=False).splitlines() == [
        "lamp: make",
        "  because: first frame changed because `climb` will be made again",
        "  nothing was edited at the shot itself; `--no-cascade` would leave it alone",
        "  price: unknown",
        "",
        "rolls:",
        "  roll 1  make     key pending: waits for `climb`",
        "  roll 2  make     key pending: waits for `climb`",
        "",
        "hangs on:",
        "  climb: make, prompt changed",
        "    harbour: keep",
        "",
        "takes:",
        "  v001  roll 1  2026-11-21  mulerouter kling-v3  key abababababab  in use",
        "  v002  roll 1  2026-11-21  mulerouter kling-v3  key abababababab",
    ]


def test_why_tells_what_the_take_in_use_was_made_from_and_what_hangs_on_it() -> None:
    text = why_text(edited_plan(), LOCK, "harbour", color=False)
    assert "because: its take is what the storyboard asks for" in text
    assert "hangs on it:\n  climb\n" in text
    assert "  duration  fedcba9876543210\n  prompt    0123456789abcdef" in text


def test_why_survives_the_longest_chain_there_could_be() -> None:
    shots = [make_planned(f"s{number}", Action.KEEP) for number in range(3000)]
    needs = {f"s{number}": (f"s{number - 1}",) for number in range(1, 3000)}
    text = why_text(make_plan(*shots, needs=needs), LOCK, "s2999", color=False)
    assert "  and 2979 more further up" in text


def test_a_shot_that_two_ways_lead_to_is_told_once() -> None:
    shots = [make_planned(name, Action.KEEP) for name in ("a", "b", "c", "d")]
    needs = {"d": ("b", "c"), "b": ("a",), "c": ("a",)}
    assert why_text(make_plan(*shots, needs=needs), LOCK, "d", color=False).count("a: keep") == 1


def test_a_mermaid_graph_labels_each_chain_with_the_frame_handed_over() -> None:
    lines = graph_text.mermaid(FILM).splitlines()
    assert lines[0] == "flowchart LR"
    assert '  n0 -->|"last"| n1' in lines
    assert '  n1 -->|"2.5 s"| n2' in lines
    assert '  n0 -->|"first to end on"| n2' in lines
    assert '  n2 -.->|"after"| n3' in lines


def test_a_mermaid_graph_puts_named_scenes_in_frames_and_escapes_their_titles() -> None:
    lines = graph_text.mermaid(FILM).splitlines()
    assert '  subgraph s0["The #34;storm#34; #60;b#62;#93;"]' in lines
    assert '  n3["end"]' in lines[lines.index("  end") :]


def test_a_planned_graph_shows_actions_as_classes() -> None:
    text = graph_text.mermaid(FILM, edited_plan())
    assert 'n1["climb"]:::make' in text
    assert "classDef make fill:" in text


def test_a_dot_graph_quotes_what_comes_from_data() -> None:
    board = replace(FILM, scenes=(replace(FILM.scenes[0], title='x"]; evil [label="\\'), FILM.scenes[1]))
    text = graph_text.dot(board, edited_plan())
    assert '    label="x\\"]; evil [label=\\"\\\\";' in text
    assert '  n0 -> n1 [label="last"];' in text
    assert '  n2 -> n3 [label="after", style=dashed];' in text
    assert 'n1 [label="climb", fillcolor=' in text


def test_a_source_that_is_no_shot_draws_no_edge() -> None:
    assert "-->" not in graph_text.mermaid(make_storyboard(make_shot("a", chains=[("gone", "last")])))


def test_harmless_text_keeps_letters_of_every_script_and_no_control() -> None:
    assert make_harmless("Möwe 灯台 مرحبا\n\x07\x9b\u2066x") == "Möwe 灯台 مرحبا \\u{7}\\u{9b}\\u{2066}x"


def test_durations_are_said_as_people_say_them() -> None:
    said = [say_duration(seconds) for seconds in (0.2, 39.2, 60, 201, 4800, 7200)]
    assert said == ["under a second", "about 40 s", "about 1 min", "about 4 min", "about 1 h 20 min", "about 2 h"]
    assert [say_clock(seconds) for seconds in (7, 750, 3723)] == ["0:07", "12:30", "1:02:03"]


def test_nothing_a_lock_says_of_takes_steers_the_terminal() -> None:
    take = replace(make_take(), made="\x1b[2J2026")
    shown = takes_text("lamp", LockedShot(chosen="v001", pinned="\u202eby hand", takes=(take,)), [take])
    assert "\x1b" not in shown
    assert "pinned: \\u{202e}by hand" in shown
