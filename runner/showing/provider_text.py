"""One provider in full for the terminal: what it makes, how it is paid for, what it refuses, its prices and notes."""

import json
from collections.abc import Iterable, Iterator

from runner.core.canonical import Json
from runner.model.interface import Authentication, SignedToken
from runner.model.manifest import Manifest
from runner.model.mapping import Condition, Test
from runner.model.money import plain_amount
from runner.model.storyboard import PriceRow
from runner.planning.offering import Provider
from runner.showing.providers_text import heading_of, matrix_of
from runner.showing.tables import break_lines, lay_out, width_of
from runner.showing.wording import Style, make_harmless


def provider_text(provider: Provider, *, width: int, color: bool) -> str:
    style, manifest = Style(color), provider.manifest
    sections = [
        ("what it makes", matrix_of(provider, width, style)),
        ("how it is paid for", _payment(manifest, width)),
        ("after an unanswered submit", _guard(manifest, width)),
        ("kinds of generation", _tasks(manifest, width)),
        ("pictures", _pictures(manifest, width)),
        ("made there first", _resources(manifest, width)),
        ("what does not go together", _rules(manifest, width)),
        ("prices", _prices(manifest, width)),
        ("notes", [line for note in manifest.notes for line in break_lines(make_harmless(note), width, "  - ")]),
    ]
    told = [(name, list(lines)) for name, lines in sections]
    blocks = ["\n".join([f"{style.bold(name)}:", *lines]) for name, lines in told if lines]
    return "\n\n".join([heading_of(provider, style), *blocks])


def _payment(manifest: Manifest, width: int) -> Iterable[str]:
    if manifest.interface is None:
        return ["  it works on this machine, and needs no key"]
    ways = [_say_key(way) for way in manifest.interface.keys]
    where = "set in the environment, in `.env` beside the storyboard, or in the keyring"
    return break_lines(f"{', or '.join(ways)}: {where}", width, "  ")


def _say_key(way: Authentication) -> str:
    return f"{way.access} with {way.secret}" if isinstance(way, SignedToken) else way.key


def _guard(manifest: Manifest, width: int) -> list[str]:
    guard = manifest.guard
    rows = [
        ("  a name of ours can be sent with the job", guard.named.value),
        ("  a job is found by that name", guard.found.value),
        ("  a second submit under that name is refused", guard.refused.value),
    ]
    lines = lay_out(rows)
    return lines if width_of(lines) <= width else [line for name, how in rows for line in (name, f"    {how}")]


def _tasks(manifest: Manifest, width: int) -> Iterator[str]:
    if manifest.interface is None:
        return
    for task in manifest.interface.tasks.values():
        told = [make_harmless(task.title)]
        told.append("proven" if task.is_proven else "unproven: no recorded request shows it")
        if task.note:
            told.append(make_harmless(task.note))
        if task.options:
            told.append(f"`options`: {', '.join(task.options)}")
        yield from break_lines("; ".join(told), width, f"  {task.name}: ", "    ")


def _pictures(manifest: Manifest, width: int) -> list[str]:
    pictures = manifest.pictures
    formats = " or ".join(known.upper() for known in pictures.formats)
    size = f"at least {pictures.shortest_side} pixels on each side"
    ratio = f"no wider or taller than {pictures.widest_ratio:g}:1"
    weight = f"{pictures.bytes / 1_000_000:g} MB at most"
    return break_lines(f"{formats}, {size}, {ratio}, {weight}", width, "  ")


def _resources(manifest: Manifest, width: int) -> Iterator[str]:
    resources = {} if manifest.interface is None else manifest.interface.resources
    for name, call in resources.items():
        price = "price unknown"
        if call.price is not None:
            price = f"{plain_amount(call.price)} {call.currency}" if call.price else "free"
        ways = f", given as {' or '.join(call.ways)}" if call.ways else ""
        yield from break_lines(f"each {name}: {price}{ways}", width, "  ")


def _rules(manifest: Manifest, width: int) -> Iterator[str]:
    for rule in () if manifest.interface is None else manifest.interface.rules:
        verdict = "warned of" if rule.is_warning else "refused"
        yield from break_lines(f"{verdict}: {say_condition(rule.when)}", width, "  ", "    ")
        yield from break_lines(make_harmless(rule.says), width, "    ")


def say_condition(condition: Condition) -> str:
    """`model` kling-v2.6, a `last_frame`, `mode` std."""
    return ", ".join(_say_test(test) for test in condition.tests) or "always"


def _say_test(test: Test) -> str:
    name = f"`{'.'.join(test.path)}`"
    if test.is_present is not None:
        return f"with {name}" if test.is_present else f"without {name}"
    if test.at_least is not None and test.at_most is not None:
        return f"{test.at_least} to {test.at_most} {name}"
    if test.at_least is not None:
        return f"{test.at_least} or more {name}"
    if test.at_most is not None:
        return f"{test.at_most} {name} at most" if test.at_most else f"no {name}"
    return f"{name} {' or '.join(_say_value(value) for value in test.values)}"


def _say_value(value: Json) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _prices(manifest: Manifest, width: int) -> Iterator[str]:
    if manifest.free:
        yield "  free"
        return
    if not manifest.prices:
        yield from break_lines("unknown; a storyboard's `prices` can state them", width, "  ")
        return
    yield f"  as of {manifest.prices_date or 'an unknown day'}"
    for model, rows in manifest.prices.items():
        told = "; ".join(_say_row(row) for row in rows)
        yield from break_lines(told, width, f"  {model}: ", "    ")


def _say_row(row: PriceRow) -> str:
    per = "s" if row.per == "second" else "clip"
    conditions = [row.mode] if row.mode is not None else []
    for told, yes, no in ((row.sound, "with sound", "silent"), (row.voices, "with voices", "without voices")):
        if told is not None:
            conditions.append(yes if told else no)
    if row.duration is not None:
        conditions.append(f"{row.duration} s")
    price = f"{plain_amount(row.amount)} {row.currency}/{per}"
    return f"{price} ({', '.join(conditions)})" if conditions else price
