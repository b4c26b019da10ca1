"""Where the files of a real node lie."""

from dataclasses import dataclass
from pathlib import Path

from tools.cluster.place import Place
from tools.node.errors import NodeError

# Inside the node /run is its own, and folders of its own are mounted at fixed places (mount_points.py): sockets
# have short paths there, and nothing of it stays.
RUNTIME_SOCKET = "/run/containerd/containerd.sock"
KUBELET_ROOT = "/var/lib/kubelet"
DOOR_HOME = "/run/front-door"
DOOR_USER = 65533
"""The user that the front door runs as; of no account, and of no container of ours."""


@dataclass(frozen=True)
class Layout(Place):
    """The paths of one clone's node. Everything that it writes is under `directory`.

    Attributes:
        directory: Absolute path.
    """

    ERROR = NodeError

    @property
    def images(self) -> Path:
        """Archives of the images that the node brings itself, and containerd's storage."""
        return self.directory / "images"

    @property
    def storage(self) -> Path:
        """Containerd's storage: images and the writable layers of containers."""
        return self.directory / "containerd"

    @property
    def kubelet(self) -> Path:
        """The kubelet's state: volumes of pods that live as long as the pod."""
        return self.directory / "kubelet"

    @property
    def pod_logs(self) -> Path:
        """What containers print."""
        return self.directory / "pod-logs"

    @property
    def cni(self) -> Path:
        """Results of CNI plugins."""
        return self.directory / "cni"

    @property
    def volumes(self) -> Path:
        """Home volumes: one folder each."""
        return self.directory / "volumes"

    @property
    def door(self) -> Path:
        """The front door's certificate authority and certificates."""
        return self.directory / "front-door"

    @property
    def caddyfile(self) -> Path:
        """What the front door reads."""
        return self.door / "Caddyfile"

    @property
    def certificate_authority(self) -> Path:
        """The authority that the front door's certificates are signed by; for browsers to trust."""
        return self.door / "pki" / "authorities" / "local" / "root.crt"

    @property
    def ssh_config(self) -> Path:
        """A configuration for OpenSSH with which workspaces are reached by their host names."""
        return self.directory / "ssh_config"

    @property
    def first_process(self) -> Path:
        """The process id, as the machine sees it, of the node's first process; there while its namespaces are."""
        return self.directory / "first-process"

    @property
    def mount_points(self) -> Path:
        """Notes which places were made on the machine to mount on."""
        return self.directory / "mount-points"

    @property
    def enforcing(self) -> Path:
        """Is there once network policies are enforced."""
        return self.directory / "enforcing"

    @property
    def group(self) -> str:
        """The name of the control group of all pods; of no other clone."""
        return f"slate-node-{self.tag}"

    def forget(self) -> None:
        """Removes what says that the node runs."""
        super().forget()
        for path in (self.first_process, self.enforcing):
            path.unlink(missing_ok=True)

    def below(self) -> tuple[Path, ...]:
        """Returns the directories that are made before anything starts."""
        own = (self.images, self.storage, self.kubelet, self.pod_logs, self.cni, self.volumes, self.door)
        return (*super().below(), *own)
