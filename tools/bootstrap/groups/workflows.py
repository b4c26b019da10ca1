"""actionlint, which checks the workflow files for GitHub Actions."""

from collections.abc import Sequence

from tools.bootstrap.gobuild import Target
from tools.bootstrap.gomod import module_version
from tools.bootstrap.native import NativeGroup, NativeTool
from tools.bootstrap.releases import Release
from tools.bootstrap.versions import same_major
from tools.bootstrap.workplace import Workplace, architecture, system

ACTIONLINT = "github.com/rhysd/actionlint"


class WorkflowsGroup(NativeGroup):
    """Built from the module of actionlint."""

    def targets(self, missing: Sequence[str], place: Workplace) -> Sequence[Target]:
        """Return the one program."""
        del missing, place
        version = module_version(self.module, ACTIONLINT)
        return [Target("actionlint", f"{ACTIONLINT}/cmd/actionlint", stamps=((f"{ACTIONLINT}.version", version),))]


def workflows_group(place: Workplace) -> WorkflowsGroup:
    """Return the group for a clone."""
    module = place.root / "tools/toolchain/workflows"
    version = module_version(module, ACTIONLINT)
    name = f"actionlint_{version}"
    folder = f"rhysd/actionlint/releases/download/v{version}"
    release = Release(
        "github",
        f"{folder}/{name}_{system()}_{architecture()}.tar.gz",
        "github",
        f"{folder}/{name}_checksums.txt",
        members={"actionlint": "actionlint"},
    )
    tool = NativeTool("actionlint", version, ("--version",), same_major(version), release)
    return WorkflowsGroup("workflows", "checks workflow files", module, (tool,))
