"""The Pod Security Standards' own test cases, from the Go module of the cluster's minor version."""

import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tools.bootstrap.golang import go_environ, go_from_wheel, go_on_path
from tools.bootstrap.workplace import Workplace

MODULE = "k8s.io/pod-security-admission"
TOOLCHAIN = "tools/toolchain/kubernetes"


@cache
def folder() -> Path:
    """Where the module's test cases lie; Go downloads it and checks it against go.sum."""
    place = Workplace()
    found = go_on_path(place) or go_from_wheel(place)
    assert found, "Go is needed: python3 -m tools.bootstrap ensure go"
    where = place.root / TOOLCHAIN
    environment = go_environ(place)
    subprocess.run([found[1], "mod", "download", MODULE], cwd=where, env=environment, check=True, capture_output=True)
    listed = subprocess.run(
        [found[1], "list", "-m", "-f", "{{.Dir}}", MODULE],
        cwd=where,
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    directory = Path(listed.stdout.strip())
    # The folder's name has the version: Kubernetes replaces the one that it asks for.
    minor = int(directory.name.partition("@v0.")[2].partition(".")[0])
    cases = directory / "test" / "testdata" / "restricted"
    # A folder is written for each version that changed something: the newest that is not newer than the cluster.
    versions = sorted(int(path.name.removeprefix("v1.")) for path in cases.iterdir())
    return cases / f"v1.{max(each for each in versions if each <= minor)}"


def cases(outcome: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The pods that must pass (`pass`) or be refused (`fail`), by name of their file."""
    for path in sorted((folder() / outcome).glob("*.yaml")):
        yield path.stem, yaml.safe_load(path.read_text())
