import subprocess

import pytest

from tools.node import mount_points
from tools.node.layout import Layout


def test_only_places_that_were_made_are_removed_and_only_while_they_are_empty(tmp_path, monkeypatch):
    layout = Layout(tmp_path / "node")
    layout.directory.mkdir()
    there, made, used = tmp_path / "there", tmp_path / "made", tmp_path / "used"
    there.mkdir()
    monkeypatch.setattr(mount_points, "folders", lambda _: dict.fromkeys((there, made, used), layout.kubelet))

    mount_points.make(layout)
    mount_points.make(layout)  # a second start, after the first one was killed
    (used / "file").write_text("somebody's")
    assert made.is_dir()
    mount_points.remove(layout)

    assert there.is_dir()
    assert not made.exists()
    assert (used / "file").exists()
    assert not layout.mount_points.exists()


@pytest.mark.node
def test_a_place_that_another_node_uses_stays_until_that_one_stops(tmp_path, monkeypatch):
    """Removing it would take the other one's mount away."""
    first, second = Layout(tmp_path / "first"), Layout(tmp_path / "second")
    place = tmp_path / "place"
    monkeypatch.setattr(mount_points, "folders", lambda layout: {place: layout.kubelet})
    for layout in (first, second):
        layout.kubelet.mkdir(parents=True)
        (layout.kubelet / "own").write_text(layout.directory.name)
    mount_points.make(first)
    script = 'mount --bind "$1" "$2"; echo mounted; read -r _; cat "$2/own"'
    command = ["unshare", "--mount", "--propagation=private", "sh", "-c", script, "sh", str(second.kubelet), str(place)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdin is not None
        assert other.stdout is not None
        assert other.stdout.readline() == "mounted\n"
        mount_points.make(second)

        mount_points.remove(first)

        other.stdin.write("\n")
        other.stdin.close()
        assert other.stdout.read() == "second"
    assert list(place.iterdir()) == []
    mount_points.remove(second)
    assert not place.exists()
