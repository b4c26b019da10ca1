"""The image of the in-cluster programs: another user, no rights, read-only, and the mirror in it works."""

import urllib.request
from pathlib import Path

import pytest

from tests.images import container
from tests.images.container import Mount
from tests.images.rig import free_port

pytestmark = pytest.mark.images


@pytest.fixture
def serving(platform_image, image_rig, tmp_path: Path):
    """The mirror's server in the image, over the session's snapshots."""
    from dataclasses import replace

    port = free_port()
    command = ["python", "-m", "services.conda_mirror", "serve", "--root", "/data", "--address", "127.0.0.1"]
    settings = {**platform_image.image.settings, "Cmd": [*command, "--port", str(port)]}
    image = replace(platform_image.image, configuration={**platform_image.image.configuration, "config": settings})
    mirror = image_rig.folder / "mirror"
    root = platform_image.root
    (root / "data").mkdir(exist_ok=True)
    with container.running(
        platform_image.runc, tmp_path / "run", image, root, user=(65532, 65532),
        mounts=[Mount("/data", mirror, read_only=True), Mount("/tmp", options=("mode=1777",))],
    ) as running:  # fmt: skip

        def answers() -> bool:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as answer:
                    return answer.status == 200
            except OSError:
                return False

        running.wait_for("the mirror answers", answers)
        yield running, port


def test_serves_the_channel_as_a_user_without_rights(serving):
    running, port = serving
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/latest/fixture/noarch/repodata.json", timeout=10) as answer:
        assert answer.read(1) == b"{"

    assert running.run("id", "-u").stdout.strip() == "65532"
    assert "Read-only file system" in running.run("touch", "/opt/slate/x").stderr


def test_ends_cleanly(serving):
    running, _ = serving

    running.signal("TERM")

    assert running.wait() == 0


def test_nothing_gives_rights_and_the_user_is_not_root(platform_image):
    raising = [
        path for path in platform_image.root.rglob("*")
        if path.is_file() and not path.is_symlink() and path.stat().st_mode & 0o6000
    ]  # fmt: skip

    assert raising == []
    assert platform_image.image.settings["User"] == "65532:65532"
