"""The fuzzer: mutates what reached something new, and looks at how each input ends."""

import gc
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from fuzz.coverage import Coverage, coverage_of
from fuzz.finding import Finding, Hang, minimised, sign_of, told
from fuzz.mutation import mutated
from fuzz.resources import Resources
from fuzz.target import Target

MOST_FINDINGS = 10
_WARM = 0.25
"""The part of a run after which memory is measured for the first time: by then caches are filled."""


@dataclass
class Result:
    """What came of one target. `grown` are the bytes of memory between the warm state and the end."""

    target: str
    inputs: int = 0
    seconds: float = 0.0
    lines: int = 0
    lines_at_start: int = 0
    kept: int = 0
    slowest: float = 0.0
    grown: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)


@dataclass(frozen=True)
class Bounds:
    """What one input may take, and one target may leave behind."""

    #: Of processor time, which other work of the machine does not add to; and of anybody's time, for what only waits.
    seconds: float = 5.0
    patience: float = 60.0
    memory: int = 96 * 1024 * 1024
    #: How long to look for a smaller input that shows the same.
    minimising: float = 10.0


class Fuzzer:
    """Runs one target; `folder` is for the inputs of findings."""

    def __init__(self, target: Target, seed: int, folder: Path, bounds: Bounds | None = None) -> None:
        self._target = target
        self._random = Random(f"{seed} {target.name}")
        self._folder = folder
        self._bounds = bounds or Bounds()
        self._coverage: Coverage = coverage_of(target.watch)
        self._pool: list[bytes] = []
        self._signs: set[str] = set()
        self.result = Result(target.name)

    def run(self, count: int, until: float, progress: Callable[[Result], None] = lambda _: None) -> Result:
        """Put `count` inputs through the target, or as many as go until a moment of the monotonic clock."""
        began = time.monotonic()
        with self._coverage.collecting(), _alarm_ready():
            for data in self._target.inputs().values():
                self._pool.append(data)
                self._one(data, traced=True)
            self.result.lines_at_start = self._coverage.lines
            warm: Resources | None = None
            while self.result.inputs < count and len(self.result.findings) < MOST_FINDINGS:
                if warm is None and self.result.inputs >= _WARM * count:
                    warm = Resources.now()
                if self.result.inputs % 256 == 0:
                    self._note(began)
                    progress(self.result)
                    if time.monotonic() > until:
                        break
                data = mutated(self._chosen(), self._random, self._pool, self._target.tokens)
                if self._one(data, traced=self.result.inputs % self._coverage.every == 0):
                    self._pool.append(data)
                    self.result.kept += 1
        self._note(began)
        if warm is not None:
            self._leaks(warm)
        return self.result

    def replay(self, data: bytes) -> Finding | None:
        """Run one input as it is."""
        with _alarm_ready():
            self._one(data, traced=False, minimise=False)
        return self.result.findings[-1] if self.result.findings else None

    def _chosen(self) -> bytes:
        # What was kept last is the newest ground.
        if self._random.random() < 0.3:
            return self._pool[-1 - int(self._random.random() * min(12, len(self._pool)))]
        return self._random.choice(self._pool)

    def _note(self, began: float) -> None:
        self.result.seconds = time.monotonic() - began
        self.result.lines = self._coverage.lines

    def _one(self, data: bytes, *, traced: bool, minimise: bool = True) -> bool:
        """Run one input; tell whether it has reached something new."""
        self.result.inputs += 1
        began, new = time.monotonic(), 0
        try:
            if traced:
                outcome, new = self._coverage.within(lambda: self._bounded(data))
            else:
                outcome = self._bounded(data)
        except (Hang, Exception) as error:
            self._found(data, error, minimise=minimise)
            return False
        took = time.monotonic() - began
        self.result.slowest = max(self.result.slowest, took)
        unknown = outcome not in self.result.outcomes
        self.result.outcomes[outcome] += 1
        return bool(new) or unknown

    def _bounded(self, data: bytes) -> str:
        signal.setitimer(signal.ITIMER_PROF, self._bounds.seconds)
        signal.setitimer(signal.ITIMER_REAL, self._bounds.patience)
        try:
            return self._target.run(data)
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
            signal.setitimer(signal.ITIMER_REAL, 0)

    def _failure(self, data: bytes) -> BaseException | None:
        try:
            self._bounded(data)
        except (Hang, Exception) as error:
            return error
        return None

    def _found(self, data: bytes, error: BaseException, *, minimise: bool) -> None:
        hang = isinstance(error, Hang)
        if hang and not isinstance(self._failure(data), Hang):
            return  # it takes its time once only: something else was in the way
        sign = "takes too long" if hang else sign_of(error)
        if sign in self._signs:
            return
        self._signs.add(sign)

        def still(smaller: bytes) -> bool:
            again = self._failure(smaller)
            return again is not None and ("takes too long" if isinstance(again, Hang) else sign_of(again)) == sign

        small = minimised(data, still, self._bounds.minimising) if minimise else data
        kind = "hang" if hang else "crash"
        self.result.findings.append(Finding(self._target.name, kind, sign, told(error), small).saved(self._folder))

    def _leaks(self, warm: Resources) -> None:
        now = Resources.now()
        if now.files > warm.files or now.memory > warm.memory:
            gc.collect()
            now = Resources.now()
        self.result.grown = now.memory - warm.memory
        for what, grown, bound in (
            ("bytes of memory", self.result.grown, self._bounds.memory),
            ("file descriptors", now.files - warm.files, 0),
        ):
            if grown > bound:
                sign = f"{grown} {what} more at the end than after the start"
                self.result.findings.append(Finding(self._target.name, "leak", sign, sign))


@contextmanager
def _alarm_ready() -> Iterator[None]:
    def ring(number: int, frame: object) -> None:
        raise Hang

    before = {each: signal.signal(each, ring) for each in (signal.SIGALRM, signal.SIGPROF)}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
