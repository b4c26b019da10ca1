from pathlib import Path

import pytest

from tests.tools.bootstrap.conftest import write_script
from tools.bootstrap import building
from tools.bootstrap.errors import BootstrapError
from tools.bootstrap.groups import runc
from tools.bootstrap.groups.runc import runc_group
from tools.bootstrap.session import Task

# "Downloads" by writing a file, and "unpacks" a runc that tells a version.
FAKE_APT = """#!/bin/sh
echo "$@" >> {calls}
case "$*" in
  *Dir::State::Lists*update) touch {updated} ;;
  *download*) [ -z "{needs_lists}" ] || [ -e {updated} ] || exit 100; touch runc_1_amd64.deb ;;
esac
"""
FAKE_DPKG = """#!/bin/sh
mkdir -p "$3/usr/sbin" "$3/usr/lib/any"
touch "$3/usr/lib/any/libseccomp.a"
printf '#!/bin/sh\\necho runc version {version}\\n' > "$3/usr/sbin/runc"
chmod +x "$3/usr/sbin/runc"
"""
NOTE_VARIABLES = """for name in CGO_ENABLED CGO_LDFLAGS CPATH LIBRARY_PATH; do
  eval "echo $name=\\$$name" >> $FAKE_GO_CALLS.env
done
"""


@pytest.fixture(autouse=True)
def linux(monkeypatch):
    monkeypatch.setattr(runc, "system", lambda: "linux")


@pytest.fixture
def machine(clone):
    """A clone on a machine with the usual programs, but without runc, compiler, apt-get and dpkg-deb."""
    for name in ("sh", "touch", "mkdir", "chmod", "cat"):
        for folder in ("/usr/bin", "/bin"):
            if not (clone.path / name).exists():
                (clone.path / name).symlink_to(f"{folder}/{name}")
    clone.environ["PATH"] = str(clone.path)
    return clone


def debian(machine, tmp_path, version="1.1.5+ds1", needs_lists=""):
    calls, updated = tmp_path / "apt-calls", tmp_path / "updated"
    write_script(machine.path / "apt-get", FAKE_APT.format(calls=calls, updated=updated, needs_lists=needs_lists))
    write_script(machine.path / "dpkg-deb", FAKE_DPKG.format(version=version))
    return calls


def install(machine) -> str:
    return runc_group(machine.place).install(Task(machine.session(), "runc"))


def target(machine) -> str:
    return str((machine.place.bin / "runc").resolve())


def test_one_on_path_is_used(machine):
    path = machine.program("runc", "runc version 1.3.4")

    assert install(machine) == "found runc 1.3.4"
    assert target(machine) == str(path)
    assert runc_group(machine.place).ready(machine.place)


def test_else_the_file_of_debians_package(machine, tmp_path):
    machine.program("runc", "runc version 1.0.0")
    debian(machine, tmp_path)

    assert install(machine) == "downloaded runc 1.1.5"
    assert target(machine) == str(machine.place.slate / "debian/runc/usr/sbin/runc")
    assert runc_group(machine.place).ready(machine.place)
    assert any("is not used: version 1.0.0, wanted 1.3.3 or newer" in line for line in machine.lines)


def test_with_a_compiler_it_is_built_statically_with_debians_libseccomp(machine, tmp_path):
    machine.program("gcc", "")
    debian(machine, tmp_path)
    machine.environ["FAKE_GO_SCRIPT"] = str(write_script(tmp_path / "env", NOTE_VARIABLES))

    assert install(machine) == "built runc 1.5.2"
    (build,) = machine.builds()
    assert "-tags seccomp,netgo,osusergo" in build
    variables = dict(line.split("=", 1) for line in Path(f"{machine.calls}.env").read_text().splitlines())
    folder = machine.place.slate / "debian/libseccomp/usr"
    assert variables == {
        "CGO_ENABLED": "1",
        "CGO_LDFLAGS": "-static -lseccomp",
        "CPATH": f"{folder}/include",
        "LIBRARY_PATH": f"{folder}/lib/any",
    }


def test_a_compiler_that_appears_later_is_noticed(machine, tmp_path):
    debian(machine, tmp_path)
    install(machine)
    assert any("pools have no user namespaces" in line for line in machine.lines)

    machine.program("gcc", "")

    assert not runc_group(machine.place).ready(machine.place)


def test_a_machine_without_package_lists_gets_private_ones(machine, tmp_path):
    calls = debian(machine, tmp_path, needs_lists="yes")

    install(machine)

    lists = f"Dir::State::Lists={machine.place.slate}/cache/debian/apt-lists"
    first, update, second = calls.read_text().splitlines()
    assert lists not in first
    assert lists in update
    assert update.endswith("update")
    assert lists in second


def test_a_package_that_is_too_old_is_refused(machine, tmp_path):
    debian(machine, tmp_path, version="1.0.0")

    with pytest.raises(BootstrapError, match=r"brought no runc that works here and is 1\.1\.5 or newer"):
        install(machine)


def test_says_what_to_do_where_there_is_no_debian(machine):
    with pytest.raises(BootstrapError, match=r"Install runc .* with your system's package manager"):
        install(machine)


def test_is_looked_at_anew_when_another_one_appears_or_the_file_goes(machine, tmp_path):
    debian(machine, tmp_path)
    install(machine)
    assert runc_group(machine.place).ready(machine.place)

    (machine.place.slate / "debian/runc/usr/sbin/runc").unlink()
    assert not runc_group(machine.place).ready(machine.place)
    install(machine)
    assert runc_group(machine.place).ready(machine.place)
    machine.program("runc", "runc version 1.3.4")
    assert not runc_group(machine.place).ready(machine.place)


def test_doctor_says_how_to_get_it(machine):
    (status,) = runc_group(machine.place).statuses(machine.place)

    assert status.state == "missing"
    assert status.where == "python3 -m tools.bootstrap ensure runc  (wanted: 1.5.2)"


def test_other_systems_have_none_and_miss_none(machine, monkeypatch):
    monkeypatch.setattr(runc, "system", lambda: "darwin")

    assert runc_group(machine.place).ready(machine.place)
    assert runc_group(machine.place).statuses(machine.place) == []


def test_building_images_needs_root(monkeypatch):
    monkeypatch.setattr(building.os, "geteuid", lambda: 1000)
    monkeypatch.setattr(building.sys, "platform", "linux")

    assert building.why_not({"PATH": "/usr/bin:/bin"}) == "needs root, or a builder of your own (images.builderName)"


def test_building_images_needs_namespaces(monkeypatch, tmp_path):
    monkeypatch.setattr(building.os, "geteuid", lambda: 0)
    monkeypatch.setattr(building.sys, "platform", "linux")
    write_script(tmp_path / "unshare", "#!/bin/sh\necho 'unshare failed: Operation not permitted' >&2\nexit 1\n")

    why = building.why_not({"PATH": f"{tmp_path}:/usr/bin:/bin"})

    assert why == ("needs the right to make namespaces (CAP_SYS_ADMIN): unshare failed: Operation not permitted")


def test_building_images_needs_linux(monkeypatch):
    monkeypatch.setattr(building.sys, "platform", "darwin")

    assert building.why_not({}) == "needs Linux, or a builder of your own (images.builderName)"
