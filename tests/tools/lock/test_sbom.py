import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tools.lock.support import Site
from tools.lock import LockError
from tools.lock.files import rewrite_sboms
from tools.lock.sbom import pypi_name


def components(site: Site, layer: str) -> dict[str, dict[str, object]]:
    document = json.loads((site.locks / f"{layer}.cdx.json").read_text())
    return {component["name"]: component for component in document["components"]}


def test_every_package_is_in_it_with_licence_and_hash(site: Site) -> None:
    site.make()

    found = components(site, "default")

    records = site.records("default")
    assert set(found) == set(records)
    for name, component in found.items():
        assert {"alg": "SHA-256", "content": records[name].sha256} in component["hashes"]  # type: ignore[operator]
        assert component["licenses"]


def test_python_packages_are_named_as_vulnerability_databases_know_them(site: Site) -> None:
    site.make()

    found = components(site, "default")

    assert found["pip"]["purl"] == "pkg:pypi/pip@26.3"
    properties = {entry["name"]: entry["value"] for entry in found["pip"]["properties"]}  # type: ignore[attr-defined]
    assert properties["pixi:purl"].startswith("pkg:conda/pip@26.3")
    assert str(found["python"]["purl"]).startswith("pkg:conda/python@3.10.13")


def test_other_tools_read_it(site: Site) -> None:
    site.make()
    document = site.locks / "default.cdx.json"

    program = Path(sys.executable).parent / "pixi-sbom"
    command = [program, "--no-config", "--from-sbom", document, "--report", "quality", "--report-format", "json"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)

    assert result.returncode == 0, result.stderr
    content = json.loads(document.read_text())
    assert (content["bomFormat"], content["specVersion"]) == ("CycloneDX", "1.6")
    assert content["metadata"]["component"]["name"] == "default"


def test_the_same_lock_gives_the_same_document(site: Site) -> None:
    site.make()
    before = (site.locks / "default.cdx.json").read_bytes()

    count = rewrite_sboms(site.options)

    assert count == 4
    assert (site.locks / "default.cdx.json").read_bytes() == before
    assert site.make().changed == ()


def test_a_denied_licence_fails_and_writes_no_lock(site: Site) -> None:
    site.environment("copied", "copyleft")
    site.layers(deniedLicences=["AGPL-3.0-only"])

    with pytest.raises(LockError) as raised:
        site.make()

    assert "copyleft 1.0" in str(raised.value)
    assert "AGPL-3.0-only" in str(raised.value)
    assert "copied" in str(raised.value)
    assert not (site.locks / "copied.lock").exists()


def test_a_licence_that_is_denied_later_fails_though_nothing_is_solved(site: Site) -> None:
    site.environment("copied", "copyleft")
    site.make()

    for _ in range(2):
        with pytest.raises(LockError, match="copyleft"):
            site.make(deny_licences=("AGPL-3.0-only",))


def test_a_choice_of_licences_passes_if_one_is_allowed(site: Site) -> None:
    site.environment("served", "web-client")

    made = site.make(deny_licences=("AGPL-3.0-only",))

    assert "served" in made.layers


@pytest.mark.parametrize(
    ("name", "depends", "expected"),
    [
        ("typing_extensions", ("python >=3.9",), "typing-extensions"),
        ("python-tzdata", ("python",), "tzdata"),
        ("jupyter_server", ("python >=3.10",), "jupyter-server"),
        ("openssl", ("__glibc >=2.17",), None),
        ("python_abi", ("python",), None),
    ],
)
def test_names_on_the_package_index(site: Site, name: str, depends: tuple[str, ...], expected: str | None) -> None:
    site.packages([("python", "3.10.1", ()), ("python", "3.12.1", ()), (name, "1.0", depends), ("tool", "1.0", ())])
    site.layers(base=["python", name], common=[], environment=[])
    site.environment("default").write_text(f"name: default\ndependencies: [{name}]\n")
    site.make()

    assert pypi_name(site.records("default")[name]) == expected
