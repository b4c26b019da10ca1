import io
import json

import pytest

from tools.stack import commands, opening, target
from tools.stack.problem import StackProblem
from tools.stack.progress import Progress
from tools.stack.session import Request

MADE = "encryptionsalt: v1:salt\nconfig:\n  slate:tokenSecret:\n    secure: v1:cipher\n"
NAMESPACE = "urn:pulumi:dev::slate::slate:index:Project$kubernetes:core/v1:Namespace::language"
STATE = {
    "deployment": {
        "resources": [
            {
                "urn": NAMESPACE,
                "type": "kubernetes:core/v1:Namespace",
                "protect": True,
                "inputs": {"metadata": {"name": "ws-language"}},
            }
        ]
    }
}
PROTECTED = {
    "diagnosticEvent": {
        "urn": NAMESPACE,
        "message": f"resource {NAMESPACE} cannot be deleted because it is protected.",
        "severity": "error",
    }
}


def run(command, layout, *arguments, **request):
    stream = io.StringIO()
    code = command(Request(**request), layout, Progress(stream), *arguments)
    return code, stream.getvalue()


def script(fake_pulumi, layout, **steps):
    own = layout.own_secrets() / "Pulumi.dev.yaml"
    base = {
        "stack ls": {"out": "[]"},
        "config set": {"reads": True, "write": [str(own), MADE]},
        "stack export": {"out": json.dumps(STATE)},
        "stack output": {"out": "{}"},
        "preview": {"events": [{"summaryEvent": {"isPreview": True, "result": "succeeded"}}]},
    }
    fake_pulumi.script(base | {name.replace("_", " "): step for name, step in steps.items()})


def works(fake_pulumi):
    return [call for call in fake_pulumi.calls if call["words"][0] in ("up", "preview", "refresh", "destroy")]


def test_up_gives_pulumi_the_joined_configuration(fake_pulumi, clone):
    script(fake_pulumi, clone)

    code, said = run(commands.up, clone)

    (call,) = works(fake_pulumi)
    assert code == 0
    assert call["words"][call["words"].index("--config-file") + 1] == str(clone.merged_file("dev"))
    assert "v1:cipher" in clone.merged_file("dev").read_text()
    assert "--yes" in call["words"]
    assert "PULUMI_K8S_UPSERT_EXISTING_OBJECTS" not in call["environment"]
    assert all(f"==> {phase}:" in said for phase in ("settings", "cluster", "stack", "pulumi"))


@pytest.mark.parametrize(
    ("command", "asked"),
    [
        (commands.up, "prepare"),
        (commands.preview, "foreseen"),
        (commands.refresh, "known"),
        (commands.destroy, "known"),
    ],
)
def test_only_up_supplies_images_and_a_preview_looks_ahead(fake_pulumi, clone, monkeypatch, command, asked):
    script(fake_pulumi, clone)
    called: list[str] = []
    for name in ("prepare", "foreseen", "known"):
        monkeypatch.setattr(
            opening.supply, name, lambda *_, name=name: called.append(name) or opening.supply.Supplied()
        )

    run(command, clone, yes=True)

    assert called == [asked]


def test_a_stack_on_a_cluster_that_is_gone_can_be_forgotten(fake_pulumi, clone):
    script(fake_pulumi, clone)
    clone.stacks.mkdir(parents=True)
    clone.identity("dev").write_text(json.dumps({"kind": target.KUBECONFIG, "uid": "gone", "server": "https://x"}))

    with pytest.raises(StackProblem, match="stack rm --force --yes --preserve-config"):
        run(commands.up, clone)
    assert commands.passthrough(Request(), clone, "stack rm --force --yes --preserve-config") == 0

    assert fake_pulumi.calls[-1]["words"][:2] == ["stack", "rm"]


def test_preview_on_a_cluster_that_is_not_the_default_says_so_in_what_comes_next(fake_pulumi, clone):
    step = {"op": "create", "urn": "urn:pulumi:dev::slate::x:y:Z::a", "type": "x:y:Z", "new": {"inputs": {}}}
    done = {"summaryEvent": {"isPreview": True, "result": "succeeded"}}
    script(fake_pulumi, clone, preview={"events": [{"resourcePreEvent": {"metadata": step}}, done]})

    _, said = run(commands.preview, clone, cluster="kubeconfig")

    assert "Apply it: make up CLUSTER=kubeconfig\n" in said


@pytest.mark.parametrize(("policy", "attempts"), [("slate-pods", 2), ("theirs", 1)])
def test_up_goes_on_once_where_the_api_server_may_not_know_the_changed_rules(
    fake_pulumi, clone, monkeypatch, policy, attempts
):
    monkeypatch.setattr(commands, "GUARDRAILS_SECONDS", 0)
    message = f"deployments.apps \"x\" is forbidden: ValidatingAdmissionPolicy '{policy}' denied request: no"
    failure = {"diagnosticEvent": {"urn": "urn", "message": message, "severity": "error"}}
    script(fake_pulumi, clone, up={"exit": 1, "events": [failure]})

    with pytest.raises(StackProblem, match="pulumi up failed") as failed:
        run(commands.up, clone)

    assert len(works(fake_pulumi)) == attempts
    assert ("If that was changed just now" in str(failed.value)) is (attempts == 2)


def test_up_after_a_killed_run_adopts_and_then_runs_as_usual(fake_pulumi, clone):
    script(fake_pulumi, clone)
    clone.stacks.mkdir(parents=True)
    clone.marker("dev").write_text("{}")

    run(commands.up, clone)

    first, second = works(fake_pulumi)
    assert first["environment"]["PULUMI_K8S_UPSERT_EXISTING_OBJECTS"] == "true"
    assert "PULUMI_K8S_ENABLE_PATCH_FORCE" not in first["environment"]
    assert "PULUMI_K8S_UPSERT_EXISTING_OBJECTS" not in second["environment"]
    assert not clone.marker("dev").exists()


def test_a_recovery_that_fails_is_tried_again_the_next_time(fake_pulumi, clone):
    script(fake_pulumi, clone, up={"kill": True})
    clone.stacks.mkdir(parents=True)
    clone.marker("dev").write_text("{}")

    with pytest.raises(StackProblem, match="was killed"):
        run(commands.up, clone)

    assert clone.marker("dev").exists()


def test_a_recovery_that_ends_with_an_error_is_tried_again_the_next_time(fake_pulumi, clone):
    script(fake_pulumi, clone, up={"exit": 1})
    clone.stacks.mkdir(parents=True)
    clone.marker("dev").write_text("{}")

    with pytest.raises(StackProblem, match="failed"):
        run(commands.up, clone)

    assert clone.marker("dev").exists()


def test_a_protected_project_is_refused_with_the_command_that_allows_it(fake_pulumi, clone):
    script(fake_pulumi, clone, up={"exit": 1, "events": [PROTECTED]})

    with pytest.raises(StackProblem, match="make unprotect PROJECT=language") as refused:
        run(commands.up, clone)

    assert refused.value.exit_code == 1


def test_preview_writes_no_marker_and_says_that_nothing_was_changed(fake_pulumi, clone):
    script(fake_pulumi, clone)

    code, said = run(commands.preview, clone)

    (call,) = works(fake_pulumi)
    assert code == 0
    assert call["words"][:2] == ["preview", "--diff"]
    assert "Nothing was changed.\n" in said  # and there is nothing to apply


def test_destroy_asks_first(fake_pulumi, clone, monkeypatch):
    script(fake_pulumi, clone)
    monkeypatch.setattr("sys.stdin", io.StringIO(""))

    with pytest.raises(StackProblem, match="YES=1"):
        run(commands.destroy, clone)

    assert works(fake_pulumi) == []


def test_destroy_with_yes_does_not_ask(fake_pulumi, clone):
    script(fake_pulumi, clone)

    run(commands.destroy, clone, yes=True)

    assert [call["words"][0] for call in works(fake_pulumi)] == ["destroy"]


def test_unprotect_names_exactly_that_projects_namespace(fake_pulumi, clone):
    script(fake_pulumi, clone)

    code, said = run(commands.unprotect, clone, "language")

    (call,) = [call for call in fake_pulumi.calls if call["words"][:2] == ["state", "unprotect"]]
    assert code == 0
    assert call["words"][2] == NAMESPACE
    assert "every home" in said


def test_unprotect_of_an_unknown_project_names_those_there_are(fake_pulumi, clone):
    system = {"urn": "urn", "type": "kubernetes:core/v1:Namespace", "inputs": {"metadata": {"name": "slate-system"}}}
    state = {"deployment": {"resources": [*STATE["deployment"]["resources"], system]}}
    script(fake_pulumi, clone, stack_export={"out": json.dumps(state)})

    with pytest.raises(StackProblem, match=r"Projects: language\.$"):
        run(commands.unprotect, clone, "vision")


def test_any_pulumi_command_is_passed_on_with_its_exit_code(fake_pulumi, clone):
    script(fake_pulumi, clone, about={"exit": 5})

    code = commands.passthrough(Request(), clone, "about --json 'a b'")

    assert code == 5
    assert fake_pulumi.calls[-1]["words"] == ["about", "--json", "a b"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [("", "Say what to run"), ("stack 'output", "split"), ("config set slate:domain x", "Edit Pulumi.dev.yaml")],
)
def test_a_pulumi_command_that_makes_no_sense_is_answered(fake_pulumi, clone, arguments, message):
    script(fake_pulumi, clone)

    with pytest.raises(StackProblem, match=message):
        commands.passthrough(Request(), clone, arguments)


def test_wrong_settings_are_told_before_anything_starts(fake_pulumi, clone):
    script(fake_pulumi, clone)
    path = clone.settings_file("dev")
    path.write_text(path.read_text().replace("slate:domain:", "slate:domian:"))

    with pytest.raises(StackProblem, match="domian"):
        run(commands.up, clone)

    assert fake_pulumi.calls == []


def test_wrong_parameters_of_the_rules_are_told_before_anything_starts(fake_pulumi, clone):
    script(fake_pulumi, clone)
    (clone.rules / "dev.json").write_text("{")

    with pytest.raises(StackProblem, match=r"policies/config/dev\.json cannot be read"):
        run(commands.up, clone)

    assert fake_pulumi.calls == []
