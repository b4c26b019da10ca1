import json
import subprocess
import sys
from pathlib import Path

from tools.paths import ROOT

SCRIPT = ROOT / "tools" / "offline" / "language_host" / "required_packages.py"


def package(folder: Path, name: str, declaration: dict[str, object]) -> None:
    (folder / name).mkdir(parents=True)
    (folder / name / "pulumi-plugin.json").write_text(json.dumps(declaration))


def required(*folders: Path) -> list[dict[str, str]]:
    code = SCRIPT.read_text(encoding="utf-8")
    result = subprocess.run(
        [sys.executable, "-I", "-S", "-c", f"import sys; sys.path[:0] = {[str(f) for f in folders]}\n{code}"],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return json.loads(result.stdout)


def test_lists_the_plugins_that_packages_declare(tmp_path: Path) -> None:
    package(tmp_path, "pulumi_kubernetes", {"resource": True, "name": "kubernetes", "version": "4.34.2"})
    package(tmp_path, "pulumi_other", {"resource": True, "version": "1.0.0", "server": "https://example.org"})

    assert required(tmp_path) == [
        {"name": "kubernetes", "version": "4.34.2", "server": ""},
        {"name": "other", "version": "1.0.0", "server": "https://example.org"},
    ]


def test_leaves_packages_without_a_provider_out(tmp_path: Path) -> None:
    package(tmp_path, "pulumi_policy", {"resource": False, "name": "policy"})

    assert required(tmp_path) == []


def test_takes_a_missing_version_from_the_installed_package(tmp_path: Path) -> None:
    package(tmp_path, "pulumi_example", {"resource": True, "name": "example"})
    information = tmp_path / "pulumi_example-2.3.4.dist-info"
    information.mkdir()
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: pulumi-example\nVersion: 2.3.4\n")
    (information / "top_level.txt").write_text("pulumi_example\n")

    assert required(tmp_path) == [{"name": "example", "version": "2.3.4", "server": ""}]


def test_a_package_that_shadows_another_counts_once(tmp_path: Path) -> None:
    package(tmp_path / "first", "pulumi_example", {"resource": True, "name": "example", "version": "1.0.0"})
    package(tmp_path / "second", "pulumi_example", {"resource": True, "name": "example", "version": "2.0.0"})

    (found,) = required(tmp_path / "first", tmp_path / "second")

    assert found["version"] == "1.0.0"
