"""How a sandbox is to behave: what can be said when it is started."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from runner.sandbox.dialect import Strictness
from runner.sandbox.faults import FaultScript


@dataclass(frozen=True, slots=True)
class SandboxOptions:
    # 0: any free one.
    port: int = 0
    # Seconds until a job has ended.
    latency: float = 0.0
    # `small`: 544x306, encoded once. `animatic`: rendered for each job by the maker that is handed in.
    clips: Literal["small", "animatic"] = "small"
    strictness: Strictness = Strictness.STRICT
    faults: FaultScript | None = None
    # Clips an account may have in the making at a time.
    concurrency: int | None = None
    # What all accounts together may be charged, per currency.
    balance: Decimal | None = None
    # Kling's access keys with their secrets.
    kling_keys: Mapping[str, str] = field(default_factory=lambda: {"sandbox-access": "sandbox-secret"})
    # The status words of MuleRun's pages, or those of MuleRouter's page on tasks.
    mule_words: Literal["pending", "queued"] = "pending"
    # What KKIAI answers is not documented: Kling's envelope, or one of the shapes its sister gateways have.
    kkiai_answers: Literal["native", "flat", "wrapped", "raw"] = "native"
    # Seconds a download link is good for; asking after the job gives a new one. Kling keeps clips for 30 days.
    link_seconds: float = 30 * 24 * 3600.0
