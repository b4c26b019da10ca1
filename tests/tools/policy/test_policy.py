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
from tools.policy.problem import PolicyProblem

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


@pytest.mark.policy
def test_a_violation_names_the_object_as_an_exemption_of_it_must(folder):
    change(folder, workspaceDefaults={"profile": "small", "homeSize": "10Gi", "idle": {"afterMinutes": 900}})
    found = [one for one in command.judge(folder, "dev") if one.blocks]
    more = {"reason": "a trial", "owner": "ops", "expires": "9999-12-31"}
    exemptions = [{"rule": one.finding.rule, "resource": one.name, **more} for one in found]
    (folder / "policies" / "config" / "dev.json").write_text(json.dumps({"exemptions": exemptions}))

    again = [one for one in command.judge(folder, "dev") if one.finding.rule == "SLATE-IDLE"]

    assert "StatefulSet ws-vision/alice" in {one.name for one in found}
    assert {one.finding.outcome for one in again} == {Outcome.EXEMPTED}
    assert {one.name for one in again} == {one.name for one in found if one.finding.rule == "SLATE-IDLE"}


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


@pytest.mark.parametrize("answers", [[], [answer()]])
def test_a_stack_that_cannot_be_judged_keeps_the_others_from_nothing(monkeypatch, tmp_path, capsys, answers):
    def judge(_root: Path, stack: str) -> list[Answer]:
        if stack == "eks":
            raise PolicyProblem("Pulumi.eks.yaml: it is wrong,\nin two lines")
        return answers

    monkeypatch.setattr(command, "judge", judge)
    sarif, junit = tmp_path / "policies.sarif", tmp_path / "policies.xml"
    stacks_given = [word for name in ("dev", "eks", "onprem") for word in ("--stack", name)]

    assert command.main([*stacks_given, "--sarif", str(sarif), "--junit", str(junit)]) == 2

    said = capsys.readouterr()
    heads = [line.split(":")[0] for line in said.out.splitlines() if not line.startswith(" ")]
    assert heads == ["dev", "eks", "onprem", "written", "written"]
    assert said.err == "error: Pulumi.eks.yaml: it is wrong,\nin two lines\n"
    run = json.loads(sarif.read_text())["runs"][0]
    (told,) = [result for result in run["results"] if result["ruleId"] == output.NOT_JUDGED]
    assert told["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "Pulumi.eks.yaml"
    assert (told["level"], told["message"]["text"]) == ("error", "Pulumi.eks.yaml: it is wrong,\nin two lines")
    assert output.NOT_JUDGED in {rule["id"] for rule in run["tool"]["driver"]["rules"]}
    suites = {suite.attrib["name"]: suite for suite in ElementTree.parse(junit).getroot()}  # noqa: S314 - our own file
    assert set(suites) == {"dev", "eks", "onprem"}
    assert suites["eks"].attrib["errors"] == "1"
    errors = [error.text for error in suites["eks"].iter("error")]
    assert errors == ["Pulumi.eks.yaml: it is wrong,\nin two lines"]


@pytest.mark.parametrize("wrong", ["", "file/report"])
def test_a_report_that_cannot_be_written_keeps_the_other_from_nothing(monkeypatch, tmp_path, capsys, wrong):
    monkeypatch.setattr(command, "judge", lambda *_: [])
    (tmp_path / "file").touch()
    junit = tmp_path / "policies.xml"

    assert command.main(["--stack", "dev", "--sarif", str(tmp_path / wrong), "--junit", str(junit)]) == 2

    said = capsys.readouterr()
    assert junit.exists()
    assert f"written: {junit}" in said.out
    assert said.err.startswith(f"error: cannot be written: {tmp_path / wrong} (")


def test_reports_that_cannot_be_written_are_told_in_one_message(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(command, "judge", lambda *_: [])
    other = tmp_path / "other"
    other.mkdir()

    assert command.main(["--stack", "dev", "--sarif", str(tmp_path), "--junit", str(other)]) == 2
    assert capsys.readouterr().err.count("(is a directory)") == 2


def test_two_reports_in_one_file_are_refused(capsys):
    with pytest.raises(SystemExit) as end:
        command.main(["--sarif", "report", "--junit", "report"])

    assert end.value.code == 2
    assert "--sarif and --junit name the same file" in capsys.readouterr().err


@pytest.mark.policy
def test_what_the_program_refuses_is_told_in_its_words(files, capsys):
    (files / "__main__.py").write_text(
        "import sys\nimport pulumi\npulumi.log.warn('by the way')\npulumi.log.error('no such thing')\nsys.exit(32)\n"
    )

    with pytest.raises(PolicyProblem, match=r"^Pulumi\.dev\.yaml: the program refused it: no such thing$"):
        command.judge(files, "dev")

    assert capsys.readouterr().err == "by the way\n"


def test_sarif_names_rule_level_and_resource_and_suppresses_what_is_exempted():
    document = json.loads(output.sarif({"dev": [answer(), answer(Outcome.EXEMPTED, mandatory=False)]}, {}))

    blocking, exempted = document["runs"][0]["results"]
    assert (blocking["ruleId"], blocking["level"]) == ("SLATE-HOSTNS", "error")
    assert blocking["locations"][0]["logicalLocations"][0]["fullyQualifiedName"] == URN
    assert blocking["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "Pulumi.dev.yaml"
    assert "suppressions" in exempted
    known = {rule["id"] for rule in document["runs"][0]["tool"]["driver"]["rules"]}
    assert "SLATE-HOSTNS" in known


@pytest.mark.parametrize(
    ("urn", "about", "name"),
    [
        (URN, "StatefulSet ws-vision/alice", "StatefulSet ws-vision/alice"),
        (URN, "", "kubernetes:apps/v1:StatefulSet::alice--vision"),
        ("", "", ""),
    ],
)
def test_what_has_no_object_is_named_by_type_and_name(urn, about, name):
    assert Answer(answer().finding, True, urn, about).name == name


def test_the_worst_comes_first_and_the_undecided_are_counted():
    answers = [answer(rule="SLATE-DNS"), answer(), answer(Outcome.UNDECIDED)]

    text = "\n".join(output.lines("dev", answers))

    assert text.startswith("dev: 2 violations")
    assert text.index("SLATE-HOSTNS (critical") < text.index("SLATE-DNS (medium")
    assert "undecided at preview: 1" in text


def test_what_cannot_be_seen_is_spelled_out_and_leaves_the_report_whole():
    """A pipeline does not show a report that is no XML, and a terminal obeys what it is told to hide."""
    hidden = "Pod \x1b[8m\x01</failure>\u202e"
    found = {"dev": [Answer(Finding("SLATE-HOSTNS", Outcome.VIOLATION, "x", hidden, "Fix."), True, URN, hidden)]}

    report = ElementTree.fromstring(output.junit(found, {"prod": f"one\n{hidden}"}))  # noqa: S314 - our own text

    texts = [element.text for name in ("failure", "error") for element in report.iter(name)]
    spelled = "Pod U+001B[8mU+0001</failure>U+202E"
    assert texts == [f"{spelled} x {spelled}", f"one\n{spelled}"]
    assert "".join(output.lines("dev", found["dev"])).isprintable()


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
