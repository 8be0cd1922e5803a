"""A production's folder: nothing outside it is read, and nothing in it that is not what it should be."""

import io
import os
import struct
import threading
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from runner.adapters.production_files import FolderFiles
from runner.core.canonical import digest_bytes
from runner.model.outside import FileTrouble


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    inside = tmp_path / "production"
    inside.mkdir()
    (tmp_path / "secret.txt").write_text("secret", encoding="utf-8")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "secret.txt").write_text("secret", encoding="utf-8")
    return inside


def trouble(look: Callable[[str], object], path: str) -> FileTrouble:
    with pytest.raises(FileTrouble) as caught:
        look(path)
    return caught.value


def picture_bytes(kind: str = "PNG", size: tuple[int, int] = (64, 48)) -> bytes:
    content = io.BytesIO()
    Image.effect_noise(size, 50).convert("RGB").save(content, kind)
    return content.getvalue()


def test_text_comes_with_its_name_and_its_byte_order_mark(folder: Path) -> None:
    (folder / "scenes").mkdir()
    (folder / "scenes" / "a.yaml").write_bytes("\ufefftitle: Ä\r\n".encode())
    source = FolderFiles(folder).text("scenes/a.yaml")
    assert (source.name, source.text) == ("scenes/a.yaml", "\ufefftitle: Ä\r\n")


@pytest.mark.parametrize(
    "path",
    ["../secret.txt", "scenes/../../secret.txt", "/etc/passwd", "~/x", "a\\b", "a\0b", "C:/x", "..", "..\\secret.txt"],
)
def test_a_path_that_leads_out_is_refused(folder: Path, path: str) -> None:
    files = FolderFiles(folder)
    for look in (files.text, files.picture, files.sound, files.location):
        assert trouble(look, path).code == "path-outside"
    assert files.names(path, [".txt"]) == ()


def test_a_link_that_leads_out_is_refused(folder: Path) -> None:
    (folder / "file.txt").symlink_to(folder.parent / "secret.txt")
    (folder / "linked").symlink_to(folder.parent / "elsewhere")
    (folder / "far.txt").symlink_to("linked/secret.txt")
    files = FolderFiles(folder)
    for path in ("file.txt", "linked/secret.txt", "far.txt"):
        assert trouble(files.text, path).code == "path-outside"
        assert trouble(files.location, path).code == "path-outside"
    assert files.names("linked", [".txt"]) == ()
    assert files.names(".", [".txt"]) == ()


def test_a_link_that_stays_inside_is_followed(folder: Path) -> None:
    (folder / "real.txt").write_text("here", encoding="utf-8")
    (folder / "link.txt").symlink_to("real.txt")
    assert FolderFiles(folder).text("link.txt").text == "here"


def test_a_production_may_lie_behind_a_link(folder: Path) -> None:
    (folder / "a.txt").write_text("here", encoding="utf-8")
    link = folder.parent / "link"
    link.symlink_to(folder)
    assert FolderFiles(link).text("a.txt").text == "here"


def test_a_folder_and_a_pipe_are_not_opened(folder: Path) -> None:
    (folder / "sub").mkdir()
    os.mkfifo(folder / "pipe")
    files = FolderFiles(folder)
    told: list[str] = []
    thread = threading.Thread(target=lambda: told.append(trouble(files.text, "pipe").code), daemon=True)
    thread.start()
    thread.join(timeout=10)
    assert told == ["file-unreadable"]
    assert trouble(files.text, "sub").message == "`sub` is a folder, expected a file"
    assert trouble(files.text, "").code == "file-unreadable"


def test_a_link_in_a_circle_and_an_endless_name_are_told(folder: Path) -> None:
    (folder / "a").symlink_to("b")
    (folder / "b").symlink_to("a")
    files = FolderFiles(folder)
    assert trouble(files.text, "a").code in {"file-missing", "file-unreadable"}
    assert trouble(files.text, "x" * 300).code == "file-unreadable"
    assert trouble(files.text, "x/" * 3000).code == "file-unreadable"


def test_a_name_too_long_for_the_system_is_not_laid_to_rights(folder: Path) -> None:
    with pytest.raises(FileTrouble) as caught:
        FolderFiles(folder).text("x" * 300)
    assert caught.value.code == "file-unreadable"
    assert caught.value.hint == "mend the path, or look at the file itself"


def test_a_missing_file_is_told_with_the_name_that_was_meant(folder: Path) -> None:
    (folder / "elements").mkdir()
    (folder / "elements" / "keeper-front.png").write_bytes(picture_bytes())
    files = FolderFiles(folder)
    found = trouble(files.picture, "elements/keeper-frnt.png")
    assert (found.code, found.hint) == ("file-missing", "did you mean `elements/keeper-front.png`?")
    assert trouble(files.text, "nowhere/at/all.txt").code == "file-missing"
    assert trouble(files.text, "elements/keeper-front.png/x").code == "file-missing"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"title: x\nname: \xff\n", "`a.yaml` is not UTF-8 text: line 2 holds the byte 0xff"),
        (b"title: x\0", "`a.yaml` is not text: it holds zero bytes"),
        ("title: x".encode("utf-16"), "`a.yaml` is not UTF-8 text: line 1 holds the byte 0xff"),
    ],
)
def test_what_is_not_text_is_told(folder: Path, content: bytes, said: str) -> None:
    (folder / "a.yaml").write_bytes(content)
    found = trouble(FolderFiles(folder).text, "a.yaml")
    assert (found.code, found.message) == ("not-text", said)


def test_a_file_too_large_is_not_read(folder: Path) -> None:
    for name, size in (("a.yaml", 100), ("a.png", 200), ("a.wav", 300)):
        with (folder / name).open("wb") as file:
            file.truncate(size * 1024 * 1024)
    files = FolderFiles(folder)
    found = [trouble(files.text, "a.yaml"), trouble(files.picture, "a.png"), trouble(files.sound, "a.wav")]
    assert [one.code for one in found] == ["file-too-large"] * 3
    assert found[0].message == "`a.yaml` has 100.0 MB, at most 4 MB are read"


@pytest.mark.parametrize(("kind", "name"), [("PNG", "png"), ("JPEG", "jpeg"), ("WEBP", "webp")])
def test_pictures_are_known_by_their_content(folder: Path, kind: str, name: str) -> None:
    content = picture_bytes(kind)
    (folder / "picture.txt").write_bytes(content)
    facts = FolderFiles(folder).picture("picture.txt")
    assert (facts.format, facts.width, facts.height, facts.bytes) == (name, 64, 48, len(content))
    assert facts.digest == digest_bytes(content)


def test_what_is_no_picture_or_only_part_of_one_is_told(folder: Path) -> None:
    content = picture_bytes()
    flipped = bytearray(content)
    flipped[len(content) // 2] ^= 0xFF
    wrong = {
        "text.png": b"I am text",
        "empty.png": b"",
        "cut.png": content[: len(content) // 2],
        "cut.jpg": picture_bytes("JPEG")[:-400],
        "head.png": content[:20],
        "flipped.png": bytes(flipped),
        "other.png": picture_bytes("BMP"),
        "moving.png": picture_bytes("GIF"),
    }
    files = FolderFiles(folder)
    for name, bad in wrong.items():
        (folder / name).write_bytes(bad)
        assert trouble(files.picture, name).code == "not-a-picture", name


def bomb(width: int, height: int) -> bytes:
    """A PNG that claims to be huge and holds next to nothing."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")


@pytest.mark.parametrize("size", [(10_001, 10_000), (12_000, 12_000), (60_000, 60_000), (2_000_000, 2_000_000)])
def test_a_picture_that_unpacks_to_too_much_is_never_unpacked(folder: Path, size: tuple[int, int]) -> None:
    (folder / "bomb.png").write_bytes(bomb(*size))
    assert trouble(FolderFiles(folder).picture, "bomb.png").code == "picture-too-large"


@pytest.mark.parametrize(
    "content",
    [
        b"RIFF\x64\x00\x00\x00WAVEfmt " + bytes(100),
        b"ID3\x04\x00\x00\x00\x00\x00\x00" + bytes(100),
        b"\xff\xfb\x90\x64" + bytes(100),
        b"\x00\x00\x00\x18ftypM4A \x00\x00\x00\x00" + bytes(100),
    ],
    ids=["wav", "mp3 with tags", "mp3", "m4a"],
)
def test_sounds_are_known_by_their_first_bytes(folder: Path, content: bytes) -> None:
    (folder / "sound").write_bytes(content)
    assert FolderFiles(folder).sound("sound") == digest_bytes(content)


@pytest.mark.parametrize(
    "content", [b"", b"text", b"RIFF\x24\x00\x00\x00WAVE", b"\xff\xff\xff\xff", b"OggS" + bytes(100)]
)
def test_what_is_no_sound_is_told(folder: Path, content: bytes) -> None:
    (folder / "sound.wav").write_bytes(content)
    assert trouble(FolderFiles(folder).sound, "sound.wav").code == "not-a-sound"


def test_a_file_that_has_changed_is_read_again(folder: Path) -> None:
    files = FolderFiles(folder)
    path = folder / "a.txt"
    path.write_text("one", encoding="utf-8")
    first = files.text("a.txt")
    assert files.text("a.txt") is first
    path.write_text("two two", encoding="utf-8")
    assert files.text("a.txt").text == "two two"


def test_names_are_the_files_of_a_folder_in_order(folder: Path) -> None:
    (folder / "gateways").mkdir()
    for name in ("b.yaml", "a.yaml", "c.txt"):
        (folder / "gateways" / name).write_text("x", encoding="utf-8")
    (folder / "gateways" / "d.yaml").mkdir()
    files = FolderFiles(folder)
    assert files.names("gateways", [".yaml"]) == ("gateways/a.yaml", "gateways/b.yaml")
    assert files.names("gateways/", [".txt", ".yaml"])[-1] == "gateways/c.txt"
    assert files.names("nowhere", [".yaml"]) == ()


def test_a_location_lies_in_the_production(folder: Path) -> None:
    assert FolderFiles(folder).location("out/new.mp4") == folder / "out" / "new.mp4"
