"""What holds at every gateway that hands Kling's models on: bodies keep to their schemas, and its double takes them.

What each of them takes and refuses, fact by fact, is in tests/facts; its documented bodies and answers are in a test
file of its own.
"""

from typing import Final

import pytest
from gateway_bodies import BASE64, body_of, compiled
from kling_boards import FIRST, board
from reseller_boards import board_at, sent_to, taken_shots, told_by_double

from runner.api.manifests import built_in
from runner.core.canonical import Json
from runner.sandbox.dialects import make_dialects
from runner.sandbox.options import SandboxOptions

DOUBLES: Final = {dialect.name: dialect for dialect in make_dialects(SandboxOptions())}
RESELLERS: Final = ("aimlapi", "fal", "replicate", "piapi")
MODELS: Final = [(name, model) for name in RESELLERS for model in built_in(name).models]


@pytest.mark.parametrize(("provider", "model"), MODELS)
def test_every_body_keeps_to_its_schema_and_is_taken_by_the_double(provider: str, model: str) -> None:
    shots = list(taken_shots(provider, model))
    assert shots
    for shot in shots:
        sent_to(provider, shot)
        done = compiled(provider, board_at(provider, shot), "one", is_real=True)
        assert told_by_double(DOUBLES[provider], done) is None, shot


def picture_in(body: Json, *names: str) -> Json:
    for name in names:
        assert isinstance(body, dict)
        body = body[name]
    return body


@pytest.mark.parametrize(
    ("provider", "shot", "names"),
    [
        ("aimlapi", "kling-v2.1; first", ["image_url"]),
        ("fal", "kling-v2.1; first", ["image_url"]),
        ("fal", "kling-v3-omni; first", ["image_url"]),
        ("fal", "kling-v3; first", ["start_image_url"]),
        ("replicate", "kling-v3; first; pro", ["input", "start_image"]),
    ],
)
def test_a_frame_with_an_address_goes_by_it_and_one_of_another_shot_as_a_data_uri(
    provider: str, shot: str, names: list[str]
) -> None:
    chained = board(shot) + "  - {id: two, from: one, prompt: It goes on.}\n"
    assert picture_in(body_of(compiled(provider, chained, "one", is_real=True)), *names) == FIRST
    sent = body_of(compiled(provider, chained, "two", is_real=True))
    assert picture_in(sent, *names) == f"data:image/png;base64,{BASE64}"
