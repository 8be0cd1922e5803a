"""From a canonical request to the call a gateway is sent: its path, its body, and where each value came from."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from runner.core.canonical import Json
from runner.model.interface import HttpCall, Task
from runner.model.manifest import Manifest
from runner.model.request import MakersPart
from runner.planning.body import Account, Builder, Held, Nothing, Supply, Use, View
from runner.planning.tasks import Offer, cast_of, find_offer
from runner.planning.view import attachment, put_into_words, view_of


@dataclass(frozen=True, slots=True)
class WireCall:
    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    # None where none is sent.
    body: Json


@dataclass(frozen=True, slots=True)
class Compiled:
    offer: Offer
    task: Task
    spelling: str
    call: WireCall
    uses: tuple[Use, ...]
    # What conditions were judged by.
    view: View

    @property
    def sent(self) -> frozenset[str]:
        """The fields of the request that some part of the call was made from."""
        return frozenset(use.path[0] for use in self.uses)


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What goes into a call beside the request: nothing here says what is asked for."""

    job_name: str | None = None
    callback: str | None = None
    # Ids of what was made at the gateway, by kind and name.
    made: Mapping[tuple[str, str], str] = field(default_factory=dict)


def compile_request(
    manifest: Manifest,
    canonical: Mapping[str, Json],
    makers: MakersPart,
    supply: Supply,
    circumstances: Circumstances | None = None,
) -> Compiled | None:
    """None where the gateway does not offer the model for a request like this."""
    around = circumstances or Circumstances()
    offer = find_offer(manifest, canonical)
    if offer is None or offer.task is None or manifest.interface is None:
        return None
    task = offer.task
    cast = cast_of(canonical, makers.content, around.made)
    options: Json = makers.content.get("options")
    view: dict[str, Held] = view_of(
        canonical,
        cast,
        {"task": task.name, "options": options, "job_name": around.job_name, "callback": around.callback},
    )
    account = Account()
    spelling = Builder(view, supply, account).text(manifest.interface.spellings[str(canonical["model"])][task.name])
    view = put_into_words({**view, "spelling": spelling}, canonical, cast, task.mentions, supply)
    call = build_call(task.submit, Builder(view, supply, account))
    return Compiled(offer, task, spelling, call, tuple(account.uses), view)


@dataclass(frozen=True, slots=True)
class CompiledResource:
    request: str | None
    call: WireCall


def compile_resource(
    manifest: Manifest, canonical: Mapping[str, Json], makers: MakersPart, supply: Supply, job_name: str
) -> CompiledResource | None:
    """None where the gateway makes no such thing."""
    resource = None if manifest.interface is None else manifest.interface.resources.get(str(canonical.get("kind")))
    if resource is None:
        return None
    label = str(makers.content.get("label", ""))
    references = canonical.get("references")
    view: dict[str, Held] = {
        "label": label,
        "description": str(makers.content.get("description", "")),
        "job_name": job_name,
        "references": [attachment(label, one) for one in references] if isinstance(references, list) else [],
    }
    for name in ("sample", "frontal"):
        if name in canonical:
            view[name] = attachment(label, canonical[name])
    return CompiledResource(resource.request, build_call(resource.submit, Builder(view, supply)))


def build_call(call: HttpCall, builder: Builder, for_path: Builder | None = None) -> WireCall:
    """`for_path`: where names stand in an address otherwise than in a query or a body."""
    body = None if call.body is None else builder.build(call.body)
    query = {name: builder.build(spec) for name, spec in call.query.items()}
    path = (for_path or builder).text(call.path)
    return WireCall(
        method=call.method,
        # It stands behind the host in an address, and must not become a part of it: not `@` or `.` and another one.
        path=path if path.startswith("/") else f"/{path}",
        query={name: _as_text(value) for name, value in query.items() if not isinstance(value, Nothing)},
        headers=call.headers,
        body=None if isinstance(body, Nothing) else body,
    )


def _as_text(value: Json) -> str:
    return value if isinstance(value, str) else str(value)
