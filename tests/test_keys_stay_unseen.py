"""Keys appear nowhere: all is run with marked keys, under every fault, then every file and all output is searched."""

import base64
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from gateway_films import make_production

from runner.cli import run_command
from runner.sandbox.fault_script import read_fault_script
from runner.sandbox.faults import Moment, Word, words_at
from runner.sandbox.options import SandboxOptions
from runner.sandbox.server import running_sandbox

pytestmark = pytest.mark.slow

# With characters that look otherwise in an address.
KEY = "sk-MARKED+key/of=nobody-7f3a91"
SECRET = "sk-MARKED-secret/of+nobody=55aa"  # noqa: S105  # nobody's
ACCOUNTS = {
    "mulerouter": ("mulerouter", {"MULEROUTER_API_KEY": KEY}),
    "kling": ("kling", {"KLING_API_KEY": KEY}),
    "kling by signed token": ("kling", {"KLING_ACCESS_KEY": KEY, "KLING_SECRET_KEY": SECRET}),
    "aimlapi": ("aimlapi", {"AIMLAPI_API_KEY": KEY}),
    "piapi": ("piapi", {"PIAPI_API_KEY": KEY}),
    "fal": ("fal", {"FAL_API_KEY": KEY}),
}
# Faults in a row close a gateway: no more at a time than a run goes on after.
AT_A_TIME = 4
# These end a run at once, so each has one of its own. Errors by name are answered in the same words as these.
ALONE = [Word.NO_BALANCE]
LEFT_OUT = frozenset({Word.ERROR, *ALONE})


def groups() -> dict[str, list[Word]]:
    found = {f"create, {word}": [word] for word in ALONE}
    for moment in Moment:
        words = [word for word in words_at(moment) if word not in LEFT_OUT]
        size = AT_A_TIME if moment is Moment.CREATE else len(words)
        found |= {f"{moment}, {first}": words[first : first + size] for first in range(0, len(words), size)}
    return found


GROUPS = groups()


def has_such(account: str, group: str) -> bool:
    """One of these gateways keeps its results apart."""
    return not group.startswith(Moment.RESULT) or account == "fal"


CASES = [(account, group) for account in ACCOUNTS for group in GROUPS if has_such(account, group)]
COMMANDS = ("check", "plan", "status", "review", "why s0", "takes s0", "compile s0", "resolve s0 later", "verify")


@pytest.mark.parametrize(("account", "group"), CASES)
def test_under_every_fault_no_file_and_no_output_holds_a_key(
    tmp_path: Path,
    data_folder: Path,
    account: str,
    group: str,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    provider, keys = ACCOUNTS[account]
    for name, key in keys.items():
        monkeypatch.setenv(name, key)
    moment, words = group.partition(",")[0], GROUPS[group]
    production = make_production(tmp_path / "film", storyboard_of(len(words)))
    rules = [
        f"{{on: {moment}, do: {word}, says: Take {number} of, times: 1, wait: 0.1}}"
        for number, word in enumerate(words)
    ]
    script = read_fault_script(f"rules: [{', '.join(rules)}]", "faults.yaml")
    options = SandboxOptions(clips="small", faults=script, kling_keys={KEY: SECRET})
    with running_sandbox(options) as sandbox:
        where = ["--provider", provider, "--endpoint", f"{provider}={sandbox.url}"]
        run_command(["run", str(production), *where, "--yes", "--wait", "4"])
        for command in COMMANDS:
            name, *arguments = command.split()
            run_command([name, *arguments, str(production), *where])
    printed = capfd.readouterr()
    assert_unseen(printed.out + printed.err, tmp_path, data_folder)


def storyboard_of(count: int) -> str:
    """As many shots as there are faults, so that each meets one."""
    shots = "".join(f"  - {{id: s{number}, prompt: Take {number} of the harbour.}}\n" for number in range(count))
    return f"storyboard: 1\nid: marked\ntitle: Marked\nmodel: kling-v2.6\ndefaults: {{mode: pro}}\nshots:\n{shots}"


def assert_unseen(printed: str, *folders: Path) -> None:
    found = [form for form in forms(KEY) | forms(SECRET) if form in printed]
    assert found == [], printed
    # All are read before a journal is opened, which tidies up beside it.
    files = {path: path.read_bytes() for folder in folders for path in folder.rglob("*") if path.is_file()}
    assert files
    for path, content in files.items():
        for form in forms(KEY) | forms(SECRET):
            assert form.encode() not in content, f"{path.name} holds {form!r}"
    for path in files:
        if path.suffix == ".sqlite3":
            assert_not_in_journal(path)


def assert_not_in_journal(path: Path) -> None:
    """As its rows say it, whatever the file's own packing."""
    with sqlite3.connect(path) as journal:
        said = "\n".join(str(row) for row in rows_of(journal))
    journal.close()
    assert [form for form in forms(KEY) | forms(SECRET) if form in said] == []


def rows_of(journal: sqlite3.Connection) -> Iterator[tuple[object, ...]]:
    tables = [name for (name,) in journal.execute("select name from sqlite_master where type = 'table'")]
    for table in tables:
        yield from journal.execute(f"select * from {table}")  # noqa: S608  # the table's own name


def forms(key: str) -> set[str]:
    """As it stands, in an address, and packed; a fingerprint is no form of it."""
    packed = base64.b64encode(key.encode()).decode()
    return {key, quote(key), quote(key, safe=""), packed.rstrip("="), base64.urlsafe_b64encode(key.encode()).decode()}


def test_the_search_finds_what_it_looks_for(tmp_path: Path) -> None:
    (tmp_path / "leak.txt").write_text(f"key={quote(KEY, safe='')}", encoding="utf-8")
    with pytest.raises(AssertionError, match=r"leak\.txt"):
        assert_unseen("", tmp_path)
    with pytest.raises(AssertionError):
        assert_unseen(f"Authorization: Bearer {KEY}", tmp_path)
