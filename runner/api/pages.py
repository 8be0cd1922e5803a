"""The review page: gathers what is to be seen of a production, and writes it to `out/review.html`."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from runner.adapters import package_data
from runner.adapters.durable import make_folder, write_durably
from runner.adapters.media import PyavMedia
from runner.adapters.pictures import clip_uri, measure_difference, picture_uri
from runner.api.clips import Clips
from runner.api.films import FILM_FILE, clip_path, is_cut, show_clips
from runner.api.plans import Planned, plan
from runner.api.production import Production, hold, open_production
from runner.api.targets import Target
from runner.core.errors import Busy
from runner.model.outside import Media, MediaTrouble
from runner.model.plan import PlannedShot
from runner.model.review import Review, ReviewClip, ReviewLine, ReviewScene, ReviewShot, ReviewTake, Seam
from runner.model.storyboard import At, Chained, Line, Mention, Prompt, Shot
from runner.model.take import Take
from runner.planning.request import at_text
from runner.running.spending import count_unpriced, counting, spent_by
from runner.showing.page import render_page

PAGE_FILE = "review.html"
# Up to here the clips stand inside the page, so that it can be mailed; beyond, it refers to the files beside it.
_LARGEST_PAGE_BYTES = 80 * 2**20
_STILL_WIDTH = 640


def review(target: Target) -> Path:
    """Writes the page; where it lies."""
    with _holding_if_free(open_production(target)):
        return _write_page(plan(target))


@contextmanager
def _holding_if_free(production: Production) -> Iterator[None]:
    """A run sweeps unfinished files when it begins: none begins while we write, and one under way has swept already."""
    with ExitStack() as stack:
        with suppress(Busy):
            stack.enter_context(hold(production, "review"))
        yield


def _write_page(planned: Planned) -> Path:
    show_clips(planned)
    out = planned.production.out
    make_folder(out)
    page = render_page(_Gathering(planned, PyavMedia()).review(), package_data.page_parts())
    write_durably(out / PAGE_FILE, page.encode(), out / f".{PAGE_FILE}.partial")
    return out / PAGE_FILE


class _Gathering:
    """One pass over a plan, its takes and their frames."""

    def __init__(self, planned: Planned, media: Media) -> None:
        self.planned = planned
        self.media = media
        self._clips = Clips(planned.production, planned.inputs.ledger)
        self._verdicts = {shot.id: shot for shot in planned.plan.shots}
        self._source = _choose_source(planned.production.out)

    def review(self) -> Review:
        production, plan_now = self.planned.production, self.planned.plan
        storyboard = production.storyboard
        shots = {shot.id: shot for shot in storyboard.shots}
        budget, inputs = storyboard.budget, self.planned.inputs
        return Review(
            title=storyboard.title,
            production=storyboard.id,
            profile=plan_now.profile,
            provider=plan_now.provider,
            scenes=tuple(
                ReviewScene(scene.id, scene.title, tuple(self._shot(shots[shot]) for shot in scene.shots))
                for scene in storyboard.scenes
            ),
            film=self._film(),
            film_is_outdated=not is_cut(self.planned),
            spent=spent_by(inputs.lock, inputs.ledger, sandbox=inputs.sandbox),
            unpriced=count_unpriced(counting(inputs.ledger, sandbox=inputs.sandbox)),
            sandbox=inputs.sandbox,
            budget=None if budget is None else budget.value,
            planned=plan_now.total if plan_now.has_work else None,
        )

    def _film(self) -> ReviewClip | None:
        film = self.planned.production.in_out(FILM_FILE)
        return ReviewClip(self._source(film)) if film.is_file() else None

    def _shot(self, shot: Shot) -> ReviewShot:
        verdict = self._verdicts[shot.id]
        block = self.planned.production.lock.block(shot.id, self.planned.plan.profile)
        key = verdict.rolls[0].key if verdict.rolls else None
        return ReviewShot(
            id=shot.id,
            prompt=_prompt_text(shot),
            model=shot.model.value,
            mode=shot.mode.value,
            duration=shot.duration.value,
            sound=shot.sound.value,
            key=key if isinstance(key, str) else None,
            action=verdict.action,
            reasons=verdict.reasons,
            hint=verdict.hint,
            pinned=block.pinned,
            dialogue=tuple(_line(line) for line in shot.dialogue),
            seams=tuple(self._seams(shot, verdict)),
            takes=tuple(self._takes(shot.id, verdict)),
        )

    def _takes(self, shot: str, verdict: PlannedShot) -> Iterator[ReviewTake]:
        in_use = None if verdict.take is None else verdict.take.name
        for take in self.planned.production.lock.takes_of(shot):
            yield ReviewTake(
                name=take.name,
                roll=take.roll,
                clip=self._clip(shot, take),
                is_in_use=take.name == in_use,
                origin=take.origin,
                gateway=take.gateway,
                model=take.model,
                key=take.key,
                digest=take.digest,
                made=take.made,
                charge=take.charge,
                sandbox=take.sandbox,
            )

    def _clip(self, shot: str, take: Take) -> ReviewClip | None:
        if self._clips.file(take) is None:
            return None
        shown = clip_path(self.planned.production, shot, take)
        still = self._frame(take, "first")
        return ReviewClip(self._source(shown), None if still is None else picture_uri(still, _STILL_WIDTH))

    def _seams(self, shot: Shot, verdict: PlannedShot) -> Iterator[Seam]:
        for field, frame in shot.chained:
            handed, met = self._handed_over(field, frame, verdict.take), self._met(field, verdict)
            yield Seam(
                field=field,
                source=frame.shot,
                at=at_text(frame.at),
                handed_over=None if handed is None else picture_uri(handed, _STILL_WIDTH),
                met=None if met is None else picture_uri(met, _STILL_WIDTH),
                psnr=None if handed is None or met is None else measure_difference(handed, met),
            )

    def _handed_over(self, field: str, frame: Chained, take: Take | None) -> Path | None:
        """From the take it was made from, which need not be the one its source has in use now."""
        source = self._verdicts[frame.shot].take
        if take is not None and field in take.sources:
            made_from = take.sources[field]
            listed = self.planned.production.lock.takes_of(frame.shot)
            source = next((one for one in listed if one.identity == made_from), source)
        return None if source is None else self._frame(source, frame.at)

    def _met(self, field: str, verdict: PlannedShot) -> Path | None:
        return (
            None if verdict.take is None else self._frame(verdict.take, "first" if field == "first_frame" else "last")
        )

    def _frame(self, take: Take, at: At) -> Path | None:
        """Cut from the take, or as it was cut before; None when it cannot be had here."""
        picture = self._clips.store.frame(take.identity, at)
        clip = self._clips.file(take)
        if not picture.is_file():
            if clip is None:
                return None
            try:
                self.media.cut_frame(clip, at, picture)
            except MediaTrouble:
                return None
        return picture


def _choose_source(out: Path) -> Callable[[Path], str]:
    """How the page names a clip: by all of its bytes, or where that would be too much by its place beside the page."""
    clips = [*out.glob("clips/*/*.mp4"), *out.glob(FILM_FILE)]
    if sum(clip.stat().st_size for clip in clips) * 4 // 3 <= _LARGEST_PAGE_BYTES:
        return clip_uri
    return lambda clip: clip.relative_to(out).as_posix()


def _prompt_text(shot: Shot) -> str:
    if shot.beats is not None and shot.beats.value != "auto":
        return "\n".join(f"{beat.duration} s: {_words(beat.prompt)}" for beat in shot.beats.value)
    return _words(shot.prompt)


def _words(prompt: Prompt) -> str:
    return "".join(part.name if isinstance(part, Mention) else part for part in prompt)


def _line(line: Line) -> ReviewLine:
    return ReviewLine(line.by or line.voice, _words(line.text), line.spoken)
