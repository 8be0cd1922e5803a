"""What people look at: clips by shot and take, the film and the page, all in the production's `out/` folder."""

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from runner.adapters.durable import write_durably
from runner.adapters.media import PyavMedia
from runner.api.clips import Clips
from runner.api.plans import Planned, Selection, plan_production, recorded
from runner.api.production import Production, hold, open_production
from runner.api.targets import Target
from runner.core.canonical import Digest, digest_value
from runner.core.diagnostic import Diagnostic, Severity
from runner.core.errors import FramechainError
from runner.model.outside import FilmFormat, Media, MediaTrouble, Segment
from runner.model.take import ClipFacts, Take

FILM_FILE = "film.mp4"


@dataclass(frozen=True, slots=True)
class Film:
    path: Path
    facts: ClipFacts
    diagnostics: tuple[Diagnostic, ...]


def cut(target: Target) -> Film:
    """Joins the takes in use, in film order."""
    with hold(open_production(target), "cut"):
        return _cut(open_production(target))


def _cut(production: Production) -> Film:
    planned = plan_production(production, recorded(production), Selection())
    clips = _clips(planned)
    missing = [shot.id for shot in planned.plan.shots if clips.in_use(shot) is None]
    if missing:
        raise FramechainError(_without_takes(missing))
    return cut_planned(planned, PyavMedia())


def cut_planned(planned: Planned, media: Media) -> Film:
    """The film of a plan whose every shot has a take here."""
    production = planned.production
    show_clips(planned)
    film = production.storyboard.film
    segments = list(_segments(planned))
    path = production.in_out(FILM_FILE)
    try:
        facts = media.join(segments, FilmFormat(film.width, film.height, film.frames_per_second), path)
    except MediaTrouble as trouble:
        raise FramechainError(*_find_damage(planned, segments, str(trouble))) from trouble
    write_durably(_mark(production), _recipe(planned).encode(), _mark(production).with_suffix(".partial"))
    return Film(path, facts, production.diagnostics)


def is_cut(planned: Planned) -> bool:
    """True when `out/` holds the film of exactly these takes."""
    mark = _mark(planned.production)
    film = planned.production.in_out(FILM_FILE)
    return film.is_file() and mark.is_file() and mark.read_bytes() == _recipe(planned).encode()


def is_complete(planned: Planned) -> bool:
    clips = _clips(planned)
    return all(clips.in_use(shot) is not None for shot in planned.plan.shots)


def show_clips(planned: Planned) -> None:
    """Copies each take that is here to `out/clips/<shot>/<take>.mp4`. Copies: what people edit there harms no take."""
    production, clips = planned.production, _clips(planned)
    for shot in production.storyboard.shots:
        for take in production.lock.takes_of(shot.id):
            clip = clips.file(take)
            if clip is not None:
                _copy(clip, clip_path(production, shot.id, take))


def sweep_out(production: Production) -> None:
    """Removes what a killed process left unfinished in `out/`; only for who holds the production."""
    for left in production.out.rglob("*.partial"):
        left.unlink(missing_ok=True)


def clip_path(production: Production, shot: str, take: Take) -> Path:
    return production.in_out("clips", shot, f"{take.name}.mp4")


def _segments(planned: Planned) -> Iterator[Segment]:
    clips = _clips(planned)
    for shot in planned.plan.shots:
        clip = clips.in_use(shot)
        if clip is not None:
            yield Segment(clip, shot.id)


def _recipe(planned: Planned) -> Digest:
    """Of everything the film's bytes depend on."""
    film = planned.production.storyboard.film
    clips = [segment.clip.stem for segment in _segments(planned)]
    return digest_value("film/1", {"clips": clips, "form": [film.width, film.height, film.frames_per_second]})


def _mark(production: Production) -> Path:
    return production.in_out(".film-recipe")


def _clips(planned: Planned) -> Clips:
    return Clips(planned.production, planned.inputs.ledger)


def _copy(clip: Path, shown: Path) -> None:
    if shown.is_file() and shown.stat().st_size == clip.stat().st_size:
        return
    shown.parent.mkdir(parents=True, exist_ok=True)
    partial = shown.with_suffix(".partial")
    # It may be a link somebody put there, which must not be written through.
    partial.unlink(missing_ok=True)
    shutil.copyfile(clip, partial)
    partial.replace(shown)


def damaged(clip: Path, name: str) -> Diagnostic:
    """Of a stored take whose bytes are others than those its file is named after."""
    return Diagnostic(
        "take-damaged",
        Severity.ERROR,
        f"{name} is damaged: its bytes are not those of digest `{clip.stem[:12]}…`",
        None,
        f"restore `{clip}` from a backup, or remove it and run again",
    )


def _find_damage(planned: Planned, segments: Sequence[Segment], cause: str) -> list[Diagnostic]:
    """Why the segments cannot be joined: those that are not what was stored, else what the join says."""
    store = _clips(planned).store
    found = [
        damaged(segment.clip, f"the take of `{segment.label}`")
        for segment in segments
        if not store.verify(Digest(segment.clip.stem))
    ]
    hint = "bring footage that can be joined: `framechain adopt`"
    return found or [Diagnostic("not-a-clip", Severity.ERROR, f"the film cannot be cut: {cause}", None, hint)]


def _without_takes(shots: Sequence[str]) -> Diagnostic:
    names = ", ".join(f"`{shot}`" for shot in shots[:5]) + (" and others" if len(shots) > 5 else "")
    return Diagnostic(
        "nothing-to-show",
        Severity.ERROR,
        f"the film cannot be cut: {names} has no clip here yet",
        None,
        "`framechain run` first",
    )
