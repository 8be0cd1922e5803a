"""Where a lost journal is asked after: every gateway that the storyboard, the lock or the rest of the journal names."""

from dataclasses import replace
from pathlib import Path

import pytest

from runner.api.production import open_production
from runner.api.targets import Target
from runner.api.views import paid_views
from runner.model.ledger import Ledger
from runner.model.lock import Lock
from runner.model.request import Key
from runner.model.resource import MadeResource
from runner.reading.lock_text import write_lock

STORYBOARD = "storyboard: 1\nid: viewed\ntitle: Viewed\nmodel: kling-v3\nshots:\n  - {id: a, prompt: Sea.}\n"
VOICE = MadeResource("voice", Key("a" * 64), "fal", "abcd", "v-1", "job-1", "2026-11-21T08:00:00Z")


@pytest.mark.parametrize(("at_a_double", "asked"), [(False, ["fal"]), (True, [])])
def test_a_gateway_the_lock_knows_by_a_voice_alone_is_one_of_them(
    tmp_path: Path, asked: list[str], *, at_a_double: bool
) -> None:
    (tmp_path / "storyboard.yaml").write_text(STORYBOARD, encoding="utf-8")
    lock = write_lock(Lock("viewed", resources=(replace(VOICE, sandbox=at_a_double),)))
    (tmp_path / "storyboard.lock").write_text(lock, encoding="utf-8")
    target = Target(tmp_path, environment={"FRAMECHAIN_HOME": str(tmp_path / "data")})
    views = paid_views(target, open_production(target), Ledger())
    assert [view.manifest.name for view in views] == asked
