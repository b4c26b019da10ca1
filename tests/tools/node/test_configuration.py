import json
import tomllib
from pathlib import Path

from tools.node import configuration, identities, manifests
from tools.node.layout import Layout
from tools.node.network import Addresses
from tools.node.programs import NAMES, programs

LAYOUT = Layout(Path('/clone with "quotes"/.slate/node'))
ADDRESSES = Addresses(5)
AUTHORITY = Path("/clone/.slate/cluster/pki/cluster-authority.crt")


def files():
    return configuration.files(
        LAYOUT, ADDRESSES, Path("/bin dir"), AUTHORITY, pause="slate.invalid/pause:1", registries=["127.0.0.1:5000"]
    )


def test_containerd_keeps_everything_below_the_directory_or_in_the_nodes_own_run():
    read = tomllib.loads(files()[LAYOUT.configuration / "containerd.toml"])

    assert read["root"] == str(LAYOUT.storage)
    assert read["state"].startswith("/run/")
    assert read["plugins"]["io.containerd.internal.v1.opt"]["path"].startswith(str(LAYOUT.directory))
    runtime = read["plugins"]["io.containerd.cri.v1.runtime"]
    assert runtime["cni"]["bin_dirs"] == ["/bin dir"]
    assert runtime["containerd"]["runtimes"]["runc"]["options"] == {
        "BinaryName": "/bin dir/runc",
        "SystemdCgroup": False,
    }


def test_the_registry_of_the_clone_is_asked_without_tls_and_no_other_one():
    found = {path: text for path, text in files().items() if path.name == "hosts.toml"}

    (path,) = found
    assert path.parent.name == "127.0.0.1:5000"
    assert list(tomllib.loads(found[path])["host"]) == ["http://127.0.0.1:5000"]


def test_pods_are_below_the_groups_of_this_clone_and_ask_the_clusters_dns():
    read = json.loads(files()[LAYOUT.configuration / "kubelet.json"])

    assert read["cgroupRoot"] == f"/{LAYOUT.group}"
    assert read["clusterDNS"] == ["10.96.0.10"]
    assert read["authentication"]["anonymous"] == {"enabled": False}
    assert read["authorization"] == {"mode": "Webhook"}
    assert Layout(Path("/other/.slate/node")).group != LAYOUT.group


def test_pods_are_routed_and_never_masqueraded():
    read = json.loads(files()[LAYOUT.configuration / "net.d" / "10-slate.conflist"])

    first = read["plugins"][0]
    assert (first["type"], first["ipMasq"]) == ("ptp", False)
    assert first["ipam"]["ranges"] == [[{"subnet": "10.245.5.0/24"}]]


def test_every_program_but_the_holder_runs_inside_and_knows_no_secret():
    found = programs(
        LAYOUT, ADDRESSES, Path("/bin"), Path("/clone"), cluster=Path("/clone/c"), ports=[6443, 5000], door=8443
    )

    assert tuple(found) == NAMES
    inside = {name for name, program in found.items() if "tools.node.enter" in program.component.command}
    assert inside == set(NAMES[1:])
    holder = found["namespaces"].component.command
    assert {"--port=6443", "--port=5000", "--door=8443"} <= set(holder)
    assert "front-door" not in programs(
        LAYOUT, ADDRESSES, Path("/bin"), Path("/clone"), cluster=Path("/c"), ports=[6443]
    )


def test_the_kubelet_is_who_the_node_authorizer_expects():
    by_name = {request.name: request for request in identities.requests(ADDRESSES)}

    kubelet = by_name["node-kubelet"]
    assert (kubelet.common_name, kubelet.organization) == ("system:node:slate-node", "system:nodes")
    assert ADDRESSES.node in by_name["node-kubelet-serving"].names


def test_the_service_of_the_api_server_leads_to_the_relay():
    found = manifests.objects(ADDRESSES, "slate.invalid/coredns:1")

    (slice_,) = [value for _, value in found if value["kind"] == "EndpointSlice"]
    assert slice_["endpoints"][0]["addresses"] == [ADDRESSES.node]
    assert slice_["ports"][0]["port"] == 6443
    (deployment,) = [value for _, value in found if value["kind"] == "Deployment"]
    spec = deployment["spec"]["template"]["spec"]
    assert spec["nodeSelector"] == {"slate.dev/real-node": "true"}
    assert spec["containers"][0]["image"] == "slate.invalid/coredns:1"
