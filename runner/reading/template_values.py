"""Works out the expressions of a template: every node, item and character is charged before it is made."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

from jinja2 import nodes

from runner.reading.prompts import Marks
from runner.reading.suggestions import Suggestions
from runner.reading.template_faults import DEPTH, LIST_ITEMS, Budget, Complaint, TemplateFault, hint_for_holder
from runner.reading.template_grammar import forbidden, node_offset, too_deep
from runner.reading.template_kinds import (
    Missing,
    checked_number,
    is_list,
    is_number,
    kind_of,
    number_of,
    text_of,
    whole_of,
)
from runner.reading.template_operators import COMPARISONS, OPERATORS
from runner.reading.template_words import FILTERS, FORGIVING, NEEDED, TESTS, Word
from runner.reading.text_places import WrittenText


def _no_templates(name: str) -> WrittenText:
    raise TemplateFault("unknown-template", f"`{name}` is not a template")


@dataclass(frozen=True, slots=True)
class Cast:
    """Whom a template may mention, and how it finds the templates it includes (TemplateFault when there is none)."""

    elements: Collection[str] = ()
    voices: Collection[str] = ()
    load: Callable[[str], WrittenText] = _no_templates
    suggestions: Suggestions = field(default_factory=Suggestions, compare=False)


class Evaluator:
    """Values of expressions within the scopes that hold just now. Faults know their offset, not yet their file."""

    def __init__(self, scope: Mapping[str, object], cast: Cast, marks: Marks) -> None:
        self.budget = Budget()
        # Innermost last; the author's own names first, and never written to.
        self.scopes: list[Mapping[str, object]] = [scope]
        self.depth = 0
        self._cast = cast
        self._marks = marks

    def evaluate(self, node: nodes.Node) -> Any:
        value = self.look(node)
        if isinstance(value, Missing):
            raise value.fault
        return value

    def look(self, node: nodes.Node) -> Any:
        """A value, or Missing."""
        evaluate = self._BY_NODE.get(type(node))
        if evaluate is None:
            raise forbidden("this is not allowed in a template", node_offset(node), "say it in a simpler way")
        self.depth += 1
        try:
            if self.depth > 2 * DEPTH:
                raise too_deep(node_offset(node))
            self.budget.spend()
            return evaluate(self, node)
        except Complaint as complaint:
            raise TemplateFault(complaint.code, complaint.message, node_offset(node), complaint.hint) from None
        finally:
            self.depth -= 1

    def _look_name(self, node: nodes.Name) -> object:
        for scope in reversed(self.scopes):
            if node.name in scope:
                return scope[node.name]
        known = {name for scope in self.scopes for name in scope}
        hint = "define it under `vars:`, or pass it with `with:`"
        return self._missing(node.name, f"`{node.name}` is not defined", known, node_offset(node), hint, is_name=True)

    def _missing(
        self, name: str, message: str, known: Collection[str], offset: int, otherwise: str, *, is_name: bool = False
    ) -> Missing:
        def tell() -> TemplateFault:
            of_holder = hint_for_holder(name) if is_name else None
            hint = of_holder or self._cast.suggestions.hint(name, known, otherwise)
            fault = TemplateFault("template-undefined", message, offset, hint, len(name))
            fault.name = name if is_name else None
            return fault

        return Missing(tell)

    def _look_attribute(self, node: nodes.Getattr) -> object:
        # After the dot.
        return self._member(self.evaluate(node.node), node.attr, node_offset(node) + 1)

    def _look_item(self, node: nodes.Getitem) -> object:
        value = self.evaluate(node.node)
        if isinstance(node.arg, nodes.Slice):
            return self._slice(value, node.arg)
        return self._member(value, self.evaluate(node.arg), node_offset(node.arg))

    def _member(self, value: object, name: object, offset: int) -> object:
        shown = f"`{str(name)[:40]}`" if isinstance(name, str) or is_number(name) else "this"
        length = len(str(name)) if isinstance(name, str | int) else 1
        if isinstance(value, Mapping):
            if isinstance(name, str) and name in value:
                return value[name]
            hint = f"it has {', '.join(f'`{known}`' for known in list(value)[:8])}" if value else "it is empty"
            return self._missing(str(name)[:40], f"the mapping has no {shown}", value, offset, hint)
        if is_list(value):
            if isinstance(name, int) and -len(value) <= name < len(value):
                return value[name]
            if is_number(name):
                hint = f"it has {len(value)}, counted from 0"
                return self._missing(str(name), f"the list has no item {shown}", (), offset, hint)
        message = f"{kind_of(value)} has no member {shown}: only mappings and lists have members"
        raise forbidden(message, offset, "filters do what methods would: `{{ name | upper }}`", length)

    def _slice(self, value: object, node: nodes.Slice) -> object:
        if not is_list(value):
            raise Complaint(f"only lists have slices, found {kind_of(value)}", "`| truncate(20)` shortens text")
        bounds = [None if part is None else self.evaluate(part) for part in (node.start, node.stop, node.step)]
        if any(bound is not None and not isinstance(bound, int) for bound in bounds) or bounds[2] == 0:
            raise Complaint("a slice needs whole numbers, and no step of 0")
        self.budget.room_for_list(len(value))
        return value[slice(*bounds)]

    def _call(self, node: nodes.Call) -> object:
        if isinstance(node.node, nodes.Getattr):
            return self._call_method(node.node)
        name = node.node.name if isinstance(node.node, nodes.Name) else ""
        if node.kwargs:
            raise Complaint(f"`{name}` takes no named arguments")
        values = [self.evaluate(argument) for argument in node.args]
        if name == "range":
            return self._range(values)
        if len(values) != 1 or not isinstance(values[0], str):
            raise Complaint(f"`{name}` needs one name, in quotes")
        return self._mention(node, "element" if name == "element" else "voice", values[0])

    def _call_method(self, node: nodes.Getattr) -> list[Any]:
        value = self.evaluate(node.node)
        if not isinstance(value, Mapping):
            raise Complaint(f"`.{node.attr}()` needs a mapping, found {kind_of(value)}")
        self.budget.room_for_list(len(value))
        if node.attr == "items":
            return [list(pair) for pair in value.items()]
        return list(value) if node.attr == "keys" else list(value.values())

    def _range(self, values: list[Any]) -> list[int]:
        numbers = [whole_of(value, "`range`") for value in values]
        if not 1 <= len(numbers) <= 3 or (len(numbers) == 3 and numbers[2] == 0):
            raise Complaint("`range` takes one to three whole numbers, and no step of 0")
        found = range(*numbers)
        # `len` of a huge range fails; its ends do not.
        self.budget.room_for_list(len(found[: LIST_ITEMS + 1]))
        return list(found)

    def _mention(self, node: nodes.Call, kind: Literal["element", "voice"], name: str) -> str:
        known = self._cast.elements if kind == "element" else self._cast.voices
        if name in known:
            return self._marks.mark(kind, name)
        hint = self._cast.suggestions.hint(name, known, f"define it under `{kind}s:`")
        message = f"`{name[:60]}` is not {'an' if kind == 'element' else 'a'} {kind} of this storyboard"
        raise name_place(TemplateFault(f"unknown-{kind}", message, hint=hint), node.args[0])

    def _filter(self, node: nodes.Filter) -> object:
        return self.apply(FILTERS[node.name], node, self._filtered(node))

    def _test(self, node: nodes.Test) -> object:
        return self.apply(TESTS[node.name], node, self._filtered(node))

    def _filtered(self, node: nodes.Filter | nodes.Test) -> object:
        if node.node is None:
            raise Complaint(f"`{node.name}` has nothing to work on")
        return self.look(node.node) if node.name in FORGIVING else self.evaluate(node.node)

    def apply(self, word: Word, node: nodes.Filter | nodes.Test, value: object) -> object:
        names = list(word.parameters)
        if len(node.args) > len(names):
            raise Complaint(f"`{node.name}` takes {len(names) or 'no'} arguments, found {len(node.args)}")
        given = {name: self.evaluate(argument) for name, argument in zip(names, node.args, strict=False)}
        for pair in node.kwargs:
            name = str(pair.key)
            if name not in word.parameters:
                raise Complaint(f"`{node.name}` has no argument `{name}`")
            given[name] = self.evaluate(pair.value)
        arguments = [given.get(name, default) for name, default in word.parameters.items()]
        if any(argument is NEEDED for argument in arguments):
            raise Complaint(f"`{node.name}` needs more arguments: {', '.join(f'`{name}`' for name in names)}")
        return word.apply(self.budget, value, *arguments)

    def _compare(self, node: nodes.Compare) -> bool:
        left = self.evaluate(node.expr)
        for operand in node.ops:
            right = self.evaluate(operand.expr)
            if not COMPARISONS[operand.op](left, right, self.budget):
                return False
            left = right
        return True

    def _operate(self, node: nodes.BinExpr) -> object:
        left, right = self.evaluate(node.left), self.evaluate(node.right)
        return OPERATORS[type(node)](left, right, self.budget)

    def _concatenate(self, node: nodes.Concat) -> str:
        texts = [text_of(self.evaluate(part), self.budget) for part in node.nodes]
        self.budget.room_for_text(sum(map(len, texts)))
        return "".join(texts)

    def _choose(self, node: nodes.CondExpr) -> object:
        if self.evaluate(node.test):
            return self.evaluate(node.expr1)
        return "" if node.expr2 is None else self.evaluate(node.expr2)

    def _negate(self, node: nodes.UnaryExpr) -> float:
        number = number_of(self.evaluate(node.node), "a sign")
        return checked_number(-number if isinstance(node, nodes.Neg) else number)

    def _list(self, node: nodes.List | nodes.Tuple) -> list[Any]:
        self.budget.room_for_list(len(node.items))
        return [self.evaluate(item) for item in node.items]

    def _mapping(self, node: nodes.Dict) -> dict[str, object]:
        found: dict[str, object] = {}
        for pair in node.items:
            name = self.evaluate(pair.key)
            if not isinstance(name, str):
                raise Complaint(f"a mapping's names are text, found {kind_of(name)}")
            found[name] = self.evaluate(pair.value)
        return found

    def _constant(self, node: nodes.Const) -> object:
        return checked_number(node.value) if is_number(node.value) else node.value

    def _both(self, node: nodes.And) -> object:
        return self.evaluate(node.left) and self.evaluate(node.right)

    def _either(self, node: nodes.Or) -> object:
        return self.evaluate(node.left) or self.evaluate(node.right)

    def _not(self, node: nodes.Not) -> bool:
        return not self.evaluate(node.node)

    _BY_NODE: ClassVar[dict[type[nodes.Node], Callable[["Evaluator", Any], Any]]] = {
        nodes.Name: _look_name,
        nodes.Getattr: _look_attribute,
        nodes.Getitem: _look_item,
        nodes.Call: _call,
        nodes.Filter: _filter,
        nodes.Test: _test,
        nodes.Compare: _compare,
        nodes.Concat: _concatenate,
        nodes.CondExpr: _choose,
        nodes.Neg: _negate,
        nodes.Pos: _negate,
        nodes.Not: _not,
        nodes.And: _both,
        nodes.Or: _either,
        nodes.List: _list,
        nodes.Tuple: _list,
        nodes.Dict: _mapping,
        nodes.Const: _constant,
        **dict.fromkeys(OPERATORS, _operate),
    }


def name_place(fault: TemplateFault, node: nodes.Node) -> TemplateFault:
    """The fault at the name itself where it is written here in quotes, else at what works it out."""
    fault.offset = node_offset(node)
    if isinstance(node, nodes.Const) and isinstance(node.value, str):
        fault.offset, fault.length = fault.offset + 1, len(node.value)
    return fault
