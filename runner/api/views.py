"""Where a production may have sent something that costs: under each of its profiles, at each gateway it has used."""

from collections.abc import Iterator
from dataclasses import replace

from runner.api.production import Production, open_production
from runner.api.targets import Target
from runner.core.errors import Invalid
from runner.model.ledger import Ledger
from runner.model.manifest import Guard
from runner.planning.lost_attempts import can_look_up
from runner.planning.trust import effective_guard


def paid_views(target: Target, production: Production, ledger: Ledger) -> Iterator[Production]:
    """The production under each profile at each gateway that costs; those that can be asked come first."""
    views: dict[tuple[str | None, str], Production] = {}
    for profile in (None, *production.storyboard.profiles):
        main = _open(target, profile, target.provider)
        names = [] if main is None else [main.manifest.name]
        for name in dict.fromkeys([*names, *_gateways_used(production, ledger)]):
            view = _open(target, profile, name)
            if view is not None and (name in names or _was_used(view, ledger)):
                views.setdefault((profile, name), view)
    yield from sorted(views.values(), key=lambda view: not can_look_up(guard_of(view)))


def _open(target: Target, profile: str | None, provider: str | None) -> Production | None:
    """None where nothing can be sent there as it is written now, or it costs nothing."""
    endpoints = {name: url for name, url in target.endpoints.items() if provider is None or name == provider}
    try:
        production = open_production(replace(target, profile=profile, provider=provider, endpoints=endpoints))
    except Invalid:
        return None
    return None if production.manifest.free or production.manifest.interface is None else production


def _gateways_used(production: Production, ledger: Ledger) -> list[str]:
    return sorted({name for name, _ in _uses(production, ledger) if name is not None})


def _was_used(view: Production, ledger: Ledger) -> bool:
    """A real gateway is not asked after what was made at a double."""
    name, is_double = view.manifest.name, view.endpoint is not None and view.endpoint.is_sandbox
    return (name, is_double) in _uses(view, ledger)


def _uses(production: Production, ledger: Ledger) -> set[tuple[str | None, bool]]:
    """By gateway, and whether that was a double."""
    lock = production.lock
    made = {(take.gateway, take.sandbox) for take in lock.all_takes()}
    made |= {(one.gateway, one.sandbox) for one in lock.resources}
    return made | {(one.intent.gateway, one.intent.sandbox) for one in ledger.attempts.values()}


def guard_of(view: Production) -> Guard:
    return effective_guard(view.manifest, view.storyboard)
