"""The real channel of this machine: its packages install anywhere and work."""

import asyncio
import json
import subprocess
from pathlib import Path

import pytest

from services.conda_mirror import rattler
from services.conda_mirror.channels import ChannelSource
from services.conda_mirror.records import Record
from tests.services.conda_mirror.support import web_server
from tools import fixture_channel
from tools.fixture_channel import FixtureChannel
from tools.paths import SLATE

pytestmark = pytest.mark.images

ASKED = ["jupyterlab", "numpy", "pandas", "ipykernel", "pip", "py-rattler", "pyyaml", "aiohttp", "prometheus_client"]
IMPORTS = "ssl, sqlite3, ctypes, lzma, bz2, readline, numpy, pandas, jupyterlab, rattler, yaml, aiohttp"


@pytest.fixture(scope="module")
def channel() -> FixtureChannel:
    return fixture_channel.ensure(SLATE, print)


@pytest.fixture(scope="module", params=fixture_channel.read_inputs().pythons)
def environment(
    request: pytest.FixtureRequest, channel: FixtureChannel, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """An installed environment, one for each Python, at a long path."""
    python = channel.python(request.param)
    if python is None:
        pytest.skip(f"this machine has no CPython {request.param} or newer")
    folder = tmp_path_factory.mktemp("environment")
    prefix = folder / "some" / "rather" / "long" / "place" / "environment"
    source = ChannelSource(fixture_channel.NAME, fixture_channel.URL, channel.path.as_uri())

    async def installed(url: str) -> list[Record]:
        records = await rattler.solve(
            [source],
            [f"python {python}.*", *ASKED],
            channel.platform,
            virtual=rattler.virtual_packages(channel.platform, glibc=channel.glibc),
            cache=folder / "repodata",
        )
        await rattler.install(records, prefix, mirrors={fixture_channel.URL: url}, cache=folder / "packages")
        return records

    with web_server(channel.path) as server:
        asyncio.run(installed(server.url))
    return prefix


def run(prefix: Path, *command: str) -> str:
    result = subprocess.run(
        [str(prefix / "bin" / command[0]), *command[1:]], capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_python_works_where_it_was_installed(environment: Path) -> None:
    code = f"import json, platform, sys, {IMPORTS}\n"
    code += "print(json.dumps([sys.prefix, platform.python_implementation(), float(numpy.linalg.inv([[2.0]])[0][0])]))"

    prefix, implementation, inverse = json.loads(run(environment, "python", "-I", "-c", code))

    assert (prefix, implementation, inverse) == (str(environment), "CPython", 0.5)


def test_libraries_come_from_the_environment(environment: Path) -> None:
    code = "import ssl, sqlite3, readline, numpy\nprint(open('/proc/self/maps').read())"

    maps = run(environment, "python", "-I", "-c", code)

    for name in ("libssl", "libsqlite3", "libreadline"):
        loaded = {line.split()[-1] for line in maps.splitlines() if f"/{name}." in line}
        assert loaded
        assert all(path.startswith(str(environment)) for path in loaded)


def test_programs_of_packages_run(environment: Path) -> None:
    assert run(environment, "jupyter", "lab", "--version").strip()
    assert run(environment, "f2py", "-v").strip()
    assert run(environment, "pip", "check").strip() == "No broken requirements found."


def test_every_package_has_a_licence_and_a_hash(channel: FixtureChannel) -> None:
    for subdir in (channel.platform, "noarch"):
        packages = json.loads((channel.path / subdir / "repodata.json").read_text())["packages.conda"]
        assert {path.name for path in (channel.path / subdir).glob("*.conda")} == set(packages)
        assert all(record["license"] and record["sha256"] and record["size"] for record in packages.values())
