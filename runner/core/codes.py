"""Every diagnostic code with its one-line meaning.

Each has a page in docs/diagnostics, an example in tests/invalid and its exact words in a test.
"""

from typing import Final

# Sorted by room, then by name; `runner.core.diagnostic` refuses any other code.
CODES: Final[dict[str, str]] = {
    # --- files and YAML
    "alias-bomb": "a YAML alias stands for more text than is allowed",
    "duplicate-key": "a key is written twice in one mapping",
    "empty-file": "a storyboard file holds nothing",
    "file-missing": "a file that was named is not there",
    "file-too-large": "a file is larger than any storyboard could be",
    "file-unreadable": "a file is there but cannot be read",
    "file-unwritable": "a file or folder cannot be written",
    "merge-conflict": "a merge left its conflict marks in the file",
    "multiple-documents": "a file holds more than one YAML document",
    "not-text": "a file is not UTF-8 text",
    "path-outside": "a path leads out of the production's folder",
    "too-deep": "values are nested deeper than is allowed",
    "yaml-key": "a key is not plain text",
    "yaml-syntax": "a file is not valid YAML",
    "yaml-tab": "a tab stands where YAML wants spaces",
    "yaml-tag": "a YAML tag asks for a type a storyboard cannot hold",
    # --- the schema
    "bad-value": "a value is not one of those allowed, or outside its range",
    "missing-field": "a field that is needed is not there",
    "unknown-field": "a field no storyboard has",
    "wrong-type": "a value is of another kind than its field holds",
    # --- names and structure
    "at-outside-clip": "a frame is taken from a time beyond the clip's end",
    "chain-cycle": "shots wait for each other in a circle",
    "duplicate-id": "two shots or scenes have the same id",
    "include-cycle": "an included file includes itself, directly or through others",
    "include-not-a-scene": "an included file is something else than a scene or a list of scenes",
    "unknown-element": "an element is mentioned that the storyboard does not define",
    "unknown-model": "a model is named that the provider does not have",
    "unknown-profile": "a profile is asked for that the storyboard does not define",
    "unknown-provider": "a provider is named that nobody has a manifest for",
    "unknown-shot": "a shot is named that the storyboard does not have",
    "unknown-take": "a take is named that the shot does not have",
    "unknown-template": "a template is named that does not exist",
    "unknown-voice": "a voice is named that the storyboard does not define",
    # --- templates
    "template-error": "a template failed while it was rendered",
    "template-forbidden": "a template uses what templates may not use",
    "template-syntax": "a template is not valid",
    "template-too-costly": "a template takes more steps, memory or output than is allowed",
    "template-undefined": "a template uses a name nobody gave it",
    # --- pictures and sounds
    "not-a-clip": "footage cannot be a take, since it does not play",
    "not-a-picture": "a file is not a picture that can be read",
    "not-a-sound": "a file is not a sound that can be read",
    "picture-ratio": "a picture is wider or taller than the model takes",
    "picture-too-heavy": "a picture's file is heavier than the model takes",
    "picture-too-large": "a picture unpacks to more pixels than is allowed",
    "picture-too-small": "a picture has fewer pixels than the model takes",
    # --- what the model can do
    "field-not-supported": "something was asked for that the model cannot do",
    "limit-exceeded": "more or longer than the model takes",
    "speech-without-sound": "a line is spoken in a shot without sound",
    # --- lints
    "chain-depth": "many clips in a row each open on the last frame of the one before",
    "same-request": "two shots ask for exactly the same clip",
    # --- lock, journal and money
    "budget-exceeded": "the plan may cost more than was allowed",
    "folder-taken": "a new production is to be made where something is already",
    "id-moved": "the production's id is not the one in the lock",
    "journal-broken": "the journal is damaged or shorter than it was",
    "journal-newer": "the journal was written by a newer version",
    "lock-newer": "the lock was written by a newer version",
    "lock-unreadable": "the lock is not valid",
    "no-effect-yet": "something is written that this version does nothing with",
    "no-go-ahead": "paid work was not agreed to",
    "nothing-to-show": "the command needs takes, and there are none yet",
    "pin-without-take": "a shot is pinned that has no take",
    "plan-moved": "a saved plan is not what a run would do now",
    "plan-unreadable": "a file is not a saved plan",
    "provider-not-runnable": "a provider is described, but nothing here can talk to it",
    "run-in-progress": "another process runs this production",
    "speech-missing": "spoken lines stay silent because the speech extra is not installed",
    "take-damaged": "a stored take's bytes are not what its digest says",
    "unknown-revision": "a git revision cannot be read",
    "unknown-schema": "a schema is asked for that does not exist",
    "unknown-selector": "a selector names nothing in this storyboard",
}
