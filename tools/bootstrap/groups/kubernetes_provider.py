"""Installs the kubernetes provider that was chosen into the clone's PULUMI_HOME."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from tools.bootstrap import provider_choice
from tools.bootstrap.errors import BootstrapError, DownloadError
from tools.bootstrap.plugins import install_plugin, link_plugin, plugin_directory
from tools.bootstrap.provider_choice import BINARY
from tools.bootstrap.session import Task
from tools.bootstrap.stamps import Installed, Record, content_key, load_record, source_files
from tools.bootstrap.status import ToolStatus
from tools.bootstrap.workplace import Workplace

UPSTREAM, OFFLINE = "upstream", "offline"


@dataclass(frozen=True)
class KubernetesProviderGroup:
    """Always one provider, under the version that the SDK asks for."""

    name: str = "kubernetes-provider"
    summary: str = "Pulumi's kubernetes provider"
    requires: tuple[str, ...] = ("pulumi",)

    def hosts(self) -> set[str]:
        """Return the download hosts that may be asked."""
        return {"pulumi", "github"}

    def ready(self, place: Workplace) -> bool:
        """Whether the provider that would be chosen now is installed as it is now."""
        record = load_record(_record(place))
        if record.candidates != provider_choice.candidates(place):
            return False
        for kind, installed in record.tools.items():
            if not installed.intact() or not _plugin(place).is_file():
                return False
            own = installed.state == "found" or installed.where == str(_plugin(place))
            return own and record.key == (
                _offline_key(place) if kind == OFFLINE else provider_choice.wanted_version(place)
            )
        return False

    def install(self, task: Task) -> str:
        """Choose the provider and install it.

        Raises:
            BootstrapError: none can be had, or Pulumi refuses it.
        """
        place = task.place
        version = provider_choice.wanted_version(place)
        old = load_record(_record(place))
        record = Record(key=version, candidates=provider_choice.candidates(place))
        upstream = provider_choice.upstream_on_machine(place)
        kept = old.tools.get(UPSTREAM)
        if upstream is not None:
            link_plugin(place, "kubernetes", version, upstream.binary)
            record.tools[UPSTREAM] = Installed.of("found", upstream.version, upstream.binary)
        elif kept and kept.state == "downloaded" and old.key == version and kept.intact() and not _forced(place):
            record.tools[UPSTREAM] = kept
        elif not _forced(place) and self._download(task, version):
            record.tools[UPSTREAM] = Installed.of("downloaded", version, _plugin(place))
        else:
            self._install_offline(task, version)
            record.key = _offline_key(place)
            record.tools[OFFLINE] = Installed.of("installed", version, _plugin(place))
        record.save(_record(place))
        ((kind, installed),) = record.tools.items()
        return f"{kind} provider {installed.version} ({installed.where})"

    def statuses(self, place: Workplace) -> list[ToolStatus]:
        """Return the state of the provider, for `doctor`."""
        record = load_record(_record(place))
        if not self.ready(place):
            how = f"python3 -m tools.bootstrap ensure {self.name}"
            return [ToolStatus(BINARY, "missing", "", how, self.name)]
        ((kind, installed),) = record.tools.items()
        return [ToolStatus(BINARY, installed.state, f"{installed.version} {kind}", installed.where, self.name)]

    def _download(self, task: Task, version: str) -> bool:
        place = task.place
        release = provider_choice.release(place)
        directory = place.slate / "downloads"
        try:
            task.doing("looking for a download")
            files = task.downloader("upstream's provider").install(release, BINARY, directory)
            install_plugin(task, "kubernetes", version, files[0])
        except DownloadError as error:
            task.note(f"upstream's provider is not downloaded: {error}")
            return False
        finally:
            shutil.rmtree(directory, ignore_errors=True)
        return True

    def _install_offline(self, task: Task, version: str) -> None:
        source = provider_choice.offline_directory(task.place)
        if not (source / BINARY).is_file():
            raise BootstrapError(f"{source / BINARY} is missing: is this a complete clone?")
        task.doing("installing the offline provider")
        # From a copy, so that caches of tests and editors do not come along.
        staging = task.place.slate / "offline-provider"
        shutil.rmtree(staging, ignore_errors=True)
        ignored = shutil.ignore_patterns("__pycache__", "*.pyc", ".ruff_cache", ".pytest_cache")
        shutil.copytree(source, staging, ignore=ignored)
        try:
            install_plugin(task, "kubernetes", version, staging)
        finally:
            shutil.rmtree(staging, ignore_errors=True)


def _forced(place: Workplace) -> bool:
    return provider_choice.forced_offline(place)


def _plugin(place: Workplace) -> Path:
    return plugin_directory(place, "kubernetes", provider_choice.wanted_version(place)) / BINARY


def _record(place: Workplace) -> Path:
    return place.stamps / "kubernetes-provider.json"


def _offline_key(place: Workplace) -> str:
    source = provider_choice.offline_directory(place)
    return content_key(place.root, source_files(source), provider_choice.wanted_version(place))
