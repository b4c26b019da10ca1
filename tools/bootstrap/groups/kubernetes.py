"""The control plane of the embedded cluster: Kubernetes, etcd and kwok."""

from collections.abc import Sequence

from tools.bootstrap.gobuild import Target
from tools.bootstrap.gomod import module_version
from tools.bootstrap.native import NativeGroup, NativeTool
from tools.bootstrap.releases import Release
from tools.bootstrap.versions import parse_version, same_minor
from tools.bootstrap.workplace import Workplace, architecture, system

KUBERNETES = "k8s.io/kubernetes"
ETCD = "go.etcd.io/etcd/server/v3"
KWOK = "sigs.k8s.io/kwok"
SERVERS = ("kube-apiserver", "kube-controller-manager", "kube-scheduler")
# notest and grpcnotrace leave code out that needs reflection on every method, which lets the linker drop the rest.
# Upstream's own profile only helps its own layout of packages.
FLAGS = ("-pgo=off", "-tags", "notest,grpcnotrace")


class KubernetesGroup(NativeGroup):
    """Built as one program, kubebox, that runs under each tool's name."""

    def targets(self, missing: Sequence[str], place: Workplace) -> Sequence[Target]:
        """Return kubebox, or kwok alone when the rest could be had otherwise."""
        del place
        kubernetes = module_version(self.module, KUBERNETES)
        kwok = module_version(self.module, KWOK)
        stamped = stamps(kubernetes)
        constants = "sigs.k8s.io/kwok/pkg/consts"
        stamped += [
            (f"{constants}.Version", kwok),
            (f"{constants}.PreRelease", "GA"),
            (f"{constants}.KubeVersion", kubernetes),
        ]
        if list(missing) == ["kwok"]:
            return [Target("kwok", f"{KWOK}/cmd/kwok", FLAGS, tuple(stamped))]
        return [Target("kubebox", "./kubebox", FLAGS, tuple(stamped), links=("etcd", *SERVERS, "kwok"))]


def stamps(kubernetes: str) -> list[tuple[str, str]]:
    """Return the Go variables by which a program of Kubernetes knows its version."""
    number = parse_version(kubernetes)
    found: list[tuple[str, str]] = []
    for package in ("k8s.io/component-base/version", "k8s.io/client-go/pkg/version"):
        found += [
            (f"{package}.gitVersion", f"v{kubernetes}"),
            (f"{package}.gitMajor", str(number.major)),
            (f"{package}.gitMinor", str(number.minor)),
            (f"{package}.gitTreeState", "clean"),
            (f"{package}.gitCommit", "0" * 40),
            (f"{package}.buildDate", "1970-01-01T00:00:00Z"),  # the build stays reproducible
        ]
    return found


def kubernetes_group(place: Workplace) -> KubernetesGroup:
    """Return the group for a clone."""
    module = place.root / "tools/toolchain/kubernetes"
    version = module_version(module, KUBERNETES)
    etcd = module_version(module, ETCD)
    kwok = module_version(module, KWOK)
    # kwok publishes no checksums, so its binaries are never downloaded.
    return KubernetesGroup(
        "kubernetes",
        "the embedded cluster's control plane",
        module,
        (
            *(NativeTool(name, version, rule=same_minor(version), release=_server(name, version)) for name in SERVERS),
            NativeTool("etcd", etcd, rule=same_minor(etcd), release=_etcd(etcd)),
            NativeTool("kwok", kwok, rule=same_minor(kwok)),
        ),
    )


def _server(name: str, version: str) -> Release | None:
    if system() != "linux":
        return None
    path = f"release/v{version}/bin/linux/{architecture()}/{name}"
    return Release("kubernetes", path, "kubernetes", f"{path}.sha256")


def _etcd(version: str) -> Release | None:
    if system() != "linux":  # elsewhere it is a zip file, and building takes a minute
        return None
    folder = f"etcd-io/etcd/releases/download/v{version}"
    name = f"etcd-v{version}-linux-{architecture()}"
    members = {"etcd": f"{name}/etcd"}
    return Release("github", f"{folder}/{name}.tar.gz", "github", f"{folder}/SHA256SUMS", members)
