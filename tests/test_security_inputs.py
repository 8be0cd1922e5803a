"""A production from a stranger: what its files may try with paths, links, special files, sizes and manifests."""

import os
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from studio_manifest import changed

from runner.adapters.durable import write_durably
from runner.adapters.lock_file import prove_writable
from runner.api.gateways import check_host
from runner.api.production import open_production
from runner.api.targets import Target
from runner.cli import run_command
from runner.core.errors import Refused

PLAIN = "storyboard: 1\nid: strange\ntitle: Strange\nmodel: kling-v3\nshots:\n  - {id: a, prompt: Sea.}\n"
OWN = "storyboard: 1\nid: strange\ntitle: Strange\nprovider: studio\nmodel: loud-2\nshots: [{id: a, prompt: Sea.}]\n"
HEX = "ab" * 32
SECRET = "SECRET-OF-THIS-MACHINE"  # noqa: S105  # nobody's


@pytest.fixture
def production(tmp_path: Path) -> Path:
    folder = tmp_path / "film"
    folder.mkdir()
    (folder / "storyboard.yaml").write_text(PLAIN, encoding="utf-8")
    return folder


@pytest.fixture
def away(tmp_path: Path) -> Path:
    """A folder that is none of the production's business."""
    folder = tmp_path / "away"
    folder.mkdir()
    return folder


def files_in(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


# --- the lock


LOCK = (
    "lock: 1\nproduction: {production}\nshots:\n  a:\n    default:\n      key: {key}\n      chosen: {name}\n"
    "      takes:\n        {name}: {{origin: generated, key: {key}, roll: 1, digest: {digest}, identity: {identity},"
    " made: x, charge: {charge}, sources: {{first_frame: {source}}}}}\n"
)
DIGESTS = dict.fromkeys(("key", "digest", "identity", "source"), HEX)
HONEST = {"production": "strange", "name": "v001", "charge": "1 USD"} | DIGESTS


def test_a_lock_of_that_form_is_read(production: Path) -> None:
    (production / "storyboard.lock").write_text(LOCK.format(**HONEST), encoding="utf-8")
    assert run_command(["status", str(production)]) == 0


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("production", "../../../elsewhere"),
        ("production", "/tmp/elsewhere"),  # noqa: S108  # never written
        ("name", "'../../../../../away/owned'"),
        ("name", "'a/b'"),
        ("name", "'..'"),
        ("digest", "'../../../away/clip'"),
        ("identity", "'../../../away/frame'"),
        ("source", "'../../../away/frame'"),
        ("key", "'../../../away/key'"),
        ("key", HEX[:-1]),
        ("charge", "1e999999999 USD"),
        ("charge", f"{'9' * 500} USD"),
    ],
)
def test_no_name_or_digest_of_a_lock_is_a_way_elsewhere(
    production: Path, away: Path, data_folder: Path, capsys: pytest.CaptureFixture[str], field: str, value: str
) -> None:
    text = PLAIN.replace("id: strange\n", "", 1).replace("Strange", "Elsewhere") if field == "production" else PLAIN
    (production / "storyboard.yaml").write_text(text, encoding="utf-8")
    (production / "storyboard.lock").write_text(LOCK.format(**{**HONEST, field: value}), encoding="utf-8")
    for command in ("status", "takes a", "review", "run --yes"):
        name, *arguments = command.split()
        assert run_command([name, *arguments, str(production)]) == 2
    assert "error[lock-unreadable]: the lock is damaged" in capsys.readouterr().err
    assert files_in(away) == []
    assert files_in(data_folder) == []


def test_a_lock_that_is_a_link_is_not_read_and_nothing_behind_it_is_shown(
    production: Path, away: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (away / "credentials").write_text(f"key = {SECRET}\n", encoding="utf-8")
    (production / "storyboard.lock").symlink_to(away / "credentials")
    assert run_command(["check", str(production)]) == 2
    printed = capsys.readouterr()
    assert "`storyboard.lock` cannot be read: it is no plain file" in printed.out
    assert SECRET not in printed.out + printed.err


@pytest.mark.parametrize("kind", ["pipe", "/dev/zero", "folder"])
def test_a_lock_that_never_ends_does_not_hold_us_up(
    production: Path, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    put_special(production / "storyboard.lock", kind)
    assert run_command(["check", str(production)]) == 2
    assert "it is no plain file" in capsys.readouterr().out


# --- what is written


def test_nothing_is_written_through_a_link_in_the_place_of_the_output_folder(
    production: Path, away: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (away / "work.partial").write_text("of somebody else", encoding="utf-8")
    (production / "out").symlink_to(away)
    for command in ("run --yes", "review", "status"):
        name, *arguments = command.split()
        assert run_command([name, *arguments, str(production)]) == 2
    assert "error[path-outside]: `out` is a link" in capsys.readouterr().err
    assert files_in(away) == ["work.partial"]


@pytest.mark.parametrize("place", ["clips", "clips/a", "clips/a/v001.mp4", "film.mp4", ".film-recipe"])
def test_nothing_is_written_or_shown_through_a_link_within_it(production: Path, away: Path, place: str) -> None:
    link = production / "out" / place
    link.parent.mkdir(parents=True)
    is_folder = place.startswith("clips") and not place.endswith(".mp4")
    target = away if is_folder else away / "precious"
    if not is_folder:
        target.write_text(SECRET, encoding="utf-8")
    link.symlink_to(target)
    assert run_command(["run", str(production), "--yes"]) != 0
    assert run_command(["review", str(production)]) == 2
    assert files_in(away) == ([] if is_folder else ["precious"])
    assert is_folder or target.read_text(encoding="utf-8") == SECRET
    assert link.is_symlink()


@pytest.mark.parametrize("kind", ["link", "dangling link", "pipe"])
def test_what_somebody_put_where_a_file_grows_is_not_written_through(tmp_path: Path, away: Path, kind: str) -> None:
    target, partial, lock = away / "precious", tmp_path / ".storyboard.lock.partial", tmp_path / "storyboard.lock"
    writers: tuple[Callable[[], None], ...] = (
        lambda: write_durably(lock, b"lock", partial),
        lambda: prove_writable(lock),
    )
    for write in writers:
        target.unlink(missing_ok=True)
        if kind == "link":
            target.write_text("precious", encoding="utf-8")
        os.mkfifo(partial) if kind == "pipe" else partial.symlink_to(target)
        write()
        assert files_in(away) == (["precious"] if kind == "link" else [])
        assert kind != "link" or target.read_text(encoding="utf-8") == "precious"
    assert lock.read_bytes() == b"lock"


# --- special files


def put_special(path: Path, kind: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    match kind:
        case "pipe":
            os.mkfifo(path)
        case "folder":
            path.mkdir()
        case "socket":
            with socket.socket(socket.AF_UNIX) as listening:
                here = os.open(path.parent, os.O_RDONLY)
                # By a short way: names of sockets are bounded.
                listening.bind(f"/proc/self/fd/{here}/{path.name}")
                os.close(here)
        case device:
            path.symlink_to(device)


USES: dict[str, str] = {
    "scenes/more.yaml": "shots:\n  - {id: a, prompt: Sea.}\n=>scenes:\n  - include: scenes/more.yaml\n",
    "frames/first.png": "prompt: Sea.=>prompt: Sea., first_frame: frames/first.png",
    "templates/own.j2": "prompt: Sea.=>template: own.j2",
    "voices/low.wav": "shots:=>voices: {low: {description: low, sample: voices/low.wav}}\nshots:",
    "elements/face.png": "shots:=>elements: {face: {description: x, frontal: elements/face.png}}\nshots:",
    "masks/still.png": "prompt: Sea.=>prompt: Sea., masks: {static: masks/still.png}",
    "gateways/studio.yaml": "model: kling-v3=>provider: studio\nmodel: loud-2",
}


def using(place: str) -> str:
    before, _, after = USES[place].partition("=>")
    assert before in PLAIN
    return PLAIN.replace(before, after)


@pytest.mark.timeout(30)
@pytest.mark.parametrize("kind", ["pipe", "socket", "folder", "/dev/zero", "/dev/tty", "/proc/self/mem", "/etc/passwd"])
@pytest.mark.parametrize("place", USES)
def test_a_special_file_or_a_link_out_in_any_place_is_told_and_not_opened(
    production: Path, place: str, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (production / "storyboard.yaml").write_text(using(place), encoding="utf-8")
    put_special(production / place, kind)
    assert run_command(["check", str(production)]) == 2
    printed = capsys.readouterr().out
    assert any(
        f"error[{code}]" in printed
        for code in ("file-unreadable", "path-outside", "unknown-provider", "unknown-template")
    )
    assert "root:" not in printed


# --- a repository in a repository


def test_a_folder_made_to_look_like_a_repository_gets_no_program_of_its_own_run(
    production: Path, away: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def git(*arguments: str) -> None:
        who = ["-c", "user.name=a", "-c", "user.email=a@b.example"]
        subprocess.run(["git", *who, *arguments], cwd=production, check=True, capture_output=True)

    (production / ".gitattributes").write_text("*.yaml filter=evil\n", encoding="utf-8")
    git("init", "--quiet")
    git("add", ".")
    git("commit", "--quiet", "-m", "one")
    for name in ("HEAD", "objects", "refs"):
        (production / ".git" / name).rename(production / name)
    core = "[core]\n\trepositoryformatversion = 0\n\tbare = false\n\tworktree = .\n"
    settings = f'{core}[filter "evil"]\n\tsmudge = touch {away}/owned; cat\n'
    (production / "config").write_text(settings, encoding="utf-8")
    subprocess.run(["rm", "-r", str(production / ".git")], check=True)
    # Git alone takes it for one, and its word for what to run.
    subprocess.run(["git", "archive", "HEAD"], cwd=production, check=False, capture_output=True)
    assert files_in(away) == ["owned"]
    (away / "owned").unlink()
    assert run_command(["plan", str(production), "--against", "HEAD"]) == 2
    assert "is not in a git repository" in capsys.readouterr().err
    assert files_in(away) == []


# --- a manifest of its own


def own(folder: Path, *changes: tuple[str, str]) -> Path:
    (folder / "storyboard.yaml").write_text(OWN, encoding="utf-8")
    (folder / "gateways").mkdir(exist_ok=True)
    (folder / "gateways" / "studio.yaml").write_text(changed(*changes), encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    "law", ['{"$ref": "http://127.0.0.1:9/x.json"}', '{"properties": {"prompt": {"pattern": "(a+)+$"}}}']
)
def test_a_manifest_names_no_law_outside_of_ours(
    production: Path, away: Path, law: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (away / "evil.schema.json").write_text(law, encoding="utf-8")
    there = f"{'../' * 40}{str(away)[1:]}/evil"
    own(production, ("request: studio-words", f"request: {there}"))
    assert run_command(["check", str(production)]) == 2
    assert "error[bad-value]: `request` is" in capsys.readouterr().out


@pytest.mark.parametrize(
    "header",
    ["{Host: evil.example}", "{hOST: evil.example}", "{Transfer-Encoding: chunked}", "{Content-Length: '3'}",
     '{"X-A\\r\\nHost": evil.example}', '{X-A: "b\\r\\nHost: evil.example"}', '{X-A: "\\e[2J"}'],
)  # fmt: skip
def test_a_manifests_headers_cannot_send_a_request_elsewhere_or_end_it(
    production: Path, header: str, capsys: pytest.CaptureFixture[str]
) -> None:
    own(production, ('headers: {X-Studio: "1"}', f"headers: {header}"))
    assert run_command(["compile", "a", str(production)]) == 2
    assert "in `headers`" in (printed := capsys.readouterr().err) or "expected one line of plain characters" in printed


@pytest.mark.parametrize("path", ["'@evil.example/x'", ".evil.example/x", "'//evil.example/x'", "':1@evil.example'"])
def test_a_manifests_path_never_becomes_a_part_of_the_host(
    production: Path, path: str, capsys: pytest.CaptureFixture[str]
) -> None:
    own(production, ("path: {text: [/v1/, {reference: spelling}, /words]}", f"path: {path}"))
    assert run_command(["compile", "a", str(production)]) == 0
    address = capsys.readouterr().out.split("POST ")[1].split("\n")[0]
    assert address.startswith("https://api.studio.example/")


def test_an_agreement_to_a_host_is_for_one_key(production: Path) -> None:
    own(production)
    check_host(open_production(Target(production)), ("api.studio.example",))
    text = changed(("name: studio", "name: openai"), ("STUDIO_API_KEY", "OPENAI_API_KEY"))
    (production / "gateways" / "openai.yaml").write_text(text, encoding="utf-8")
    (production / "storyboard.yaml").write_text(OWN.replace("studio", "openai"), encoding="utf-8")
    with pytest.raises(Refused, match=r"sends `OPENAI_API_KEY` to `api\.studio\.example`"):
        check_host(open_production(Target(production)), ())


# --- time and memory


def bomb_of_layers(folder: Path) -> str:
    del folder
    layers = "".join(f"  l{one}: &l{one} [{', '.join([f'*l{one - 1}'] * 9)}]\n" for one in range(1, 12))
    return PLAIN.replace("shots:", f"vars:\n  l0: &l0 [a]\n{layers}shots:", 1)


def bomb_of_a_template(folder: Path) -> str:
    del folder
    inner = (
        "{{ 'x' * 99999999 }}{% for a in range(999999999) %}{% for b in range(999999999) %}x{% endfor %}{% endfor %}"
    )
    return PLAIN.replace("Sea.", f'"{inner}"')


def bomb_of_pixels(folder: Path) -> str:
    import struct
    import zlib

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 30_000, 30_000, 8, 6, 0, 0, 0))
    rows = zlib.compressobj(9)
    packed = b"".join(rows.compress(bytes(120_001)) for _ in range(2000)) + rows.flush()
    words = chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(200_000_000), 9))
    (folder / "bomb.png").write_bytes(
        b"\x89PNG\r\n\x1a\n" + head + words + chunk(b"IDAT", packed) + chunk(b"IEND", b"")
    )
    return PLAIN.replace("prompt: Sea.", "prompt: Sea., first_frame: bomb.png")


def bomb_of_depth(folder: Path) -> str:
    del folder
    return PLAIN.replace("Sea.", "[" * 200_000 + "]" * 200_000)


@pytest.mark.parametrize("bomb", [bomb_of_layers, bomb_of_a_template, bomb_of_pixels, bomb_of_depth])
def test_a_bomb_is_told_in_bounded_time_and_memory(production: Path, bomb: Callable[[Path], str]) -> None:
    (production / "storyboard.yaml").write_text(bomb(production), encoding="utf-8")
    told = check_within(production, seconds=20, megabytes=900)
    assert (told.returncode, "error[" in told.stdout) == (2, True)


def check_within(production: Path, *, seconds: float, megabytes: int) -> "subprocess.CompletedProcess[str]":
    import resource
    import sys

    def bound() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (megabytes * 2**20, megabytes * 2**20))

    command = [sys.executable, "-m", "runner", "check", str(production)]
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
        preexec_fn=bound,
    )
