"""Kling's keys in the sandbox: static ones, and tokens that are signed with the secret of an access key."""

import time
from typing import Any, Final

import httpx
import jwt
import pytest
from dialect_bench import Caller, body_of

from runner.core.canonical import Json
from runner.sandbox.dialects.kling import Kling
from runner.sandbox.options import SandboxOptions
from runner.sandbox.server import running_sandbox

# Long enough for every algorithm.
SECRET: Final = "0123456789abcdef" * 4
KEYS: Final = {"sandbox-access": SECRET}
KLING: Final = Caller(Kling(KEYS), {"authorization": "Bearer a-key"})
NOW: Final = 1_790_000_000.0
TOLD: Final = "text2video"
BODY: Final[dict[str, Json]] = {"model_name": "kling-v2-6", "prompt": "a harbour at dawn", "duration": "5"}


def authorize(authorization: str) -> tuple[int, int] | None:
    call = Caller(KLING.dialect, {"authorization": authorization}).create(TOLD, {})
    refusal = KLING.dialect.authorize(call, NOW)
    return None if refusal is None else (refusal.status, body_of(refusal)["code"])


def token(secret: str = SECRET, algorithm: str = "HS256", **claims: Any) -> str:
    whole = {"iss": "sandbox-access", "exp": NOW + 1800, "nbf": NOW - 5, **claims}
    made = jwt.encode({name: value for name, value in whole.items() if value is not None}, secret, algorithm)
    return f"Bearer {made}"


@pytest.mark.parametrize(
    ("authorization", "code"),
    [
        ("Bearer a-key", None),
        ("bearer a-key", None),
        ("", 1001),
        ("Basic a-key", 1002),
        ("Bearer ", 1002),
        ("Bearer invalid", 1002),
        (f"Bearer {SECRET}", 1002),
        ("Bearer a.b.c", 1002),
        (token(), None),
        (token(iss="nobody"), 1002),
        (token(iss=None), 1002),
        (token(SECRET[::-1]), 1000),
        (token(algorithm="HS512"), 1002),
        (token(exp=None), 1002),
        (token(nbf=NOW + 5), 1003),
        (token(exp=NOW), 1004),
    ],
)
def test_static_keys_and_tokens_are_proven(authorization: str, code: int | None) -> None:
    assert authorize(authorization) == (None if code is None else (401, code))


def test_tokens_of_one_access_key_are_one_account() -> None:
    def account(authorization: str) -> str:
        dialect = Kling(KEYS)
        return dialect.account_of(Caller(dialect, {"authorization": authorization}).create(TOLD, {}))

    assert account(token()) == account(token(exp=NOW + 9)) == "sandbox-access"
    assert account("Bearer a-key") != account("Bearer another")


def test_a_token_signed_by_another_library_is_good_here() -> None:
    now = time.time()
    with running_sandbox(SandboxOptions(kling_keys={"mine": SECRET})) as sandbox:
        signed = token(iss="mine", exp=now + 1800, nbf=now - 5)
        made = httpx.post(f"{sandbox.url}/v1/videos/{TOLD}", json=BODY, headers={"Authorization": signed})
        assert made.json()["code"] == 0
        assert "mine" not in str(sandbox.till())
        assert signed.split()[1] not in str(sandbox.requests())
