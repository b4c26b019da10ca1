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
