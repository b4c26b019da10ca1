"""The pipeline for GitLab: right by GitLab's own schema, and without secrets for forks."""

from typing import Any

import pytest
import yaml
from check_jsonschema.cli import main as check_jsonschema
from click.testing import CliRunner

from tests.workflows import targets
from tools.paths import ROOT

FILE = ROOT / ".gitlab-ci.yml"


def pipeline() -> dict[str, Any]:
    return yaml.safe_load(FILE.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("schema", "file"),
    [
        ("vendor.gitlab-ci", ".gitlab-ci.yml"),
        ("vendor.github-workflows", ".github/workflows/pull-request.yml"),
        ("vendor.dependabot", ".github/dependabot.yml"),
    ],
)
def test_the_file_is_as_its_schema_says(schema: str, file: str):
    found = CliRunner().invoke(check_jsonschema, ["--builtin-schema", schema, str(ROOT / file)])

    assert found.exit_code == 0, found.output


def test_a_mistake_is_found_by_the_schema(tmp_path):
    wrong = pipeline()
    wrong["check"]["artifacts"]["reports"]["junit"] = {"path": "policies.xml"}
    (tmp_path / "wrong.yml").write_text(yaml.safe_dump(wrong))

    found = CliRunner().invoke(check_jsonschema, ["--builtin-schema", "vendor.gitlab-ci", str(tmp_path / "wrong.yml")])

    assert found.exit_code == 1


def test_every_make_target_exists():
    jobs = [job for job in pipeline().values() if isinstance(job, dict) and "script" in job]
    named = targets.named([line for job in jobs for line in (*job["script"], *job.get("after_script", ()))])

    assert {"lint", "policy", "test-mocks", "preview"} <= named
    assert named <= targets.known()


def test_the_preview_runs_for_the_projects_own_branches_alone():
    (rule,) = pipeline()["preview"]["rules"]

    assert "$CI_MERGE_REQUEST_SOURCE_PROJECT_ID == $CI_MERGE_REQUEST_PROJECT_ID" in rule["if"]
    assert "$SLATE_STACK" in rule["if"]


def test_the_check_has_no_environment_and_so_no_variables_of_one():
    assert "environment" not in pipeline()["check"]
    assert pipeline()["preview"]["environment"]["name"] == "preview"


def test_the_comment_is_written_when_the_preview_fails():
    assert any("make comment" in line for line in pipeline()["preview"]["after_script"])


def test_the_comment_is_written_when_the_time_of_the_preview_is_up():
    job = pipeline()["preview"]
    names = ("RUNNER_SCRIPT_TIMEOUT", "RUNNER_AFTER_SCRIPT_TIMEOUT")
    script, after = (int(job["variables"][name].removesuffix("m")) for name in names)

    # GitLab runs `after_script` only if both fit into the time of the job.
    assert script + after < int(job["timeout"].removesuffix(" minutes"))


def test_findings_are_kept_when_the_check_fails():
    assert pipeline()["check"]["artifacts"]["when"] == "always"
