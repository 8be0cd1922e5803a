"""Throws made-up and mangled storyboards at the reader: every answer must be diagnostics, in bounded time and memory.

    python benchmarks/fuzz_reader.py --inputs 20000 --seed 1

Prints one line: how many inputs, how many were clean, the slowest, the peak memory.
A quick form runs in the test suite.
"""

import argparse
import resource
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import yaml
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from runner import api
from runner.showing.diagnostics import render_all

EXAMPLES = Path(__file__).parent.parent / "specs" / "storyboards"
SLOWEST_ALLOWED_SECONDS = 5.0
MEMORY_ALLOWED_MEGABYTES = 600


@dataclass
class Tally:
    inputs: int = 0
    clean: int = 0
    slowest_seconds: float = 0.0
    codes: set[str] = field(default_factory=set)

    def check(self, folder: Path, content: bytes) -> None:
        """One storyboard through `check` and the renderer, as a user would meet it."""
        (folder / "storyboard.yaml").write_bytes(content)
        began = time.perf_counter()
        examined = api.check(api.Target(folder))
        text = render_all(examined.diagnostics)
        seconds = time.perf_counter() - began
        self.inputs += 1
        self.clean += examined.production is not None
        self.codes.update(found.code for found in examined.diagnostics)
        self.slowest_seconds = max(self.slowest_seconds, seconds)
        assert seconds < SLOWEST_ALLOWED_SECONDS, f"{seconds:.1f} s for {content[:200]!r}"
        assert examined.production is not None or examined.diagnostics, "neither a production nor a word why not"
        assert not any(ord(letter) < 32 and letter != "\n" for letter in text), "a control character was printed"


def example_texts() -> list[str]:
    return [path.read_text(encoding="utf-8") for path in sorted(EXAMPLES.glob("*/*.yaml"))]


def bytes_of_any_kind() -> st.SearchStrategy[bytes]:
    yaml_like = st.text(alphabet="ab01 :-\n\t\"'{}[]#&*!|>%@`,?<=~\r\ufeff\x00é漢", max_size=200)
    return st.one_of(st.binary(max_size=200), yaml_like.map(lambda text: text.encode("utf-8", "surrogatepass")))


@st.composite
def cut_and_pasted(draw: st.DrawFn) -> bytes:
    """An example with pieces removed, doubled, moved or replaced by bytes."""
    content = draw(st.sampled_from(example_texts())).encode()
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(content)))
        end = draw(st.integers(start, min(len(content), start + 60)))
        piece = draw(st.one_of(st.just(b""), st.just(content[start:end] * 2), bytes_of_any_kind()))
        content = content[:start] + piece + content[end:]
    return content


@st.composite
def wrongly_filled(draw: st.DrawFn) -> bytes:
    """An example, still YAML, in which some values are replaced by others, moved, or given wrong names."""
    document = yaml.load(draw(st.sampled_from(example_texts())), Loader=yaml.BaseLoader)  # noqa: S506  # text only
    for _ in range(draw(st.integers(1, 5))):
        _mangle(draw, document)
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True).encode()


def _mangle(draw: st.DrawFn, document: object) -> None:
    holder = document
    while True:
        if isinstance(holder, dict) and holder:
            name = draw(st.sampled_from(sorted(holder, key=str)))
        elif isinstance(holder, list) and holder:
            name = draw(st.integers(0, len(holder) - 1))
        else:
            return
        inner = holder[name]
        if not isinstance(inner, dict | list) or not inner or draw(st.booleans()):
            break
        holder = inner
    match draw(st.sampled_from(["replace", "remove", "rename", "double"])):
        case "remove":
            del holder[name]
        case "rename" if isinstance(holder, dict):
            holder[draw(st.text(max_size=8))] = holder.pop(name)
        case "double" if isinstance(holder, list):
            holder.append(inner)
        case _:
            holder[name] = draw(_values())


def _values() -> st.SearchStrategy[object]:
    words = [
        "",
        "on",
        "off",
        "1:30",
        "../../etc/passwd",
        "{{ 1 }}",
        "{{ element('x') }}",
        "{% for a in range(9) %}",
        "harbour",
    ]
    leaves = st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=12), st.sampled_from(words)
    )
    return st.recursive(
        leaves,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
        max_leaves=6,
    )


def storyboards() -> st.SearchStrategy[bytes]:
    return st.one_of(bytes_of_any_kind(), cut_and_pasted(), wrongly_filled())


def fuzz(inputs: int, seed_number: int) -> Tally:
    tally = Tally()
    with tempfile.TemporaryDirectory(prefix="framechain-fuzz-") as place:
        folder = Path(place)

        @seed(seed_number)
        @settings(
            max_examples=inputs,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(storyboards())
        def run(content: bytes) -> None:
            tally.check(folder, content)

        run()
    return tally


def main() -> int:
    parser = argparse.ArgumentParser(description="fuzz the storyboard reader")
    parser.add_argument("--inputs", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    tally = fuzz(chosen.inputs, chosen.seed)
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"inputs={tally.inputs} clean={tally.clean} codes={len(tally.codes)} "
        f"slowest={tally.slowest_seconds:.2f}s memory={megabytes:.0f}MB"
    )
    return 0 if tally.inputs >= chosen.inputs and megabytes < MEMORY_ALLOWED_MEGABYTES else 1


if __name__ == "__main__":
    sys.exit(main())
