"""A made-up gateway that has all a manifest can say: every verb, two tasks, mentions, options, look-ups, resources."""

from collections.abc import Mapping
from typing import Any, Final

from runner.adapters import package_data
from runner.core.canonical import Json
from runner.core.diagnostic import Diagnostic, Findings
from runner.core.place import Source
from runner.model.interface import Interface
from runner.model.manifest import Manifest
from runner.reading.manifest import read_manifest
from runner.reading.schema import Schema

STUDIO: Final = """\
manifest: 1
name: studio
title: The Studio
medium: generated
host: https://api.studio.example
keys:
  - {kind: bearer, key: STUDIO_API_KEY}
guard: {named: proven, found: proven, refused: proven}
limits:
  concurrent: 4
  pictures: {formats: [jpeg, png], shortest_side: 300, widest_ratio: 2.5, bytes: 10000000}
callback: true

mentions:
  voice: {text: ["<<<voice_", {reference: item.number}, ">>>"]}
  element: {text: ["<<<element_", {reference: item.number}, ">>>"]}

tasks:
  words:
    title: from words
    request: studio-words
    when: {first_frame: absent, last_frame: absent, masks: absent}
    satisfied: {watermark: false}
    options:
      style: {enum: [calm, wild]}
    submit:
      method: POST
      path: {text: [/v1/, {reference: spelling}, /words]}
      query: {style: {reference: options.style}}
      headers: {X-Studio: "1"}
      body:
        fields:
          name: {reference: job_name}
          tell: {reference: callback}
          prompt: {reference: prompt, when: {beats_are: [none, auto]}}
          not: {reference: negative_prompt}
          seconds: {reference: duration, as: text}
          quality: {reference: mode, table: {std: standard, pro: professional}}
          ratio: {reference: aspect_ratio}
          sound: {reference: sound, table: {"on": true, "off": false}}
          strength: {reference: cfg_scale}
          voices: {each: voices, give: {reference: item.id}}
          cuts:
            cases:
              - {value: by-model, when: {beats_are: auto}}
              - each: beats
                when: {beats_are: listed}
                give:
                  fields:
                    index: {reference: item.number}
                    prompt: {reference: item.prompt}
                    seconds: {reference: item.duration}
  picture:
    title: from a picture
    request: studio-picture
    when: {first_frame: present}
    satisfied: {watermark: false, sound: "off"}
    submit:
      method: POST
      path: {text: [/v1/, {reference: spelling}, /picture]}
      body:
        fields:
          name: {reference: job_name}
          image: {reference: first_frame, as: [base64, url]}
          tail: {reference: last_frame, as: data-uri}
          prompt: {reference: prompt}
          seconds: {reference: duration}
          sound: {reference: sound, when: {model: loud-2}}
          voices: {each: voices, give: {fields: {id: {reference: item.id}}}}
          elements: {each: elements, give: {fields: {id: {reference: item.id}}}}
          still: {reference: masks.static, as: [base64, url]}
          moving:
            each: masks.dynamic
            give:
              fields:
                mask: {reference: item.mask, as: [base64, url]}
                way: {each: item.trajectory, give: {list: [{reference: item.x}, {reference: item.y}]}}
          camera:
            fields:
              type: {reference: camera.type}
              move: {fields: {zoom: {reference: camera.zoom}, pan: {reference: camera.pan}}}

models:
  loud-2:
    durations: {from: 3, to: 10}
    modes: [std, pro]
    sound: true
    prompt_characters: 2500
    elements: 2
    references: 3
    voices: 2
    beats: 3
    beat_characters: 512
    masks: 2
    tasks:
      words: {spelling: loud-two, elements: 0}
      picture: {spelling: {reference: mode, table: {std: loud-two-fast, pro: loud-two-fine}}}
  still-1:
    durations: [5]
    sound: false
    elements: 0
    voices: 0
    beats: 0
    tasks:
      picture: {}

rules:
  - when: {masks: present, last_frame: present}
    refuse: masks cannot be given beside a last frame
    at: masks
    hint: remove the masks, or the last frame
  - when: {task: words, mode: std, sound: "on"}
    warn: "sound in mode `std`: one page shows it, another has it in mode `pro` only"
    at: sound
    hint: "write `mode: pro` to be sure"

errors:
  message: [error.message, message]
  code: error.code

answers:
  - {is: accepted, where: {job.id: present}, job: job.id}
  - {is: exists, http: 409, where: {error.message: {contains: already there}}}
  - {is: rejected, http: 429, kind: limit}
  - {is: rejected, http: [402], kind: balance}
  - {is: rejected, http: 4xx, kind: input}

poll:
  path: {text: [/v1/jobs/, {reference: job}]}
  query: {of: {reference: task}}
  answers:
    - {is: succeeded, where: {state: done}, charge: {at: units, unit: 0.14 USD}}
    - {is: running, where: {state: [waiting, working]}}
    - {is: failed, where: {state: failed}, kind: content, charged: false}
    - {is: gone, http: 404}
result:
  path: {text: [/v1/jobs/, {reference: job}, /clip]}
  answers:
    - {is: succeeded, where: {"clips[0].url": present}, result: {url: "clips[0].url"}}
    - {is: gone, http: 404}
find:
  path: /v1/jobs
  query: {name: {reference: job_name}}
  answers:
    - {is: not-found, where: {"jobs[0]": absent, jobs: absent}}
    - {is: succeeded, where: {"jobs[0].state": done}, job: "jobs[0].id"}
    - {is: running, where: {"jobs[0].state": [waiting, working]}, job: "jobs[0].id"}

resources:
  voice:
    price: 0.07 USD
    submit:
      method: POST
      path: /v1/voices
      body:
        fields:
          name: {reference: job_name}
          label: {reference: label, characters: 4}
          sample: {reference: sample, as: url}
    answers:
      - {is: accepted, where: {job.id: present}, job: job.id}
      - {is: rejected, http: 4xx, kind: input}
    poll:
      path: {text: [/v1/voices/jobs/, {reference: job}]}
      answers:
        - {is: succeeded, where: {state: done}, result: {id: voice}}
        - {is: running, where: {state: working}}
    find:
      path: /v1/voices
      query: {name: {reference: job_name}}
      answers:
        - {is: not-found, where: {jobs: absent}}
        - {is: succeeded, where: {"jobs[0].state": done}, job: "jobs[0].id", result: {id: "jobs[0].voice"}}
    check:
      path: {text: [/v1/voices/, {reference: id}]}
      answers:
        - {is: succeeded, where: {voice: present}}
        - {is: gone, http: 404}
  element:
    request: studio-element
    submit:
      method: POST
      path: /v1/elements
      body:
        fields:
          name: {reference: job_name}
          front: {reference: frontal, as: base64}
          more: {each: references, give: {reference: item, as: [base64, url]}}
          about: {reference: description}
    answers:
      - {is: accepted, where: {job.id: present}, job: job.id}
    poll:
      path: {text: [/v1/elements/jobs/, {reference: job}]}
      answers:
        - {is: succeeded, where: {state: done}, result: {id: element}}

prices:
  date: "2026-11-01"
  models:
    loud-2: [{price: 0.10 USD/s}]
"""

_SHORT: Final[dict[str, Json]] = {"type": "string", "maxLength": 2500}
BODY_SCHEMAS: Final[Mapping[str, Json]] = {
    "studio-words": {
        "type": "object",
        "required": ["name", "seconds"],
        "properties": {"prompt": _SHORT, "seconds": {"enum": ["3", "5", "10"]}, "strength": {"maximum": 1}},
    },
    "studio-picture": {"type": "object", "required": ["image"], "properties": {"prompt": _SHORT}},
    "studio-element": {"type": "object", "required": ["front"]},
}


def read_studio(*changes: tuple[str, str]) -> tuple[Manifest | None, tuple[Diagnostic, ...]]:
    return read_text(changed(*changes))


def read_text(text: str, **others: str) -> tuple[Manifest | None, tuple[Diagnostic, ...]]:
    """`others`: built-in manifests it may be like."""
    findings = Findings()
    known = {name: Source(f"{name}.yaml", other) for name, other in others.items()}
    schema = Schema(package_data.schema_document("manifest"))
    return read_manifest(Source("studio.yaml", text), schema, findings, known.get), findings.in_order()


def changed(*changes: tuple[str, str]) -> str:
    """The studio's text with each first text replaced by the second, which must have been there."""
    text = STUDIO
    for written, instead in changes:
        assert written in text, written
        text = text.replace(written, instead, 1)
    return text


def studio(*changes: tuple[str, str]) -> Manifest:
    manifest, diagnostics = read_studio(*changes)
    assert diagnostics == (), [f"{found.place}: {found.message}" for found in diagnostics]
    assert manifest is not None
    return manifest


def interface_of(manifest: Manifest) -> Interface:
    assert manifest.interface is not None
    return manifest.interface


# Elements as pictures beside the prompt, not as ids.
BY_PICTURES: Final = (
    "elements: {each: elements, give: {fields: {id: {reference: item.id}}}}",
    "elements: {each: elements, give: {each: item.pictures, give: {reference: item, as: [base64, url]}}}",
)
# A voice is said by its description, and listed all the same.
SAID_IN_WORDS: Final = (
    'voice: {text: ["<<<voice_", {reference: item.number}, ">>>"]}',
    "voice: {reference: item.description}",
)
NO_RESOURCES: Final = (STUDIO[STUDIO.index("resources:") : STUDIO.index("prices:")], "")


def body_schema(name: str) -> Any:
    return BODY_SCHEMAS.get(name)
