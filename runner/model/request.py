"""What is asked of a provider for one roll of one shot, and the key that says when two of them ask for the same."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NewType

from runner.core.canonical import Digest, Json, digest_value

# The digest of a canonical request.
Key = NewType("Key", str)
# What a take is: the digest of its bytes, or for an animatic take its key.
Identity = NewType("Identity", str)


@dataclass(frozen=True, slots=True)
class PendingKey:
    """A key that cannot be known before these shots have takes."""

    waits_for: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MakersPart:
    """What stands beside the key under the gateway's name: its options, voice ids, words put in by `describe`."""

    gateway: str
    content: Mapping[str, Json]

    @property
    def digest(self) -> Digest:
        return digest_value("makers-part/1", {"gateway": self.gateway, "content": self.content})


@dataclass(frozen=True, slots=True)
class Request:
    """Complete: every chained frame has been cut from its take and lies in a file."""

    key: Key
    # What the key is the digest of; see docs/key.md for its fields.
    canonical: Mapping[str, Json]
    makers_part: MakersPart
    # The shot's id, for people to see. Not part of what is asked.
    label: str
    # Every picture and sound the canonical request names by digest.
    files: Mapping[Digest, Path]
    # `first_frame`, `last_frame`: the picture handed over, whether it was given or cut from a take.
    frames: Mapping[str, Path]
    # The public address of a file, where its author wrote one.
    addresses: Mapping[Digest, str] = field(default_factory=dict)
    # The author's leave to change a picture: of `jpeg`, `scale`.
    convert: tuple[str, ...] = ()
    # Where the gateway is to tell of the job.
    callback: str | None = None
    # Ids of voices and elements made at the gateway, by kind and name.
    made: Mapping[tuple[str, str], str] = field(default_factory=dict)
