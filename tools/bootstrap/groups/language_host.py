"""The language host, which runs Python programs for Pulumi: upstream's beside an upstream CLI, else our own."""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.bootstrap.gobuild import Target, build
from tools.bootstrap.golang import ensure_go, module_directory
from tools.bootstrap.gomod import module_version
from tools.bootstrap.groups.pulumi import LANGUAGE_HOST_FILES, SDK, VERSION_VARIABLE
from tools.bootstrap.native import NativeGroup, NativeTool
from tools.bootstrap.session import Task
from tools.bootstrap.stamps import Installed, load_record
from tools.bootstrap.workplace import Workplace

_HOST, _EXECUTOR, _DYNAMIC = LANGUAGE_HOST_FILES
# Scripts of the SDK's Go module, by their path in it.
_SCRIPTS = {_EXECUTOR: f"python/cmd/{_EXECUTOR}", _DYNAMIC: f"python/dist/{_DYNAMIC}"}


@dataclass(frozen=True)
class LanguageHostGroup(NativeGroup):
    """Follows the CLI: both must speak the same protocol."""

    def targets(self, missing: Sequence[str], place: Workplace) -> Sequence[Target]:
        """Return our own host."""
        del missing, place
        version = f"v{module_version(self.module, SDK)}"
        return [Target(_HOST, ".", stamps=((VERSION_VARIABLE, version),))]

    def key(self, place: Workplace) -> str:
        """Return the digest of the sources, and of which CLI is in use."""
        cli = _cli(place)
        return f"{super().key(place)} {cli.state if cli else ''} {cli.where if cli else ''}"

    def adopt(self, place: Workplace) -> Mapping[str, Installed]:
        """Return upstream's host: from the CLI's release, or from the folder that the CLI on PATH lies in."""
        cli = _cli(place)
        if cli is None or cli.state not in ("found", "downloaded"):
            return {}
        for folder in (Path(cli.where).parent, Path(cli.where).resolve().parent):
            files = {name: folder / name for name in LANGUAGE_HOST_FILES}
            if all(path.is_file() for path in files.values()):
                return {name: Installed.of(cli.state, cli.version, path) for name, path in files.items()}
        return {}

    def build(self, task: Task, missing: Sequence[str]) -> tuple[str, Mapping[str, Path]]:
        """Build our host and put the SDK's scripts beside it."""
        version, go = ensure_go(task)
        _, _, built = build(task, self.module, self.targets(missing, task.place), missing)
        files = dict(built)
        sdk = module_directory(task, go, self.module, SDK)
        for name, path in _SCRIPTS.items():
            target = task.place.bin / name
            temporary = target.with_name(f".{name}.tmp")
            shutil.copyfile(sdk / path, temporary)
            temporary.chmod(0o755)
            temporary.replace(target)
            files[name] = target
        return version, files


def _cli(place: Workplace) -> Installed | None:
    return load_record(place.stamps / "pulumi.json").tools.get("pulumi")


def language_host_group(place: Workplace) -> LanguageHostGroup:
    """Return the group for a clone."""
    module = place.root / "tools/offline/language_host"
    version = module_version(module, SDK)
    tools = (
        NativeTool(_HOST, version, ()),
        NativeTool(_EXECUTOR, version, ()),
        NativeTool(_DYNAMIC, version, ()),
    )
    return LanguageHostGroup("language-host", "runs Python programs for Pulumi", module, tools, requires=("pulumi",))
