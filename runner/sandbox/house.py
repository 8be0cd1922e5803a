"""Where the gateways' calls are answered: keys, jobs, names, limits and charges; the words are the dialects'.

Runs on one event loop and never waits. What a fault does to an answer on its way out is the business of `server`.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from runner.sandbox.clips import Clip, ClipShelf
from runner.sandbox.dialect import (
    Call,
    Dialect,
    FailureKind,
    Job,
    OperationKind,
    Phase,
    RefusalKind,
    RefusesNamesTwice,
    Reply,
    SharesJobs,
    TellsAccounts,
    Wanted,
)
from runner.sandbox.faults import Fault, FaultPlayer, FaultScript, Moment, Word
from runner.sandbox.jobs import Entry, new_id, words_in
from runner.sandbox.links import Links
from runner.sandbox.misbehaving import AFTER, BEFORE, FAILURES, INSTEAD, ODD_WORD
from runner.sandbox.options import SandboxOptions
from runner.sandbox.till import Charge, Till, digest_body, fingerprint, show_headers

_ASKING: Final = frozenset({OperationKind.POLL, OperationKind.RESULT, OperationKind.FIND, OperationKind.LIST})


@dataclass(slots=True)
class House:
    options: SandboxOptions
    shelf: ClipShelf
    now: Callable[[], float]
    # Told of each job with a callback URL.
    on_taken: Callable[[Dialect, Entry], None]
    till: Till = field(init=False)
    links: Links = field(init=False)
    _faults: FaultPlayer = field(init=False)
    _jobs: dict[str, Entry] = field(init=False)

    def __post_init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self.till = Till()
        self.links = Links(self.options.link_seconds)
        self._faults = FaultPlayer(self.options.faults or FaultScript())
        self._jobs = {}

    @property
    def listens(self) -> bool:
        """True where faults depend on what a request says."""
        return self._faults.listens

    def next_fault(self, dialect: Dialect, call: Call) -> Fault | None:
        moment = self._moment_of(dialect, call)
        if moment is None:
            return None
        words = self._words_of(dialect, call) if self.listens else ""
        return self._counted(moment, dialect.name, call.operation.name, words)

    def next_download_fault(self, gateway: str, job: str) -> Fault | None:
        entry = self._jobs.get(job)
        return self._counted(Moment.DOWNLOAD, gateway, "", "" if entry is None else entry.words)

    def _words_of(self, dialect: Dialect, call: Call) -> str:
        """Of the request itself, or of that which made the jobs it asks about."""
        if call.operation.kind is OperationKind.CREATE:
            return words_in(call.body)
        return "\n".join(entry.words for entry in self._named(dialect, call))

    def _counted(self, moment: Moment, gateway: str, operation: str, words: str) -> Fault | None:
        fault = self._faults.next_fault(moment, gateway, operation, words)
        self.till.faults += fault is not None
        return fault

    def answer(self, dialect: Dialect, call: Call, fault: Fault | None) -> Reply:
        kind = call.operation.kind
        word = None if fault is None else fault.word
        # First of all, since some dialects see here where they are.
        refusal = dialect.authorize(call, self.now())
        if fault is not None and word is Word.ERROR:
            return dialect.answer_error(fault.error)
        if word is not None and word in BEFORE:
            wait = {"Retry-After": f"{fault.wait:g}"} if fault is not None and word is Word.TOO_FAST_WAIT else {}
            reply = dialect.refuse(BEFORE[word])
            return replace(reply, headers={**reply.headers, **wait})
        if refusal is not None:
            return refusal
        if kind is OperationKind.CREATE:
            return self._create(dialect, call, word)
        if kind in _ASKING:
            return dialect.show(call, self._show(dialect, call, word))
        return self._answer_other(dialect, call)

    def note_request(self, dialect: Dialect, call: Call, how: str, reply: Reply | None) -> None:
        self.till.requests.append(
            {
                "gateway": dialect.name,
                "operation": call.operation.name,
                "path": call.operation.path.format(**call.places),
                "query": dict(call.query),
                "headers": show_headers(call.headers),
                "key": fingerprint(_account(dialect, call)),
                "body": call.body,
                "fault": how or None,
                "answer": None if reply is None else {"status": reply.status, "body": reply.body},
            }
        )

    def find_clip(self, job: str) -> Clip | None:
        entry = self._jobs.get(job)
        return None if entry is None else entry.finished_clip()

    def show_entry(self, entry: Entry, origin: str, word: Word | None = None) -> Job:
        odd_word = ODD_WORD if word is Word.ODD_WORD else None
        url = self.links.make(origin, entry.gateway, entry.id, self.now()) if entry.clip is not None else None
        length = self.shelf.length_of(entry.wanted) if entry.clip is not None else None
        return entry.shown(self.now(), url, length, odd_word)

    # --- creating ----------------------------------------------------------------------------------------------------

    def _create(self, dialect: Dialect, call: Call, word: Word | None) -> Reply:
        reading = dialect.read(call, self.options.strictness)
        if isinstance(reading, Reply):
            return reading
        account = _account(dialect, call)
        refusal = self._refuse_taking(dialect, reading, account)
        if refusal is not None:
            return refusal
        if word is not None and word in INSTEAD:
            return dialect.refuse(INSTEAD[word])
        if word is Word.CUT_AFTER_READING:
            # Nobody sees this answer.
            return dialect.refuse(RefusalKind.SERVER_ERROR)
        entry = self._take(dialect, call, reading, account, word)
        if word is not None and word in AFTER:
            return dialect.refuse(AFTER[word])
        # What has just been taken is never further than that.
        return dialect.accept(call, replace(self.show_entry(entry, call.origin, word), phase=Phase.SUBMITTED, url=None))

    def _refuse_taking(self, dialect: Dialect, wanted: Wanted, account: str) -> Reply | None:
        mine = self._jobs_of(dialect, account)
        name = wanted.external_id
        if name and isinstance(dialect, RefusesNamesTwice) and any(job.wanted.external_id == name for job in mine):
            return dialect.refuse(RefusalKind.NAME_TAKEN, name)
        for used in wanted.uses:
            if any(job.product_id == used and job.deleted is not None for job in mine):
                return dialect.refuse(RefusalKind.PRODUCT_GONE, used)
        limit = self.options.concurrency
        if limit is not None and wanted.product == "video" and self._in_flight(mine) >= limit:
            return dialect.refuse(RefusalKind.TOO_MANY)
        if self.options.balance is not None and not self.till.can_pay(self.options.balance, wanted):
            return dialect.refuse(RefusalKind.NO_BALANCE)
        return None

    def _take(self, dialect: Dialect, call: Call, wanted: Wanted, account: str, word: Word | None) -> Entry:
        entry = Entry(
            id=new_id(dialect),
            gateway=dialect.name,
            account=f"{_house(dialect)} {account}",
            operation=call.operation,
            wanted=wanted,
            origin=call.origin,
            created=self.now(),
            latency=self.options.latency,
            failure=None if word is None else FAILURES.get(word),
            is_stuck=word is Word.STUCK,
            words=words_in(call.body),
        )
        self._jobs[entry.id] = entry
        path = call.operation.path.format(**call.places)
        end = "nothing" if entry.is_stuck else "clip" if entry.failure is None else "failure"
        body, key = digest_body(call.body), fingerprint(account)
        charge = Charge(dialect.name, path, entry.id, body, wanted, key, call.wire, end)
        self.till.charges.append(charge)
        if wanted.product == "video" and entry.failure is None and not entry.is_stuck:
            entry.clip = self.shelf.order(wanted)
            entry.clip.add_done_callback(lambda done: self._note_clip(entry, done))
        in_flight = self._in_flight(self._jobs_of(dialect, account))
        self.till.most_in_flight = max(self.till.most_in_flight, in_flight)
        if wanted.callback_url:
            self.on_taken(dialect, entry)
        return entry

    def _note_clip(self, entry: Entry, done: "Future[Path]") -> None:
        """In the thread that made it, or at once when it was there."""
        entry.clip_done = self.now()
        if done.cancelled():
            return
        trouble = done.exception()
        if trouble is not None:
            entry.failure = FailureKind.UPSTREAM
            self.till.troubles.append(f"clip of {entry.id}: {type(trouble).__name__}: {trouble}")

    # --- asking ------------------------------------------------------------------------------------------------------

    def _moment_of(self, dialect: Dialect, call: Call) -> Moment | None:
        match call.operation.kind:
            case OperationKind.CREATE:
                return Moment.CREATE
            case OperationKind.RESULT:
                return Moment.RESULT
            case OperationKind.FIND | OperationKind.LIST:
                return Moment.FIND
            case OperationKind.POLL:
                ids, names = dialect.job_ids(call)
                return Moment.FIND if names and not any(one in self._jobs for one in ids) else Moment.POLL
            case _:
                return None

    def count(self, dialect: Dialect, call: Call) -> None:
        moment = self._moment_of(dialect, call)
        self.till.submits += moment is Moment.CREATE
        self.till.polls += moment in {Moment.POLL, Moment.RESULT}
        self.till.finds += moment is Moment.FIND

    def _show(self, dialect: Dialect, call: Call, word: Word | None) -> list[Job]:
        if call.operation.kind is OperationKind.LIST:
            found = list(reversed(self._jobs_of(dialect, _account(dialect, call))))
        else:
            found = self._named(dialect, call)
        return [self.show_entry(entry, call.origin, word) for entry in found]

    def _answer_other(self, dialect: Dialect, call: Call) -> Reply:
        kind = call.operation.kind
        if kind is OperationKind.OTHER:
            return dialect.answer_other(call, [])
        entries = self._named(dialect, call)
        if kind is OperationKind.DELETE:
            for entry in entries:
                if entry.deleted is not None:
                    return dialect.refuse(RefusalKind.PRODUCT_GONE, entry.product_id)
                entry.deleted = self.now()
        reply = dialect.answer_other(call, [self.show_entry(entry, call.origin) for entry in entries])
        if kind is OperationKind.CANCEL:
            for entry in entries:
                # What has ended stays as it is.
                if entry.is_running(self.now()):
                    entry.deleted = self.now()
        return reply

    def _named(self, dialect: Dialect, call: Call) -> list[Entry]:
        """Those the call names, in its order: by id of job or product first, else by our name."""
        mine = self._jobs_of(dialect, _account(dialect, call))
        ids, names = dialect.job_ids(call)
        by_id = {entry.product_id: entry for entry in mine} | {entry.id: entry for entry in mine}
        found = [by_id[one] for one in ids if one in by_id]
        by_name = {entry.wanted.external_id: entry for entry in reversed(mine) if entry.wanted.external_id}
        found += [by_name[name] for name in names if name in by_name]
        return list({entry.id: entry for entry in found}.values())

    def _jobs_of(self, dialect: Dialect, account: str) -> list[Entry]:
        """Oldest first."""
        owner = f"{_house(dialect)} {account}"
        return [entry for entry in self._jobs.values() if entry.account == owner]

    def _in_flight(self, entries: Sequence[Entry]) -> int:
        now = self.now()
        return sum(entry.wanted.product == "video" and entry.is_running(now) for entry in entries)


def _account(dialect: Dialect, call: Call) -> str:
    if isinstance(dialect, TellsAccounts):
        return dialect.account_of(call)
    return call.headers.get("x-api-key") or call.headers.get("authorization", "").partition(" ")[2]


def _house(dialect: Dialect) -> str:
    return dialect.house if isinstance(dialect, SharesJobs) else dialect.name
