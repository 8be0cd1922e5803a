"""A template's text as Jinja2's syntax tree: a character offset at each node, and nothing in it that is not allowed.

Nothing is compiled or run here: `template_walk` walks the tree.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, TypeAlias

from jinja2 import Environment, nodes
from jinja2.exceptions import TemplateSyntaxError
from jinja2.lexer import Lexer
from jinja2.parser import Parser

from runner.reading.template_faults import DEPTH, TEXT_CHARACTERS, TemplateFault
from runner.reading.template_grammar import TAGS, check_tree, forbidden, too_deep

_HAS_MARKS = re.compile(r"\{[{%#]")
# `{{ … }}` with nothing in it that needs more than a look at the expression alone.
_PLAIN_EXPRESSION = re.compile(r"\{\{(?![-+])([^{}\n\"'\\]*(?:'[^{}\n\"'\\]*'[^{}\n\"'\\]*)*)(?<![-+])\}\}")
_STRING_ESCAPES = re.compile(r"(?:[^\\]|\\[\\'\"nt\n])*", re.DOTALL)
_TAG = re.compile(r"\{%[-+]?\s*(end)?(?:if|for|with|set(?=\s+\w+\s*(?:\||[-+]?%\})|\s*[-+]?%\}))\b")
_LONGEST_NUMBER: Final = 24

_NOT_TAGS: Final = {"do", "break", "continue", "trans", "debug", "namespace"}


@dataclass(frozen=True, slots=True)
class Expression:
    """One `{{ … }}` on its own: its tree's offsets count from `base`."""

    tree: nodes.Expr
    base: int


@dataclass(frozen=True, slots=True)
class Block:
    """A whole template with statements in it."""

    body: tuple[nodes.Node, ...]


Piece: TypeAlias = str | Expression | Block


def parse_template(text: str) -> tuple[Piece, ...]:
    """TemplateFault when it is not valid. Each distinct text, and each distinct expression, is parsed once."""
    parsed = _parse_once(text)
    if isinstance(parsed, TemplateFault):
        raise _fresh(parsed)
    return parsed


@lru_cache(maxsize=16_384)
def _parse_once(text: str) -> tuple[Piece, ...] | TemplateFault:
    if not _HAS_MARKS.search(text):
        return (text,) if text else ()
    if len(text) > TEXT_CHARACTERS:
        message = f"a template has {len(text):,} characters; {TEXT_CHARACTERS:,} are allowed"
        return TemplateFault("template-too-costly", message, hint="split it, or shorten it")
    try:
        return _split_at_expressions(text) or (Block(tuple(_parse_tree(text).body)),)
    except TemplateFault as fault:
        return fault


def _split_at_expressions(text: str) -> tuple[Piece, ...] | None:
    """Words and simple expressions in turn; None when the text holds anything more."""
    if "{%" in text or "{#" in text:
        return None
    pieces: list[Piece] = []
    end = 0
    for found in _PLAIN_EXPRESSION.finditer(text):
        pieces.append(text[end : found.start()])
        tree = _parse_expression(found.group())
        if isinstance(tree, TemplateFault):
            raise _fresh(tree, found.start())
        if tree is None:
            return None
        pieces.append(Expression(tree, found.start()))
        end = found.end()
    pieces.append(text[end:])
    if any(isinstance(piece, str) and _HAS_MARKS.search(piece) for piece in pieces):
        return None
    return tuple(piece for piece in pieces if piece != "")


@lru_cache(maxsize=16_384)
def _parse_expression(text: str) -> nodes.Expr | TemplateFault | None:
    try:
        body = _parse_tree(text).body
    except TemplateFault as fault:
        return fault
    output = body[0] if len(body) == 1 else None
    return output.nodes[0] if isinstance(output, nodes.Output) and len(output.nodes) == 1 else None


def _fresh(fault: TemplateFault, base: int = 0) -> TemplateFault:
    """A remembered fault is never raised itself: tracebacks and places would pile up on it."""
    return TemplateFault(fault.code, fault.message, fault.offset + base, fault.hint, fault.length)


class _OffsetLexer(Lexer):
    """Says the character offset where Jinja2's own lexer says the line, and refuses what no prompt needs."""

    def tokeniter(
        self, source: str, name: str | None, filename: str | None = None, state: str | None = None
    ) -> Iterator[tuple[int, str, str]]:
        position, depth = 0, 0
        tokens = super().tokeniter(source, name, filename, state)
        while True:
            try:
                _, kind, value = next(tokens)
            except StopIteration:
                return
            except TemplateSyntaxError as wrong:
                raise TemplateSyntaxError(wrong.message or "", position + 1) from None
            # Whitespace that `-` strips is left out of the tokens, so the next one begins a little further on.
            start = source.find(value, position)
            depth += _bracket_change(kind, value)
            _check_token(kind, value, start, depth)
            yield start + 1, kind, value
            position = start + len(value)


def _bracket_change(kind: str, value: str) -> int:
    if kind != "operator":
        return 0
    return 1 if value in "([{" else -1 if value in ")]}" else 0


def _check_token(kind: str, value: str, offset: int, depth: int) -> None:
    if depth > DEPTH:
        raise too_deep(offset)
    if kind == "raw_begin":
        hint = "write `{{ '{{' }}` where a prompt needs the marks themselves"
        raise forbidden("`raw` is not allowed in a template", offset, hint)
    if kind in {"integer", "float"} and len(value) > _LONGEST_NUMBER:
        raise TemplateFault("template-too-costly", "a number in the template is too long", offset, "shorten it")
    if kind == "string" and not _STRING_ESCAPES.fullmatch(value[1:-1]):
        hint = "write the character itself; only `\\n`, `\\t`, `\\\\`, `\\'` and `\\\"` are known"
        raise TemplateFault("template-syntax", "a text in the template holds an unknown escape", offset, hint)


class _OffsetEnvironment(Environment):
    @property
    def lexer(self) -> Lexer:
        return _LEXER


_ENVIRONMENT = _OffsetEnvironment(keep_trailing_newline=True)
_LEXER = _OffsetLexer(_ENVIRONMENT)


def _parse_tree(text: str) -> nodes.Template:
    try:
        tree = Parser(_ENVIRONMENT, text).parse()
    except TemplateSyntaxError as wrong:
        raise _tell_syntax(wrong, text) from None
    except RecursionError:
        raise too_deep(0) from None
    check_tree(tree)
    return tree


# Jinja2's sentences, most telling first, and ours. `{0}` is what the pattern caught.
_SENTENCES: Final[tuple[tuple[str, str, str], ...]] = (
    (r"Missing end of comment", "a comment `{#` is never closed", "close it with `#}`"),
    (
        r"Unexpected end of template.*innermost block that needs to be closed is '(\w+)'",
        "`{{% {0} %}}` is never closed",
        "add `{{% end{0} %}}`",
    ),
    (r"unknown tag '(end\w+|else|elif)'", "`{{% {0} %}}` has nothing before it that it could belong to", "remove it"),
    (r"unknown tag '(\w+)'", "`{0}` is not a tag templates have", TAGS),
    (r"expected token 'end of (?:print statement|statement block)', got '?(.+?)'?$", "`{0}` was not expected here", ""),
    (r"[Ee]xpected an expression, got", "the braces hold nothing", "write a name between them"),
    (r"unexpected 'end of (?:print|state)|got 'end of (?:print|state)", "the braces are closed too early", ""),
    (
        r"unexpected end of template|got 'end of template'",
        "braces are opened and never closed",
        "close them: `}}` or `%}`",
    ),
    (r"unexpected char '(.+)' at", "`{0}` means nothing in a template", "put text in quotes"),
    (r"No (filter|test) named '(.+)'", "there is no {0} of that name", ""),
    (r"can't assign to '(.+)'", "`{0}` cannot be given a value", "choose another name"),
    (r"unexpected '(.+?)'", "`{0}` was not expected here", ""),
    (r"expected token '(.+?)', got '(.+?)'", "`{1}` was found where `{0}` was expected", ""),
)


def _tell_syntax(wrong: TemplateSyntaxError, text: str) -> TemplateFault:
    said = wrong.message or ""
    offset = min(max(wrong.lineno - 1, 0), max(len(text) - 1, 0))
    tag = re.search(r"unknown tag '(\w+)'", said)
    if tag and tag.group(1) in _NOT_TAGS:
        return forbidden(f"`{tag.group(1)}` is not allowed in a template", offset, TAGS, len(tag.group(1)))
    for pattern, message, hint in _SENTENCES:
        found = re.search(pattern, said, re.DOTALL)
        if found:
            words = found.groups()
            told, mended = (message.format(*words), hint.format(*words)) if words else (message, hint)
            opening = _find_opening(text, said) if "never closed" in told else offset
            return TemplateFault("template-syntax", told, opening, mended or None, 2)
    return TemplateFault("template-syntax", f"the template is not valid: {said[:1].lower()}{said[1:200]}", offset)


def _find_opening(text: str, said: str) -> int:
    """Jinja2 complains where the text ends; its author looks for what is still open."""
    if "comment" in said:
        return max(text.rfind("{#"), 0)
    opened: list[int] = []
    for found in _TAG.finditer(text):
        if not found.group(1):
            opened.append(found.start())
        elif opened:
            opened.pop()
    if "innermost block" in said and opened:
        return opened[-1]
    return max(text.rfind("{{"), text.rfind("{%"), 0)
