"""The words of one shot rendered: prompt, beats, dialogue and what they are rendered with."""

from collections import ChainMap
from collections.abc import Mapping as MappingOf

from runner.core.diagnostic import Findings
from runner.core.node import Mapping, Node, Scalar, Sequence
from runner.core.place import Place
from runner.model.storyboard import Mention, Prompt
from runner.reading.node_values import mapping_in, scalar_of
from runner.reading.prompts import Marks, tidy_text
from runner.reading.template import render, render_marked
from runner.reading.template_faults import TemplateFault
from runner.reading.template_values import Cast
from runner.reading.text_places import WrittenText, text_of_scalar

Scope = MappingOf[str, object]


class Words:
    """Renders for one shot: `scope` is what its templates may use besides `with`."""

    def __init__(self, scope: Scope, cast: Cast, findings: Findings) -> None:
        self._scope = scope
        self._cast = cast
        self._findings = findings
        self._marks = Marks()

    def prompt(self, fields: Mapping) -> tuple[Prompt, Place | None]:
        """From `prompt`, or from `template` and `with`; the place of whichever it is."""
        written = scalar_of(fields.get("prompt"))
        if written is not None:
            return self.line(written, "prompt"), written.place
        named = scalar_of(fields.get("template"))
        if named is None:
            return (), None
        text = self._load(named)
        given = self._with(mapping_in(fields.get("with")))
        if text is None or given is None:
            return (), named.place
        scope = ChainMap(given, self._scope)  # type: ignore[arg-type]  # only ever read
        rendered = render(text, scope, self._cast, self._findings, marks=self._marks, asked_at=named.place)
        return self._not_empty(rendered, named, "template"), named.place

    def line(self, written: Scalar, what: str) -> Prompt:
        """One text written in the storyboard itself."""
        rendered = render(text_of_scalar(written), self._scope, self._cast, self._findings, marks=self._marks)
        return self._not_empty(rendered, written, what)

    def plain_text(self, written: Scalar, what: str) -> str:
        """The same where nobody can be mentioned."""
        parts = self.line(written, what)
        mentioned = next((part for part in parts if isinstance(part, Mention)), None)
        if mentioned is not None:
            message = f"`{what}` mentions the {mentioned.kind} `{mentioned.name}`, expected words only"
            self._findings.error("template-forbidden", message, written.place, "describe it in words instead")
        return "".join(part for part in parts if isinstance(part, str))

    def _not_empty(self, rendered: Prompt | None, written: Scalar, what: str) -> Prompt:
        if rendered == ():
            self._findings.error("template-error", f"`{what}` comes to no words at all", written.place, "write some")
        return rendered or ()

    def _load(self, named: Scalar) -> WrittenText | None:
        try:
            return self._cast.load(str(named.value))
        except TemplateFault as fault:
            self._findings.error(fault.code, fault.message, named.place, fault.hint)
            return None

    def _with(self, fields: Mapping | None) -> dict[str, object] | None:
        """Texts under `with` are templates too, and may mention; None when one of them is wrong."""
        if fields is None:
            return {}
        told = len(self._findings.diagnostics)
        given = {name: self._value(node) for name, node in fields.items()}
        return given if len(self._findings.diagnostics) == told else None

    def _value(self, node: Node) -> object:
        match node:
            case Sequence():
                return [self._value(item) for item in node.items]
            case Mapping():
                return {name: self._value(item) for name, item in node.items()}
            case Scalar(value=str()):
                text = text_of_scalar(node)
                rendered = render_marked(text, self._scope, self._cast, self._findings, marks=self._marks)
                return tidy_text(rendered or "")
            case _:
                return node.value
