"""Modules to extensions, in two steps: mypyc makes C of Python, and a compiler of C what Python loads.

A program of its own, for `compiled.py`, which stops it together with all compilers that it has started.

    python supply/extensions.py translate FOLDER LEVEL OPTION ...    C into FOLDER; the options are mypy's, and files
    python supply/extensions.py build FOLDER INTO                    of that C, extensions into the folders of INTO

The compiler of C is that of the environment, with its CFLAGS and LDFLAGS.
"""

import json
import os
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

from mypyc.build import mypycify
from setuptools import Distribution, Extension, setup
from setuptools.command.build_ext import build_ext

_LIST: Final = "extensions.json"
_TOLD: Final = ("name", "sources", "include_dirs", "depends", "extra_compile_args")


class Bare(Distribution):
    """What is compiled without a word from the project's settings, or the user's."""

    def parse_config_files(self, *_: object, **__: object) -> None:
        """Read none."""


class SideBySide(build_ext):
    """Compiles files on all processors: setuptools takes those of an extension one after the other."""

    def build_extensions(self) -> None:
        """Compile, and link."""
        alone = self.compiler.compile

        def compiled(sources: list[str], **options: Any) -> list[str]:
            with ThreadPoolExecutor(os.cpu_count()) as threads:
                objects = threads.map(lambda source: alone([source], **options), sources)
                return [each for some in objects for each in some]

        self.compiler.compile = compiled
        super().build_extensions()


def translate(folder: Path, level: str, options: Sequence[str]) -> None:
    """Have mypyc make C of modules, and note what the compiler of C is to make of that."""
    made = mypycify(list(options), opt_level=level, debug_level="0", multi_file=True, target_dir=str(folder))
    (folder / _LIST).write_text(json.dumps([{name: getattr(each, name) for name in _TOLD} for each in made]))


def build(folder: Path, into: str) -> None:
    """Compile C to extensions. Objects have the same place each time, beside which is what was counted before."""
    setup(
        name="palaver_runtime",
        packages=[],
        distclass=Bare,
        cmdclass={"build_ext": SideBySide},
        ext_modules=[Extension(**each) for each in json.loads((folder / _LIST).read_text())],
        script_args=["--quiet", "build_ext", "--force", f"--build-lib={into}", f"--build-temp={folder / 'objects'}"],
    )


if __name__ == "__main__":
    step, where, how, *more = sys.argv[1:]
    if step == "translate":
        translate(Path(where), how, more)
    else:
        build(Path(where), how)
