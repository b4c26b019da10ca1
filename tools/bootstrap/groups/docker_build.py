"""The docker-build provider and the BuildKit daemon that it can use instead of Docker."""

from collections.abc import Sequence
from dataclasses import dataclass

from tools.bootstrap.gobuild import Target
from tools.bootstrap.gomod import module_version
from tools.bootstrap.native import NativeGroup, NativeTool
from tools.bootstrap.plugins import install_plugin, plugin_directory
from tools.bootstrap.releases import Release
from tools.bootstrap.session import Task
from tools.bootstrap.stamps import Record
from tools.bootstrap.versions import same_minor
from tools.bootstrap.workplace import Workplace, architecture, system

PROVIDER = "github.com/pulumi/pulumi-docker-build"
BUILDKIT = "github.com/moby/buildkit"
_BINARY = "pulumi-resource-docker-build"


@dataclass(frozen=True)
class DockerBuildGroup(NativeGroup):
    """Built from one module, since the provider pins the BuildKit version that it speaks to."""

    def targets(self, missing: Sequence[str], place: Workplace) -> Sequence[Target]:
        """Return those of the two programs that are missing."""
        del place
        provider = module_version(self.module, PROVIDER)
        buildkit = module_version(self.module, BUILDKIT)
        targets = [
            Target(_BINARY, f"{PROVIDER}/provider/cmd/{_BINARY}", stamps=((f"{PROVIDER}/provider.Version", provider),)),
            Target("buildkitd", f"{BUILDKIT}/cmd/buildkitd", stamps=((f"{BUILDKIT}/version.Version", f"v{buildkit}"),)),
        ]
        return [target for target in targets if target.name in missing]

    def ready(self, place: Workplace) -> bool:
        """Whether the programs are there and Pulumi knows the provider."""
        return super().ready(place) and plugin_directory(place, "docker-build", self.tools[0].pinned).is_dir()

    def after_install(self, task: Task, record: Record) -> None:
        """Tell Pulumi about the provider."""
        del record
        install_plugin(task, "docker-build", self.tools[0].pinned, task.place.bin / _BINARY)


def docker_build_group(place: Workplace) -> DockerBuildGroup:
    """Return the group for a clone."""
    module = place.root / "tools/toolchain/docker_build"
    provider = module_version(module, PROVIDER)
    buildkit = module_version(module, BUILDKIT)
    release = Release(
        host="pulumi",
        path=f"releases/plugins/{_BINARY}-v{provider}-{system()}-{architecture()}.tar.gz",
        checksum_host="github",
        checksum_path=f"pulumi/pulumi-docker-build/releases/download/v{provider}/"
        f"pulumi-docker-build_{provider}_checksums.txt",
        members={_BINARY: _BINARY},
    )
    tools = [NativeTool(_BINARY, provider, (), release=release)]
    if system() == "linux":  # BuildKit's daemon runs on Linux only, and publishes no checksums
        tools.append(NativeTool("buildkitd", buildkit, rule=same_minor(buildkit)))
    return DockerBuildGroup("docker-build", "builds images without Docker", module, tuple(tools), requires=("pulumi",))
