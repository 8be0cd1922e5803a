"""How requests show whose they are: each way as its gateway wants it, and no key in sight."""

import hashlib
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest

from runner.adapters.credentials import Bearer, Credential, HeaderKey, QueryKey, SignedToken, fingerprint
from runner.adapters.secrets import Secret

KEY = Secret("sk-marked-key-0123456789")
ACCESS, SECRET = Secret("access-marked-0123456789"), Secret("secret-marked-0123456789-0123456789")
URL = "https://api.example.com/v1/videos"
NOW = 1_790_000_000.75
WAYS: list[Credential] = [
    Bearer(KEY),
    HeaderKey("Authorization", "Key", KEY),
    QueryKey("key", KEY),
    SignedToken(ACCESS, SECRET),
]


def token_of(headers: dict[str, str]) -> str:
    scheme, _, token = headers["Authorization"].partition(" ")
    assert scheme == "Bearer"
    return token


def claims_of(token: str, secret: Secret = SECRET) -> dict[str, object]:
    """As the gateway reads it: by another library, signature checked, times not held against this machine's clock."""
    options = {"verify_exp": False, "verify_nbf": False, "require": ["iss", "exp", "nbf"]}
    claims: dict[str, object] = jwt.decode(token, secret.reveal(), algorithms=["HS256"], options=options)  # type: ignore[arg-type]  # a literal it knows
    return claims


# --- keys as they are


def test_a_bearer_key_stands_behind_its_word() -> None:
    headers, url = Bearer(KEY).sign({"Accept": "application/json"}, URL, NOW)
    assert headers == {"Accept": "application/json", "Authorization": "Bearer sk-marked-key-0123456789"}
    assert url == URL


@pytest.mark.parametrize(("prefix", "expected"), [("Key", "Key sk-marked-key-0123456789"), ("", KEY.reveal())])
def test_a_header_key_stands_behind_its_prefix_or_alone(prefix: str, expected: str) -> None:
    headers, url = HeaderKey("x-api-key", prefix, KEY).sign({}, URL, NOW)
    assert headers == {"x-api-key": expected}
    assert url == URL


@pytest.mark.parametrize("way", [Bearer(KEY), HeaderKey("AUTHORIZATION", "Bearer", KEY), SignedToken(ACCESS, SECRET)])
def test_another_header_of_that_name_is_replaced_however_it_is_spelled(way: Credential) -> None:
    headers, _ = way.sign({"authorization": "Bearer other"}, URL, NOW)
    assert len(headers) == 1
    assert "other" not in str(headers)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (URL, {"key": ["a&b=c d/é"]}),
        (f"{URL}?page=2&empty=", {"page": ["2"], "empty": [""], "key": ["a&b=c d/é"]}),
        (f"{URL}?key=other&x=%2F", {"x": ["/"], "key": ["a&b=c d/é"]}),
        (f"{URL}#part", {"key": ["a&b=c d/é"]}),
    ],
)
def test_a_query_key_joins_what_is_asked_already(url: str, expected: dict[str, list[str]]) -> None:
    headers, signed = QueryKey("key", Secret("a&b=c d/é")).sign({"A": "b"}, url, NOW)
    assert headers == {"A": "b"}
    assert parse_qs(urlsplit(signed).query, keep_blank_values=True, strict_parsing=True) == expected
    assert urlsplit(signed)._replace(query="", fragment="").geturl() == URL


# --- signed tokens


def test_a_token_is_read_by_another_library_as_it_is_documented() -> None:
    headers, url = SignedToken(ACCESS, SECRET).sign({}, URL, NOW)
    token = token_of(headers)
    assert jwt.get_unverified_header(token) == {"alg": "HS256", "typ": "JWT"}
    assert claims_of(token) == {"iss": ACCESS.reveal(), "exp": int(NOW) + 1800, "nbf": int(NOW) - 5}
    # Padding is no part of a token, though some libraries let it pass.
    assert "=" not in token
    assert url == URL


def test_a_token_is_signed_by_the_secret_and_by_nothing_else() -> None:
    token = token_of(SignedToken(ACCESS, SECRET).sign({}, URL, NOW)[0])
    with pytest.raises(jwt.InvalidSignatureError):
        claims_of(token, Secret("another-secret-0123456789-0123456789"))


def test_a_token_serves_until_less_than_five_minutes_are_left() -> None:
    credential = SignedToken(ACCESS, SECRET)
    first = token_of(credential.sign({}, URL, NOW)[0])
    assert token_of(credential.sign({}, URL, NOW + 1499)[0]) == first
    renewed = token_of(credential.sign({}, URL, NOW + 1500)[0])
    assert renewed != first
    assert claims_of(renewed)["exp"] == int(NOW + 1500) + 1800
    assert token_of(credential.sign({}, URL, NOW + 1600)[0]) == renewed


def test_a_poll_that_lasts_for_hours_never_shows_an_expired_token() -> None:
    credential = SignedToken(ACCESS, SECRET)
    seen: set[str] = set()
    for minute in range(180):
        now = NOW + 60 * minute
        token = token_of(credential.sign({}, URL, now)[0])
        seen.add(token)
        expires = claims_of(token)["exp"]
        assert isinstance(expires, int)
        assert expires - now >= 299
    assert 6 <= len(seen) <= 9


def test_a_clock_that_was_set_back_gets_a_token_of_its_own_time() -> None:
    credential = SignedToken(ACCESS, SECRET)
    credential.sign({}, URL, NOW)
    earlier = claims_of(token_of(credential.sign({}, URL, NOW - 86_400)[0]))
    assert earlier["nbf"] == int(NOW) - 86_400 - 5


# --- what is seen


@pytest.mark.parametrize("way", WAYS)
def test_no_credential_shows_its_key(way: Credential) -> None:
    way.sign({}, URL, NOW)
    for text in (repr(way), str(way), f"{way}", repr([way])):
        assert "marked" not in text
        assert "eyJ" not in text


def test_an_account_is_named_by_its_key_whichever_way_the_key_is_sent() -> None:
    expected = hashlib.sha256(b"framechain account" + KEY.reveal().encode()).hexdigest()[:12]
    assert {fingerprint(way) for way in WAYS[:3]} == {expected}
    assert len(expected) == 12
    assert fingerprint(Bearer(Secret("another"))) != expected


def test_an_account_with_two_keys_is_named_by_the_access_key() -> None:
    renewed = SignedToken(ACCESS, Secret("a-new-secret-0123456789-0123456789"))
    assert fingerprint(SignedToken(ACCESS, SECRET)) == fingerprint(renewed) == fingerprint(Bearer(ACCESS))
