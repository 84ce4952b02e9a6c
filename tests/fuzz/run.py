"""Put malformed and valid input through every parser, in-process and over sockets: python tests/fuzz/run.py [OPTIONS].

Exit codes: 0 when nothing was found, 1 when an input crashes or hangs something, or something leaks; 2 for a wrong
option; 130 after Ctrl-C, with the report of what was done until then.
"""

import argparse
import asyncio
import json
import secrets
import sys
import time
from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

if not __package__:
    # In place of this folder, whose modules have names of libraries.
    sys.path[0] = str(Path(__file__).parents[1])

from fuzz import report
from fuzz.engine import Fuzzer, Result
from fuzz.target import Target
from fuzz.targets import TARGETS
from fuzz.wire.run import WIRE_TARGETS, WireResult
from fuzz.wire.run import replay as replay_wire
from fuzz.wire.run import run as run_wire

_FOR_EVER = 10.0**9
_CLEAR = "\r\x1b[K"
_EXAMPLES = """examples:
  make fuzz                                               1,000,000 in-process and 20,000 over sockets
  make fuzz ARGS="--targets 'socketio.*' --seconds 60"    some parsers, for a minute each at most
  make fuzz ARGS="--count 0 --sockets 2000 --seed 7"      over sockets alone, the same as another time
  make fuzz ARGS="--replay socketio.packet FILE"          one input again
"""


def _arguments(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="make fuzz",
        description="Put malformed and valid input through every parser; see that nothing crashes, hangs or leaks.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--count", type=int, default=1_000_000, help="inputs in-process, over all targets (1000000)")
    parser.add_argument("--sockets", type=int, default=20_000, help="inputs over sockets to a served instance (20000)")
    parser.add_argument("--targets", nargs="+", default=["*"], metavar="PATTERN", help="which parsers (all)")
    parser.add_argument("--seconds", type=float, help="end each target, and the part over sockets, after so long")
    parser.add_argument("--seed", type=int, help="what to draw from (another one each time)")
    parser.add_argument("--out", type=Path, default=Path("fuzz-report"), help="folder for inputs found (fuzz-report)")
    parser.add_argument("--json", action="store_true", help="write the report as JSON, progress to standard error")
    parser.add_argument("--list", action="store_true", help="list the targets and what each takes")
    parser.add_argument("--replay", nargs=2, metavar=("TARGET", "FILE"), help="run one input as it is")
    options = parser.parse_args(arguments)
    if options.count < 0 or options.sockets < 0:
        parser.error("a number of inputs is 0 or more")
    options.chosen = [
        each for name, each in TARGETS.items() if any(fnmatchcase(name, pattern) for pattern in options.targets)
    ]
    if not options.chosen:
        parser.error(f"no target is called so; there are {', '.join(TARGETS)}")
    known = [*TARGETS, *WIRE_TARGETS]
    if options.replay and options.replay[0] not in known:
        parser.error(f"there is no target {options.replay[0]}; there are {', '.join(known)}")
    return options


def shares(targets: Sequence[Target], count: int) -> dict[str, int]:
    """Divide a number of inputs among targets, each of which gets one at least."""
    whole = sum(each.share for each in targets)
    divided = {each.name: max(1, round(count * each.share / whole)) for each in targets}
    most = max(divided, key=lambda name: divided[name])
    divided[most] = max(1, divided[most] + count - sum(divided.values()))
    return divided


def main(arguments: Sequence[str]) -> int:
    """Run, report, and return the exit code."""
    options = _arguments(arguments)
    if options.list:
        _out("\n".join(f"{each.name:22} {' '.join((each.run.__doc__ or '').split())}" for each in TARGETS.values()))
        return 0
    if options.replay:
        return _replay(*options.replay, options.out)
    seed = secrets.randbits(32) if options.seed is None else options.seed
    results: list[Result] = []
    wires: list[WireResult] = []
    interrupted = False
    say = _Progress(sys.stderr.isatty())
    try:
        if options.count:
            for name, share in shares(options.chosen, options.count).items():
                fuzzer = Fuzzer(TARGETS[name], seed, options.out)
                results.append(fuzzer.result)
                fuzzer.run(share, _until(options.seconds), say.target(share))
                say.done(report.table([fuzzer.result])[1])
        if options.sockets:
            wires.append(_over_sockets(options, seed, say))
            say.done("")
    except KeyboardInterrupt:
        interrupted = True
    return _reported(options, seed, results, wires[0] if wires else None, interrupted=interrupted)


def _over_sockets(options: argparse.Namespace, seed: int, say: "_Progress") -> WireResult:
    return asyncio.run(
        run_wire(options.sockets, seed, options.out, _until(options.seconds), say.sockets(options.sockets))
    )


def _until(seconds: float | None) -> float:
    return time.monotonic() + (_FOR_EVER if seconds is None else seconds)


def _replay(target: str, file: str, folder: Path) -> int:
    data = Path(file).read_bytes()
    if target in WIRE_TARGETS:
        findings = asyncio.run(replay_wire(target, data, folder)).findings
        _out("\n".join(report.finding_lines(findings)))
        return 1 if findings else 0
    finding = Fuzzer(TARGETS[target], 0, folder).replay(data)
    _out("\n".join(report.finding_lines([finding] if finding else [])))
    return 1 if finding else 0


def _reported(
    options: argparse.Namespace, seed: int, results: list[Result], wire: WireResult | None, *, interrupted: bool
) -> int:
    findings = report.findings_of(results, wire)
    if options.json:
        _out(json.dumps(report.as_json(seed, results, wire), indent=2))
    else:
        _out(f"seed {seed}")
        _out("\n".join(report.table(results)) if results else "nothing in-process")
        _out("\n".join(report.wire_lines(wire)) if wire else "nothing over sockets")
        _out("\n".join(report.finding_lines(findings)))
    if interrupted:
        _say("interrupted: this is what was done until then")
    return 1 if findings else 130 if interrupted else 0


def _out(text: str) -> None:
    print(text, flush=True)  # noqa: T201


def _say(text: str, end: str = "\n") -> None:
    print(text, end=end, file=sys.stderr, flush=True)  # noqa: T201


class _Progress:
    """Says on standard error how far it is: a line that changes on a terminal, else one for each target."""

    def __init__(self, terminal: bool) -> None:
        self._terminal = terminal
        self._said = 0.0

    def target(self, count: int) -> Callable[[Result], None]:
        """Return what is told how a target goes."""
        return lambda result: self._tell(f"{result.target}: {result.inputs:,} of {count:,}")

    def sockets(self, count: int) -> Callable[[WireResult], None]:
        """Return what is told how it goes over sockets."""
        return lambda result: self._tell(f"over sockets: {sum(result.inputs.values()):,} of {count:,}")

    def done(self, line: str) -> None:
        """Say how something ended."""
        if self._terminal:
            _say(_CLEAR, end="")
        if line:
            _say(line)

    def _tell(self, text: str) -> None:
        now = time.monotonic()
        if now - self._said < (0.2 if self._terminal else 30.0):
            return
        self._said = now
        _say(f"{_CLEAR}{text}" if self._terminal else text, end="" if self._terminal else "\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
