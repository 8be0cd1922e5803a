"""How a gateway is spoken to, from a manifest's nodes: calls, answers, keys, rules and resources.

The schema has checked the shape; what is left to tell here is names that are not there and keys that may not be read.
"""

from collections.abc import Iterator
from typing import Final, Literal

from runner.core.diagnostic import Findings
from runner.core.node import Mapping, Node, plain
from runner.model.gateway import FailureClass
from runner.model.interface import (
    AnswerRule,
    AnswerTest,
    Authentication,
    Batch,
    Bearer,
    ChargeAt,
    HeaderKey,
    HttpCall,
    Interface,
    Mentions,
    OptionRule,
    QueryKey,
    Question,
    Reserved,
    ResourceCall,
    Rule,
    SignedToken,
    Task,
    Verdict,
)
from runner.model.mapping import Spec, Value, Way
from runner.model.money import parse_money
from runner.reading.mapping import JOB_NAMES, RESOURCE_NAMES, SHOT_NAMES, MappingReader, values_of
from runner.reading.node_values import items_in, mapping_in, text_in, texts_in, whole_in, yes_or_no_in

_SUCCESS: Final = ((200, 299),)
_NO_QUESTION: Final = Question(HttpCall("GET", Value("")), ())
_METHODS: Final[dict[str, Literal["GET", "POST", "PUT", "DELETE"]]] = {
    "GET": "GET",
    "POST": "POST",
    "PUT": "PUT",
    "DELETE": "DELETE",
}


def read_interface(fields: Mapping, findings: Findings) -> Interface | None:
    """None for a provider without one: it makes its clips on this machine."""
    host = text_in(fields.get("host"))
    if host is None:
        return None
    reader = _InterfaceReader(fields, findings)
    return Interface(
        host=host,
        keys=reader.keys(),
        tasks={name: reader.task(name, task) for name, task in reader.members("tasks")},
        spellings=reader.spellings(),
        answers=reader.answers(fields.get("answers")),
        poll=reader.question(fields.get("poll")) or _NO_QUESTION,
        result=reader.question(fields.get("result")),
        find=reader.question(fields.get("find")),
        rules=tuple(reader.rule(rule) for item in items_in(fields.get("rules")) if (rule := mapping_in(item))),
        reserved=tuple(reader.reserved(one) for item in items_in(fields.get("reserved")) if (one := mapping_in(item))),
        resources={name: reader.resource(name, call) for name, call in reader.members("resources")},
        takes_callback=yes_or_no_in(fields.get("callback")) or False,
    )


class _InterfaceReader:
    def __init__(self, fields: Mapping, findings: Findings) -> None:
        self._fields = fields
        self._findings = findings
        self._shot = MappingReader(SHOT_NAMES, findings)
        self._job = MappingReader(JOB_NAMES, findings)
        self._resource = MappingReader(RESOURCE_NAMES, findings)
        self._errors = mapping_in(fields.get("errors"))

    def members(self, name: str) -> Iterator[tuple[str, Mapping]]:
        fields = mapping_in(self._fields.get(name))
        for member, node in () if fields is None else fields.items():
            if isinstance(node, Mapping):
                yield member, node

    def keys(self) -> tuple[Authentication, ...]:
        return tuple(
            _authentication(one) for item in items_in(self._fields.get("keys")) if (one := mapping_in(item)) is not None
        )

    def task(self, name: str, fields: Mapping) -> Task:
        options = mapping_in(fields.get("options"))
        mentions = mapping_in(fields.get("mentions")) or mapping_in(self._fields.get("mentions"))
        return Task(
            name=name,
            title=text_in(fields.get("title")) or name,
            when=self._shot.condition(fields.get("when")),
            submit=self._call(fields.get("submit"), self._shot, "POST"),
            mentions=self._mentions(mentions),
            request=text_in(fields.get("request")),
            satisfied=self._shot.condition(fields.get("satisfied")),
            options={} if options is None else {key: _option(node) for key, node in options.items()},
            is_proven=not yes_or_no_in(fields.get("unproven")),
            note=text_in(fields.get("note")),
        )

    def spellings(self) -> dict[str, dict[str, Spec]]:
        known = {name for name, _ in self.members("tasks")}
        spelled: dict[str, dict[str, Spec]] = {}
        for model, fields in self.members("models"):
            tasks = mapping_in(fields.get("tasks"))
            spelled[model] = {}
            for name, node in () if tasks is None else tasks.items():
                if tasks is not None and name not in known:
                    hint = "describe it under `tasks`"
                    self._findings.error(
                        "bad-value", f"`{name}` is not a task of this manifest", tasks.key_place(name), hint
                    )
                spelling = node.get("spelling") if isinstance(node, Mapping) else None
                spelled[model][name] = self._shot.spec(spelling) if spelling is not None else _as_named(model)
        return spelled

    def question(self, node: Node | None, reader: MappingReader | None = None) -> Question | None:
        fields = mapping_in(node)
        if fields is None:
            return None
        call = self._call(fields, reader or self._job)
        return Question(
            call=call,
            answers=self.answers(fields.get("answers")),
            batch=_batch(mapping_in(fields.get("batch"))),
            id=text_in(fields.get("id")),
        )

    def answers(self, node: Node | None) -> tuple[AnswerRule, ...]:
        return tuple(self._answer(fields) for item in items_in(node) if (fields := mapping_in(item)) is not None)

    def rule(self, fields: Mapping) -> Rule:
        warns = text_in(fields.get("warn"))
        at = fields.get("at")
        if at is not None:
            self._shot.check_name(text_in(at) or "", at.place)
        return Rule(
            when=self._shot.condition(fields.get("when")),
            says=warns or text_in(fields.get("refuse")) or "",
            at=text_in(at) or "",
            hint=text_in(fields.get("hint")) or "",
            code=text_in(fields.get("code")) or ("field-not-supported" if warns is None else "combination-disputed"),
            is_warning=warns is not None,
        )

    def reserved(self, fields: Mapping) -> Reserved:
        words = tuple(text for text in values_of(fields.get("words")) if isinstance(text, str))
        return Reserved(words, self._shot.condition(fields.get("when")), text_in(fields.get("hint")))

    def resource(self, name: str, fields: Mapping) -> ResourceCall:
        price = text_in(fields.get("price"))
        money = None if price is None else parse_money(price)
        return ResourceCall(
            kind="voice" if name == "voice" else "element",
            submit=self._call(fields.get("submit"), self._resource, "POST"),
            answers=self.answers(fields.get("answers")),
            poll=self.question(fields.get("poll"), self._resource) or _NO_QUESTION,
            find=self.question(fields.get("find"), self._resource),
            remove=self.question(fields.get("remove"), self._resource),
            check=self.question(fields.get("check"), self._resource),
            request=text_in(fields.get("request")),
            price=None if money is None else money.amount,
            currency="USD" if money is None else money.currency,
            ways=tuple(Way(way) for way in values_of(fields.get("ways")) if isinstance(way, str)),
            seconds=_span(mapping_in(fields.get("seconds"))),
        )

    def _mentions(self, fields: Mapping | None) -> Mentions:
        specs = {} if fields is None else self._shot.members(fields)
        return Mentions(specs.get("element"), specs.get("voice"))

    def _call(self, node: Node | None, reader: MappingReader, usual: Literal["GET", "POST"] = "GET") -> HttpCall:
        fields = mapping_in(node)
        if fields is None:
            return _NO_QUESTION.call
        path, body = fields.get("path"), fields.get("body")
        return HttpCall(
            method=_METHODS[text_in(fields.get("method")) or usual],
            path=_NO_QUESTION.call.path if path is None else reader.spec(path),
            query=reader.members(fields.get("query")),
            headers=texts_in(fields.get("headers")),
            body=None if body is None else reader.spec(body),
        )

    def _answer(self, fields: Mapping) -> AnswerRule:
        verdict = Verdict(text_in(fields.get("is")) or "")
        kind = text_in(fields.get("kind"))
        result = mapping_in(fields.get("result"))
        tells = verdict in {Verdict.REJECTED, Verdict.FAILED}
        message = fields.get("message") or (self._errors.get("message") if tells and self._errors else None)
        code = text_in(fields.get("code")) or (text_in(self._errors.get("code")) if tells and self._errors else None)
        return AnswerRule(
            verdict=verdict,
            http=tuple(_statuses(fields.get("http"))) or _SUCCESS,
            where=tuple(_answer_tests(fields.get("where"))),
            job=text_in(fields.get("job")),
            kind=None if kind is None else FailureClass(kind),
            message=tuple(text for text in values_of(message) if isinstance(text, str)),
            code=code,
            input=text_in(fields.get("input")),
            result={} if result is None else texts_in(result),
            charge=_charge(mapping_in(fields.get("charge"))),
            charged=yes_or_no_in(fields.get("charged")),
        )


def _as_named(model: str) -> Spec:
    return Value(model)


def _authentication(fields: Mapping) -> Authentication:
    texts = texts_in(fields)
    match texts.get("kind"):
        case "header":
            return HeaderKey(texts.get("header", "Authorization"), texts.get("prefix", ""), texts.get("key", ""))
        case "query":
            return QueryKey(texts.get("parameter", "key"), texts.get("key", ""))
        case "token":
            return SignedToken(texts.get("access", ""), texts.get("secret", ""))
        case _:
            return Bearer(texts.get("key", ""))


def _span(fields: Mapping | None) -> tuple[int, int] | None:
    return None if fields is None else (whole_in(fields.get("from")) or 0, whole_in(fields.get("to")) or 0)


def _batch(fields: Mapping | None) -> Batch | None:
    if fields is None:
        return None
    texts = texts_in(fields)
    most = whole_in(fields.get("most")) or 1
    return Batch(most, texts.get("between", ","), texts.get("list", ""), texts.get("job", ""))


def _option(node: Node) -> OptionRule:
    schema = plain(node)
    return OptionRule(schema if isinstance(schema, dict) else {})


def _statuses(node: Node | None) -> Iterator[tuple[int, int]]:
    """`429`, `4xx`, or a list of such."""
    for value in values_of(node):
        if isinstance(value, int):
            yield value, value
        elif isinstance(value, str):
            first = int(value[0]) * 100
            yield first, first + 99


def _answer_tests(node: Node | None) -> Iterator[AnswerTest]:
    fields = mapping_in(node)
    for at, test in () if fields is None else fields.items():
        contains = mapping_in(test)
        if contains is not None:
            words = tuple(text for text in values_of(contains.get("contains")) if isinstance(text, str))
            yield AnswerTest(at, contains=words)
        elif text_in(test) in {"present", "absent"}:
            yield AnswerTest(at, is_present=text_in(test) == "present")
        else:
            yield AnswerTest(at, values=values_of(test))


def _charge(fields: Mapping | None) -> ChargeAt | None:
    if fields is None:
        return None
    unit = parse_money(text_in(fields.get("unit")) or "1 USD")
    return ChargeAt(text_in(fields.get("at")) or "", unit.amount, unit.currency)
