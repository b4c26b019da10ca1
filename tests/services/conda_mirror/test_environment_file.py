from pathlib import Path

import pytest

from services.conda_mirror.channels import ChannelSource
from services.conda_mirror.environment_file import read_environment, spec_problem
from services.conda_mirror.errors import EnvironmentFileError

FIXTURE = ChannelSource("fixture", "https://slate.invalid/fixture")
FORGE = ChannelSource("conda-forge", "https://conda.anaconda.org/conda-forge")
CHANNELS = (FIXTURE, FORGE)


def _write(folder: Path, text: str) -> Path:
    path = folder / "research.yml"
    path.write_text(text)
    return path


def test_a_full_file(tmp_path: Path) -> None:
    path = _write(
        tmp_path,
        """
        name: research
        channels: [conda-forge, nodefaults]
        dependencies:
          - numpy >=2,<3
          - python 3.10.*
          - pandas=2.3.3=py310h5eaa309_0
          - pip:
              - rich ==14.0
              - httpx[http2] >=0.28
              - tomli; python_version < "3.11"
        prefix: /home/somebody/envs/research
        slate: {python: "3.10"}
        """,
    )

    environment = read_environment(path, CHANNELS)

    assert environment.name == "research"
    assert environment.channels == (FORGE,)
    assert environment.dependencies == ("numpy >=2,<3", "python 3.10.*", "pandas=2.3.3=py310h5eaa309_0")
    assert environment.pip == ("rich ==14.0", "httpx[http2] >=0.28", 'tomli; python_version < "3.11"')
    assert environment.slate == {"python": "3.10"}


def test_name_and_channels_can_be_left_out(tmp_path: Path) -> None:
    environment = read_environment(_write(tmp_path, "dependencies: [numpy]"), CHANNELS)

    assert (environment.name, environment.channels) == ("research", CHANNELS)


def test_a_channel_can_be_named_by_its_url_and_the_order_is_the_sites(tmp_path: Path) -> None:
    text = f"channels: ['{FORGE.url}/', fixture]\ndependencies: [numpy]"

    assert read_environment(_write(tmp_path, text), CHANNELS).channels == CHANNELS


@pytest.mark.parametrize("channel", ["defaults", "main", "pkgs/main", "https://repo.anaconda.com/pkgs/main"])
def test_anacondas_own_channels(channel: str, tmp_path: Path) -> None:
    with pytest.raises(EnvironmentFileError, match=rf"channel `{channel}` is one of Anaconda's own.*Allowed: fixture,"):
        read_environment(_write(tmp_path, f"channels: ['{channel}']\ndependencies: [numpy]"), CHANNELS)


@pytest.mark.parametrize("channel", ["bioconda", "https://evil.example/channel", "file:///tmp/channel"])
def test_a_channel_that_is_not_on_the_list(channel: str, tmp_path: Path) -> None:
    with pytest.raises(EnvironmentFileError, match=f"channel `{channel}` is not on this site's list"):
        read_environment(_write(tmp_path, f"channels: ['{channel}']\ndependencies: [numpy]"), CHANNELS)


@pytest.mark.parametrize(
    ("spec", "problem"),
    [
        ("other::numpy", "picks a channel for itself, which overrides the order of channels; write `numpy`"),
        ("conda-forge::numpy", "picks a channel for itself"),
        ("conda-forge/linux-64::numpy", "picks a channel for itself"),
        ("https://evil.example/numpy-2.0-0.conda", "is a URL or file"),
        ("numpy[url='https://evil.example/x.conda']", "is a URL or file"),
        ("./numpy-2.0-0.conda", "is a URL or file"),
        ("/tmp/numpy-2.0-0.tar.bz2", "is a URL or file"),
        ("numpy[channel=other]", "names a channel, folder or URL of its own"),
        ("numpy[subdir=noarch]", "names a channel, folder or URL of its own"),
        ("num*", "is not a match spec"),
        ("numpy >=", "is not a match spec"),
        ("", "is not a match spec"),
    ],
)
def test_specs_that_are_refused(spec: str, problem: str) -> None:
    assert problem in (spec_problem(spec, CHANNELS) or "")


@pytest.mark.parametrize(
    "spec", ["numpy", "numpy >=2,<3", "numpy=2.*", "numpy[version='>=2']", "_libgcc_mutex", "x==1!2"]
)
def test_specs_that_are_accepted(spec: str) -> None:
    assert spec_problem(spec, CHANNELS) is None


@pytest.mark.parametrize(
    "requirement",
    ["git+https://evil.example/x", "--index-url https://evil.example", "-r other.txt", "./x.whl", "x @ file:///y"],
)
def test_pip_requirements_that_lead_past_the_index(requirement: str, tmp_path: Path) -> None:
    path = _write(tmp_path, f"dependencies: [numpy, {{pip: ['{requirement}']}}]")

    with pytest.raises(EnvironmentFileError, match="would lead past the site's index"):
        read_environment(path, CHANNELS)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("- numpy", "must be a mapping"),
        ("a: [", "not YAML"),
        ("name: x", "`dependencies` must be a list"),
        ("dependencies: numpy", "`dependencies` must be a list"),
        ("dependencies: [3]", "`3` is neither a package spec nor a list for pip"),
        ("dependencies: [{conda: [x]}]", "is neither a package spec"),
        ("channels: fixture\ndependencies: []", "`channels` must be a list of channel names"),
        ("name: [x]\ndependencies: []", "`name` must be text"),
        (
            "variables: {A: b}\ndependencies: []",
            "`variables` is not understood; allowed: name, channels, dependencies, slate",
        ),
        ("slate: 3.10\ndependencies: []", "`slate` must be a mapping"),
    ],
)
def test_files_that_are_none(text: str, problem: str, tmp_path: Path) -> None:
    path = _write(tmp_path, text)

    with pytest.raises(EnvironmentFileError) as raised:
        read_environment(path, CHANNELS)

    assert str(raised.value).startswith(f"{path}: ")
    assert problem in str(raised.value)


def test_all_problems_are_named_at_once(tmp_path: Path) -> None:
    path = _write(tmp_path, "channels: [defaults, evil]\ndependencies: ['other::numpy', 'https://x/y.conda']")

    with pytest.raises(EnvironmentFileError, match=r"4 problem\(s\)"):
        read_environment(path, CHANNELS)


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentFileError, match="cannot be read"):
        read_environment(tmp_path / "nothing.yml", CHANNELS)
