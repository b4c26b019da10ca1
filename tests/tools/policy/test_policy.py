"""`make policy`: the pack on the mocked program of stack files."""

import json
import shutil
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml

from policies.findings import Finding, Outcome
from tools.paths import ROOT
from tools.policy import __main__ as command
from tools.policy import output, page, stacks
from tools.policy.analyzer import Answer

URN = "urn:pulumi:dev::slate::slate:index:Project$kubernetes:apps/v1:StatefulSet::alice--vision"


def answer(outcome: Outcome = Outcome.VIOLATION, *, mandatory: bool = True, rule: str = "SLATE-HOSTNS") -> Answer:
    return Answer(Finding(rule, outcome, "spec.hostPID", "must not be true.", "Remove it."), mandatory, URN)


@pytest.fixture
def folder(tmp_path) -> Path:
    """A copy of the program, to be changed."""
    for name in ("__main__.py", "Pulumi.yaml", "Pulumi.dev.yaml", "components", "settings", "policies", "images"):
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, tmp_path)
    return tmp_path


def change(folder: Path, **settings: Any) -> None:
    path = folder / "Pulumi.dev.yaml"
    content = yaml.safe_load(path.read_text())
    content["config"] |= {f"slate:{key}": value for key, value in settings.items()}
    path.write_text(yaml.safe_dump(content))


@pytest.mark.policy
@pytest.mark.parametrize("stack", stacks.names(ROOT))
def test_every_stack_file_of_the_repository_keeps_the_rules(stack):
    assert [str(one.finding) for one in command.judge(ROOT, stack) if one.blocks] == []


@pytest.mark.policy
def test_a_violation_in_the_settings_is_found_without_cluster_and_engine(folder):
    change(
        folder,
        workspaceDefaults={"profile": "small", "homeSize": "10Gi", "idle": {"afterMinutes": 900, "warnMinutes": 5}},
        serviceLevels={"availability": 99.1},
        images={"placeholder": "docker.io/library/python@sha256:" + "0" * 64},
    )

    blocking = {one.finding.rule for one in command.judge(folder, "dev") if one.blocks}

    assert blocking == {"SLATE-IDLE", "SLATE-SLA-FLOOR", "SLATE-IMG-REG"}


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        ([], 0),
        ([answer(Outcome.UNDECIDED), answer(Outcome.EXEMPTED)], 0),
        ([answer(mandatory=False)], 0),
        ([answer()], 1),
        ([answer(Outcome.CRASHED)], 1),
    ],
)
def test_exit_code_and_reports(monkeypatch, tmp_path, answers, code):
    monkeypatch.setattr(command, "judge", lambda *_: answers)
    sarif, junit = tmp_path / "a" / "policies.sarif", tmp_path / "policies.xml"

    assert command.main(["--stack", "dev", "--sarif", str(sarif), "--junit", str(junit)]) == code

    results = json.loads(sarif.read_text())["runs"][0]["results"]
    assert len(results) == len(answers)
    suite = ElementTree.parse(junit).getroot()[0]  # noqa: S314 - our own file
    assert suite.attrib["failures"] == str(code)
    assert len(suite) > 80


def test_sarif_names_rule_level_and_resource_and_suppresses_what_is_exempted():
    document = json.loads(output.sarif({"dev": [answer(), answer(Outcome.EXEMPTED, mandatory=False)]}))

    blocking, exempted = document["runs"][0]["results"]
    assert (blocking["ruleId"], blocking["level"]) == ("SLATE-HOSTNS", "error")
    assert blocking["locations"][0]["logicalLocations"][0]["fullyQualifiedName"] == URN
    assert blocking["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "Pulumi.dev.yaml"
    assert "suppressions" in exempted
    known = {rule["id"] for rule in document["runs"][0]["tool"]["driver"]["rules"]}
    assert "SLATE-HOSTNS" in known


def test_the_worst_comes_first_and_the_undecided_are_counted():
    answers = [answer(rule="SLATE-DNS"), answer(), answer(Outcome.UNDECIDED)]

    text = "\n".join(output.lines("dev", answers))

    assert text.startswith("dev: 2 violations")
    assert text.index("SLATE-HOSTNS (critical") < text.index("SLATE-DNS (medium")
    assert "undecided at preview: 1" in text


@pytest.mark.parametrize("secret", ["tokenSecret", "registryCredentials"])
def test_images_that_are_built_count_as_built_and_secrets_are_left_out(files, secret):
    change(files, **{secret: {"secure": "v1:x"}})

    read = stacks.read(files, "dev")
    filled = stacks.filled(read | {"registry": {"type": "local"}, "images": {"build": True, "builder": "docker"}})

    assert secret not in read
    assert filled["registry"]["host"] == stacks.LOCAL_REGISTRY
    assert filled["images"]["build"] is False
    assert filled["images"]["environments"]["default"].endswith(stacks.NOT_BUILT)


def test_the_page_is_up_to_date():
    assert page.main(["--check"]) == 0


def test_a_stale_page_is_found_and_rewritten(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(page, "ROOT", tmp_path)
    (tmp_path / "docs").mkdir()

    assert page.main(["--check"]) == 1
    assert "not up to date; run: python -m tools.policy.page" in capsys.readouterr().err
    assert page.main([]) == 0
    assert page.main(["--check"]) == 0
