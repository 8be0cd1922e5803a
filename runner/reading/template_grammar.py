"""Which parts of Jinja2's language a template may use. The whole tree is checked, also what is never reached."""

from collections.abc import Callable
from typing import Any, Final

from jinja2 import nodes

from runner.core.nearest import did_you_mean
from runner.reading.template_faults import DEPTH, TemplateFault
from runner.reading.template_words import FILTERS, TESTS

FUNCTIONS: Final = ("element", "voice", "range")
# Called as `mapping.items()`, the only methods there are.
METHODS: Final = ("items", "keys", "values")
TAGS: Final = "tags are `if`, `for`, `set`, `with` and `include`"

_INCLUDE_INSTEAD = "put the words into a template of their own and `{% include %}` it"
# By node type: the word its author wrote, and what to do instead.
_FORBIDDEN: Final[dict[type[nodes.Node], tuple[str, str]]] = {
    nodes.Extends: ("extends", _INCLUDE_INSTEAD),
    nodes.Block: ("block", _INCLUDE_INSTEAD),
    nodes.Import: ("import", _INCLUDE_INSTEAD),
    nodes.FromImport: ("from", _INCLUDE_INSTEAD),
    nodes.Macro: ("macro", _INCLUDE_INSTEAD),
    nodes.CallBlock: ("call", _INCLUDE_INSTEAD),
    nodes.FilterBlock: ("filter", "use `{% set words | lower %}…{% endset %}{{ words }}`"),
    nodes.ScopedEvalContextModifier: ("autoescape", "prompts are plain text, nothing in them is escaped"),
    nodes.NSRef: ("namespace", "`{% set %}` takes a plain name"),
    nodes.Pow: ("**", "multiply with `*`"),
}


def check_tree(tree: nodes.Node) -> None:
    waiting: list[tuple[nodes.Node, int]] = [(tree, 0)]
    while waiting:
        node, depth = waiting.pop()
        if depth > 2 * DEPTH:
            raise too_deep(node_offset(node))
        if type(node) in _FORBIDDEN:
            word, hint = _FORBIDDEN[type(node)]
            raise forbidden(f"`{word}` is not allowed in a template", node_offset(node), hint, len(word))
        check = _CHECKS.get(type(node))
        if check is not None:
            check(node)
        waiting.extend((child, depth + 1) for child in node.iter_child_nodes())


def node_offset(node: nodes.Node) -> int:
    """The lexer counts characters from 1 where Jinja2 counts lines; a few nodes it makes up itself have neither."""
    return max((node.lineno or 1) - 1, 0)


def forbidden(message: str, offset: int, hint: str, length: int = 1) -> TemplateFault:
    return TemplateFault("template-forbidden", message, offset, hint, length)


def too_deep(offset: int) -> TemplateFault:
    hint = "take it apart with `{% set %}`"
    return TemplateFault("template-too-costly", "the template is nested too deep", offset, hint)


def _check_call(node: nodes.Call) -> None:
    callee = node.node
    is_method = isinstance(callee, nodes.Getattr) and callee.attr in METHODS and not node.args and not node.kwargs
    is_function = isinstance(callee, nodes.Name) and callee.name in FUNCTIONS
    if not (is_function or is_method):
        name = str(getattr(callee, "name", None) or getattr(callee, "attr", None) or "")
        hint = "there are `element('…')`, `voice('…')`, `range(…)`, and `.items()`, `.keys()`, `.values()` of mappings"
        message = f"`{name}` cannot be called in a template" if name else "this cannot be called in a template"
        raise forbidden(message, node_offset(callee), hint, max(len(name), 1))
    _check_arguments(node)


def _check_filter(node: nodes.Filter) -> None:
    _check_known("filter", node.name, tuple(FILTERS), node_offset(node))
    _check_arguments(node)


def _check_test(node: nodes.Test) -> None:
    _check_known("test", node.name, tuple(TESTS), node_offset(node))
    _check_arguments(node)


def _check_known(kind: str, name: str, known: tuple[str, ...], offset: int) -> None:
    if name not in known:
        hint = did_you_mean(name, known, f"there are {', '.join(known)}")
        raise forbidden(f"`{name}` is not a {kind} templates may use", offset, hint, len(name))


def _check_arguments(node: nodes.Call | nodes.Filter | nodes.Test) -> None:
    if node.dyn_args is not None or node.dyn_kwargs is not None:
        hint = "write the arguments one by one"
        raise forbidden("`*` before an argument is not allowed in a template", node_offset(node), hint)


def _check_loop(node: nodes.For) -> None:
    if node.recursive:
        raise forbidden("`recursive` is not allowed in a template", node_offset(node), "write the inner loop out", 3)


def _check_constant(node: nodes.Const) -> None:
    """Numbers are checked again wherever one is worked out."""
    if isinstance(node.value, float) and node.value - node.value != 0:
        raise TemplateFault("template-too-costly", "a number in the template is too large", node_offset(node))


_CHECKS: Final[dict[type[nodes.Node], Callable[[Any], None]]] = {
    nodes.Call: _check_call,
    nodes.Filter: _check_filter,
    nodes.Test: _check_test,
    nodes.For: _check_loop,
    nodes.Const: _check_constant,
}
