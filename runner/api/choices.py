"""What people decide about takes: use, pin, unpin, accept, adopt. Each changes the lock; `adopt` also closes, in the
journal, attempts whose clip was another than asked for.
"""

import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

from runner.adapters.clock import SystemClock
from runner.adapters.journal import SqliteJournal
from runner.adapters.media import PyavMedia
from runner.adapters.store import FolderStore
from runner.api.plans import JOURNAL_FILE, Selection, plan_production, recorded
from runner.api.production import Production, check_shot, hold, open_production, write_lock_of
from runner.api.targets import Target
from runner.core.canonical import Digest
from runner.core.diagnostic import Diagnostic, Severity
from runner.core.errors import Invalid
from runner.core.nearest import did_you_mean
from runner.model.journal import WasAbandoned
from runner.model.lock import LockedShot
from runner.model.outside import MediaTrouble, Store
from runner.model.request import Identity, Key
from runner.model.take import Take
from runner.planning.ledger import fold
from runner.planning.takes import name_after


def takes(target: Target, shot: str) -> tuple[LockedShot, tuple[Take, ...]]:
    """A shot's block of the lock, and all its takes of all profiles."""
    production = open_production(target)
    check_shot(production, shot)
    return production.lock.block(shot, target.profile), production.lock.takes_of(shot)


def use(target: Target, shot: str, take_name: str) -> None:
    """Chooses a take by hand; the choice stands until the request changes."""
    with _changing(target, shot) as production:
        known = {take.name: take for take in production.lock.takes_of(shot)}
        if take_name not in known:
            raise Invalid(_unknown_take(shot, take_name, list(known)))
        block = production.lock.block(shot, target.profile)
        listed = block.takes if block.take(take_name) else (*block.takes, known[take_name])
        key = _key_now(production, shot)
        chosen = replace(block, chosen=take_name, by_hand=True, takes=listed, accepted=None, key=key)
        _write_block(production, shot, chosen)


def pin(target: Target, shot: str, because: str) -> str:
    """Freezes the take in use; its name."""
    with _changing(target, shot) as production:
        block, take = _block_with_take(production, shot, "pinned")
        _write_block(production, shot, replace(block, pinned=because))
        return take.name


def unpin(target: Target, shot: str) -> None:
    with _changing(target, shot) as production:
        block = production.lock.block(shot, target.profile)
        _write_block(production, shot, replace(block, pinned=None))


def accept(target: Target, shot: str) -> str:
    """Blesses the take in use for the takes its frames come from now; its name."""
    with _changing(target, shot) as production:
        block, take = _block_with_take(production, shot, "accepted")
        sources = {
            field: current.identity
            for field, frame in production.storyboard.shot(shot).chained
            if (current := production.lock.block(frame.shot, target.profile).current) is not None
        }
        _write_block(production, shot, replace(block, accepted=sources))
        return take.name


def adopt(target: Target, shot: str, footage: Path) -> str:
    """Takes the author's own footage as a take of the shot and chooses it; its name."""
    with _changing(target, shot) as production:
        take = _adopted(production, shot, _keep_footage(footage, FolderStore(production.home)))
        block = production.lock.block(shot, target.profile)
        takes_now = block.takes if block.take(take.name) else (*block.takes, take)
        key = _key_now(production, shot)
        _write_block(production, shot, replace(block, chosen=take.name, by_hand=True, takes=takes_now, key=key))
        _let_go_of_unfit(production, shot, key)
        return take.name


def _let_go_of_unfit(production: Production, shot: str, key: Key | None) -> None:
    """Whose clip came and was another than asked for: with footage in its place nothing is expected of it any more."""
    with closing(SqliteJournal(production.home / JOURNAL_FILE, SystemClock())) as journal:
        for attempt in fold(journal.entries()).open_attempts:
            intent = attempt.intent
            is_its = key == intent.key or (intent.shot, intent.profile) == (shot, production.target.profile)
            if attempt.unfit is not None and is_its:
                journal.append(WasAbandoned(attempt.id, charged=True))


@contextmanager
def _changing(target: Target, shot: str) -> Iterator[Production]:
    """The production with that shot, while nobody else runs it."""
    with hold(open_production(target), "use"):
        # Read again: another process may have written the lock before ours was granted.
        production = open_production(target)
        check_shot(production, shot)
        yield production


def _block_with_take(production: Production, shot: str, done: str) -> tuple[LockedShot, Take]:
    block = production.lock.block(shot, production.target.profile)
    if block.current is None:
        raise Invalid(
            Diagnostic(
                "pin-without-take",
                Severity.ERROR,
                f"`{shot}` has no take that could be {done}",
                production.storyboard.shot(shot).place,
                f"make one first: `framechain run --only +{shot}`",
            )
        )
    return block, block.current


def _keep_footage(footage: Path, store: Store) -> Digest:
    copy = store.new_file(".mp4")
    try:
        PyavMedia().probe(footage)
        shutil.copyfile(footage, copy)
        return store.keep(copy)[0]
    except MediaTrouble as trouble:
        raise Invalid(_no_footage(str(trouble))) from trouble
    except OSError as trouble:
        raise Invalid(_no_footage(f"`{footage}` cannot be read: {trouble.strerror}")) from trouble
    finally:
        copy.unlink(missing_ok=True)


def _adopted(production: Production, shot: str, digest: Digest) -> Take:
    """The take of these bytes, under the name it has already if it was adopted before."""
    listed = production.lock.takes_of(shot)
    known = next((take for take in listed if take.origin == "adopted" and take.digest == digest), None)
    return known or Take(
        name=name_after(listed),
        origin="adopted",
        key=None,
        makers_part=None,
        roll=1,
        identity=Identity(digest),
        digest=digest,
        gateway=None,
        model=None,
        job=None,
        charge=None,
        made=SystemClock().now()[:19] + "Z",
        sources={},
    )


def _no_footage(cause: str) -> Diagnostic:
    return Diagnostic("not-a-clip", Severity.ERROR, cause, None, "name a clip that plays, best as mp4 with h264")


def _unknown_take(shot: str, take: str, known: list[str]) -> Diagnostic:
    hint = did_you_mean(take, known, f"it has {', '.join(known) or 'none yet'}")
    return Diagnostic("unknown-take", Severity.ERROR, f"`{shot}` has no take `{take}`", None, hint)


def _key_now(production: Production, shot: str) -> Key | None:
    """Of the shot's present request, which the choice is made for; None while that is pending."""
    planned = plan_production(production, recorded(production), Selection())
    key = planned.plan.shot(shot).rolls[0].key
    return key if isinstance(key, str) else None


def _write_block(production: Production, shot: str, block: LockedShot) -> None:
    write_lock_of(production, production.lock.with_block(shot, production.target.profile, block))
