"""What is in the wheel is enough: a production is made, checked and planned from it alone."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, unpacked where no checkout is near."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as content:
        content.extractall(folder / "site")
    return folder / "site"


def test_the_wheel_carries_schemas_manifests_and_templates(installed: Path) -> None:
    for folder in ("schemas", "specs/gateways", "templates"):
        shipped = {path.relative_to(installed / "runner/_data") for path in (installed / "runner/_data").rglob("*")}
        wanted = {path.relative_to(ROOT) for path in (ROOT / folder).rglob("*") if path.is_file()}
        assert wanted
        assert wanted <= shipped
    assert (installed / "runner" / "py.typed").is_file()


def test_a_production_is_made_checked_and_planned_from_the_wheel_alone(installed: Path, tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(installed)}

    def framechain(*arguments: str) -> str:
        program = "import runner, sys; from runner.cli import main; print(runner.__file__); main(sys.argv[1:])"
        command = [sys.executable, "-P", "-c", program, *arguments]
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
        assert done.stdout.startswith(str(installed))
        return done.stdout

    framechain("new", "film")
    assert "nothing is wrong" in framechain("check", "film")
    assert "to be made" in framechain("plan", "film")
