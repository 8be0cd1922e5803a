"""Holds what would be sent against what the gateway documents, before anything is: the last look, over all shots.

Most of what is wrong has a rule with words of its own by then. What is left are lengths that only show once
descriptions stand in a prompt, ids that are no numbers, elements with too few pictures.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from runner.core.canonical import Json
from runner.core.diagnostic import Findings
from runner.core.place import Place
from runner.model.manifest import Manifest
from runner.model.mapping import Way
from runner.model.storyboard import Shot, Storyboard
from runner.planning.asked_for import Asked, Complaint, Complaints, place_of
from runner.planning.body import Attachment, Use
from runner.planning.compiling import Circumstances, compile_request, compile_resource
from runner.planning.makers import makers_part
from runner.planning.request import job_name, outline_request
from runner.planning.resources import Named, needed_by, resource_key, resource_makers, resource_request
from runner.planning.view import SPOKEN_OF

# A body's schema by its name; None where there is none.
BodySchemas: TypeAlias = Callable[[str], Json]

_BASE64 = "iVBORw0KGgo="
# Without an ending: it stands for a picture as well as for a sound.
_ADDRESS = "https://example.com/given"
# For an id that is made only in the run.
_MADE_ID = "829824295735410756"
_LONGEST = 160


class _Plausible:
    """Any picture, in the form that is asked for."""

    def give(self, attachment: Attachment, ways: tuple[Way, ...]) -> str:
        has_url_only = attachment.url is not None and attachment.digest is None
        way = Way.URL if has_url_only and Way.URL in ways else ways[0]
        match way:
            case Way.URL:
                return attachment.url or _ADDRESS
            case Way.BASE64:
                return _BASE64
            case Way.DATA_URI:
                return f"data:image/png;base64,{_BASE64}"


@dataclass(slots=True)
class _Law:
    """The schemas of one gateway's bodies, each made ready once."""

    schemas: BodySchemas
    ready: dict[str, Any] = field(default_factory=dict)

    def find_fault(self, name: str | None, body: Json) -> tuple[str, str] | None:
        """A JSON pointer and what is wrong there."""
        validator = None if name is None else self._validator(name)
        error = None if validator is None else next(iter(validator.iter_errors(body)), None)
        if error is None:
            return None
        return "".join(f"/{step}" for step in error.absolute_path), say_fault(error)

    def _validator(self, name: str) -> Any:
        if name not in self.ready:
            from jsonschema import Draft202012Validator

            schema = self.schemas(name)
            self.ready[name] = Draft202012Validator(dict(schema)) if isinstance(schema, Mapping) else None
        return self.ready[name]


def say_fault(error: Any) -> str:
    """Its own words begin with what is there, which may be a whole prompt or picture: then what it breaks."""
    told = str(error.message)
    if len(told) <= _LONGEST:
        return told
    return f"what is there does not keep to `{error.validator}: {str(error.validator_value)[:_LONGEST]}`"


def check_bodies(storyboard: Storyboard, manifest: Manifest, schemas: BodySchemas, findings: Findings) -> None:
    """For a storyboard in which nothing else is wrong."""
    if manifest.interface is None:
        return
    law, complaints = _Law(schemas), Complaints()
    for shot in storyboard.shots:
        complaints.add(shot, *_check_shot(storyboard, shot, manifest, law))
    complaints.tell(findings)


def _check_shot(storyboard: Storyboard, shot: Shot, manifest: Manifest, law: _Law) -> Iterator[Complaint]:
    canonical = outline_request(storyboard, shot, manifest.medium)
    needed = needed_by(storyboard, shot, manifest)
    made = {(str(kind), name): _MADE_ID for kind, name in needed}
    callback = storyboard.callbacks.get(manifest.name)
    around = Circumstances(_JOB_NAME, None if callback is None else callback.value, made)
    compiled = compile_request(manifest, canonical, makers_part(storyboard, shot, manifest), _Plausible(), around)
    if compiled is None:
        return
    fault = law.find_fault(compiled.task.request, compiled.call.body)
    if fault is not None:
        yield _complain(manifest, fault, place_of(shot, _field_at(fault[0], compiled.uses)))
    for named in needed:
        yield from _check_resource(storyboard, named, manifest, law)


def _check_resource(storyboard: Storyboard, named: Named, manifest: Manifest, law: _Law) -> Iterator[Complaint]:
    makers = resource_makers(storyboard, named, manifest.name)
    name = job_name("resource", resource_key(storyboard, named), 0)
    compiled = compile_resource(manifest, resource_request(storyboard, named), makers, _Plausible(), name)
    fault = None if compiled is None else law.find_fault(compiled.request, compiled.call.body)
    if fault is not None:
        kind, label = named
        asked = Asked(_place_of(storyboard, named), is_shots_own=False)
        if _needs_references(storyboard, named, manifest, law):
            message = (
                f"{manifest.title} makes an element from `frontal` and `references`, and `{label}` has only the first"
            )
            yield Complaint("not-documented", message, asked, "give it `references`: pictures of it from other sides")
            return
        material = "`description`, `frontal` and `references`" if kind == "element" else "`description` and `sample`"
        hint = f"it is made from the {material} of `{label}`: give or mend what is named here"
        yield _complain(manifest, fault, asked, hint)


def _needs_references(storyboard: Storyboard, named: Named, manifest: Manifest, law: _Law) -> bool:
    """Whether one more picture would mend it, where there are none beside the first."""
    kind, name = named
    element = storyboard.elements.get(name) if kind == "element" else None
    if element is None or element.references or element.frontal is None:
        return False
    fuller = {**storyboard.elements, name: replace(element, references=(element.frontal,))}
    other = replace(storyboard, elements=fuller)
    makers = resource_makers(other, named, manifest.name)
    compiled = compile_resource(manifest, resource_request(other, named), makers, _Plausible(), _JOB_NAME)
    return compiled is not None and law.find_fault(compiled.request, compiled.call.body) is None


def _complain(manifest: Manifest, fault: tuple[str, str], asked: Asked, hint: str = "") -> Complaint:
    pointer, wrong = fault
    message = f"what {manifest.title} would be sent is not what it documents: `{pointer or '/'}`: {wrong}"
    hint = hint or f"`framechain compile SHOT --provider {manifest.name}` shows what would be sent, and from where"
    return Complaint("not-documented", message, asked, hint)


def _field_at(pointer: str, uses: tuple[Use, ...]) -> str:
    """Of the shot's fields the one the part of the body was made from."""
    near = [use for use in uses if pointer == use.pointer or pointer.startswith(f"{use.pointer}/")]
    used = max(near, key=lambda use: len(use.pointer), default=None)
    return "prompt" if used is None else SPOKEN_OF.get(used.path[0], used.path[0])


def _place_of(storyboard: Storyboard, named: Named) -> Place:
    kind, name = named
    return storyboard.elements[name].place if kind == "element" else storyboard.voices[name].place


_JOB_NAME = f"fc-{'0' * 40}"
