"""The rules in `make up` and `make preview`: a violation stops both, before anything is changed."""

import json

import pytest
import yaml

from policies.findings import Outcome, read
from tests.acceptance.clone import Clone
from tests.policies.bases import of_kind
from tests.policies.fault import put

pytestmark = pytest.mark.cluster


def idle(clone: Clone, minutes: int) -> None:
    clone.workspace("language", "erin")["idle"] = {"afterMinutes": minutes}
    clone.write_settings()


def test_a_violation_stops_up_with_rule_resource_and_remedy_and_makes_no_workspace(clone):
    idle(clone, 1200)

    said = clone.run("up", code=1)

    assert "[mandatory]" in said
    assert "[SLATE-IDLE] metadata.annotations.slate.dev/idle-after-minutes: must be a number of minutes" in said
    assert "kubernetes:apps/v1:StatefulSet: erin--language" in said
    assert "Fix: Set idle.afterMinutes in the settings" in said
    assert "docs/policies.md" in said
    assert "erin" not in clone.names("statefulset", "--all-namespaces")


def test_without_it_everything_is_made_and_a_second_run_changes_nothing(clone):
    idle(clone, 120)

    clone.run("up")

    assert "erin" in clone.names("statefulset", "--namespace", "ws-language")
    assert clone.changes() == []


def test_a_violation_stops_preview_and_its_events_can_be_read_back(clone):
    idle(clone, 1200)

    said = clone.run("preview", code=1)

    assert "SLATE-IDLE" in said
    events: list[tuple[str, str]] = []
    with pytest.raises(Exception, match=r"(?s)SLATE-IDLE"):
        clone.stack().preview(
            config_file=str(clone.config_file()),
            policy_packs=[str(clone.root / "policies")],
            on_event=lambda event: (
                event.policy_event and events.append((event.policy_event.policy_name, event.policy_event.message))
            ),
        )
    (finding,) = [found for name, message in events if (found := read(name, message))]
    assert (finding.rule, finding.outcome) == ("SLATE-IDLE", Outcome.VIOLATION)
    idle(clone, 120)


def test_an_exemption_lets_it_through_and_is_listed(clone):
    idle(clone, 1200)
    path = clone.root / "policies" / "config" / "dev.json"
    before = path.read_text()
    entry = {"rule": "SLATE-IDLE", "resource": "StatefulSet ws-language/erin", "reason": "a long experiment"}
    exemption = entry | {"owner": "erin", "expires": "2999-12-31"}
    path.write_text(json.dumps(json.loads(before) | {"exemptions": [exemption]}))

    said = clone.run("preview")

    assert "[SLATE-IDLE]" in said
    assert "exempted until 2999-12-31: a long experiment (erin)" in said
    path.write_text(before)
    idle(clone, 120)


def test_what_kubectl_makes_is_refused_with_the_same_ids(clone, tmp_path):
    bad = of_kind("Deployment")
    put(bad, "metadata.namespace", "ws-language")
    put(bad, "spec.template.spec.containers[0].securityContext", {"privileged": True, "readOnlyRootFilesystem": True})
    file = tmp_path / "bad.yaml"
    file.write_text(yaml.safe_dump(bad))

    with pytest.raises(AssertionError, match=r"SLATE-PRIV: No container is privileged"):
        clone.kubectl("apply", "--filename", str(file))
    for change in ("pod-security.kubernetes.io/enforce=privileged", "slate.dev/guardrails-"):
        with pytest.raises(AssertionError, match=r"SLATE-NS-(PSA|GUARD): "):
            clone.kubectl("label", "namespace", "ws-language", change, "--overwrite")


def test_what_changed_parameters_allow_is_made_in_the_same_run(clone):
    """The API server looks for changed admission policies once a second; the image comes some milliseconds later."""
    path, images = clone.root / "policies" / "config" / "dev.json", clone.settings["config"]["slate:images"]
    parameters, before = json.loads(path.read_text()), images["placeholder"]
    parameters["parameters"]["registries"].append("images.example.org/")
    path.write_text(json.dumps(parameters))
    images["placeholder"] = f"images.example.org/{before.partition('/')[2]}"
    clone.write_settings()

    clone.run("up")

    container = clone.get("statefulset", "erin", "--namespace=ws-language")["spec"]["template"]["spec"]["containers"][0]
    assert container["image"] == images["placeholder"]


def test_wrong_parameters_stop_the_run_in_one_message(clone):
    path = clone.root / "policies" / "config" / "dev.json"
    before = path.read_text()
    path.write_text('{"levels": {"SLATE-PRIV": "off"}}')

    said = clone.run("preview", code=1)

    assert "policies/config/dev.json: levels.SLATE-PRIV is 'off'; allowed: mandatory, advisory, disabled" in said
    path.write_text(before)


def test_everything_can_be_destroyed_and_made_again(clone):
    clone.run("destroy", "--yes")
    assert not [name for name in clone.names("validatingadmissionpolicy") if name.startswith("slate-")]

    clone.run("up")

    assert clone.changes() == []
