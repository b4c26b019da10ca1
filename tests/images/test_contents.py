"""What is in the image: only what belongs there, owned by root, added layer by layer."""

import json
import stat

import pytest
import yaml

from tests.images.rootfs import entries
from tests.images.workspace import Unpacked

pytestmark = pytest.mark.images


def files(unpacked: Unpacked):
    """Every path of the unpacked image."""
    return [path for path in unpacked.root.rglob("*") if path.is_symlink() or path.exists()]


def test_no_file_gives_rights(default_image: Unpacked):
    """Setuid and setgid programs, and files that anybody may write, are ways up."""
    modes = {path: path.lstat().st_mode for path in files(default_image)}

    raising = [path for path, mode in modes.items() if stat.S_ISREG(mode) and mode & (stat.S_ISUID | stat.S_ISGID)]
    writable = [
        path for path, mode in modes.items()
        if not stat.S_ISLNK(mode) and mode & stat.S_IWOTH and not mode & stat.S_ISVTX
    ]  # fmt: skip

    assert raising == []
    assert writable == []


def test_prefix_belongs_to_root_and_nobody_else_may_write(default_image: Unpacked):
    prefix = default_image.root / "opt/conda"
    wrong = []
    for path in [prefix, *prefix.rglob("*")]:
        status = path.lstat()
        loose = not path.is_symlink() and status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
        if status.st_uid or status.st_gid or loose:
            wrong.append(path)

    assert wrong == []


def test_layers_above_the_system_only_add(default_image: Unpacked):
    """A layer that rewrites a file of another keeps both: the image grows with every build."""
    seen: set[str] = set()
    rewritten = []
    for number, layer in enumerate(default_image.image.layers):
        names = {entry.name for entry, _ in entries(layer()) if not entry.isdir()}
        rewritten += [f"layer {number}: {name}" for name in names & seen if name != "etc/passwd"]
        rewritten += [f"layer {number}: {name}" for name in names if "/.wh." in f"/{name}"]
        seen |= names

    assert rewritten == []


def test_no_cache_or_download_stays(default_image: Unpacked):
    root = default_image.root
    left = [path for path in files(default_image) if path.name.endswith((".conda", ".tar.bz2", ".whl"))]
    for folder in ("var/cache/packages", "var/cache/bytecode", "root/.cache", "opt/bootstrap", "opt/conda/pkgs"):
        left += [root / folder] if (root / folder).exists() else []
    for folder in ("tmp", "mnt", "srv", "home/workspace"):
        left += list((root / folder).iterdir())

    assert left == []


def test_package_records_name_no_building_machine(default_image: Unpacked):
    records = [json.loads(path.read_text()) for path in (default_image.root / "opt/conda/conda-meta").glob("*.json")]

    assert records
    assert {record["url"].startswith("https://slate.invalid/fixture/") for record in records} == {True}
    assert not [record for record in records if {"extracted_package_dir", "link"} & set(record)]


def test_configuration_knows_the_mirror_alone(default_image: Unpacked, image_rig):
    text = (default_image.root / "etc/conda/.condarc").read_text()
    condarc = yaml.safe_load(text)
    pip = (default_image.root / "etc/pip.conf").read_text()

    assert condarc["channels"] == condarc["allowlist_channels"] == [f"{image_rig.mirror}/fixture"]
    assert condarc["default_channels"] == []
    assert condarc["channel_priority"] == "strict"
    assert "channel_priority: strict #!final" in text
    assert "no-index = true" in pip


def test_lock_manifest_and_parts_list_lie_in_the_image_and_its_labels(default_image: Unpacked, image_rig):
    records = default_image.root / "opt/slate/environment"
    labels = default_image.image.settings["Labels"]
    given = image_rig.layers["default"].files

    assert (records / "layer.lock").read_bytes() == given["layer.lock"].content
    assert json.loads((records / "sbom.cdx.json").read_text())["bomFormat"] == "CycloneDX"
    assert yaml.safe_load(labels["dev.slate.manifest"]) == yaml.safe_load((records / "environment.yml").read_text())
    assert labels["dev.slate.lock.sha256"] == image_rig.layers["default"].arguments["LOCK_SHA256"]
    assert (default_image.root / "opt/slate/layers/base-py310/layer.lock").is_file() or image_rig.layers[
        "default"
    ].below != "common-py310"


def test_settings_of_the_image(default_image: Unpacked):
    settings = default_image.image.settings

    assert settings["User"] == "1000:0"
    assert settings["Entrypoint"] == ["/usr/bin/tini", "--", "/opt/slate/bin/start"]
    assert settings["Healthcheck"]["Test"] == ["CMD", "/opt/slate/bin/health-check", "--server"]
    assert "/opt/conda/bin" in dict(item.split("=", 1) for item in settings["Env"])["PATH"].split(":")
    account = (default_image.root / "etc/passwd").read_text()
    assert account.count("aiuser:x:1000:0:") == 1


def test_byte_code_never_asks_for_a_source(default_image: Unpacked):
    """Of the kind "unchecked hash": other kinds compare times, which all layers set to one."""
    library = next((default_image.root / "opt/conda/lib").glob("python3.*"))
    wrong = []
    for path in library.rglob("*.pyc"):
        with path.open("rb") as file:
            if int.from_bytes(file.read(8)[4:], "little") != 1:
                wrong.append(path)
    without = [
        path for path in (library / "site-packages/jupyterlab").glob("*.py")
        if not list((path.parent / "__pycache__").glob(f"{path.stem}.cpython-*.pyc"))
    ]  # fmt: skip

    assert wrong == []
    assert without == []
