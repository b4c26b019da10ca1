"""Starts JupyterLab without what its start would wait for in vain.

Importing `jsonschema` imports `rfc3987_syntax`, which compiles a grammar: 1.5 of the 2.4 seconds of processor time that
JupyterLab's start takes. It judges values of the JSON schema format "iri", of which there are none at the start. So it
is loaded when such a value is judged, and the answer is the same. This holds for the server alone: kernels are
processes of their own.
"""

import importlib
import importlib.util
import sys
from types import ModuleType

LATE = "rfc3987_syntax"


class Late(ModuleType):
    """Stands in for a package until it is used."""

    def load(self) -> ModuleType:
        """The package itself."""
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return importlib.import_module(self.__name__)

    def is_valid_syntax(self, *arguments: object, **named: object) -> bool:
        """The one function that `jsonschema` imports from it."""
        return self.load().is_valid_syntax(*arguments, **named)

    def __getattr__(self, name: str) -> object:
        """Whatever else is wanted of it."""
        if name.startswith("__"):  # the import system asks for some, which says nothing of its use
            raise AttributeError(name)
        return getattr(self.load(), name)


def main() -> None:
    """What `python -m jupyterlab` does."""
    # Where it is missing, `jsonschema` must see that: it then leaves the format alone.
    if importlib.util.find_spec(LATE):
        sys.modules[LATE] = Late(LATE)
    sys.exit(importlib.import_module("jupyterlab.labapp").main())


if __name__ == "__main__":
    main()
