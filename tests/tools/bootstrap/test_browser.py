import pytest

from tests.tools.bootstrap.conftest import write_script
from tools.bootstrap import debian_group
from tools.bootstrap.errors import BootstrapError
from tools.bootstrap.groups.browser import BrowserGroup
from tools.bootstrap.session import Task

GROUP = BrowserGroup()
FAKE_APT = """#!/bin/sh
echo "$@" >> {calls}
case "$*" in
  *--simulate*) echo 'Inst libneeded1 (1.0 Debian [amd64])'; echo 'Inst chromium (1 Debian [amd64])' ;;
  *download*) touch chromium_1_amd64.deb ;;
esac
"""
# "Unpacks" programs that run only with the library's folder on their path, and tell a version.
FAKE_DPKG = """#!/bin/sh
mkdir -p "$3/usr/lib/chromium" "$3/usr/lib/needed" "$3/usr/bin"
touch "$3/usr/lib/needed/libneeded.so"
for program in usr/lib/chromium/chromium usr/bin/chromedriver; do
  printf '#!/bin/sh\\ncase $LD_LIBRARY_PATH in */usr/lib/needed*) echo Chromium {version};; *) exit 1;; esac\\n' \
    > "$3/$program"
  chmod +x "$3/$program"
done
"""


@pytest.fixture(autouse=True)
def linux(monkeypatch):
    monkeypatch.setattr(debian_group, "system", lambda: "linux")


@pytest.fixture
def machine(clone):
    """A clone on a machine with the usual programs, but without browser, apt-get and dpkg-deb."""
    for name in ("sh", "touch", "mkdir", "chmod"):
        for folder in ("/usr/bin", "/bin"):
            if not (clone.path / name).exists():
                (clone.path / name).symlink_to(f"{folder}/{name}")
    clone.environ["PATH"] = str(clone.path)
    return clone


def debian(machine, tmp_path, version="156.0.8078.108"):
    calls = tmp_path / "apt-calls"
    write_script(machine.path / "apt-get", FAKE_APT.format(calls=calls))
    write_script(machine.path / "dpkg-deb", FAKE_DPKG.format(version=version))
    return calls


def install(machine) -> str:
    return GROUP.install(Task(machine.session(), GROUP.name))


def targets(machine) -> list[str]:
    return [str((machine.place.bin / name).resolve()) for name in ("chromium", "chromedriver")]


def test_those_on_path_are_used_where_they_fit_each_other(machine):
    paths = [machine.program("chromium", "Chromium 140.0.1.2"), machine.program("chromedriver", "ChromeDriver 140.0.1")]

    assert install(machine) == "found Chromium 140.0.1"
    assert targets(machine) == [str(path) for path in paths]
    assert GROUP.ready(machine.place)


def test_else_debians_packages_are_unpacked_with_what_they_depend_on(machine, tmp_path):
    machine.program("chromium", "Chromium 140.0.1.2")
    machine.program("chromedriver", "ChromeDriver 139.0.1")
    calls = debian(machine, tmp_path)

    assert install(machine) == "downloaded Chromium 156.0.8078"
    assert targets(machine) == [str(machine.place.slate / "debian/chromium" / n) for n in ("chromium", "chromedriver")]
    assert GROUP.ready(machine.place)
    assert calls.read_text().splitlines()[-1].endswith("download chromium chromium-driver libneeded1")
    assert any("is not used" in line for line in machine.lines)


def test_packages_that_are_too_old_are_refused(machine, tmp_path):
    debian(machine, tmp_path, version="90.0.1")

    with pytest.raises(BootstrapError, match=r"brought no chromium that works here and is 112\.0\.0 or newer"):
        install(machine)


def test_says_what_to_do_where_there_is_no_debian(machine):
    with pytest.raises(
        BootstrapError, match=r"Install chromium and chromedriver .* with your system's package manager"
    ):
        install(machine)


def test_says_when_apt_does_not_know_the_package(machine, tmp_path):
    debian(machine, tmp_path)
    write_script(machine.path / "apt-get", "#!/bin/sh\ncase $* in *update) exit 0;; esac\nexit 100\n")

    with pytest.raises(BootstrapError, match="cannot tell what chromium, chromium-driver depend on"):
        install(machine)


def test_is_looked_at_anew_when_a_file_goes(machine, tmp_path):
    debian(machine, tmp_path)
    install(machine)

    (machine.place.slate / "debian/chromium/chromedriver").unlink()

    assert not GROUP.ready(machine.place)
    install(machine)
    assert GROUP.ready(machine.place)


def test_doctor_says_how_to_get_it_and_other_systems_miss_nothing(machine, monkeypatch):
    assert [status.state for status in GROUP.statuses(machine.place)] == ["missing", "missing"]
    assert "python3 -m tools.bootstrap ensure browser" in GROUP.statuses(machine.place)[0].where

    monkeypatch.setattr(debian_group, "system", lambda: "darwin")

    assert GROUP.ready(machine.place)
    assert GROUP.statuses(machine.place) == []
