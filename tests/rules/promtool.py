"""Runs promtool on time lines."""

import json
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from components.service_levels.promql import Group
from tests.rules.timeline import Case, Check

_PATIENCE_SECONDS = 3600.0
"""Far more than any takes: a trial may be suspended in the midst of it."""


def run(promtool: Path, folder: Path, groups: Iterable[Group], cases: Iterable[Case]) -> str:
    """What promtool says is wrong; empty when each case comes out as it must.

    Args:
        promtool: The program.
        folder: Where files are put.
        groups: All groups of rules.
        cases: Time lines of one step length; rules of groups that none of them names take no part.

    Raises:
        RuntimeError: promtool did not come to its end.
    """
    every = list(cases)
    # JSON is YAML, and is written in a hundredth of the time.
    (folder / "test.yml").write_text(json.dumps(document(groups, every, folder)))
    command = [str(promtool), "test", "rules", str(folder / "test.yml")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_PATIENCE_SECONDS)
    if done.returncode not in (0, 1):  # a signal, such as that of Ctrl-C, says nothing about rules
        raise RuntimeError(f"promtool ended with {done.returncode}: {done.stderr[-1000:]}")
    return "" if done.returncode == 0 else done.stdout + done.stderr


def document(groups: Iterable[Group], cases: list[Case], folder: Path) -> dict[str, Any]:
    """A test file of promtool; writes the rules that it names.

    promtool evaluates groups in no order unless told so.
    """
    used = [group for group in groups if any(group["name"] in case.groups for case in cases)]
    (folder / "rules.yml").write_text(json.dumps({"groups": used}))
    (step,) = {case.step for case in cases}
    return {
        "rule_files": ["rules.yml"],
        "evaluation_interval": f"{step}s",
        "group_eval_order": [group["name"] for group in used],
        "tests": [_block(case) for case in cases],
    }


def _block(case: Case) -> dict[str, Any]:
    return {
        "name": case.name,
        "interval": f"{case.step}s",
        "input_series": case.series,
        "promql_expr_test": [_check(check, case.step) for check in case.checks],
    }


def _check(check: Check, step: int) -> dict[str, Any]:
    return {
        "expr": check.expression,
        "eval_time": f"{round(check.step * step)}s",
        "exp_samples": [{"labels": labels, "value": number} for labels, number in check.samples],
    }
