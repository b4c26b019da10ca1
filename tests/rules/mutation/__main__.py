"""Command line: `python -m tests.rules.mutation`; the last line is the score as JSON."""

import argparse
import json
import os
import random
import signal
import sys
from collections.abc import Sequence

from tests.conftest import binaries
from tests.rules.mutation.equivalents import reason_for
from tests.rules.mutation.operators import Mutation
from tests.rules.mutation.trial import Trial
from tools.paths import SLATE

MEMORY = SLATE / "mutation" / "answers"
SEED = 6
"""A sample is always the same one, so that a failure can be seen again."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Try mutations and print the score. A run that was stopped goes on where it was.

    Returns:
        0 if a time line notices every mutation that is not equivalent, 1 if not, 2 without promtool, 130 if stopped.
    """
    parser = argparse.ArgumentParser(prog="python -m tests.rules.mutation", description=__doc__)
    parser.add_argument("--sample", type=int, metavar="N", help="try N of them, always the same (default: all)")
    parser.add_argument(
        "--group", action="append", metavar="NAME", help="only rules of this group, such as slate-states"
    )
    parser.add_argument("--workers", type=int, metavar="N", default=os.cpu_count() or 1, help="how many at a time")
    parser.add_argument("--anew", action="store_true", help="ask promtool again what it was asked before")
    options = parser.parse_args(arguments)
    promtool = binaries() / "promtool"
    if not promtool.exists():
        print("promtool is missing: run `python3 -m tools.bootstrap ensure prometheus`", file=sys.stderr)
        return 2
    if options.anew:
        MEMORY.unlink(missing_ok=True)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    os.nice(19)  # it takes all processors for long; what else runs here goes first
    trial = Trial(promtool, MEMORY)
    chosen = [one for one in trial.mutations if not options.group or one.group in options.group]
    if options.sample:
        chosen = random.Random(SEED).sample(chosen, min(options.sample, len(chosen)))  # noqa: S311 - no secret
    equivalent = [one for one in chosen if reason_for(one.name)]
    tried = [one for one in chosen if one not in equivalent]
    width = len(str(len(tried)))

    def say(done: int, mutation: Mutation, noticed: str | None) -> None:
        print(f"{done:{width}}/{len(tried)} {mutation.name}: {noticed or 'NOT NOTICED'}", file=sys.stderr, flush=True)

    try:
        missed = trial.survivors(tried, max(1, options.workers), say)
    except KeyboardInterrupt:
        print("stopped; run it again to go on", file=sys.stderr)
        return 130
    noticed = len(tried) - len(missed)
    score = {
        "name": "rule-mutations",
        "value": round(noticed / len(tried), 4) if tried else None,
        "unit": "share noticed",
        "goal": 1.0,
        "met": not missed,
        "tried": len(tried),
        "noticed": noticed,
        "equivalent": len(equivalent),
        "missed": [one.name for one in missed],
    }
    print(json.dumps(score))
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
