"""Limits and batches of a manifest, as they are written: what is read, and what is told where it stands."""

import pytest
from studio_manifest import changed, interface_of, read_text

from runner.model.interface import Batch
from runner.model.manifest import Manifest

LIMITS = "limits:\n  concurrent: 4\n"
POLL = "poll:\n"


def read_well(text: str) -> Manifest:
    manifest, diagnostics = read_text(text)
    assert diagnostics == ()
    assert manifest is not None
    return manifest


def with_batch(batch: str) -> str:
    return changed((POLL, f"{POLL}  batch: {batch}\n"))


def test_submits_a_minute_and_jobs_of_one_model_are_read() -> None:
    text = changed((LIMITS, f"{LIMITS}  submits_a_minute: 12\n"), ("  loud-2:\n", "  loud-2:\n    concurrent: 3\n"))
    manifest = read_well(text)
    assert (manifest.concurrent, manifest.submits_a_minute) == (4, 12)
    assert manifest.concurrent_by_model == {"loud-2": 3}


def test_what_is_not_said_of_limits_is_not_known() -> None:
    manifest = read_well(changed())
    assert (manifest.submits_a_minute, manifest.concurrent_by_model) == (None, {})
    assert interface_of(manifest).poll.batch is None


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("{most: 20, list: data, job: id}", Batch(20, ",", "data", "id")),
        ('{most: 5, between: ";", list: data.tasks, job: task_id}', Batch(5, ";", "data.tasks", "task_id")),
    ],
)
def test_how_many_jobs_are_asked_about_at_once_is_read(written: str, read: Batch) -> None:
    assert interface_of(read_well(with_batch(written))).poll.batch == read


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (changed((LIMITS, f"{LIMITS}  submits_a_minute: 0\n")), "bad-value"),
        (changed((LIMITS, f"{LIMITS}  submits_a_minute: many\n")), "wrong-type"),
        (changed(("  loud-2:\n", "  loud-2:\n    concurrent: 0\n")), "bad-value"),
        (with_batch("{most: 1, list: data, job: id}"), "bad-value"),
        (with_batch("{most: 20, job: id}"), "missing-field"),
        (with_batch('{most: 20, list: "data[0]", job: id}'), "bad-value"),
        (with_batch("{most: 20, list: data, job: id, at_once: 3}"), "unknown-field"),
        (changed(("find:\n", "find:\n  batch: {most: 20, list: data, job: id}\n")), "unknown-field"),
    ],
)
def test_a_limit_that_cannot_be_is_told(text: str, code: str) -> None:
    manifest, diagnostics = read_text(text)
    assert manifest is None
    assert [found.code for found in diagnostics] == [code]
