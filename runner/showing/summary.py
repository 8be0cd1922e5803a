"""Single lines that close a command."""

from pathlib import Path

from runner.model.plan import Plan, PlannedShot
from runner.model.storyboard import Storyboard
from runner.model.take import ClipFacts
from runner.showing.wording import count, list_names, make_harmless


def checked(storyboard: Storyboard, warnings: int) -> str:
    """What a storyboard amounts to, once nothing is wrong with it."""
    seconds = sum(shot.duration.value for shot in storyboard.shots)
    scenes = [scene for scene in storyboard.scenes if scene.id is not None]
    parts = [count(len(storyboard.shots), "shot")]
    if scenes:
        parts.append(f"in {count(len(scenes), 'scene')}")
    verdict = "nothing is wrong" if not warnings else f"nothing is wrong, {count(warnings, 'warning')}"
    title = make_harmless(storyboard.title)
    return f"{title}: {' '.join(parts)}, {seconds} s on {storyboard.provider.value}: {verdict}"


def verified(sound: int, damaged: int, absent: int) -> str:
    parts = [f"{count(sound, 'take')} as their digests say" if sound != 1 else "1 take as its digest says"]
    if damaged:
        parts.append(f"{damaged} damaged")
    if absent:
        parts.append(f"{absent} not on this machine")
    return ", ".join(parts)


def film(path: Path, facts: ClipFacts) -> str:
    rate = float(facts.frames_per_second)
    size = f"{facts.width}x{facts.height}"
    return f"the film: {make_harmless(str(path))} ({size}, {rate:g} fps, {float(facts.duration):.3g} s)"


def nothing_failed(plan: Plan) -> str:
    """What `retry` says where it has nothing to do; what was refused would be refused again as it stands."""
    refused = [shot.id for shot in plan.shots if any(reason.code == "refused" for reason in shot.reasons)]
    told = ["nothing has failed"]
    if refused:
        names, were = list_names(refused), "was" if len(refused) == 1 else "were"
        told.append(f"{names} {were} refused: change the words or pictures, or `framechain run --remake SHOT`")
    if any(_is_unsent(shot) for shot in plan.shots):
        # Of a shot for which the credit ran out no job failed.
        told.append("`framechain run` makes what was never sent")
    if len(told) == 1:
        return "nothing has failed: `framechain plan` shows where things stand"
    return "; ".join(told)


def _is_unsent(shot: PlannedShot) -> bool:
    codes = {reason.code for reason in shot.reasons}
    return {"not-selected", "never-made"} <= codes and "source-blocked" not in codes
