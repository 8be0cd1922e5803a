"""Pictures on their way to a gateway: sent as they are where they fit, changed with leave alone, else said why not."""

from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from runner.adapters.picture_files import look_at_picture
from runner.adapters.picture_fitting import fit_picture, picture_size
from runner.model.gateway import CannotAsk
from runner.model.manifest import PictureLimits

LIMITS = PictureLimits(("jpeg", "png"), shortest_side=300, widest_ratio=2.5, bytes=200_000)


def picture(width: int, height: int, kind: str = "PNG", *, is_noisy: bool = False, mode: str = "RGB") -> bytes:
    """Noise weighs what it weighs: no packing makes it small."""
    made = Image.effect_noise((width, height), 80).convert(mode) if is_noisy else Image.new(mode, (width, height), 90)
    file = BytesIO()
    made.save(file, kind)
    return file.getvalue()


def facts(content: bytes) -> tuple[tuple[int, int], str]:
    with Image.open(BytesIO(content)) as opened:
        opened.load()
        return opened.size, (opened.format or "").lower()


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
@pytest.mark.parametrize("leave", [(), ("jpeg",), ("jpeg", "scale")])
def test_a_picture_that_fits_is_sent_to_the_bit_whatever_the_leave(kind: str, leave: tuple[str, ...]) -> None:
    content = picture(640, 360, kind)
    assert fit_picture("first_frame", content, LIMITS, leave) == (content, kind.lower())


@pytest.mark.parametrize("size", [(300, 300), (750, 300), (300, 750)])
def test_the_limits_themselves_still_fit(size: tuple[int, int]) -> None:
    content = picture(*size)
    assert fit_picture("first_frame", content, LIMITS, ())[0] == content


def test_a_picture_just_as_heavy_as_allowed_fits_and_one_byte_more_does_not() -> None:
    content = picture(320, 320, is_noisy=True)
    exact = PictureLimits(("png",), 300, 2.5, len(content))
    assert fit_picture("f", content, exact, ()) == (content, "png")
    with pytest.raises(CannotAsk, match="weighs"):
        fit_picture("f", content, PictureLimits(("png",), 300, 2.5, len(content) - 1), ())


@pytest.mark.parametrize(
    ("content", "leave", "message", "hint"),
    [
        (picture(299, 640), (), "`f` is 299x640, expected at least 300 pixels on each side", "`convert: [scale]`"),
        (picture(299, 640), ("jpeg",), "expected at least 300 pixels", "`convert: [scale]`"),
        (picture(640, 360, "GIF", mode="L"), (), "`f` is GIF, expected JPEG or PNG", "`convert: [jpeg]`"),
        (picture(900, 900, is_noisy=True), (), "`f` weighs 2.1 MB, expected 0.2 MB at most", "`convert: [jpeg]`"),
        (picture(1000, 300), ("jpeg", "scale"), "expected a ratio between 1:2.5 and 2.5:1", "crop it"),
        (picture(300, 1000), ("jpeg", "scale"), "expected a ratio between 1:2.5 and 2.5:1", "crop it"),
    ],
)
def test_what_does_not_fit_and_may_not_be_changed_is_said_with_what_would_mend_it(
    content: bytes, leave: tuple[str, ...], message: str, hint: str
) -> None:
    with pytest.raises(CannotAsk) as refused:
        fit_picture("f", content, LIMITS, leave)
    assert message in refused.value.message
    assert refused.value.hint is not None
    assert hint in refused.value.hint


def test_with_leave_to_scale_a_small_picture_grows_to_just_what_is_asked() -> None:
    content, kind = fit_picture("f", picture(160, 90), LIMITS, ("scale",))
    (width, height), found = facts(content)
    assert (kind, found) == ("png", "png")
    assert min(width, height) == 300
    assert abs(width / height - 16 / 9) < 0.01


def test_with_leave_for_jpeg_a_heavy_picture_is_packed_and_keeps_its_size() -> None:
    heavy = picture(640, 640, is_noisy=True)
    limits = PictureLimits(("jpeg", "png"), 300, 2.5, len(heavy) - 1)
    content, kind = fit_picture("f", heavy, limits, ("jpeg",))
    assert facts(content) == ((640, 640), "jpeg")
    assert (kind, len(content) < len(heavy)) == ("jpeg", True)


def test_with_leave_to_scale_alone_a_heavy_picture_shrinks_and_stays_lossless() -> None:
    heavy = picture(640, 640, is_noisy=True)
    content, kind = fit_picture("f", heavy, LIMITS, ("scale",))
    size, found = facts(content)
    assert (kind, found) == ("png", "png")
    assert 300 <= min(size) < 640
    assert len(content) <= LIMITS.bytes


def test_another_format_becomes_one_that_is_taken() -> None:
    only_jpeg = PictureLimits(("jpeg",), 300, 2.5, 200_000)
    content, kind = fit_picture("f", picture(640, 360, mode="RGBA"), only_jpeg, ("jpeg",))
    assert (kind, facts(content)) == ("jpeg", ((640, 360), "jpeg"))


def test_what_no_leave_mends_is_said_as_such() -> None:
    tiny = PictureLimits(("jpeg", "png"), 300, 2.5, 500)
    with pytest.raises(CannotAsk, match="no change that is allowed would make it fit"):
        fit_picture("f", picture(640, 640, is_noisy=True), tiny, ("jpeg", "scale"))
    with pytest.raises(CannotAsk, match="no change that is allowed would make it fit"):
        fit_picture("f", picture(640, 640, is_noisy=True), tiny, ("jpeg",))


def test_a_phones_picture_of_several_is_a_jpeg_here_as_it_is_for_check() -> None:
    file = BytesIO()
    other = Image.new("RGB", (640, 360), "blue")
    Image.new("RGB", (640, 360), "red").save(file, "MPO", save_all=True, append_images=[other])
    assert facts(file.getvalue()) == ((640, 360), "mpo")
    assert look_at_picture("frame.jpg", file.getvalue()).format == "jpeg"
    assert fit_picture("f", file.getvalue(), LIMITS, ()) == (file.getvalue(), "jpeg")


@pytest.mark.parametrize("leave", [("scale",), ("jpeg", "scale")])
def test_what_was_taken_with_the_camera_on_its_side_is_upright_when_it_is_saved_anew(leave: tuple[str, ...]) -> None:
    lying = Image.new("RGB", (200, 400), "red")
    lying.paste("blue", (0, 0, 200, 200))
    held = Image.Exif()
    held[0x0112] = 6  # to be turned clockwise by a quarter
    file = BytesIO()
    lying.save(file, "JPEG", exif=held)
    content, _ = fit_picture("f", file.getvalue(), LIMITS, leave)
    with Image.open(BytesIO(content)) as sent:
        assert sent.size == (600, 300)
        assert 0x0112 not in sent.getexif()
        left, right = (sent.convert("RGB").getpixel((across, 150)) for across in (30, 570))
    assert left == pytest.approx((255, 0, 0), abs=3)
    assert right == pytest.approx((0, 0, 255), abs=3)


@pytest.mark.parametrize(
    ("given", "seen"),
    [
        (Image.new("I;16", (200, 200), 30_000), (116, 116, 116)),
        (Image.new("RGBA", (200, 200), (255, 0, 0, 0)), (0, 0, 0)),
        (Image.new("RGBA", (200, 200), (255, 0, 0, 255)), (255, 0, 0)),
    ],
    ids=["sixteen bits", "transparent", "opaque"],
)
def test_a_picture_that_is_changed_still_looks_as_it_did(given: Image.Image, seen: tuple[int, int, int]) -> None:
    file = BytesIO()
    given.save(file, "PNG")
    content, _ = fit_picture("f", file.getvalue(), LIMITS, ("scale",))
    with Image.open(BytesIO(content)) as sent:
        assert (sent.mode, sent.getpixel((9, 9))) == ("RGB", seen)


def test_a_picture_of_more_pixels_than_any_has_is_said_and_a_large_one_is_no_warning(
    recwarn: pytest.WarningsRecorder,
) -> None:
    with pytest.raises(CannotAsk, match="`f` cannot be read as a picture"):
        fit_picture("f", picture(13_400, 13_400, mode="1"), LIMITS, ())
    large = picture(9_500, 9_500, mode="1")
    assert fit_picture("f", large, LIMITS, ()) == (large, "png")
    assert list(recwarn) == []


@pytest.mark.parametrize("content", [b"", b"no picture", picture(640, 360)[:200], picture(640, 360, "JPEG")[:300]])
def test_what_is_no_whole_picture_is_said_and_not_sent(content: bytes, tmp_path: Path) -> None:
    with pytest.raises(CannotAsk, match="`f` cannot be read as a picture"):
        fit_picture("f", content, LIMITS, ("jpeg", "scale"))


def test_a_pictures_size_is_read_from_its_file(tmp_path: Path) -> None:
    path = tmp_path / "mask.png"
    path.write_bytes(picture(640, 360))
    assert picture_size(path) == (640, 360)
    path.write_bytes(b"none")
    with pytest.raises(CannotAsk, match=r"`mask\.png` cannot be read as a picture"):
        picture_size(path)
