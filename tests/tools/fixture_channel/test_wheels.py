import json
import logging
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.tools.fixture_channel.support import write_wheel
from tests.tools.fixture_channel.test_package import info, members
from tools.fixture_channel import FixtureChannelError
from tools.fixture_channel.convert import Conversion, convert
from tools.fixture_channel.inputs import Inputs, read_inputs
from tools.fixture_channel.package import PLACEHOLDER
from tools.fixture_channel.requirements import depends, licence, read_wheel
from tools.fixture_channel.wheels import plan

LINUX = "manylinux_2_17_x86_64"


def planned(downloaded: Mapping[str, list[Path]]) -> dict[str, list[Conversion]]:
    by_name = {python: {path.name.partition("-")[0]: path for path in paths} for python, paths in downloaded.items()}
    found: dict[str, list[Conversion]] = {}
    for conversion in plan(by_name, "x86_64", "linux-64", read_inputs()):
        found.setdefault(conversion.name, []).append(conversion)
    return found


def converted(conversion: Conversion, tmp_path: Path) -> tuple[dict[str, Any], Path]:
    scratch = tmp_path / "scratch"
    scratch.mkdir(parents=True, exist_ok=True)
    record = convert(conversion, tmp_path / "channel", scratch)
    name = f"{record['name']}-{record['version']}-{record['build']}.conda"
    return record, tmp_path / "channel" / record["subdir"] / name


@pytest.fixture(autouse=True)
def own_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    logging.getLogger("fixture_channel.whl2conda").setLevel(logging.ERROR)


def test_markers_decide_for_each_python(tmp_path: Path) -> None:
    wheel = read_wheel(
        write_wheel(tmp_path, "a", requires=["b>=2,<3", "old; python_version < '3.11'", "win; os_name == 'nt'"])
    )

    assert depends(wheel, "3.10", "x86_64", {}, str) == ("b <3,>=2", "old", "python")
    assert depends(wheel, "3.12", "x86_64", {}, str) == ("b <3,>=2", "python")


def test_what_an_extra_needs_becomes_a_dependency(tmp_path: Path) -> None:
    schema = read_wheel(
        write_wheel(
            tmp_path,
            "schema",
            requires=["attrs", "fqdn; extra == 'format'", "rfc; extra == 'format'", "docs-tool; extra == 'docs'"],
        )
    )
    events = read_wheel(write_wheel(tmp_path, "events", requires=["schema[format]>=4"]))

    found = depends(events, "3.10", "x86_64", {"schema": schema}, str)

    assert found == ("fqdn", "python", "rfc", "schema >=4")


def test_requires_python_is_a_dependency(tmp_path: Path) -> None:
    wheel = read_wheel(write_wheel(tmp_path, "a", headers={"Requires-Python": ">=3.9, !=3.9.1"}))

    assert depends(wheel, "3.10", "x86_64", {}, str) == ("python >=3.9,!=3.9.1",)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"License-Expression": "MIT OR Apache-2.0"}, "MIT OR Apache-2.0"),
        ({"License": "BSD 3-Clause License"}, "BSD-3-Clause"),
        ({"License": "MIT"}, "MIT"),
        ({"Classifier": "License :: OSI Approved :: Apache Software License"}, "Apache-2.0"),
        ({}, "LicenseRef-a"),
    ],
)
def test_licences_are_spdx(tmp_path: Path, headers: dict[str, str], expected: str) -> None:
    assert licence(read_wheel(write_wheel(tmp_path, "a", headers=headers))) == expected


def test_one_package_for_all_pythons_where_they_need_the_same(tmp_path: Path) -> None:
    wheel = write_wheel(tmp_path, "a", requires=["b"])

    (conversion,) = planned({"3.10": [wheel], "3.12": [wheel]})["a"]

    assert conversion.python is None
    assert conversion.metadata([]).file_name == "a-1.0-py_0.conda"


def test_one_package_a_python_where_they_differ(tmp_path: Path) -> None:
    wheel = write_wheel(tmp_path, "a", requires=["old; python_version < '3.11'"])

    conversions = planned({"3.10": [wheel], "3.12": [wheel]})["a"]

    found = {conversion.metadata([]).build: list(conversion.metadata([]).depends) for conversion in conversions}
    assert found == {"py310_0": ["old", "python >=3.10,<3.11.0a0"], "py312_0": ["python >=3.12,<3.13.0a0"]}


def test_compiled_packages_are_for_the_python_they_were_compiled_for(tmp_path: Path) -> None:
    ten = write_wheel(tmp_path, "a", tag=f"cp310-cp310-{LINUX}")
    twelve = write_wheel(tmp_path, "a", tag=f"cp312-cp312-{LINUX}")

    conversions = planned({"3.10": [ten], "3.12": [twelve]})["a"]

    found = {conversion.metadata([]).build: list(conversion.metadata([]).depends) for conversion in conversions}
    assert found["py310_0"] == ["python >=3.10,<3.11.0a0", "python_abi 3.10.* *_cp310"]
    assert found["py312_0"] == ["python >=3.12,<3.13.0a0", "python_abi 3.12.* *_cp312"]


def test_one_package_for_all_pythons_with_the_stable_interface(tmp_path: Path) -> None:
    wheel = write_wheel(tmp_path, "a", tag=f"cp39-abi3-{LINUX}")

    (conversion,) = planned({"3.10": [wheel], "3.12": [wheel]})["a"]

    metadata = conversion.metadata([])
    assert (metadata.build, metadata.subdir, metadata.noarch) == ("py_abi3_0", "linux-64", "python")
    assert "python >=3.9" in metadata.depends


def test_a_pure_wheel_becomes_a_package_with_its_programs(tmp_path: Path) -> None:
    points = "[console_scripts]\nrun-it = a.main:start\n"
    files = {"a-1.0.dist-info/entry_points.txt": points, "a-1.0.data/data/share/a.txt": "text"}
    wheel = write_wheel(tmp_path, "a", requires=["Typing-Extensions>=4"], files=files)
    (conversion,) = planned({"3.10": [wheel]})["a"]

    record, path = converted(conversion, tmp_path)

    assert record["depends"] == ["python", "typing_extensions >=4"]
    assert info(path, "link.json")["noarch"]["entry_points"] == ["run-it=a.main:start"]
    found = members(path, "pkg-")
    assert {"site-packages/a/__init__.py", "share/a.txt"} <= set(found)
    assert b"Requires-Dist: Typing-Extensions>=4" in found["site-packages/a-1.0.dist-info/METADATA"][1]


def test_a_compiled_wheel_has_programs_that_name_the_environment_s_python(tmp_path: Path) -> None:
    files = {
        "a-1.0.dist-info/entry_points.txt": "[console_scripts]\nrun-it = a.main:Command.start\n",
        "a-1.0.data/scripts/old-style": "#!python\nprint(1)\n",
    }
    wheel = write_wheel(tmp_path, "a", tag=f"cp310-cp310-{LINUX}", files=files)
    (conversion,) = planned({"3.10": [wheel]})["a"]

    _, path = converted(conversion, tmp_path)

    found = members(path, "pkg-")
    assert "lib/python3.10/site-packages/a/__init__.py" in found
    text = found["bin/run-it"][1].decode()
    assert text.startswith(f"#!{PLACEHOLDER}/bin/python\n")
    assert "from a.main import Command\n" in text
    assert "sys.exit(Command.start())" in text
    assert found["bin/old-style"][1].decode() == f"#!{PLACEHOLDER}/bin/python\nprint(1)\n"
    assert {oct(found[name][0].mode) for name in ("bin/run-it", "bin/old-style")} == {"0o755"}


def test_the_same_wheel_gives_the_same_package(tmp_path: Path) -> None:
    wheel = write_wheel(tmp_path, "a", files={"a/b.py": "x = 1\n", "a/c.py": "y = 2\n"})
    (conversion,) = planned({"3.10": [wheel]})["a"]

    one, _ = converted(conversion, tmp_path / "one")
    two, _ = converted(conversion, tmp_path / "two")

    assert one == two


def test_the_name_is_conda_forge_s(tmp_path: Path) -> None:
    inputs = Inputs(("3.10",), (), {"tzdata": "python-tzdata"})
    wheel = write_wheel(tmp_path, "tzdata", "2026.1")
    user = write_wheel(tmp_path, "user", requires=["tzdata>=2026"])

    found = plan({"3.10": {"tzdata": wheel, "user": user}}, "x86_64", "linux-64", inputs)

    assert {conversion.name for conversion in found} == {"python-tzdata", "user"}
    assert "python-tzdata >=2026" in next(item for item in found if item.name == "user").depends


def test_what_is_no_wheel_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.json", json.dumps({}))

    with pytest.raises(FixtureChannelError, match="is not a wheel"):
        read_wheel(path)
