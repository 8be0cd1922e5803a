"""What an author's `trust_guard` adds to a manifest's guard, and where it can add nothing.

A second submit can be refused only where our name goes out with every first one; the manifest's own requests show that.
"""

from dataclasses import replace

from runner.core.diagnostic import Findings
from runner.core.place import Place
from runner.model.interface import HttpCall
from runner.model.manifest import Guard, Manifest, Proof
from runner.model.mapping import ALWAYS, Cases, Fields, Listed, Reference, Spec, Text
from runner.model.storyboard import Storyboard

_SURE = frozenset({Proof.PROVEN, Proof.DOCUMENTED})


def effective_guard(manifest: Manifest, storyboard: Storyboard) -> Guard:
    """`trust_guard` is the author's word for what the manifest does not know."""
    guard = manifest.guard
    if storyboard.trust_guard != manifest.name or not sends_name(manifest):
        return guard
    found = _vouch(guard.found) if _has_look_up(manifest) else guard.found
    return replace(guard, named=_vouch(guard.named), found=found, refused=_vouch(guard.refused))


def is_by_trust(guard: Guard) -> bool:
    """True when a manifest's own `guard` does not say that a second submit under one name is refused."""
    return not {guard.named, guard.refused} <= _SURE


def sends_name(manifest: Manifest) -> bool:
    """True when our name goes out with whatever is submitted; what works on this machine is told it anyway."""
    interface = manifest.interface
    if interface is None:
        return True
    calls = [*(task.submit for task in interface.tasks.values()), *(one.submit for one in interface.resources.values())]
    return all(_names_job(call) for call in calls)


def check_trust(manifest: Manifest, place: Place | None, findings: Findings) -> None:
    if sends_name(manifest):
        return
    findings.error(
        "field-not-supported",
        f"`trust_guard` cannot hold at {manifest.title}: no name of ours goes out with its jobs, so it would not know "
        "a second submit from the first",
        place,
        "remove it; `framechain resolve SHOT` answers what only a person can know",
    )


def _vouch(proof: Proof) -> Proof:
    return Proof.DOCUMENTED if proof is Proof.UNKNOWN else proof


def _has_look_up(manifest: Manifest) -> bool:
    interface = manifest.interface
    if interface is None:
        return True
    return interface.find is not None and all(one.find is not None for one in interface.resources.values())


def _names_job(call: HttpCall) -> bool:
    return any(_carries(spec) for spec in (call.path, *call.query.values(), call.body) if spec is not None)


def _carries(spec: Spec) -> bool:
    """Whole and in every case: what is sent under a condition may not be sent."""
    if isinstance(spec, Cases):
        return any(one.when == ALWAYS for one in spec.cases) and all(_names_anyway(one) for one in spec.cases)
    if spec.when != ALWAYS:
        return False
    return _names_anyway(spec)


def _names_anyway(spec: Spec) -> bool:
    """Where its own condition holds."""
    match spec:
        case Reference():
            return spec.path == ("job_name",) and spec.table is None and spec.characters is None
        case Text():
            # Where another part of it is nothing, all of it is.
            others = [part for part in spec.parts if not isinstance(part, str)]
            return bool(others) and all(_carries(part) for part in others)
        case Fields():
            return any(_carries(one) for one in spec.fields.values())
        case Listed():
            return any(_carries(one) for one in spec.parts)
        case Cases():
            return _carries(spec)
        case _:
            return False
