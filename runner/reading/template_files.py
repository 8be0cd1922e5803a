"""The templates a storyboard can use: the production's own in its `templates/` folder first, then the built-in ones."""

from runner.core.nearest import did_you_mean
from runner.core.place import Source
from runner.model.outside import FileTrouble, ProductionFiles
from runner.model.written import Templates
from runner.reading.template_faults import TemplateFault
from runner.reading.text_places import WrittenText, text_of_file

_FOLDER = "templates/"


class TemplateFiles:
    def __init__(self, files: ProductionFiles, built_in: Templates) -> None:
        self._files = files
        self._built_in = built_in
        self._known: dict[str, WrittenText] = {}

    def load(self, name: str) -> WrittenText:
        """Each is read once. TemplateFault, without a place, when it is not there or cannot be read."""
        if name not in self._known:
            self._known[name] = text_of_file(self._read(name))
        return self._known[name]

    def _read(self, name: str) -> Source:
        try:
            return self._files.text(_FOLDER + name)
        except FileTrouble as trouble:
            if trouble.code != "file-missing":
                raise TemplateFault(trouble.code, trouble.message, hint=trouble.hint) from None
        if name in self._built_in:
            return self._built_in[name]
        known = self._names()
        hint = did_you_mean(name, known, f"there are {', '.join(f'`{one}`' for one in known[:12])}" if known else "")
        raise TemplateFault(
            "unknown-template", f"`{name[:80]}` is not a template", hint=hint or "write it in `templates/`"
        )

    def _names(self) -> list[str]:
        own = self._files.names("templates", [".j2"])
        return sorted({*(path.removeprefix(_FOLDER) for path in own), *self._built_in})
