import pytest
from animatic_jobs import make_job
from PIL import Image

from runner.adapters.animatic.course import plot_course
from runner.adapters.animatic.job import CameraMove
from runner.adapters.animatic.motion import Pose, Stage, window
from runner.adapters.animatic.pictures import Planes, split_planes

MOVES = ("horizontal", "vertical", "pan", "tilt", "roll", "zoom")
NAMED = ("down_back", "forward_up", "right_turn_forward", "left_turn_forward")


def _marked() -> Planes:
    """White with one black block in the middle, to see where a camera goes."""
    picture = Image.new("RGB", (240, 240), (255, 255, 255))
    picture.paste((0, 0, 0), (100, 100, 140, 140))
    return split_planes(picture)


def _block_after(camera: CameraMove) -> tuple[int, int, int, int]:
    last = plot_course(make_job(camera=camera), _marked(), None).at(1)
    block = last.luma.point(lambda level: 255 if level < 128 else 0).getbbox()
    assert block is not None
    return block


@pytest.mark.parametrize(
    ("move", "amount", "across", "down"),
    [
        ("horizontal", 5, -1, 0),
        ("horizontal", -5, 1, 0),
        ("pan", 5, -1, 0),
        ("vertical", 5, 0, 1),
        ("tilt", -5, 0, -1),
    ],
)
def test_the_picture_goes_against_the_camera(move: str, amount: float, across: int, down: int) -> None:
    left, top, right, bottom = _block_after(CameraMove("simple", move, amount))
    middle = ((left + right) / 2 - 120, (top + bottom) / 2 - 120)
    assert tuple((place > 7) - (place < -7) for place in middle) == (across, down)


def test_a_zoom_narrows_below_zero_and_widens_above() -> None:
    near, far = (_block_after(CameraMove("simple", "zoom", amount)) for amount in (-5, 5))
    assert near[2] - near[0] > 46
    assert far[2] - far[0] < 37


def test_a_named_move_goes_its_way() -> None:
    left, _, right, _ = _block_after(CameraMove("right_turn_forward"))
    assert right - left > 46
    assert (left + right) / 2 < 107


@pytest.mark.parametrize("size", [(240, 240), (320, 180), (180, 320)])
def test_a_roll_shows_nothing_beyond_the_picture(size: tuple[int, int]) -> None:
    stage = Stage(split_planes(Image.new("RGB", size, (255, 255, 255))), Pose(degrees=9))
    assert all(min(stage.at(step / 10).luma.tobytes()) > 230 for step in range(11))


@pytest.mark.parametrize("amount", [-10, 10])
@pytest.mark.parametrize("move", MOVES)
def test_every_move_begins_on_the_very_picture(move: str, amount: float) -> None:
    first = _marked()
    course = plot_course(make_job(camera=CameraMove("simple", move, amount)), first, None)
    assert course.at(0).luma.tobytes() == first.luma.tobytes()
    assert course.at(1).luma.tobytes() != first.luma.tobytes()


@pytest.mark.parametrize("name", NAMED)
def test_every_named_move_moves(name: str) -> None:
    assert plot_course(make_job(camera=CameraMove(name)), _marked(), None).at(1).luma != _marked().luma


def test_a_given_last_picture_is_reached_exactly_and_not_before() -> None:
    last = split_planes(Image.linear_gradient("L").resize((240, 240)).convert("RGB"))
    course = plot_course(make_job(), _marked(), last)
    assert course.at(1) is last
    assert course.at(0.7).luma.tobytes() != last.luma.tobytes()


def test_a_window_stays_on_the_picture() -> None:
    assert window(Pose(0.5, 0.9, -0.9), (100, 100)) == (50.0, 0.0, 100.0, 50.0)
