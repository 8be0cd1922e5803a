"""Opens the gateway a run talks to: keys found, endpoint settled, hosts of strangers agreed to."""

import os

from runner.adapters import credentials, package_data
from runner.adapters.animatic.gateway import AnimaticGateway
from runner.adapters.durable import make_folder, write_durably
from runner.adapters.http.client import Client
from runner.adapters.http.gateway import Account, HttpGateway
from runner.adapters.secrets import KeyFinder, KeyUnusable, Secret
from runner.adapters.store import data_home
from runner.api.endpoints import Endpoint
from runner.api.manifests import is_built_in, key_names, own_key
from runner.api.plans import Planned
from runner.api.production import Production
from runner.core.diagnostic import Diagnostic, Severity
from runner.core.errors import Invalid, Refused
from runner.model.gateway import Gateway
from runner.model.interface import Authentication, Bearer, HeaderKey, Interface, QueryKey, SignedToken
from runner.model.outside import FileTrouble

# A double needs no key that is worth anything.
_KEY_FOR_A_DOUBLE = "framechain-sandbox-key"
_ALLOWED_FILE = "allowed-hosts"


def open_gateway(planned: Planned) -> Gateway:
    production = planned.production
    interface, endpoint = production.manifest.interface, production.endpoint
    if interface is not None and endpoint is not None:
        return HttpGateway(
            production.manifest,
            interface,
            endpoint.url,
            endpoint.is_sandbox,
            _find_account(production, interface, endpoint),
            Client(),
            package_data.body_schema,
        )
    if production.manifest.name == "animatic":
        gateway = AnimaticGateway(production.home / "animatic")
        gateway.sweep({attempt.intent.name for attempt in planned.inputs.ledger.open_attempts})
        return gateway
    message = f"`{production.manifest.name}` has a manifest, but no interface that a run could talk to"
    hint = "`framechain run --provider animatic` makes a free sketch"
    place = production.storyboard.provider.place
    raise Invalid(Diagnostic("provider-not-runnable", Severity.ERROR, message, place, hint))


def known_account(production: Production) -> str | None:
    """Whose key would be used, where voices or elements hang on it; None where there is none that can be."""
    interface, endpoint = production.manifest.interface, production.endpoint
    if interface is None or endpoint is None or not interface.resources:
        return None
    try:
        return credentials.fingerprint(_find_account(production, interface, endpoint).credential)
    except Invalid:
        return None


def check_host(production: Production, allowed: tuple[str, ...]) -> None:
    """A host that comes from a production is agreed to once, by its name. Refused until it is."""
    endpoint = production.endpoint
    if endpoint is None or endpoint.is_overridden or is_built_in(production.manifest.name):
        return
    host = endpoint.url.partition("://")[2]
    file = data_home(production.target.environment) / _ALLOWED_FILE
    known = set(file.read_text("utf-8").split()) if file.is_file() else set()
    # With the provider's name, since on it hangs which key is sent there.
    agreed = f"{production.storyboard.id}/{production.manifest.name}={host}"
    if agreed in known:
        return
    if host not in allowed:
        key = own_key(production.manifest.name)
        message = (
            f"`gateways/{production.manifest.name}.yaml` sends `{key}` to `{host}`, and nobody has agreed to that yet"
        )
        hint = f"`--allow-host {host}` agrees, once for this production"
        raise Refused(Diagnostic("host-not-allowed", Severity.ERROR, message, None, hint))
    make_folder(file.parent)
    text = "\n".join(sorted({*known, agreed})) + "\n"
    write_durably(file, text.encode(), file.with_name(f"{_ALLOWED_FILE}.{os.getpid()}"))


def _find_account(production: Production, interface: Interface, endpoint: Endpoint) -> Account:
    finder = KeyFinder(production.target.environment, production.folder)
    try:
        for way in interface.keys:
            secrets = tuple(finder.find(name) for name in key_names(way))
            if all(secret is not None for secret in secrets):
                known = tuple(secret for secret in secrets if secret is not None)
                return Account(_credential(way, known), known)
    except KeyUnusable as trouble:
        raise Invalid(Diagnostic(trouble.code, Severity.ERROR, trouble.message, None, trouble.hint)) from None
    except FileTrouble as trouble:
        raise Invalid(Diagnostic(trouble.code, Severity.ERROR, trouble.message, None, trouble.hint)) from None
    if endpoint.is_sandbox:
        secret = Secret(_KEY_FOR_A_DOUBLE)
        way = next((one for one in interface.keys if not isinstance(one, SignedToken)), Bearer(""))
        return Account(_credential(way, (secret,)), (secret,))
    raise Invalid(_no_key(production, interface))


def _credential(way: Authentication, secrets: tuple[Secret, ...]) -> credentials.Credential:
    match way:
        case Bearer():
            return credentials.Bearer(secrets[0])
        case HeaderKey():
            return credentials.HeaderKey(way.name, way.prefix, secrets[0])
        case QueryKey():
            return credentials.QueryKey(way.name, secrets[0])
        case SignedToken():
            return credentials.SignedToken(secrets[0], secrets[1])


def _no_key(production: Production, interface: Interface) -> Diagnostic:
    ways = [" with ".join(f"`{name}`" for name in key_names(way)) for way in interface.keys]
    message = f"there is no key for {production.manifest.title}: {', or '.join(ways)} is not set"
    hint = "set it in the environment, or write it into `.env` beside the storyboard (and keep that out of git)"
    return Diagnostic("key-missing", Severity.ERROR, message, None, hint)
