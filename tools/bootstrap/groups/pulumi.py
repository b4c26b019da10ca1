"""The Pulumi command line."""

from collections.abc import Sequence

from tools.bootstrap.gobuild import Target
from tools.bootstrap.gomod import module_version
from tools.bootstrap.native import NativeGroup, NativeTool
from tools.bootstrap.releases import Release
from tools.bootstrap.versions import same_major
from tools.bootstrap.workplace import Workplace, architecture, system

SDK = "github.com/pulumi/pulumi/sdk/v3"
CLI = "github.com/pulumi/pulumi/pkg/v3"
VERSION_VARIABLE = f"{SDK}/go/common/version.Version"
# What of the release is used: the CLI, and what runs Python programs.
LANGUAGE_HOST_FILES = (
    "pulumi-language-python",
    "pulumi-language-python-exec",
    "pulumi-resource-pulumi-python",
)


class PulumiGroup(NativeGroup):
    """Built from the module of the CLI."""

    def targets(self, missing: Sequence[str], place: Workplace) -> Sequence[Target]:
        """Return the CLI."""
        del missing, place
        return [
            Target(
                "pulumi",
                f"{CLI}/cmd/pulumi",
                stamps=((VERSION_VARIABLE, f"v{module_version(self.module, CLI)}"),),
            )
        ]


def pulumi_group(place: Workplace) -> PulumiGroup:
    """Return the group for a clone."""
    module = place.root / "tools/toolchain/pulumi"
    version = module_version(module, CLI)
    machine = {"amd64": "x64", "arm64": "arm64"}[architecture()]
    release = Release(
        host="pulumi",
        path=f"releases/sdk/pulumi-v{version}-{system()}-{machine}.tar.gz",
        checksum_host="pulumi",
        checksum_path=f"releases/sdk/pulumi-{version}-checksums.txt",
        members={name: f"pulumi/{name}" for name in ("pulumi", *LANGUAGE_HOST_FILES)},
    )
    tool = NativeTool("pulumi", version, ("version",), same_major(version), release)
    return PulumiGroup("pulumi", "the Pulumi command line", module, (tool,))
