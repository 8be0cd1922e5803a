"""Where the written law lies: schemas, manifests and templates, inside the installed package or in the checkout."""

import json
from functools import cache
from pathlib import Path

from runner.core.canonical import Json
from runner.core.place import Source

_PACKAGE = Path(__file__).resolve().parent.parent


@cache
def data_folder() -> Path:
    packaged = _PACKAGE / "_data"
    return packaged if packaged.is_dir() else _PACKAGE.parent


@cache
def schema_document(name: str) -> Json:
    """A schema by its name: `storyboard`, `lock`, `requests/kling-image2video` ...; KeyError when there is none."""
    path = data_folder() / "schemas" / f"{name}.schema.json"
    if not path.is_file():
        raise KeyError(name)
    document: Json = json.loads(path.read_text(encoding="utf-8"))
    return document


def body_schema(name: str) -> Json:
    """The law of one gateway's bodies; None where there is none of that name, or it is no name but a way elsewhere."""
    if "/" in name or "\\" in name:
        return None
    try:
        return schema_document(f"requests/{name}")
    except KeyError:
        return None


def schema_names() -> tuple[str, ...]:
    return tuple(sorted(path.name.removesuffix(".schema.json") for path in _files("schemas", "*.schema.json")))


def gateway_names() -> tuple[str, ...]:
    return tuple(sorted(path.stem for path in _files("specs/gateways", "*.yaml")))


def gateway_source(name: str) -> Source:
    path = data_folder() / "specs" / "gateways" / f"{name}.yaml"
    return Source(f"specs/gateways/{name}.yaml", path.read_text(encoding="utf-8"))


@cache
def prompt_templates() -> dict[str, Source]:
    return {
        path.name: Source(f"templates/{path.name}", path.read_text("utf-8")) for path in _files("templates", "*.j2")
    }


def starter_files() -> dict[str, str]:
    """The files of a new production by their path in it."""
    folder = data_folder() / "templates" / "new"
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def page_parts() -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in _files("templates/page", "*") if path.is_file()}


def _files(folder: str, pattern: str) -> list[Path]:
    return sorted((data_folder() / folder).glob(pattern))
