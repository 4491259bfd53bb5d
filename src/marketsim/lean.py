"""Mesa without the rooms that nobody here enters: `mesa.experimental`, and with it scipy, is loaded when something asks for it.

`import mesa` alone loads both, which is four fifths of its time: a quarter of a second in the life of every process that runs anything.
"""

import importlib
import sys
from types import ModuleType


class _Later(ModuleType):
    """Stands for a module until its first name is asked for; its makings (`__file__` and the like) count as no such question."""

    def __getattr__(self, name: str):
        if name.startswith("__") and name != "__path__":
            raise AttributeError(name)
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return getattr(importlib.import_module(self.__name__), name)


if "mesa" not in sys.modules:
    sys.modules["mesa.experimental"] = _Later("mesa.experimental")
mesa = importlib.import_module("mesa")
