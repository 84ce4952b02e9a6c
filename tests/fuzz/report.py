"""The report of a run: for people, and as JSON."""

import platform
from collections.abc import Sequence
from dataclasses import asdict

from fuzz.engine import Result
from fuzz.finding import Finding
from fuzz.wire.run import WireResult, percentile


def findings_of(results: Sequence[Result], wire: WireResult | None) -> list[Finding]:
    """Return everything that was found."""
    return [each for result in results for each in result.findings] + (wire.findings if wire else [])


def table(results: Sequence[Result]) -> list[str]:
    """Write a line for each target: inputs, how many were accepted, speed, lines reached, and the slowest input."""
    head = f"{'target':22} {'inputs':>9} {'valid':>8} {'refused':>9} {'per s':>7} {'lines':>13}"
    lines = [f"{head} {'slowest':>8} {'memory':>8}"]
    for each in results:
        valid = sum(number for outcome, number in each.outcomes.items() if outcome.startswith("accepted"))
        refused = sum(each.outcomes.values()) - valid
        speed = each.inputs / each.seconds if each.seconds else 0.0
        reached = f"{each.lines_at_start} +{each.lines - each.lines_at_start}"
        lines.append(
            f"{each.target:22} {each.inputs:9,} {valid:8,} {refused:9,} {speed:7,.0f} {reached:>13} "
            f"{each.slowest * 1000:5.0f} ms {each.grown / 2**20:+5.1f} MB"
        )
    inputs, seconds = sum(each.inputs for each in results), sum(each.seconds for each in results)
    lines.append(f"{'all':22} {inputs:9,} {'':8} {'':9} {inputs / seconds if seconds else 0:7,.0f}")
    return lines


def wire_lines(wire: WireResult) -> list[str]:
    """Write what went over sockets, and what the bystanders and the server's figures say."""
    total = sum(wire.inputs.values())
    lines = [f"over sockets: {total:,} in {wire.seconds:.0f} s"]
    lines += [f"  {name:10} {number:7,}  {_outcomes(wire, name)}" for name, number in sorted(wire.inputs.items())]
    for what, waits in (("before", wire.quiet), ("meanwhile", wire.waits)):
        if waits:
            lines.append(
                f"  bystanders {what}: {len(waits)} messages, heard by all in {percentile(waits, 50) * 1000:.0f} ms "
                f"(median), {percentile(waits, 99) * 1000:.0f} ms (p99), {max(waits) * 1000:.0f} ms (most)"
            )
    for what, held in (("before", wire.before), ("after", wire.after)):
        if held is not None:
            lines.append(
                f"  the server {what}: {held.memory / 2**20:.0f} MB, {held.files} file descriptors "
                f"({held.sockets} sockets), {held.tasks} tasks, {held.connections} connections"
            )
    return lines


def _outcomes(wire: WireResult, name: str) -> str:
    own = {key.removeprefix(f"{name}: "): value for key, value in wire.outcomes.items() if key.startswith(f"{name}: ")}
    return ", ".join(f"{value:,} connections {key}" for key, value in sorted(own.items()))


def finding_lines(findings: Sequence[Finding]) -> list[str]:
    """Write each finding with the command that shows it again; or that there is none."""
    if not findings:
        return ["0 crashes, 0 hangs, 0 leaks"]
    lines = [f"{len(findings)} found"]
    for each in findings:
        lines += ["", f"{each.kind} in {each.target}: {each.sign}", f"  again: {each.again}"]
        lines += [f"  {line}" for line in each.detail.splitlines()]
    return lines


def as_json(seed: int, results: Sequence[Result], wire: WireResult | None) -> dict[str, object]:
    """Return the whole run as JSON values."""
    return {
        "python": platform.python_version(),
        "seed": seed,
        "targets": [
            {
                "target": each.target,
                "inputs": each.inputs,
                "seconds": round(each.seconds, 3),
                "lines": {"corpus": each.lines_at_start, "reached": each.lines},
                "kept": each.kept,
                "slowest_seconds": round(each.slowest, 4),
                "memory_grown_bytes": each.grown,
                "outcomes": dict(each.outcomes),
            }
            for each in results
        ],
        "sockets": wire
        and {
            "inputs": dict(wire.inputs),
            "seconds": round(wire.seconds, 3),
            "bursts": dict(wire.outcomes),
            "before": wire.before and asdict(wire.before),
            "after": wire.after and asdict(wire.after),
            "bystander_seconds": {
                what: {"median": percentile(waits, 50), "p99": percentile(waits, 99), "messages": len(waits)}
                for what, waits in (("before", wire.quiet), ("meanwhile", wire.waits))
            },
        },
        "findings": [
            {"target": each.target, "kind": each.kind, "sign": each.sign, "detail": each.detail, "again": each.again}
            for each in findings_of(results, wire)
        ],
    }
