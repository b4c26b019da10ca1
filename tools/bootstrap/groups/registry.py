"""The registry of the embedded cluster: CNCF distribution, as one program."""

from collections.abc import Sequence

from tools.bootstrap.gobuild import Target
from tools.bootstrap.gomod import module_version
from tools.bootstrap.native import NativeGroup, NativeTool
from tools.bootstrap.releases import Release
from tools.bootstrap.versions import same_major
from tools.bootstrap.workplace import Workplace, architecture, system

DISTRIBUTION = "github.com/distribution/distribution/v3"


class RegistryGroup(NativeGroup):
    """Built from the module of CNCF distribution."""

    def targets(self, missing: Sequence[str], place: Workplace) -> Sequence[Target]:
        """Return the registry."""
        del missing, place
        version = f"v{module_version(self.module, DISTRIBUTION)}"
        return [
            Target("registry", f"{DISTRIBUTION}/cmd/registry", stamps=((f"{DISTRIBUTION}/version.version", version),))
        ]


def registry_group(place: Workplace) -> RegistryGroup:
    """Return the group for a clone."""
    module = place.root / "tools/toolchain/registry"
    version = module_version(module, DISTRIBUTION)
    tool = NativeTool("registry", version, ("--version",), same_major(version), _release(version))
    return RegistryGroup("registry", "keeps the images of the embedded cluster", module, (tool,))


def _release(version: str) -> Release | None:
    if system() != "linux":  # elsewhere it builds in a minute or two
        return None
    name = f"registry_{version}_linux_{architecture()}.tar.gz"
    folder = f"distribution/distribution/releases/download/v{version}"
    return Release("github", f"{folder}/{name}", "github", f"{folder}/{name}.sha256", members={"registry": "registry"})
