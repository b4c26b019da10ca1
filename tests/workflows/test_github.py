"""The workflow for GitHub Actions: right by its grammar, and nothing in it reaches further than it must."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import binaries
from tests.workflows import targets
from tools.paths import ROOT

FILE = ROOT / ".github/workflows/pull-request.yml"
HARMLESS = {"contents": "read", "actions": "read"}


def jobs() -> dict[str, Any]:
    return yaml.safe_load(FILE.read_text(encoding="utf-8"))["jobs"]


def steps() -> list[dict[str, Any]]:
    return [step for job in jobs().values() for step in job["steps"]]


@pytest.mark.workflows
@pytest.mark.parametrize("file", sorted((ROOT / ".github/workflows").iterdir()), ids=lambda file: file.name)
def test_actionlint_finds_nothing(file: Path):
    found = subprocess.run(
        [str(binaries() / "actionlint"), "-no-color", str(file)], capture_output=True, text=True, check=False
    )

    assert found.returncode == 0, found.stdout + found.stderr


def test_every_action_is_pinned_by_its_commit_and_says_which_release_that_is():
    used = re.findall(r"uses: (\S+)(.*)", FILE.read_text(encoding="utf-8"))

    assert len(used) == len([step for step in steps() if "uses" in step]) > 5
    for action, comment in used:
        assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", action), action
        assert re.fullmatch(r" # v\d+\.\d+\.\d+", comment), action


def test_one_release_of_an_action_is_used_throughout():
    used = {step["uses"] for step in steps() if "uses" in step}

    assert len({action.partition("@")[0] for action in used}) == len(used)


def test_every_make_target_exists():
    named = targets.named([step.get("run", "") for step in steps()])

    assert {"lint", "policy", "test-mocks", "preview"} <= named
    assert named <= targets.known()


def test_nothing_runs_with_the_rights_of_the_base_repository_for_a_fork():
    triggers = yaml.safe_load(FILE.read_text(encoding="utf-8"))[True]  # YAML 1.1 reads `on` so

    assert set(triggers) == {"pull_request", "push"}


def test_a_job_has_no_rights_but_its_own():
    whole = yaml.safe_load(FILE.read_text(encoding="utf-8"))

    assert whole["permissions"] == {}
    assert jobs()["check"]["permissions"] == {"contents": "read"}
    for name, job in jobs().items():
        more = {key for key, value in job["permissions"].items() if HARMLESS.get(key) != value}
        assert more == {"preview": {"id-token", "pull-requests"}, "code-scanning": {"security-events"}}.get(name, set())


def test_what_has_rights_or_secrets_is_left_out_for_forks():
    for name, job in jobs().items():
        secret = "secrets." in yaml.safe_dump(job) or set(job["permissions"].values()) != {"read"}
        own = "github.event.pull_request.head.repo.full_name == github.repository" in job.get("if", "")
        assert own == secret, name


def test_no_checkout_leaves_its_token_behind():
    for step in steps():
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False


def test_secrets_reach_a_step_by_its_environment_alone():
    for step in steps():
        assert "secrets." not in step.get("run", "")
        # An expression in a script is text that somebody else may have written.
        assert "${{" not in step.get("run", "")


def test_the_comment_is_written_when_the_preview_fails():
    (comment,) = [step for step in jobs()["preview"]["steps"] if "make comment" in step.get("run", "")]

    assert comment["if"] == "${{ !cancelled() }}"


def test_the_comment_is_written_when_the_time_of_the_preview_is_up():
    job = jobs()["preview"]
    (preview,) = [step for step in job["steps"] if "make preview" in step.get("run", "")]

    # A step that runs out of time fails; a job is cancelled, and its later steps with it.
    assert preview["timeout-minutes"] + 5 <= job["timeout-minutes"]


def test_a_newer_commit_ends_the_preview_of_an_older_one():
    assert jobs()["preview"]["concurrency"]["cancel-in-progress"] is True
    assert "pull_request.number" in jobs()["preview"]["concurrency"]["group"]
