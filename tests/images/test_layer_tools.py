"""The parts of a layer's build that need no builder: reproducible files, byte code, configuration, and refusals."""

import hashlib
import json
import marshal
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from images.workspace.slate_layer import EPOCH, LayerError, bytecode, context, files, main, tidy

CHANNEL = {"name": "fixture", "url": "https://slate.invalid/fixture", "mirror": "http://mirror/latest/fixture"}
FACTS = {
    "layer": "default",
    "environment": "default",
    "python": "3.10",
    "requiredImports": ["numpy"],
    "packageManager": "none",
    "channels": [CHANNEL],
    "pip": {"indexUrl": None},
}
SOURCE = "NAMES = frozenset({'a', 'b', 'c', 'd'})\ndef f(x):\n    return x in {'p', 'q', 'r', 's'}\n"
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="gives files to root")


def folder(tmp_path: Path, **facts) -> Path:
    """A context folder."""
    (tmp_path / "layer.json").write_text(json.dumps({**FACTS, **facts}))
    for name in files.RECORDS:
        (tmp_path / name).touch()
    (tmp_path / "layer.json").write_text(json.dumps({**FACTS, **facts}))
    return tmp_path


def compiled(source: Path, seed: str) -> bytes:
    """Byte code of a file, made in a process of its own."""
    subprocess.run(
        [sys.executable, "-s", bytecode.__file__], input=str(source), text=True, check=True, capture_output=True,
        env={"PYTHONHASHSEED": seed, "PATH": os.environ["PATH"]},
    )  # fmt: skip
    made = next((source.parent / "__pycache__").iterdir())
    content = made.read_bytes()
    made.unlink()
    return content


def test_byte_code_is_the_same_in_every_process(tmp_path):
    source = tmp_path / "module.py"
    source.write_text(SOURCE)

    assert len({compiled(source, "0") for _ in range(3)}) == 1


def test_byte_code_runs_and_is_of_the_kind_that_asks_for_no_source(tmp_path):
    source = tmp_path / "module.py"
    source.write_text(SOURCE)
    content = compiled(source, "0")
    space: dict = {}

    exec(marshal.loads(content[16:]), space)  # noqa: S102, S302 - our own

    assert content[4:8] == b"\1\0\0\0"
    assert space["f"]("p")


def test_byte_code_comes_from_the_cache_unless_that_is_damaged(tmp_path):
    source, cache = tmp_path / "module.py", tmp_path / "cache"
    source.write_text(SOURCE)
    target = Path(bytecode.importlib.util.cache_from_source(str(source)))

    assert bytecode.compile_one(str(source), str(cache)) > 0
    first = target.read_bytes()
    kept = next(path for path in cache.rglob("*") if path.is_file())
    target.unlink()
    kept.write_bytes(kept.read_bytes()[:-1] + b"\0")
    bytecode.compile_one(str(source), str(cache))

    assert target.read_bytes() == first
    assert kept.read_bytes()[:32] == hashlib.sha256(first).digest()


def test_what_is_no_python_is_left_out(tmp_path):
    source = tmp_path / "template.py"
    source.write_text("def {{ name }}(:\n")

    assert bytecode.compile_one(str(source)) == 0
    assert not (tmp_path / "__pycache__").exists()


@as_root
def test_settle_fixes_modes_owners_and_times_of_what_is_new(tmp_path):
    prefix = tmp_path / "prefix"
    (prefix / "bin").mkdir(parents=True)
    old = prefix / "old"
    old.write_text("old")
    old.chmod(0o600)
    before = tidy.listing(prefix)
    program, data, link = prefix / "bin/program", prefix / "data", prefix / "link"
    program.write_text("x")
    program.chmod(0o6777)
    data.write_text("x")
    data.chmod(0o600)
    os.chown(data, 1000, 1000)
    link.symlink_to("data")

    assert tidy.settle(prefix, before) == 3

    assert program.stat().st_mode & 0o7777 == 0o755
    assert data.stat().st_mode & 0o7777 == 0o644
    assert (data.stat().st_uid, data.stat().st_gid) == (0, 0)
    assert {path.lstat().st_mtime for path in (program, data, link, prefix, prefix / "bin")} == {EPOCH}
    assert old.stat().st_mode & 0o777 == 0o600
    assert old.stat().st_mtime != EPOCH


@pytest.mark.parametrize("change", ["content", "mode", "gone"])
def test_a_layer_may_not_touch_what_is_below(tmp_path, change):
    path = tmp_path / "file"
    path.write_text("below")
    before = tidy.listing(tmp_path)
    if change == "content":
        path.write_text("other content")
    elif change == "mode":
        path.chmod(0o755)
    else:
        path.unlink()

    with pytest.raises(LayerError, match=r"would change files of the layer below: .*file"):
        tidy.check_unchanged(before, tidy.listing(tmp_path))


def test_records_lose_the_building_machine_and_the_history_its_times(tmp_path):
    meta = tmp_path / "conda-meta"
    meta.mkdir()
    record = {"name": "x", "extracted_package_dir": "/build/x", "link": {"source": "/build"}, "url": "u"}
    (meta / "x-1-0.json").write_text(json.dumps(record, indent=4))
    (meta / "history").write_text("==> 2026-11-25 <==")

    tidy.tidy_prefix(tmp_path)

    assert json.loads((meta / "x-1-0.json").read_text()) == {"name": "x", "url": "u"}
    assert (meta / "history").read_bytes() == b""


def test_configuration_of_conda_is_what_conda_reads():
    second = {**CHANNEL, "name": "own", "mirror": "http://mirror/latest/own"}
    channels = tuple(context.Channel(**item) for item in (CHANNEL, second))

    parsed = yaml.safe_load(files.condarc(channels))

    assert parsed["channels"] == parsed["allowlist_channels"] == [CHANNEL["mirror"], second["mirror"]]
    assert parsed["default_channels"] == []
    assert parsed["channel_alias"] == "http://mirror/latest"
    assert parsed["channel_priority"] == "strict"
    assert "defaults" not in parsed["channels"]


@pytest.mark.parametrize(
    ("index", "line"),
    [(None, "no-index = true"), ("https://pypi.example/simple", "index-url = https://pypi.example/simple")],
)
def test_configuration_of_pip(index, line):
    assert line in files.pip_configuration(index).splitlines()


def test_activation_scripts_become_variables(tmp_path):
    scripts = tmp_path / "etc/conda/activate.d"
    scripts.mkdir(parents=True)
    (scripts / "gdal.sh").write_text('export GDAL_DATA="$CONDA_PREFIX/share/gdal"\nLOCAL=1\n')

    assert files.activation(tmp_path) == {"GDAL_DATA": f"{tmp_path}/share/gdal"}

    (scripts / "zz.sh").write_text("no-such-command\n")
    with pytest.raises(LayerError, match=r"activation script of a package failed: .*no-such-command"):
        files.activation(tmp_path)


@as_root
def test_files_are_the_same_when_written_twice(tmp_path):
    given = folder(tmp_path / "context" if (tmp_path / "context").mkdir() is None else tmp_path)
    (given / "root/opt/slate/bin").mkdir(parents=True)
    (given / "root/opt/slate/bin/tool").write_text("#!/bin/sh\n")
    seen = []
    for name in ("a", "b"):
        root = tmp_path / name
        (root / "opt/conda").mkdir(parents=True)
        files.write_files(context.read(given), root, root / "opt/conda").settle()
        seen.append(
            {
                str(path.relative_to(root)): (
                    path.lstat().st_mode,
                    path.lstat().st_mtime,
                    path.is_file() and path.read_bytes(),
                )
                for path in root.rglob("*")
                if path != root / "opt/conda"
            }
        )

    assert seen[0] == seen[1]
    assert seen[0]["opt/slate/bin/tool"][0] & 0o777 == 0o755
    assert seen[0]["etc/conda/.condarc"][1] == EPOCH
    assert (tmp_path / "a/opt/slate/environment").readlink() == Path("layers/default")


@pytest.mark.parametrize(
    ("facts", "message"),
    [
        ({"channels": None}, "not what a layer needs"),
        ({"channels": [{"name": "x"}]}, "'url'"),
        ({"python": ...}, "'python'"),
    ],
)
def test_facts_that_lack_a_part(tmp_path, facts, message):
    content = {key: value for key, value in {**FACTS, **facts}.items() if value is not ...}
    (tmp_path / "layer.json").write_text(json.dumps(content))

    with pytest.raises(LayerError, match=message):
        context.read(tmp_path)


def test_command_says_one_thing_when_the_context_is_missing(tmp_path, capsys):
    assert main.main(["files", "--context", str(tmp_path / "nowhere"), "--root", str(tmp_path)]) == 1

    assert capsys.readouterr().err.startswith("error: ")
