"""Stands in for torchvision where it is missing: the programs that metrics are compared with import it for networks and
transforms that nothing here uses. `import absent_torchvision` before them."""
import sys
import types
import unittest.mock


class Absent(types.ModuleType):
    __path__ = []
    __spec__ = None

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return unittest.mock.MagicMock()


try:
    import torchvision  # noqa: F401
except ImportError:
    for module in ("torchvision", "torchvision.transforms", "torchvision.models", "torchvision.datasets",
                   "torchvision.transforms.functional", "torchvision.models.feature_extraction"):
        sys.modules[module] = Absent(module)
