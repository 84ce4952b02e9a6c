"""The wheel with the hot modules compiled, where HATCH_BUILD_HOOK_ENABLE_CUSTOM=true asks for it: `make dist-compiled`.

It runs on this version of Python and this kind of machine alone; without the variable the wheel is pure, and for all.
"""

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

# hatchling loads this by its path.
sys.path.insert(0, str(Path(__file__).parent))

from compiled import FOLDER, build, extensions


class CompiledWheel(BuildHookInterface[Any]):
    """Adds the extensions to what the wheel has anyway: Python takes an extension before the source beside it."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile, unless that is done; raise NotCompiled where that fails."""
        if version == "editable":
            return
        build(FOLDER)
        build_data["force_include"] |= {str(each): str(each.relative_to(FOLDER)) for each in extensions(FOLDER)}
        build_data["pure_python"] = False
        build_data["infer_tag"] = True
