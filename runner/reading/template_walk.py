"""One walk over a template's statements, from text to text; its expressions are worked out by `template_values`."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar, Final

from jinja2 import nodes

from runner.reading.prompts import Marks
from runner.reading.template_faults import DEPTH, Complaint, TemplateFault
from runner.reading.template_grammar import node_offset, too_deep
from runner.reading.template_kinds import is_list, items_of, kind_of, text_of
from runner.reading.template_syntax import Block, Expression, Piece, parse_template
from runner.reading.template_values import Cast, Evaluator, name_place
from runner.reading.template_words import FILTERS
from runner.reading.text_places import WrittenText

_INCLUDE_DEPTH: Final = 8
# Faults after which the rest of the template can still be looked at, since only one `{{ … }}` is lost.
_LOCAL: Final = frozenset({"template-undefined", "unknown-element", "unknown-voice"})


class Walk(Evaluator):
    """Renders one template. Faults that spoil only their own `{{ … }}` are collected; any other ends the walk."""

    def __init__(self, scope: Mapping[str, object], cast: Cast, marks: Marks) -> None:
        super().__init__(scope, cast, marks)
        self.faults: list[TemplateFault] = []
        self._locals: list[dict[str, object]] = []
        self._output: list[str] = []
        # The texts that are being walked, innermost include last, and where in it the expression at hand begins.
        self._texts: list[WrittenText] = []
        self._base = 0

    def render(self, text: WrittenText) -> str:
        try:
            self._render_text(text)
        except TemplateFault as fault:
            self.faults.append(fault)
        return "".join(self._output)

    # --- texts and their places

    def _render_text(self, text: WrittenText) -> None:
        self._texts.append(text)
        base, self._base = self._base, 0
        try:
            with self._scope({}):
                for piece in parse_template(text.text):
                    self._render_piece(piece)
        except TemplateFault as fault:
            raise self._placed(fault) from None
        finally:
            self._base = base
            self._texts.pop()

    def _render_piece(self, piece: Piece) -> None:
        match piece:
            case str():
                self._emit(piece)
            case Expression():
                self._base = piece.base
                self._print(piece.tree)
                self._base = 0
            case Block():
                self._run(piece.body)

    def _placed(self, fault: TemplateFault) -> TemplateFault:
        if fault.place is None:
            fault.place = self._texts[-1].place_of(self._base + fault.offset, fault.length)
        return fault

    @contextmanager
    def _scope(self, names: dict[str, object]) -> Iterator[None]:
        self.scopes.append(names)
        self._locals.append(names)
        try:
            yield
        finally:
            self.scopes.pop()
            self._locals.pop()

    @contextmanager
    def _deeper(self, node: nodes.Node) -> Iterator[None]:
        self.depth += 1
        try:
            if self.depth > 2 * DEPTH:
                raise too_deep(node_offset(node))
            self.budget.spend()
            yield
        except Complaint as complaint:
            raise TemplateFault(complaint.code, complaint.message, node_offset(node), complaint.hint) from None
        finally:
            self.depth -= 1

    # --- statements

    def _run(self, statements: Sequence[nodes.Node]) -> None:
        for statement in statements:
            with self._deeper(statement):
                self._BY_STATEMENT[type(statement)](self, statement)

    def _run_output(self, node: nodes.Output) -> None:
        for part in node.nodes:
            if isinstance(part, nodes.TemplateData):
                self._emit(part.data)
            else:
                self._print(part)

    def _print(self, node: nodes.Expr) -> None:
        try:
            value = self.evaluate(node)
            with self._deeper(node):
                self._emit(text_of(value, self.budget))
        except TemplateFault as fault:
            self._placed(fault)
            if fault.code not in _LOCAL:
                raise
            self.faults.append(fault)

    def _emit(self, text: str) -> None:
        if text:
            self.budget.room_for_output(len(text))
            self._output.append(text)

    def _run_if(self, node: nodes.If) -> None:
        for branch in (node, *node.elif_):
            if self.evaluate(branch.test):
                self._run(branch.body)
                return
        self._run(node.else_)

    def _run_for(self, node: nodes.For) -> None:
        items = items_of(self.evaluate(node.iter), self.budget, "`for`")
        if node.test is not None:
            items = [item for item in items if self._passes(node.target, node.test, item)]
        if not items:
            self._run(node.else_)
        for index, item in enumerate(items):
            with self._scope({"loop": _loop(index, len(items))}):
                self._assign(node.target, item)
                self._run(node.body)

    def _passes(self, target: nodes.Node, test: nodes.Node, item: object) -> bool:
        with self._scope({}):
            self._assign(target, item)
            return bool(self.evaluate(test))

    def _run_assign(self, node: nodes.Assign) -> None:
        self._assign(node.target, self.evaluate(node.node))

    def _run_assign_block(self, node: nodes.AssignBlock) -> None:
        output, self._output = self._output, []
        try:
            with self._scope({}):
                self._run(node.body)
            value: object = "".join(self._output)
        finally:
            self._output = output
        for step in _filters_outward(node.filter):
            with self._deeper(step):
                value = self.apply(FILTERS[step.name], step, value)
        self._assign(node.target, value)

    def _run_with(self, node: nodes.With) -> None:
        values = [self.evaluate(value) for value in node.values]
        with self._scope({}):
            for target, value in zip(node.targets, values, strict=True):
                self._assign(target, value)
            self._run(node.body)

    def _run_include(self, node: nodes.Include) -> None:
        name = self.evaluate(node.template)
        if not isinstance(name, str):
            raise Complaint(f"`include` needs a template's name, found {kind_of(name)}")
        if len(self._texts) > _INCLUDE_DEPTH:
            raise Complaint(f"templates include each other more than {_INCLUDE_DEPTH} deep", code="template-too-costly")
        try:
            text = self._cast.load(name)
        except TemplateFault as fault:
            if node.ignore_missing and fault.code == "unknown-template":
                return
            raise name_place(fault, node.template) from None
        self._refuse_circle(text, node)
        scopes = self.scopes
        self.scopes = scopes if node.with_context else [{}]
        try:
            self._render_text(text)
        finally:
            self.scopes = scopes

    def _refuse_circle(self, text: WrittenText, node: nodes.Include) -> None:
        names = [known.file.name for known in self._texts if known.file is not None]
        if text.file is not None and text.file.name in names:
            circle = " -> ".join([*names[names.index(text.file.name) :], text.file.name])
            message, hint = f"templates include each other in a circle: {circle}", "remove one of the includes"
            raise name_place(TemplateFault("include-cycle", message, hint=hint), node.template)

    def _assign(self, target: nodes.Node, value: object) -> None:
        if isinstance(target, nodes.Name):
            self._locals[-1][target.name] = value
            return
        names = target.items if isinstance(target, nodes.Tuple) else []
        if not is_list(value) or len(value) != len(names):
            raise Complaint(f"{len(names)} names are to be set, but there are not as many values")
        for name, item in zip(names, value, strict=True):
            self._assign(name, item)

    _BY_STATEMENT: ClassVar[dict[type[nodes.Node], Callable[["Walk", Any], None]]] = {
        nodes.Output: _run_output,
        nodes.If: _run_if,
        nodes.For: _run_for,
        nodes.Assign: _run_assign,
        nodes.AssignBlock: _run_assign_block,
        nodes.With: _run_with,
        nodes.Include: _run_include,
    }


def _loop(index: int, length: int) -> dict[str, object]:
    return {
        "index": index + 1,
        "index0": index,
        "first": index == 0,
        "last": index == length - 1,
        "length": length,
    }


def _filters_outward(node: nodes.Filter | None) -> list[nodes.Filter]:
    """`{% set words | trim | upper %}`: the tree has the last filter outermost."""
    found: list[nodes.Filter] = []
    while node is not None:
        found.append(node)
        node = node.node if isinstance(node.node, nodes.Filter) else None
    return found[::-1]
