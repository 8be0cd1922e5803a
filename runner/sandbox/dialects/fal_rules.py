"""The rules between the fields of fal's Kling endpoints, from the models' own pages.

Each field by itself is in `fal_models`. That elements, pictures and voices are numbered from one is in no page in so
many words.
"""

from typing import Final

from runner.sandbox.dialect import Strictness
from runner.sandbox.dialects.bodies import bodies_in, find_loose_token, given, items_in, text_in
from runner.sandbox.dialects.fal_models import Model
from runner.sandbox.dialects.fields import Body, Fault, FaultKind

# Elements and reference pictures together.
_MOST: Final = 7
_MOST_BESIDE_A_CLIP: Final = 4


def find_conflicts(model: Model, body: Body, strictness: Strictness) -> list[Fault]:
    """The first of them; what is only said in passing on a page holds when strict."""
    prompts = len(given(body, "prompt", "multi_prompt"))
    if model.takes_both and not prompts:
        return [Fault(FaultKind.VALUE, ("prompt",), "is required unless multi_prompt is provided")]
    if model.has_beats and not model.takes_both and prompts != 1:
        return [Fault(FaultKind.VALUE, (), "either prompt or multi_prompt must be provided, but not both")]
    if strictness is Strictness.LENIENT:
        return []
    return _find_loose_references(model, body) or _find_wrong_elements(model, body)


def _find_loose_references(model: Model, body: Body) -> list[Fault]:
    prompts = [
        text_in(body, "prompt") or "",
        *(text_in(beat, "prompt") or "" for beat in bodies_in(body, "multi_prompt")),
    ]
    kinds = [(r"<<<voice_(\d+)>>>", "voice_ids"), (r"@Element(\d+)", "elements")]
    if "image_urls" in model.fields.fields:
        kinds.append((r"@Image(\d+)", "image_urls"))
    for pattern, name in kinds:
        loose = find_loose_token(prompts, pattern, len(items_in(body, name)))
        if loose:
            return [Fault(FaultKind.VALUE, ("prompt",), f"{loose} has no entry in {name}")]
    return []


def _find_wrong_elements(model: Model, body: Body) -> list[Fault]:
    elements = bodies_in(body, "elements")
    for number, element in enumerate(elements):
        if not given(element, "video_url") and len(given(element, "frontal_image_url", "reference_image_urls")) != 2:
            text = "either images (frontal and reference) or a video must be provided"
            return [Fault(FaultKind.VALUE, ("elements", number), text)]
    if "image_urls" not in model.fields.fields:
        return []
    count = len(elements) + len(items_in(body, "image_urls"))
    has_clip = any(given(element, "video_url") for element in elements)
    most, beside = (_MOST_BESIDE_A_CLIP, " when using video") if has_clip else (_MOST, "")
    if count > most:
        text = f"must have at most {most} elements and reference images{beside}, has {count}"
        return [Fault(FaultKind.VALUE, ("elements",), text)]
    return []
