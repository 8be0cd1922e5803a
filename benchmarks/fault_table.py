"""Tries every fault of the sandbox at every gateway and says what a run makes of it: the table in docs/money.md.

    python benchmarks/fault_table.py --write

Each fault meets a production of one shot, once. Then the run goes on as a person would: questions are answered from the
till, what failed is made again by `retry`. Without `--write` the table that is there is compared with what happens.
It fails where anything was paid twice or lost, whatever the table says.

Traffic goes to loopback only; it stops by itself. The test suite compares gateway by gateway.
"""

import argparse
import json
import multiprocessing
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any, Final

from double import double
from one_shot import OneShot, load_all, speak_into

from runner.adapters.package_data import gateway_names
from runner.api.manifests import built_in
from runner.model.ledger import AttemptState
from runner.sandbox.faults import Moment, Word, words_at

FREE: Final = "animatic"
DOCUMENT: Final = Path(__file__).parent.parent / "docs" / "money.md"
BEGIN: Final = "<!-- faults: written by benchmarks/fault_table.py -->\n"
END: Final = "<!-- end of faults -->\n"
AT_ONCE: Final = 6
# Seconds a job is waited for; longer than any pause after one fault.
WAIT: Final = 8
# Each gateway has errors of its own: tests/facts names them all.
LEFT_OUT: Final = frozenset({Word.ERROR})
MOMENTS: Final[Mapping[Moment, str]] = {
    Moment.CREATE: "a submit",
    Moment.POLL: "a poll",
    Moment.RESULT: "asking for the result",
    Moment.FIND: "looking a job up by our name, after a submit whose answer was lost",
    Moment.DOWNLOAD: "a download",
}
WORDS: Final[Mapping[Word, str]] = {
    Word.TOO_FAST: "429, too fast",
    Word.TOO_FAST_WAIT: "429 with `Retry-After`",
    Word.NO_BALANCE: "refused: no money left",
    Word.MODERATION_NOW: "refused: the prompt",
    Word.SERVER_ERROR_BEFORE: "500, nothing taken",
    Word.SERVER_ERROR_AFTER: "500, and charged",
    Word.BAD_GATEWAY_BEFORE: "502, nothing taken",
    Word.BAD_GATEWAY_AFTER: "502, and charged",
    Word.UNAVAILABLE_BEFORE: "503, nothing taken",
    Word.UNAVAILABLE_AFTER: "503, and charged",
    Word.TIMEOUT_BEFORE: "504, nothing taken",
    Word.TIMEOUT_AFTER: "504, and charged",
    Word.CUT_BEFORE_READING: "cut before it was read",
    Word.CUT_AFTER_READING: "cut after it was read",
    Word.CUT_AFTER_CHARGING: "cut, and charged",
    Word.CUT_MID_ANSWER: "cut in mid-answer",
    Word.SLOW: "slow",
    Word.GARBAGE: "half a JSON",
    Word.EMPTY: "an empty answer",
    Word.WRONG_TYPE: "JSON of another shape",
    Word.ODD_WORD: "a status word nobody knows",
    Word.MODERATION: "the job fails: the prompt",
    Word.BAD_PICTURE: "the job fails: a picture",
    Word.FAIL: "the job fails",
    Word.STUCK: "the job never ends",
    Word.LINK_EXPIRED: "the link has expired",
    Word.LINK_GONE: "the clip is gone for good",
    Word.TRUNCATED: "half of the clip",
    Word.CORRUPT: "a damaged clip",
    Word.NOT_A_CLIP: "a page and no clip",
    Word.REDIRECT_LOOP: "redirects in a circle",
    Word.REDIRECT_PRIVATE: "a redirect to a private address",
}


@dataclass(frozen=True)
class Trial:
    gateway: str
    moment: Moment
    word: Word
    number: int

    @property
    def prompt(self) -> str:
        return f"Fault {self.number:03} of a harbour."

    @property
    def row(self) -> tuple[str, str]:
        return MOMENTS[self.moment], WORDS[self.word]

    def rules(self) -> list[dict[str, Any]]:
        words = {"says": self.prompt, "times": 1}
        rules: list[dict[str, Any]] = [{"on": str(self.moment), "do": str(self.word), "wait": 0.5, **words}]
        if self.moment is Moment.FIND:
            rules.append({"on": "create", "do": str(Word.CUT_AFTER_CHARGING), **words})
        return rules


@dataclass(frozen=True)
class End:
    """What became of it. `cell` is what the table says."""

    cell: str
    trouble: str


def trials_at(gateway: str) -> list[Trial]:
    interface = built_in(gateway).interface
    assert interface is not None
    moments = [Moment.CREATE, Moment.POLL]
    moments += [Moment.RESULT] if interface.result is not None else []
    moments += [Moment.FIND] if interface.find is not None else []
    moments += [Moment.DOWNLOAD]
    wanted = [(moment, word) for moment in moments for word in words_at(moment) if word not in LEFT_OUT]
    return [Trial(gateway, moment, word, number) for number, (moment, word) in enumerate(wanted)]


def try_fault(job: tuple[Trial, str, str]) -> End:
    """In a process of its own."""
    trial, scratch, url = job
    folder = Path(scratch) / f"{trial.number:03}"
    production = OneShot(folder / "film", folder / "home", trial.gateway, url, trial.prompt)
    production.write()
    speak_into(production.folder / "output.txt")
    production.command("run", *RUN)
    told = [_first(production)]
    for step in STEPS:
        if production.is_made:
            break
        if step.is_due(production):
            step.take(production)
            told += [step.text] if production.is_made else []
    told += [] if production.is_made else ["and stays so"]
    jobs = len(production.charges())
    return End(f"{', '.join(told)}; {jobs} job{'' if jobs == 1 else 's'}", _trouble(production, trial))


def _first(production: OneShot) -> str:
    return {
        AttemptState.STORED: "made",
        AttemptState.FAILED: "failed",
        AttemptState.REJECTED: "refused",
        AttemptState.ACCEPTED: "waits",
        AttemptState.SUCCEEDED: "made, not fetched",
    }.get(production.last_state, "a question")


@dataclass(frozen=True)
class Step:
    """What a person does next, the gentlest first."""

    text: str
    commands: Sequence[Sequence[str]]
    # In which states it makes sense; None: in all.
    states: frozenset[AttemptState] | None = None
    answers: bool = False

    def is_due(self, production: OneShot) -> bool:
        is_asked = production.last_state.is_doubtful
        return is_asked == self.answers and (self.states is None or production.last_state in self.states)

    def take(self, production: OneShot) -> None:
        if self.answers:
            production.answer_questions()
        for name, *options in self.commands:
            production.command(name, *options)


RUN: Final = ("--yes", "--wait", str(WAIT))
_CLOSED: Final = frozenset({AttemptState.REJECTED, AttemptState.FAILED})
_OPEN: Final = frozenset({AttemptState.ACCEPTED, AttemptState.SUCCEEDED})
STEPS: Final = (
    Step("made once `resolve` is answered", [("run", *RUN)], answers=True),
    Step("made by the next run", [("run", *RUN)]),
    Step("made by `retry`", [("retry", "--yes")], _CLOSED),
    Step(
        "made by `run --remake`",
        [("run", "--remake", "one", *RUN)],
        frozenset({AttemptState.REJECTED, AttemptState.FAILED}),
    ),
    Step("made anew after `resolve abandon`", [("resolve", "abandon"), ("run", *RUN)], _OPEN),
)


def _trouble(production: OneShot, trial: Trial) -> str:
    twice, lost = production.paid_twice(), production.lost()
    if trial.word is Word.LINK_GONE:
        # A clip the gateway no longer has is not lost by us; it was let go and made anew knowingly.
        twice, lost = [], []
    said = (production.folder / "output.txt").read_text(encoding="utf-8")
    has_bug = "framechain has a bug" in said or "Traceback" in said
    if not (twice or lost or has_bug):
        return ""
    return f"{trial.gateway}: {trial.moment} {trial.word}: {twice=} {lost=}\n{said}"


Table = Mapping[tuple[str, str], Mapping[str, str]]


def try_all(gateways: Sequence[str]) -> tuple[dict[tuple[str, str], dict[str, str]], list[str]]:
    """Cells by row and gateway, and what went wrong."""
    table: dict[tuple[str, str], dict[str, str]] = {}
    troubles: list[str] = []
    load_all()
    for gateway in gateways:
        trials = trials_at(gateway)
        with tempfile.TemporaryDirectory(prefix="framechain-faults-") as scratch:
            script = Path(scratch) / "faults.json"
            script.write_text(json.dumps([rule for trial in trials for rule in trial.rules()]), encoding="utf-8")
            with double("--faults", str(script)) as url, multiprocessing.get_context("fork").Pool(AT_ONCE) as pool:
                ends = pool.map(try_fault, [(trial, scratch, url) for trial in trials], chunksize=1)
        for trial, end in zip(trials, ends, strict=True):
            table.setdefault(trial.row, {})[gateway] = end.cell
            troubles += [end.trouble] if end.trouble else []
    return table, troubles


# --- the document ----------------------------------------------------------------------------------------------------


def write_table(table: Table) -> str:
    """A table for each moment; gateways and faults of which all the same is to be said share a column, or a row."""
    lines: list[str] = []
    for moment in MOMENTS.values():
        rows = {fault: cells for (when, fault), cells in table.items() if when == moment}
        if rows:
            lines += [f"**At {moment}:**", "", *_write_rows(rows), ""]
    return "\n".join(lines)


def _write_rows(rows: Mapping[str, Mapping[str, str]]) -> list[str]:
    gateways = sorted({gateway for cells in rows.values() for gateway in cells})
    columns: dict[tuple[str, ...], list[str]] = {}
    for gateway in gateways:
        columns.setdefault(tuple(cells.get(gateway, "") for cells in rows.values()), []).append(gateway)
    head = ["fault", *(", ".join(f"`{name}`" for name in names) for names in columns.values())]
    faults: dict[tuple[str, ...], list[str]] = {}
    for number, fault in enumerate(rows):
        faults.setdefault(tuple(column[number] for column in columns), []).append(fault)
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    return [*lines, *(f"| {' | '.join(['; '.join(names), *cells])} |" for cells, names in faults.items())]


def read_table(text: str) -> dict[tuple[str, str], dict[str, str]]:
    table: dict[tuple[str, str], dict[str, str]] = {}
    moment, columns = "", list[list[str]]()
    for line in text.partition(BEGIN)[2].partition(END)[0].splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("**At "):
            moment = line.removeprefix("**At ").removesuffix(":**")
        elif line.startswith("| fault"):
            columns = [cell.replace("`", "").split(", ") for cell in cells[1:]]
        elif line.startswith("| "):
            for fault, (names, cell) in product(cells[0].split("; "), zip(columns, cells[1:], strict=True)):
                table.setdefault((moment, fault), {}).update(dict.fromkeys(names, cell))
    return table


def find_differences(table: Table, documented: Table, gateways: Sequence[str]) -> list[str]:
    found = []
    for row in {**documented, **table}:
        for gateway in gateways:
            is_so, said = table.get(row, {}).get(gateway, ""), documented.get(row, {}).get(gateway, "")
            if is_so != said:
                found.append(f"{gateway}: {row[1]} at {row[0]}: it is {is_so!r}, the table says {said!r}")
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    every = [name for name in gateway_names() if name != FREE]
    parser.add_argument("--gateways", default=",".join(every))
    parser.add_argument("--write", action="store_true", help="put the table into docs/money.md")
    given = parser.parse_args(arguments)
    gateways = every if given.write else given.gateways.split(",")
    table, troubles = try_all(gateways)
    text = DOCUMENT.read_text(encoding="utf-8")
    if given.write:
        before, _, rest = text.partition(BEGIN)
        after = rest.partition(END)[2]
        DOCUMENT.write_text(f"{before}{BEGIN}\n{write_table(table)}{END}{after}", encoding="utf-8")
    differences = find_differences(table, read_table(DOCUMENT.read_text(encoding="utf-8")), gateways)
    for line in (*troubles, *differences):
        print(line, file=sys.stderr)
    cells = sum(len(row) for row in table.values())
    print(f"gateways={len(gateways)} cells={cells} different={len(differences)} troubles={len(troubles)}")
    return 1 if troubles or differences else 0


if __name__ == "__main__":
    sys.exit(main())
