"""What `providers`, `check --provider all` and `compile` print with `--json`; their schemas say what is promised.

As everywhere: money is a decimal in a string, and a value that is not known is null, never left out.
"""

from collections.abc import Iterable, Mapping

from runner.core.canonical import Json
from runner.model.interface import Authentication, Rule, SignedToken
from runner.model.manifest import Manifest
from runner.model.money import Price, plain_amount
from runner.model.portability import Portability
from runner.model.storyboard import PriceRow
from runner.planning.compiling import WireCall
from runner.planning.offering import FEATURES, Offering, Provider
from runner.planning.origins import MadeFirst, Origin, Outline, Unsent
from runner.showing.json_forms import diagnostic_form, place_form
from runner.showing.provider_text import say_condition


def providers_to_json(providers: Iterable[Provider]) -> dict[str, Json]:
    return {"providers": [_provider(one) for one in providers]}


def portability_to_json(found: Portability) -> dict[str, Json]:
    """The form of a plain check, with what is wrong at one provider alone beside what is wrong everywhere."""
    return {
        "diagnostics": [diagnostic_form(one) for one in found.diagnostics],
        "providers": [
            {
                "name": verdict.name,
                "title": verdict.title,
                "runs": verdict.runs and found.runs_somewhere,
                "diagnostics": [diagnostic_form(one) for one in verdict.diagnostics],
            }
            for verdict in found.providers
        ],
    }


def compiled_to_json(
    shot: str,
    provider: str,
    outline: Outline | None,
    url: str,
    headers: Mapping[str, str],
    made_first: Iterable[tuple[MadeFirst, str, Mapping[str, str]]] = (),
) -> dict[str, Json]:
    told: dict[str, Json] = {"shot": shot, "provider": provider}
    if outline is None:
        nothing: dict[str, Json] = {"origins": [], "left_out": [], "satisfied": [], "made_first": []}
        return {**told, "task": None, "proven": None, "request": None, **nothing}
    return {
        **told,
        "task": outline.task,
        "proven": outline.is_proven,
        "request": _request(outline.call, url, headers),
        "origins": [_origin(one) for one in outline.origins],
        "left_out": [_unsent(one) for one in outline.left_out],
        "satisfied": [_unsent(one) for one in outline.satisfied],
        "made_first": [
            {
                "kind": one.kind,
                "name": one.name,
                "price": None if one.price is None else _price(one.price),
                "request": _request(one.call, address, names),
                **place_form(one.place),
            }
            for one, address, names in made_first
        ],
    }


def _request(call: WireCall, url: str, headers: Mapping[str, str]) -> dict[str, Json]:
    return {"method": call.method, "url": url, "headers": dict(headers), "body": call.body}


def _origin(origin: Origin) -> dict[str, Json]:
    return {
        "pointer": origin.pointer,
        "field": origin.field or None,
        "layer": origin.layer,
        **place_form(origin.place),
    }


def _unsent(unsent: Unsent) -> dict[str, Json]:
    told: dict[str, Json] = {"field": unsent.field, "value": unsent.value, "why": unsent.why, "layer": unsent.layer}
    return {**told, **place_form(unsent.place)}


def _provider(provider: Provider) -> dict[str, Json]:
    manifest = provider.manifest
    interface = manifest.interface
    pictures, guard = manifest.pictures, manifest.guard
    return {
        "name": manifest.name,
        "title": manifest.title,
        "medium": manifest.medium,
        "own": provider.is_own,
        "free": manifest.free,
        "host": None if interface is None else interface.host,
        "keys": [] if interface is None else [list(_key_names(way)) for way in interface.keys],
        "concurrent": manifest.concurrent,
        "guard": {"named": guard.named.value, "found": guard.found.value, "refused": guard.refused.value},
        "callback": interface is not None and interface.takes_callback,
        "pictures": {
            "formats": list(pictures.formats),
            "shortest_side": pictures.shortest_side,
            "widest_ratio": pictures.widest_ratio,
            "bytes": pictures.bytes,
        },
        "offers": [_offering(one) for one in provider.offerings],
        "rules": [] if interface is None else [_rule(rule) for rule in interface.rules],
        "made_there": {} if interface is None else _made_there(manifest),
        "prices": _prices(manifest),
        "notes": list(manifest.notes),
    }


def _key_names(way: Authentication) -> tuple[str, ...]:
    return (way.access, way.secret) if isinstance(way, SignedToken) else (way.key,)


def _offering(offering: Offering) -> dict[str, Json]:
    limits = offering.limits
    return {
        "model": offering.model,
        "task": offering.task,
        "title": offering.title,
        "proven": offering.is_proven,
        "note": offering.note,
        "modes": list(limits.modes),
        "durations": list(limits.durations),
        "sound": limits.has_sound,
        "sound_is_chosen": offering.sound_is_chosen,
        "carries": {name: name in offering.carries for name in FEATURES},
        "voices": limits.voices if "voices" in offering.carries else 0,
        "elements": limits.elements if "elements" in offering.carries else 0,
        "references": limits.references,
        "masks": limits.masks if "masks" in offering.carries else 0,
        "beats": limits.beats if "beats" in offering.carries else 0,
        "beat_characters": limits.beat_characters,
        "prompt_characters": limits.prompt_characters,
        "prices_per_second": [_price(price) for price in offering.prices],
    }


def _rule(rule: Rule) -> dict[str, Json]:
    return {
        "severity": "warning" if rule.is_warning else "error",
        "when": say_condition(rule.when),
        "says": rule.says,
        "at": rule.at,
        "hint": rule.hint,
        "code": rule.code,
    }


def _made_there(manifest: Manifest) -> dict[str, Json]:
    resources = {} if manifest.interface is None else manifest.interface.resources
    return {
        name: {
            "price": None if call.price is None else {"amount": plain_amount(call.price), "currency": call.currency},
            "ways": [way.value for way in call.ways],
        }
        for name, call in resources.items()
    }


def _prices(manifest: Manifest) -> dict[str, Json] | None:
    if not manifest.prices:
        return None
    models: dict[str, Json] = {model: [_price_row(row) for row in rows] for model, rows in manifest.prices.items()}
    return {"date": manifest.prices_date, "models": models}


def _price_row(row: PriceRow) -> dict[str, Json]:
    return {
        "amount": plain_amount(row.amount),
        "currency": row.currency,
        "per": row.per,
        "mode": row.mode,
        "sound": row.sound,
        "duration": row.duration,
        "voices": row.voices,
    }


def _price(price: Price) -> dict[str, Json]:
    return {"low": plain_amount(price.low), "high": plain_amount(price.high), "currency": price.currency}
