"""Makes new productions."""

import json
import re
import secrets
from pathlib import Path

from runner.adapters import package_data
from runner.core.diagnostic import Diagnostic, Severity
from runner.core.errors import Invalid


def new(folder: Path) -> Path:
    """A production that runs at once, in a folder that does not exist yet or is empty."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Invalid(_taken(folder))
    title = re.sub(r"[-_\s]+", " ", folder.absolute().name).strip().capitalize() or "Untitled"
    names = {"@id@": f"{_slug(title)}-{secrets.token_hex(2)}", "@title@": title}
    for path, text in package_data.starter_files().items():
        _write(folder / path, _fill_in(text, names))
    schema = json.dumps(package_data.schema_document("storyboard"), indent=1)
    _write(folder / ".storyboard.schema.json", schema + "\n")
    return folder


def _fill_in(text: str, names: dict[str, str]) -> str:
    for mark, value in names.items():
        text = text.replace(mark, value)
    return text


def _slug(title: str) -> str:
    words = "-".join(re.findall(r"[a-z0-9]+", title.lower()))
    return words[:40].rstrip("-") or "film"


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _taken(folder: Path) -> Diagnostic:
    return Diagnostic(
        "folder-taken",
        Severity.ERROR,
        f"`{folder}` is there already and is not empty",
        None,
        "choose another name, or empty the folder",
    )
