"""The life of a stack on a real API server, from the first `up` to `destroy`.

One story: each test goes on where the one before it ended.
"""

from typing import Any

import pytest

from tests.acceptance.clone import Clone, eventually, states
from tools.stack import processes

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(900)]

POD_PROFILE = "jsonpath={.spec.containers[0].resources.requests.cpu}"


def pod(clone: Clone, project: str, name: str) -> dict[str, Any]:
    return clone.get("pod", f"{name}-0", "--namespace", f"ws-{project}")


def replicas(clone: Clone, project: str, name: str) -> int:
    return clone.get("statefulset", name, "--namespace", f"ws-{project}")["spec"]["replicas"]


def scale(clone: Clone, project: str, name: str, count: int) -> None:
    clone.kubectl("scale", "statefulset", name, f"--replicas={count}", "--namespace", f"ws-{project}")


def home(clone: Clone, project: str, name: str) -> dict[str, Any]:
    return clone.get("persistentvolumeclaim", f"home-{name}-0", "--namespace", f"ws-{project}")


def test_the_first_up_ends_with_every_workspace_ready(clone):
    clone.project("language")["protected"] = True
    clone.workspace("language", "frank")["state"] = "asleep"
    clone.write_settings()

    said = clone.run("up")

    assert states(said) == {"alice": "ready", "bob": "ready", "carol": "ready", "erin": "ready", "frank": "asleep"}
    assert "2 of 2" in said
    assert "1 of 2 nvidia.com/gpu" in said
    assert replicas(clone, "language", "frank") == 0


def test_the_second_up_changes_nothing(clone):
    said = clone.run("up")

    assert clone.changes() == []
    assert "unchanged" in said
    assert not any(word in said for word in (" created", " updated", " deleted", " replaced"))


def test_the_stack_file_in_git_stays_as_it_is_and_holds_no_secret(clone):
    text = (clone.root / "Pulumi.dev.yaml").read_text()

    assert "tokenSecret" not in text
    assert "encryptionsalt" not in text


def test_a_changed_profile_shows_as_exactly_that_workspace(clone):
    clone.workspace("vision", "bob")["profile"] = "small"
    clone.write_settings()

    said = clone.run("preview")

    assert clone.changes() == [("update", "kubernetes:apps/v1:StatefulSet::bob--vision")]
    assert "bob--vision" in said
    assert "carol--vision" not in said


def test_up_does_not_touch_the_running_pod(clone):
    before = pod(clone, "vision", "bob")

    said = clone.run("up")

    after = pod(clone, "vision", "bob")
    assert after["metadata"]["uid"] == before["metadata"]["uid"]
    assert after["spec"] == before["spec"]
    assert "ready (update at its next start)" in said
    assert clone.changes() == []


def test_the_next_start_takes_the_changed_profile(clone):
    scale(clone, "vision", "bob", 0)
    eventually(lambda: "bob-0" not in clone.names("pods", "--namespace", "ws-vision"), "bob's pod is gone")
    scale(clone, "vision", "bob", 1)

    said = clone.run("up")

    assert clone.kubectl("get", "pod", "bob-0", "--namespace", "ws-vision", "--output", POD_PROFILE) == "1"
    assert "update at its next start" not in said


def test_up_and_refresh_leave_a_sleeping_workspace_asleep_and_do_not_hang(clone):
    scale(clone, "vision", "carol", 0)
    eventually(lambda: "carol-0" not in clone.names("pods", "--namespace", "ws-vision"), "carol's pod is gone")
    clone.workspace("vision", "carol")["idle"] = {"afterMinutes": 45}
    clone.write_settings()

    said = clone.run("up")
    clone.run("refresh", "--yes")
    again = clone.run("up")

    assert states(said)["carol"] == "asleep"
    assert replicas(clone, "vision", "carol") == 0
    assert "carol-0" not in clone.names("pods", "--namespace", "ws-vision")
    assert "unchanged" in again
    assert clone.changes() == []


def test_a_woken_workspace_stays_awake(clone):
    scale(clone, "vision", "carol", 1)
    scale(clone, "language", "frank", 1)

    clone.run("up")

    assert replicas(clone, "vision", "carol") == 1
    assert replicas(clone, "language", "frank") == 1
    assert clone.changes() == []


def test_a_home_that_grows_grows_in_place(clone):
    before = clone.get("statefulset", "alice", "--namespace", "ws-vision")
    uid = home(clone, "vision", "alice")["metadata"]["uid"]
    clone.workspace("vision", "alice")["homeSize"] = "30Gi"
    clone.write_settings()

    clone.run("up")

    eventually(lambda: home(clone, "vision", "alice")["status"]["capacity"]["storage"] == "30Gi", "the home has grown")
    after = clone.get("statefulset", "alice", "--namespace", "ws-vision")
    assert home(clone, "vision", "alice")["metadata"]["uid"] == uid
    assert after["spec"]["volumeClaimTemplates"] == before["spec"]["volumeClaimTemplates"]
    assert after["metadata"]["uid"] == before["metadata"]["uid"]


def test_after_growing_there_is_nothing_more_to_do(clone):
    assert clone.changes() == []

    clone.run("up")

    assert home(clone, "vision", "alice")["spec"]["resources"]["requests"]["storage"] == "30Gi"


def test_a_home_that_would_shrink_is_refused_and_nothing_is_done(clone):
    clone.workspace("vision", "alice")["homeSize"] = "5Gi"
    clone.write_settings()

    said = clone.run("up", code=1)

    assert "alice" in said
    assert "5Gi" in said
    assert "30Gi" in said
    assert home(clone, "vision", "alice")["spec"]["resources"]["requests"]["storage"] == "30Gi"
    clone.workspace("vision", "alice")["homeSize"] = "30Gi"
    clone.write_settings()


def test_a_name_used_again_by_another_owner_is_refused_while_the_old_home_exists(clone):
    clone.project("vision")["workspaces"].remove(clone.workspace("vision", "carol"))
    clone.write_settings()
    clone.run("up")
    assert home(clone, "vision", "carol")["metadata"]["labels"]["slate.dev/user"] == "carol"
    clone.project("vision")["workspaces"].append({"name": "carol", "user": "mallory"})
    clone.write_settings()

    said = clone.run("up", code=1)

    assert "home-carol-0" in said
    assert "mallory" in said
    assert "carol" not in clone.names("statefulsets", "--namespace", "ws-vision")


def test_once_the_old_home_is_deleted_the_name_is_free(clone):
    clone.kubectl("delete", "persistentvolumeclaim", "home-carol-0", "--namespace", "ws-vision")

    clone.run("up")

    assert home(clone, "vision", "carol")["metadata"]["labels"]["slate.dev/user"] == "mallory"


def test_a_removed_project_is_refused_while_protected_with_the_command_that_allows_it(clone):
    clone.settings["config"]["slate:projects"].remove(clone.project("language"))
    clone.write_settings()

    said = clone.run("up", code=1)

    assert "make unprotect PROJECT=language" in said
    assert "every home" in said
    assert "ws-language" in clone.names("namespaces")
    assert "home-erin-0" in clone.names("persistentvolumeclaims", "--namespace", "ws-language")


def test_preview_of_a_protected_removal_says_so_too(clone):
    assert "make unprotect PROJECT=language" in clone.run("preview", code=1)


def test_a_removed_project_goes_once_that_is_allowed(clone):
    said = clone.run("unprotect", "--project", "language")

    assert "make up" in said
    clone.run("up")
    assert "ws-language" not in clone.names("namespaces")
    assert "ws-vision" in clone.names("namespaces")


def test_destroy_leaves_nothing(clone):
    clone.run("destroy", "--yes")

    slate = "--selector=app.kubernetes.io/part-of=slate"
    assert not {name for name in clone.names("namespaces") if name.startswith(("ws-", "slate-"))}
    assert clone.names("nodes") == set()
    assert not {name for name in clone.names("priorityclasses") if name.startswith("slate-")}
    assert clone.names("persistentvolumes") == set()
    for kind in ("statefulsets", "pods", "persistentvolumeclaims", "secrets", "configmaps", "clusterroles"):
        everywhere = () if kind == "clusterroles" else ("--all-namespaces",)
        assert clone.names(kind, *everywhere, slate) == set()


def test_down_leaves_no_process_and_up_starts_again(clone):
    pids = [part.pid for part in clone.cluster.status().components]
    assert all(pids)

    clone.run("down")

    assert clone.cluster.status().state == "stopped"
    assert not any(processes.alive(pid) for pid in pids)
    assert "make up" in clone.run("preview", code=1)
    assert "stopped" in clone.run("status")
