"""Why a shot is made, kept or left alone, in words: the comparison of a take with what is asked for now.

The code of a reason is for programs and the text for people. Wherever a verdict falls, its sentence is from here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from runner.core.canonical import Json
from runner.model.plan import Reason
from runner.model.request import Identity
from runner.model.storyboard import Chained, Shot
from runner.model.take import Take
from runner.planning.request import FRAME_FIELDS, chained_frame, part_of
from runner.planning.takes import ANIMATIC
from runner.planning.wanted import Makers

# How a field of the request is called; any other is called as it is written.
_NAMES: Final[Mapping[str, str]] = {
    "aspect_ratio": "aspect ratio",
    "negative_prompt": "negative prompt",
    "cfg_scale": "`cfg_scale`",
    "elements": "pictures of its elements",
    "voices": "samples of its voices",
    "first_frame": "first frame",
    "last_frame": "last frame",
}
_WORDS_CHANGED = frozenset({"prompt-changed", "beats-changed", "dialogue-changed"})
# They come and go with the words that mention them, which are told.
_FOLLOWS_FROM_WORDS = frozenset({"elements", "voices"})
# Told in their own words, or not at all.
_TOLD_APART = frozenset({"medium", "roll"})


@dataclass(frozen=True, slots=True)
class SourceNow:
    """A shot that frames are taken from, as the walk has left it."""

    shot: str
    # Of its take in use; None while that is still to be made.
    identity: Identity | None
    # Identities of every take it ever had.
    known: frozenset[Identity]
    is_first_take: bool
    is_under_way: bool


@dataclass(frozen=True, slots=True)
class Changes:
    """What is different now from when a take was made."""

    # What the author changed at the shot itself.
    own: tuple[Reason, ...]
    # What follows only because a source changed.
    chained: tuple[Reason, ...]


def compare(
    take: Take, own: Mapping[str, Json], shot: Shot, makers: Makers, sources: Mapping[str, SourceNow]
) -> Changes:
    """`own`: the request without chained frames; `sources`: by frame field."""
    if not take.parts:
        return Changes((request_changed(take),), ())
    if take.origin != own["medium"]:
        return Changes((_medium_changed(take, makers), *_own_fields(take, own, shot)), ())
    edited: list[Reason] = []
    chained: list[Reason] = []
    for field, frame in shot.chained:
        if _is_edited(take, field, frame, sources[field]):
            edited.append(_field_changed(field, take.parts.get(field), "chained"))
        elif (reason := _source_changed(take, field, sources[field])) is not None:
            chained.append(reason)
    fields = _own_fields(take, own, shot)
    # Other words mention other voices and elements: what is told of those by itself would be the same change again.
    is_by_itself = not any(reason.code in _WORDS_CHANGED for reason in fields)
    maker = [_makers_part_changed(take)] if is_by_itself and not makers.agree_with_take(take) else []
    return Changes((*fields, *edited, *maker), tuple(chained))


def _own_fields(take: Take, own: Mapping[str, Json], shot: Shot) -> list[Reason]:
    chained = {field for field, _ in shot.chained}
    now = {name: part_of(value) for name, value in own.items()}
    frames = [field in take.parts for field in FRAME_FIELDS]
    if any(frames) != (shot.first_frame is not None or shot.last_frame is not None):
        # With a frame the picture decides on the ratio: that it came or went is no change of its own.
        now.pop("aspect_ratio", None)
        chained.add("aspect_ratio")
    names = [name for name in {**now, **take.parts} if name not in _TOLD_APART and name not in chained]
    return [_field_changed(name, take.parts.get(name), now.get(name)) for name in names if _is_told(take, now, name)]


def _is_told(take: Take, now: Mapping[str, str], name: str) -> bool:
    if name in _FOLLOWS_FROM_WORDS and (name in take.parts) != (name in now):
        return False
    return take.parts.get(name) != now.get(name)


def _is_edited(take: Take, field: str, frame: Chained, source: SourceNow) -> bool:
    """True when the author chained the frame from elsewhere, and not merely the source got another take."""
    recorded = take.sources.get(field)
    if recorded is None or recorded not in source.known:
        return True
    return part_of(chained_frame(frame, recorded)) != take.parts.get(field)


def _source_changed(take: Take, field: str, source: SourceNow) -> Reason | None:
    code, name = _code(field), _NAMES[field]
    if source.identity is None:
        becomes = _what_becomes_of(source)
        return Reason(code, f"{name} changed because `{source.shot}` {becomes}")
    if source.identity == take.sources.get(field):
        return None
    return Reason(code, f"{name} changed because `{source.shot}` has another take now")


def _what_becomes_of(source: SourceNow) -> str:
    if source.is_under_way:
        return "is being made"
    return "will be made" if source.is_first_take else "will be made again"


def _field_changed(name: str, before: str | None, now: str | None) -> Reason:
    verb = "added" if before is None else "removed" if now is None else "changed"
    return Reason(_code(name), f"{_NAMES.get(name, name)} {verb}")


def _code(name: str) -> str:
    return f"{name.replace('_', '-')}-changed"


def _medium_changed(take: Take, makers: Makers) -> Reason:
    if take.origin == ANIMATIC:
        return Reason("medium-changed", f"was an animatic take, is now to be generated by `{makers.part.gateway}`")
    return Reason("medium-changed", f"was a {take.origin} take, is now to be an animatic one")


def _makers_part_changed(take: Take) -> Reason:
    return Reason(
        "makers-part-changed", f"what is asked of `{take.gateway}` alone changed: options, ids or descriptions"
    )


# --- reasons without a comparison


def never_made(profile: str | None) -> Reason:
    return Reason(
        "never-made", "it has no take yet" if profile is None else f"it has no take yet under profile `{profile}`"
    )


def frame_waits(field: str, source: SourceNow) -> Reason:
    return Reason(f"{field.replace('_', '-')}-waits", f"{_NAMES[field]} waits for `{source.shot}`")


def roll_asked_for(roll: int) -> Reason:
    return Reason("roll-asked-for", f"roll {roll} asked for")


def roll_not_asked_for(take: Take) -> Reason:
    return Reason("roll-changed", f"`{take.name}` is roll {take.roll}, which is not asked for any more")


def clip_not_here() -> Reason:
    return Reason("clip-not-here", "its animatic clip is not on this machine")


def take_missing() -> Reason:
    return Reason("take-missing", "its take is not on this machine")


def take_lost() -> Reason:
    return Reason("made-again", "its take is lost and was asked for again")


def from_sandbox(take: Take) -> Reason:
    return Reason("sandbox-take", f"`{take.name}` came from a sandbox")


def request_changed(take: Take) -> Reason:
    return Reason("request-changed", f"the request has changed since `{take.name}` was chosen")


def pin_without_take() -> Reason:
    return Reason("pin-without-take", "pinned, but it has no take")


def chosen_by_hand(take: Take) -> Reason:
    return Reason("chosen-by-hand", f"`{take.name}` was chosen by hand")


def pinned(why: str) -> Reason:
    return Reason("pinned", f"pinned: {why}" if why else "pinned")


def accepted(take: Take) -> Reason:
    return Reason("accepted", f"`{take.name}` was accepted for the takes its frames come from now")


def not_selected() -> Reason:
    return Reason("not-selected", "not selected")


def source_blocked(source: str) -> Reason:
    return Reason("source-blocked", f"`{source}` cannot be made")


def same_request(other: str) -> Reason:
    return Reason("same-request", f"shares the job of `{other}`, which asks for the same")


def hint_for_missing(shot: str) -> str:
    return (
        f"put the file back where `framechain verify` names it, bring it with `framechain adopt {shot} FILE`, "
        f"or have another made with `framechain run --remake {shot}`"
    )
