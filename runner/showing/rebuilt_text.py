"""A rebuilt journal in words and in JSON: what was recovered from where, and what is left to be answered."""

from collections.abc import Iterator

from runner.core.canonical import Json
from runner.model.rebuilt import Rebuilt
from runner.showing.wording import count, list_names, make_harmless


def rebuilt_text(rebuilt: Rebuilt) -> str:
    return "\n".join([*_tell_damage(rebuilt), *_tell_recovered(rebuilt), *_tell_open(rebuilt)])


def rebuilt_to_json(rebuilt: Rebuilt) -> dict[str, Json]:
    return {
        "damage": rebuilt.damage,
        "kept": None if rebuilt.kept is None else str(rebuilt.kept),
        "missing": rebuilt.missing,
        "from_journal": rebuilt.from_journal,
        "from_lock": rebuilt.from_lock,
        "from_gateway": rebuilt.from_gateway,
        "questions": [
            {"shot": one.intent.shot, "roll": one.intent.roll, "gateway": one.intent.gateway, "name": one.intent.name}
            for one in rebuilt.questions
        ],
        "not_asked": [{"gateway": gateway, "cause": cause} for gateway, cause in rebuilt.not_asked.items()],
        "unclaimed": rebuilt.unclaimed,
    }


def _tell_damage(rebuilt: Rebuilt) -> Iterator[str]:
    kept = "" if rebuilt.kept is None else make_harmless(str(rebuilt.kept))
    if rebuilt.damage is None:
        is_finished = rebuilt.kept is not None
        yield "a rebuild that was cut off is finished" if is_finished else "the journal is whole: nothing to rebuild"
    else:
        lost = "" if not rebuilt.missing else f"; lost of it: {count(rebuilt.missing, 'event')}"
        yield f"the journal was damaged: {make_harmless(rebuilt.damage)}{lost}"
        yield "it is rebuilt"
    if kept:
        yield f"what was there before is kept: {kept}"


def _tell_recovered(rebuilt: Rebuilt) -> Iterator[str]:
    if rebuilt.damage is not None:
        yield f"from what is left of it: {count(rebuilt.from_journal, 'attempt')}"
        yield f"from the lock: {count(rebuilt.from_lock, 'attempt')}"
    if rebuilt.damage is not None or rebuilt.from_gateway:
        yield f"found at the gateway: {count(rebuilt.from_gateway, 'attempt')}"
    if rebuilt.unclaimed:
        clips = count(rebuilt.unclaimed, "clip")
        yield f"in the store, of no take that is known: {clips}; `framechain adopt SHOT FILE` brings one back"
        yield f"  they lie in {make_harmless(str(rebuilt.home / 'takes'))}"


def _tell_open(rebuilt: Rebuilt) -> Iterator[str]:
    for gateway, cause in rebuilt.not_asked.items():
        yield f"{make_harmless(gateway)} could not be asked: {make_harmless(cause)}"
    if rebuilt.not_asked:
        yield "hint: `framechain resolve --journal` asks again when it can be asked"
    if rebuilt.questions:
        shots = list(dict.fromkeys(make_harmless(one.intent.shot) for one in rebuilt.questions))
        yield f"open: {count(len(rebuilt.questions), 'question')}, about {list_names(shots)}"
        yield "hint: look them up at the provider; `framechain resolve` lists them, with the commands to answer each"
