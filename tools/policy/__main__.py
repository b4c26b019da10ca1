"""Command line of `make policy`."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from policies.parameters import PolicyConfigError, load
from tools.paths import ROOT
from tools.policy import analyzer, mocked, output, stacks
from tools.policy.problem import PolicyProblem


def judge(root: Path, stack: str) -> list[analyzer.Answer]:
    """What the pack says of what a stack's file declares.

    Raises:
        PolicyProblem: The file or the program is not right.
    """
    settings = stacks.filled(stacks.read(root, stack))
    try:
        load(stack)
    except PolicyConfigError as error:
        raise PolicyProblem(str(error)) from error
    configuration = stacks.as_text(settings)
    platform = {"node_pools": [pool["name"] for pool in settings.get("nodePools") or []]}
    recorded = mocked.run(root, stack, configuration, platform)
    with analyzer.running(root / "policies", stack, configuration) as pack:
        return pack.ask(recorded)


def main(arguments: Sequence[str] | None = None) -> int:
    """Judge stacks; returns 1 if a mandatory rule is violated, 2 if a stack could not be judged."""
    parser = argparse.ArgumentParser(prog="python -m tools.policy", description=__doc__)
    parser.add_argument("--stack", action="append", metavar="NAME", help="which Pulumi.<NAME>.yaml (default: all)")
    parser.add_argument("--sarif", type=Path, metavar="FILE", help="write the findings for code scanning")
    parser.add_argument("--junit", type=Path, metavar="FILE", help="write a test report")
    given = parser.parse_args(arguments)
    found: dict[str, list[analyzer.Answer]] = {}
    try:
        for stack in given.stack or stacks.names(ROOT):
            found[stack] = judge(ROOT, stack)
            print("\n".join(output.lines(stack, found[stack])), flush=True)
    except PolicyProblem as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    for path, text in ((given.sarif, output.sarif), (given.junit, output.junit)):
        if path:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text(found), encoding="utf-8")
            print(f"written: {path}")
    return int(any(answer.blocks for answers in found.values() for answer in answers))


if __name__ == "__main__":
    sys.exit(main())
