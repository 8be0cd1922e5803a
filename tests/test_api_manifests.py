"""Manifests by name, and what a production's own may not do: other keys, built-in names, hosts nobody agreed to."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from studio_manifest import changed

from runner.adapters.production_files import FolderFiles
from runner.api.gateways import check_host
from runner.api.manifests import built_in, find_manifest, find_manifests, is_built_in, known_providers, own_key
from runner.api.production import Production, open_production
from runner.api.targets import Target
from runner.core.diagnostic import Diagnostic, Findings, Severity
from runner.core.errors import ExitCode, Refused
from runner.core.place import Place, Source
from runner.model.manifest import Manifest

PLACE = Place(Source("storyboard.yaml", "provider: studio\n"), 1, 11)
BEARER = "{kind: bearer, key: STUDIO_API_KEY}"
STORYBOARD = (
    "storyboard: 1\nid: {id}\ntitle: Own\nprovider: studio\nmodel: loud-2\nshots:\n  - {{id: a, prompt: Sea.}}\n"
)


def write_own(folder: Path, text: str, name: str = "studio") -> Path:
    (folder / "gateways").mkdir(parents=True, exist_ok=True)
    (folder / "gateways" / f"{name}.yaml").write_text(text, encoding="utf-8")
    return folder


def look(folder: Path, name: str = "studio") -> tuple[Manifest | None, tuple[Diagnostic, ...]]:
    findings = Findings()
    return find_manifest(name, FolderFiles(folder), PLACE, findings), findings.in_order()


def refused(folder: Path, name: str = "studio") -> Diagnostic:
    manifest, (found,) = look(folder, name)
    assert manifest is None
    return found


# --- by name


def test_a_productions_own_manifest_is_found_by_its_name(tmp_path: Path) -> None:
    manifest, diagnostics = look(write_own(tmp_path, changed()))
    assert diagnostics == ()
    assert manifest is not None
    assert manifest.title == "The Studio"
    assert known_providers(FolderFiles(tmp_path))[-1] == "studio"
    assert not is_built_in("studio")


def test_a_name_nobody_has_a_manifest_for_is_told_with_the_likely_one(tmp_path: Path) -> None:
    found = refused(write_own(tmp_path, changed()), "studdio")
    assert (found.code, found.message, found.hint) == (
        "unknown-provider", "`studdio` is not a provider", "did you mean `studio`?"
    )  # fmt: skip
    assert found.place == PLACE
    other = refused(tmp_path, "xyzzy")
    assert other.hint is not None
    assert "`animatic`" in other.hint
    assert "`studio`" in other.hint


def test_it_is_called_as_its_file_is(tmp_path: Path) -> None:
    found = refused(write_own(tmp_path, changed(), "atelier"), "atelier")
    assert (found.code, found.message, found.hint) == (
        "bad-value", "the manifest is called `studio`", "write `name: atelier`, as its file"
    )  # fmt: skip
    assert str(found.place) == "gateways/atelier.yaml:1:1"


def test_one_that_cannot_be_read_is_told_where_it_is_asked_for(tmp_path: Path) -> None:
    found = refused(write_own(tmp_path, f"manifest: 1\n# {'x' * 5_000_000}\n"))
    assert (found.code, found.place) == ("file-too-large", PLACE)
    (tmp_path / "gateways" / "studio.yaml").write_bytes(b"manifest: \xff")
    assert refused(tmp_path).code == "not-text"


@pytest.mark.parametrize(
    "schema", ["{pattern: (a+)+$}", "{items: {pattern: (a}}", "{$ref: 'https://x.example/'}", "{$ref: '#'}"]
)
def test_its_options_use_no_words_that_take_for_ever_or_lead_elsewhere(tmp_path: Path, schema: str) -> None:
    assert refused(write_own(tmp_path, changed(("{enum: [calm, wild]}", schema)))).code == "unknown-field"


def test_what_is_wrong_in_it_is_told_in_its_file(tmp_path: Path) -> None:
    found = refused(write_own(tmp_path, changed(("medium: generated", "medium: dreamt"))))
    assert found.place is not None
    assert found.place.source.name == "gateways/studio.yaml"


def test_no_built_in_name_can_be_taken(tmp_path: Path) -> None:
    text = changed(("name: studio", "name: mulerouter"), (BEARER, "{kind: bearer, key: MULEROUTER_API_KEY}"))
    manifest, diagnostics = look(write_own(tmp_path, text, "mulerouter"), "mulerouter")
    assert manifest == built_in("mulerouter")
    # The author means the file: going on without a word would pay by the other one.
    (found,) = diagnostics
    assert (found.code, found.severity) == ("bad-value", Severity.ERROR)
    assert found.message == "`mulerouter` is a built-in provider, and a production's own manifest cannot take its name"
    assert found.hint is not None
    assert "`gateways/mulerouter-own.yaml`" in found.hint
    assert found.place is not None
    assert found.place.source.name == "gateways/mulerouter.yaml"
    assert known_providers(FolderFiles(tmp_path)).count("mulerouter") == 1


def test_of_several_names_those_that_can_be_had_are_found(tmp_path: Path) -> None:
    write_own(tmp_path, changed())
    write_own(tmp_path, "broken", "broken")
    found = find_manifests(["studio", "broken", "nobody", "animatic"], FolderFiles(tmp_path))
    assert list(found) == ["studio", "animatic"]


# --- keys


@pytest.mark.parametrize(
    "keys",
    [
        "{kind: bearer, key: KLING_API_KEY}",
        "{kind: bearer, key: OTHER_API_KEY}",
        "{kind: header, header: X-Key, key: AWS_SECRET_ACCESS_KEY}",
        "{kind: query, parameter: k, key: HOME}",
        "{kind: token, access: STUDIO_API_KEY, secret: KLING_SECRET_KEY}",
        f"{BEARER}\n  - {{kind: bearer, key: MULEROUTER_API_KEY}}",
    ],
)
def test_it_reads_its_own_key_and_no_other(tmp_path: Path, keys: str) -> None:
    found = refused(write_own(tmp_path, changed((BEARER, keys))))
    assert found.code == "key-not-allowed"
    assert found.message.startswith("a production's own manifest may read `STUDIO_API_KEY` and no other key, not `")
    assert found.hint == "write `key: STUDIO_API_KEY`"


def test_its_own_key_is_called_after_it() -> None:
    assert own_key("my-studio-2") == "MY_STUDIO_2_API_KEY"


def test_being_like_a_built_in_one_lends_it_no_key(tmp_path: Path) -> None:
    like = "manifest: 1\nname: studio\ntitle: Mine\nlike: mulerouter\nhost: https://mine.example\n"
    found = refused(write_own(tmp_path, like))
    assert found.code == "key-not-allowed"
    assert "`MULEROUTER_API_KEY`" in found.message
    manifest, diagnostics = look(write_own(tmp_path, f"{like}keys: [{BEARER}]\n"))
    assert diagnostics == ()
    assert manifest is not None
    assert manifest.models == built_in("mulerouter").models


# --- hosts


def opened(folder: Path, name: str = "own", **endpoints: str) -> Production:
    write_own(folder, changed())
    (folder / "storyboard.yaml").write_text(STORYBOARD.format(id=name), encoding="utf-8")
    return open_production(replace(Target(folder), endpoints=endpoints))


def test_a_host_from_a_production_is_refused_until_somebody_agrees(tmp_path: Path) -> None:
    with pytest.raises(Refused) as refusal:
        check_host(opened(tmp_path), ())
    (found,) = refusal.value.diagnostics
    assert refusal.value.exit_code is ExitCode.REFUSED
    assert found.code == "host-not-allowed"
    assert found.message == (
        "`gateways/studio.yaml` sends `STUDIO_API_KEY` to `api.studio.example`, and nobody has agreed to that yet"
    )
    assert found.hint == "`--allow-host api.studio.example` agrees, once for this production"
    with pytest.raises(Refused):
        check_host(opened(tmp_path), ("studio.example", "https://api.studio.example"))


def test_it_is_agreed_to_once_for_that_production_and_that_host(tmp_path: Path) -> None:
    check_host(opened(tmp_path), ("api.studio.example",))
    check_host(opened(tmp_path), ())
    with pytest.raises(Refused):
        check_host(opened(tmp_path / "other", "another"), ())
    moved = changed(("https://api.studio.example", "https://elsewhere.example"))
    (tmp_path / "gateways" / "studio.yaml").write_text(moved, encoding="utf-8")
    with pytest.raises(Refused, match=r"elsewhere\.example"):
        check_host(open_production(Target(tmp_path)), ())
    check_host(opened(tmp_path), ())


def test_an_agreement_is_the_users_and_no_file_of_the_production(tmp_path: Path, data_folder: Path) -> None:
    check_host(opened(tmp_path), ("api.studio.example",))
    assert (data_folder / "allowed-hosts").read_text(encoding="utf-8") == "own/studio=api.studio.example\n"
    assert not list(tmp_path.rglob("allowed-hosts"))


def test_what_the_user_names_or_framechain_brings_needs_no_agreement(tmp_path: Path, data_folder: Path) -> None:
    check_host(opened(tmp_path, studio="http://127.0.0.1:9100"), ())
    check_host(open_with(tmp_path, {"STUDIO_BASE_URL": "https://mine.example"}), ())
    text = STORYBOARD.format(id="own").replace(
        "provider: studio\nmodel: loud-2", "provider: mulerouter\nmodel: kling-v3"
    )
    (tmp_path / "storyboard.yaml").write_text(text, encoding="utf-8")
    check_host(open_production(Target(tmp_path)), ())
    assert not (data_folder / "allowed-hosts").exists()


def open_with(folder: Path, environment: Mapping[str, str]) -> Production:
    target = Target(folder)
    return open_production(replace(target, environment={**target.environment, **environment}))
