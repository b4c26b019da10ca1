"""The language host follows the CLI: upstream's beside an upstream CLI, else our own."""

from pathlib import Path

import pytest

from tools.bootstrap.ensure import ensure
from tools.bootstrap.errors import BootstrapError
from tools.bootstrap.groups.pulumi import LANGUAGE_HOST_FILES
from tools.bootstrap.in_use import language_host_in_use


@pytest.fixture
def sdk(clone):
    """A clone whose Go knows a downloaded SDK module with the scripts."""
    module = Path(clone.environ["FAKE_GO_MODULE"])
    for folder, name in (("cmd", LANGUAGE_HOST_FILES[1]), ("dist", LANGUAGE_HOST_FILES[2])):
        (module / "python" / folder).mkdir(parents=True)
        (module / "python" / folder / name).write_text(f"# {name}\n")
    return clone


def upstream(clone, *names: str) -> None:
    clone.program("pulumi", "v3.260.1")
    for name in names:
        clone.program(name, "upstream")


def install(clone) -> tuple[str, str]:
    ensure(["language-host"], clone.place, clone.session().progress)
    kind, version, _ = language_host_in_use(clone.place)
    return kind, version


def files(clone) -> set[str]:
    return {name for name in LANGUAGE_HOST_FILES if (clone.place.bin / name).exists()}


def test_none_is_in_use_before_it_is_installed(clone) -> None:
    with pytest.raises(BootstrapError, match="No language host is installed yet"):
        language_host_in_use(clone.place)


def test_our_own_with_the_scripts_of_the_sdk(sdk) -> None:
    assert install(sdk) == ("offline", "3.259.0")
    assert files(sdk) == set(LANGUAGE_HOST_FILES)
    assert (sdk.place.bin / LANGUAGE_HOST_FILES[1]).read_text() == f"# {LANGUAGE_HOST_FILES[1]}\n"
    assert (sdk.place.bin / LANGUAGE_HOST_FILES[1]).stat().st_mode & 0o111


def test_upstreams_beside_a_cli_on_path(sdk) -> None:
    upstream(sdk, *LANGUAGE_HOST_FILES)

    assert install(sdk) == ("upstream", "3.260.1")
    assert {(sdk.place.bin / name).resolve() for name in LANGUAGE_HOST_FILES} == {
        sdk.path / name for name in LANGUAGE_HOST_FILES
    }
    assert sdk.builds() == []


def test_upstreams_beside_the_file_that_a_link_on_path_leads_to(sdk, tmp_path: Path) -> None:
    upstream(sdk, *LANGUAGE_HOST_FILES)
    real = tmp_path / "opt"
    sdk.path.rename(real)
    sdk.path.mkdir()
    (sdk.path / "pulumi").symlink_to(real / "pulumi")
    (sdk.path / "go").symlink_to(real / "go")

    assert install(sdk) == ("upstream", "3.260.1")


def test_our_own_beside_a_cli_that_has_none(sdk) -> None:
    upstream(sdk, LANGUAGE_HOST_FILES[0])

    assert install(sdk) == ("offline", "3.259.0")
    assert len(sdk.builds()) == 1


def test_one_run_follows_a_cli_that_comes_or_goes(sdk) -> None:
    upstream(sdk, *LANGUAGE_HOST_FILES)
    kinds = [install(sdk)[0]]
    for name in ("pulumi", *LANGUAGE_HOST_FILES):
        (sdk.path / name).unlink()
    kinds.append(install(sdk)[0])
    upstream(sdk, *LANGUAGE_HOST_FILES)
    kinds.append(install(sdk)[0])

    assert kinds == ["upstream", "offline", "upstream"]


def test_ours_is_not_built_again_when_nothing_changed(sdk) -> None:
    install(sdk)
    builds = len(sdk.builds())

    install(sdk)

    assert len(sdk.builds()) == builds == 2
