"""Command line of `make policy`."""

import argparse
import sys
from collections.abc import Iterable, Sequence
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
    """Judge stacks; returns 1 if a mandatory rule is violated, 2 if a stack could not be judged or a file written."""
    parser = argparse.ArgumentParser(prog="python -m tools.policy", description=__doc__)
    parser.add_argument("--stack", action="append", metavar="NAME", help="which Pulumi.<NAME>.yaml (default: all)")
    parser.add_argument("--sarif", type=Path, metavar="FILE", help="write the findings for code scanning")
    parser.add_argument("--junit", type=Path, metavar="FILE", help="write a test report")
    given = parser.parse_args(arguments)
    if given.sarif and given.sarif == given.junit:
        parser.error("--sarif and --junit name the same file; give each its own")
    found: dict[str, list[analyzer.Answer]] = {}
    refused: dict[str, str] = {}
    try:
        for stack in given.stack or stacks.names(ROOT):
            try:
                found[stack] = judge(ROOT, stack)
            except PolicyProblem as problem:
                # The other stacks are judged and the reports written all the same: a pipeline shows what they hold.
                refused[stack] = str(problem)
                print(f"{stack}: not judged", flush=True)
                print(f"error: {problem}", file=sys.stderr, flush=True)
            else:
                print("\n".join(output.lines(stack, found[stack])), flush=True)
        wanted = ((given.sarif, output.sarif), (given.junit, output.junit))
        _write([(path, text(found, refused)) for path, text in wanted if path])
    except PolicyProblem as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    if refused:
        return 2
    return int(any(answer.blocks for answers in found.values() for answer in answers))


def _write(files: Iterable[tuple[Path, str]]) -> None:
    """Write every file that can be written.

    Raises:
        PolicyProblem: Some cannot be; one message names them all.
    """
    problems = []
    for path, text in files:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        except OSError as error:
            problems.append(f"{path} ({(error.strerror or 'no reason given').lower()})")
        else:
            print(f"written: {path}")
    if problems:
        raise PolicyProblem(f"cannot be written: {', '.join(problems)}. Give the path of a file in a folder of yours.")


if __name__ == "__main__":
    sys.exit(main())
