"""Everything outside that a run touches, handed in: a test hands in its own, a rehearsal another set."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from runner.model.gateway import Gateway
from runner.model.lock import Lock
from runner.model.outside import Clock, Journal, Media, ProductionFiles, Store


@dataclass(frozen=True, slots=True)
class Outside:
    gateway: Gateway
    journal: Journal
    store: Store
    media: Media
    files: ProductionFiles
    clock: Clock
    # Writes `storyboard.lock`.
    save_lock: Callable[[Lock], None]
    # Set by the first Ctrl-C or SIGTERM: nothing new is sent, answers under way are awaited. A cancellation cuts them.
    stop: asyncio.Event = field(default_factory=asyncio.Event)
