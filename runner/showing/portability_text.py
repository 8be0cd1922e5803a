"""Where a storyboard runs and where not, for the terminal."""

from runner.model.portability import Portability, ProviderVerdict
from runner.showing.diagnostics import render_all
from runner.showing.tables import lay_out
from runner.showing.wording import Style, count, make_harmless


def portability_text(found: Portability, *, color: bool, width: int | None = None) -> str:
    """A line a provider first, then whatever stops it somewhere, under the provider's name."""
    style = Style(color)
    blocks = [render_all(found.diagnostics, color=color, width=width)] if found.diagnostics else []
    if found.title is not None:
        rows = [(f"  {one.name}", _say_verdict(one)) for one in found.providers]
        heading = f"{make_harmless(found.title)}, {count(found.shots, 'shot')}:"
        blocks.append("\n".join([style.bold(heading), *lay_out(rows)]))
    stopped = [one for one in found.providers if not one.runs]
    headings = [style.bold(f"what stops it at {one.name}") for one in stopped]
    told = [render_all(one.errors, color=color, width=width) for one in stopped]
    blocks += [f"{heading}:\n\n{text}" for heading, text in zip(headings, told, strict=True)]
    return "\n\n".join(blocks)


def _say_verdict(verdict: ProviderVerdict) -> str:
    warnings = f", {count(verdict.warnings, 'warning')}" if verdict.warnings else ""
    if verdict.runs:
        return f"runs{warnings}"
    lines = {(found.place.source.name, found.place.line) for found in verdict.errors if found.place is not None}
    return f"does not run: {count(len(verdict.errors), 'error')} at {count(len(lines), 'line')}{warnings}"
