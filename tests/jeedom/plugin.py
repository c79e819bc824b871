"""The plugin's folder as it is once installed, for tests."""

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Final

HERE: Final = Path(__file__).parent
ROOT: Final = HERE.parent.parent
PLUGIN: Final = ROOT / "jeedom"


def load(path: Path) -> ModuleType:
    """Import a Python file that stands in no package."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def gathered(tree: Path) -> Path:
    """Put together the plugin's folder, without the wheel and requirements, which take long."""
    load(PLUGIN / "build.py").gather_sources(tree)
    return tree
