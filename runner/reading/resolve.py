"""The written storyboard for one profile, resolved: layers laid over each other, names looked up, templates rendered.

All problems are told at once; chains are checked in `runner.reading.chains`, abilities of models in planning.
"""

import re
import unicodedata
from collections.abc import Collection
from typing import Final

from runner.core.canonical import digest_bytes
from runner.core.diagnostic import Findings
from runner.core.nearest import did_you_mean
from runner.core.node import Mapping, plain
from runner.model.outside import ProductionFiles
from runner.model.storyboard import Layer, Scene, Setting, Shot, Storyboard
from runner.model.written import Templates, WrittenScene, WrittenShot, WrittenStoryboard
from runner.reading.casting import read_elements, read_voices
from runner.reading.film import read_budget, read_film, read_prices
from runner.reading.frames import Frames
from runner.reading.inputs import Inputs
from runner.reading.layers import Layered, built_in_layer, lay_over
from runner.reading.node_values import mapping_in, scalar_of, strings_below, text_in
from runner.reading.prompts import find_mark
from runner.reading.shots import ShotReader
from runner.reading.template import refuse_character
from runner.reading.template_files import TemplateFiles
from runner.reading.template_values import Cast
from runner.reading.text_places import text_of_scalar

_BUILT_IN_PROVIDER: Final = "animatic"
_LONGEST_ID: Final = 64


def resolve(
    written: WrittenStoryboard,
    files: ProductionFiles,
    templates: Templates,
    profile: str | None,
    provider: str | None,
    findings: Findings,
) -> Storyboard | None:
    """`templates` are the built-in ones, `provider` is the command line's. None when not one shot could be read."""
    inputs = Inputs(files, findings)
    elements = read_elements(written.field("elements"), inputs)
    voices = read_voices(written.field("voices"), inputs)
    chosen = _find_profile(written, profile, findings)
    names = _shot_names(written)
    cast = Cast(elements, voices, TemplateFiles(files, templates).load)
    reader = ShotReader(
        cast,
        _read_variables(written, findings),
        Frames(names, inputs, cast.suggestions, findings),
        findings,
    )
    _check_models(written, chosen, findings)
    scenes, shots = _read_scenes(written, chosen, reader)
    title = text_in(written.field("title")) or ""
    own_id = text_in(written.field("id"))
    film = read_film(written.field("film"), inputs, findings)
    budget = read_budget(written.field("budget"), findings)
    prices = read_prices(written.field("prices"), findings)
    if not shots:
        return None
    return Storyboard(
        id=own_id or slug_of(title),
        id_is_written=own_id is not None,
        title=title,
        profile=profile,
        provider=_choose_provider(written, chosen, provider),
        elements=elements,
        voices=voices,
        scenes=scenes,
        shots=shots,
        film=film,
        budget=budget,
        prices=prices,
        trust_guard=text_in(written.field("trust_guard")),
        callbacks=_read_callbacks(mapping_in(written.field("callbacks"))),
        profiles=_profile_names(written),
    )


def slug_of(title: str) -> str:
    """A title as an id. Where letters had to be left out a few digits of its digest keep it apart from others."""
    letters = unicodedata.normalize("NFKD", title)
    slug = re.sub(r"[^a-z0-9]+", "-", letters.encode("ascii", "ignore").decode().lower().replace("'", "")).strip("-")
    lost = any(letter.isalnum() and not letter.isascii() for letter in letters)
    if not lost and 0 < len(slug) <= _LONGEST_ID:
        return slug
    digits = digest_bytes(title.encode())[:8]
    return f"{slug[: _LONGEST_ID - 9].strip('-')}-{digits}".lstrip("-")


def _find_profile(written: WrittenStoryboard, profile: str | None, findings: Findings) -> Mapping | None:
    profiles = mapping_in(written.field("profiles"))
    if profile is None:
        return None
    if profiles is not None and profile in profiles.entries:
        return mapping_in(profiles.get(profile))
    known = _profile_names(written)
    listed = f"there are {', '.join(f'`{name}`' for name in known)}" if known else "define it under `profiles:`"
    place = written.fields.key_place("profiles") if "profiles" in written.fields.entries else None
    message = f"`{profile}` is not a profile of this storyboard"
    findings.error("unknown-profile", message, place, did_you_mean(profile, known, listed))
    return None


def _read_callbacks(fields: Mapping | None) -> dict[str, Setting[str]]:
    members = () if fields is None else fields.items()
    return {
        name: Setting(address, Layer.DEFAULTS, node.place)
        for name, node in members
        if (address := text_in(node)) is not None
    }


def _profile_names(written: WrittenStoryboard) -> tuple[str, ...]:
    profiles = mapping_in(written.field("profiles"))
    return () if profiles is None else tuple(profiles.entries)


def _choose_provider(written: WrittenStoryboard, profile: Mapping | None, named: str | None) -> Setting[str]:
    if named is not None:
        return Setting(named, Layer.COMMAND, None)
    for fields, layer in ((profile, Layer.PROFILE), (written.fields, Layer.DEFAULTS)):
        scalar = None if fields is None else scalar_of(fields.get("provider"))
        if scalar is not None:
            return Setting(str(scalar.value), layer, scalar.place)
    return Setting(_BUILT_IN_PROVIDER, Layer.BUILT_IN, None)


def _read_variables(written: WrittenStoryboard, findings: Findings) -> dict[str, object]:
    """Plain values: nothing in them is a template."""
    fields = mapping_in(written.field("vars"))
    if fields is None:
        return {}
    for scalar in strings_below(fields):
        text = text_of_scalar(scalar)
        offset = find_mark(text.text)
        if offset is not None:
            refuse_character(text, offset, findings)
    return {name: plain(node) for name, node in fields.items()}


def _shot_names(written: WrittenStoryboard) -> Collection[str]:
    named = (text_in(shot.id) for scene in written.scenes for shot in scene.shots)
    return dict.fromkeys(name for name in named if name is not None)


def _base_layer(written: WrittenStoryboard) -> Layered:
    """Built-in values, and `defaults` over the top level's `model`."""
    model = written.field("model")
    top = None if model is None else Mapping({"model": written.fields.entries["model"]}, model.place)
    with_model = lay_over(built_in_layer(), top, Layer.DEFAULTS)
    return lay_over(with_model, mapping_in(written.field("defaults")), Layer.DEFAULTS)


def _layers_of(written: WrittenStoryboard, scene: WrittenScene, profile: Mapping | None) -> Layered:
    in_scene = lay_over(_base_layer(written), scene.defaults, Layer.SCENE)
    return lay_over(in_scene, profile, Layer.PROFILE)


def _check_models(written: WrittenStoryboard, profile: Mapping | None, findings: Findings) -> None:
    """Told once, at the first shot that has none: one line at the top mends them all."""
    for scene in written.scenes:
        if "model" in _layers_of(written, scene, profile).settings:
            continue
        for shot in scene.shots:
            if shot.id is not None and scalar_of(shot.fields.get("model")) is None:
                message = f"`{shot.id.text}` has no `model`, and the storyboard names none"
                findings.error(
                    "missing-field", message, shot.id.place, "write `model: kling-v3` at the storyboard's top"
                )
                return


def _read_scenes(
    written: WrittenStoryboard, profile: Mapping | None, reader: ShotReader
) -> tuple[tuple[Scene, ...], tuple[Shot, ...]]:
    scenes: list[Scene] = []
    shots: dict[str, Shot] = {}
    for scene in written.scenes:
        below = _layers_of(written, scene, profile)
        scene_id = text_in(scene.id)
        read = [shot for one in scene.shots if (shot := _read_shot(one, scene_id, below, reader, shots)) is not None]
        shots |= {shot.id: shot for shot in read}
        scenes.append(Scene(scene_id, text_in(scene.title), tuple(shot.id for shot in read)))
    return tuple(scenes), tuple(shots.values())


def _read_shot(
    written: WrittenShot, scene: str | None, below: Layered, reader: ShotReader, known: Collection[str]
) -> Shot | None:
    shot = reader.read(written, scene, below)
    # A second shot of one id has been told; the first one stands.
    return None if shot is None or shot.id in known else shot
