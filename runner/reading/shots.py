"""One shot resolved: its settings, its words, its frames, and the names it uses looked up."""

from collections import ChainMap
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass, replace
from typing import Any, Literal

from runner.core.diagnostic import Findings
from runner.core.node import Mapping, Node, Scalar
from runner.core.place import Place
from runner.model.storyboard import Beat, Layer, Line, Setting, Shot
from runner.model.written import WrittenShot
from runner.reading.frames import Frames
from runner.reading.layers import Layered, lay_over
from runner.reading.node_values import items_in, mapping_in, scalar_of, text_in, whole_in, yes_or_no_in
from runner.reading.template_values import Cast
from runner.reading.words import Words

# What templates see of the shot they are rendered for.
_SHOWN = ("duration", "mode", "aspect_ratio")


@dataclass(frozen=True, slots=True)
class ShotReader:
    """What all shots of a storyboard are read with."""

    cast: Cast
    variables: MappingOf[str, object]
    frames: Frames
    findings: Findings

    def read(self, written: WrittenShot, scene: str | None, below: Layered) -> Shot | None:
        """None without an id or a model: both are needed to say anything about it, and have been told."""
        name = text_in(written.id)
        layered = lay_over(below, written.fields, Layer.SHOT)
        if written.id is None or name is None or "model" not in layered.settings:
            return None
        fields, settings = written.fields, layered.settings
        shown = {"id": name, **{setting: settings[setting].value for setting in _SHOWN}}
        words = Words(ChainMap(self.variables, {"shot": shown}), self.cast, self.findings)  # type: ignore[arg-type]  # only ever read
        prompt, prompt_place = words.prompt(fields)
        shot = Shot(
            id=name,
            scene=scene,
            place=written.id.place,
            **self._settings(settings, words),
            prompt=prompt,
            prompt_place=prompt_place,
            beats=self._beats(fields.get("beats"), words),
            masks=self.frames.masks(fields.get("masks")),
            dialogue=self._dialogue(fields.get("dialogue"), words),
            first_frame=self.frames.first(fields),
            last_frame=self.frames.last(fields),
            after=self._after(fields.get("after")),
            options=layered.options,
        )
        self._check_speech(shot)
        return shot

    def _settings(self, settings: MappingOf[str, Setting[Any]], words: Words) -> dict[str, Any]:
        refused = settings.get("negative_prompt")
        if refused is None:
            return dict(settings)
        return {
            **settings,
            "negative_prompt": replace(refused, value=words.plain_text(refused.value, "negative_prompt")),
        }

    def _beats(self, node: Node | None, words: Words) -> Setting[tuple[Beat, ...] | Literal["auto"]] | None:
        if node is None:
            return None
        if text_in(node) == "auto":
            return Setting("auto", Layer.SHOT, node.place)
        beats = (self._beat(fields, words) for item in items_in(node) if (fields := mapping_in(item)) is not None)
        return Setting(tuple(beats), Layer.SHOT, node.place)

    def _beat(self, fields: Mapping, words: Words) -> Beat:
        prompt, place = words.prompt(fields)
        return Beat(prompt, whole_in(fields.get("duration")) or 0, place or fields.place)

    def _dialogue(self, node: Node | None, words: Words) -> tuple[Line, ...]:
        lines = (self._line(fields, words) for item in items_in(node) if (fields := mapping_in(item)) is not None)
        return tuple(line for line in lines if line is not None)

    def _line(self, fields: Mapping, words: Words) -> Line | None:
        voice, by, text = (scalar_of(fields.get(name)) for name in ("voice", "by", "text"))
        if voice is None or text is None:
            return None
        self._check_name("voice", voice)
        if by is not None:
            self._check_name("element", by)
        spoken = yes_or_no_in(fields.get("spoken"))
        rendered = words.line(text, "text")
        return Line(str(voice.value), text_in(by), rendered, spoken is not False, fields.place)

    def _after(self, node: Node | None) -> tuple[str, ...]:
        named = (scalar for item in items_in(node) if (scalar := scalar_of(item)) is not None)
        return tuple(dict.fromkeys(shot for one in named if (shot := self.frames.known_shot(one)) is not None))

    def _check_name(self, kind: Literal["element", "voice"], named: Scalar) -> None:
        known = self.cast.elements if kind == "element" else self.cast.voices
        name = str(named.value)
        if name not in known:
            article = "an" if kind == "element" else "a"
            message = f"`{name[:80]}` is not {article} {kind} of this storyboard"
            hint = self.cast.suggestions.hint(name, known, f"define it under `{kind}s:`")
            self.findings.error(f"unknown-{kind}", message, named.place, hint)

    def _check_speech(self, shot: Shot) -> None:
        if shot.sound.value:
            return
        switched: tuple[tuple[str, Place], ...] = ()
        if shot.sound.place is not None:
            switched = (("switched off here", shot.sound.place),)
        for line in shot.dialogue:
            if line.spoken:
                message = f"`{shot.id}` has a spoken line, but its sound is off"
                hint = "write `sound: on` at the shot, or `spoken: false` at the line for a caption only"
                self.findings.error("speech-without-sound", message, line.place, hint, switched)
