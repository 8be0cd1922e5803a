"""Selectors: the words with which people name shots. Several of them name all that any of them names."""

from collections.abc import Iterable, Sequence
from typing import Final

from runner.core.diagnostic import Findings
from runner.core.nearest import did_you_mean
from runner.model.plan import Action, Plan, PlannedShot
from runner.model.status import ShotState, state_of
from runner.model.storyboard import Storyboard
from runner.planning.graph import Graph, build_graph, everything_hanging, everything_needed

# Words for `status:` beside the actions, with the actions or reasons they stand for.
_STATES: Final[dict[str, frozenset[str]]] = {
    "failed": frozenset({"failed", "clip-unfit"}),
    "refused": frozenset({"refused"}),
    "missing": frozenset({"take-missing", "clip-not-here"}),
    "never-made": frozenset({"never-made"}),
    "pinned": frozenset({"pinned"}),
    "open": frozenset({Action.ASK, Action.ATTACH, Action.RESUME, "old-job-open", "open-elsewhere"}),
}
_FORMS = "write `climb`, `climb+` (and what hangs on it), `+climb` (and its needs), `scene:dawn` or `status:failed`"


def select(expressions: Sequence[str], storyboard: Storyboard, plan: Plan | None, findings: Findings) -> frozenset[str]:
    """The ids of all shots named. `status:` and `stale` look at a plan; without one they are told as unknown."""
    graph = build_graph(storyboard)
    selected: set[str] = set()
    for expression in expressions:
        selected.update(_select_one(expression.strip(), storyboard, graph, plan, findings))
    return frozenset(selected)


def _select_one(
    expression: str, storyboard: Storyboard, graph: Graph, plan: Plan | None, findings: Findings
) -> Iterable[str]:
    kind, colon, word = expression.partition(":")
    if colon and kind == "scene":
        return _select_scene(word, storyboard, findings)
    if colon and kind == "status":
        return _select_status(expression, word, plan, findings)
    name = expression.removeprefix("+").removesuffix("+")
    if name in graph:
        needed = everything_needed(graph, name) if expression.startswith("+") else frozenset()
        hanging = everything_hanging(graph, name) if expression.endswith("+") else frozenset()
        return {name} | needed | hanging
    if expression == Action.STALE:
        return _select_status(expression, expression, plan, findings)
    _tell_unknown(findings, f"`{expression}` names no shot", name, graph.nodes)
    return ()


def _select_scene(word: str, storyboard: Storyboard, findings: Findings) -> Iterable[str]:
    scenes = {scene.id: scene.shots for scene in storyboard.scenes if scene.id is not None}
    if word in scenes:
        return scenes[word]
    _tell_unknown(findings, f"`scene:{word}` names no scene", word, scenes)
    return ()


def _select_status(expression: str, word: str, plan: Plan | None, findings: Findings) -> Iterable[str]:
    if plan is None:
        findings.error("unknown-selector", f"`{expression}` can only be told from a plan", hint=_FORMS)
        return ()
    words = {**{word: frozenset({word}) for word in (*Action, *ShotState)}, **_STATES}
    if word not in words:
        _tell_unknown(findings, f"`status:{word}` is no state a shot can be in", word, words)
        return ()
    return [shot.id for shot in plan.shots if words[word] & _words_for(shot)]


def _words_for(shot: PlannedShot) -> set[str]:
    """What a plan and `status` say of a shot: its action, its state, and the codes of its reasons."""
    return {shot.action, state_of(shot), *(reason.code for reason in shot.reasons)}


def _tell_unknown(findings: Findings, message: str, word: str, known: Iterable[str]) -> None:
    findings.error("unknown-selector", message, hint=did_you_mean(word, known, _FORMS))
