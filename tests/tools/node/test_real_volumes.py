"""Home volumes of the real node: they outlive pods and starts, and have the size that they say."""

import pytest

from tests.tools.node.support import Running, wait

pytestmark = pytest.mark.node


def test_a_volume_outlives_its_pod_and_a_restart_of_the_node(running: Running):
    running.namespace("homes")
    claim = {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": "home", "namespace": "homes"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
    }
    running.apply(claim, running.pod("one", "homes", claim="home"))
    running.wait_ready("one", namespace="homes")
    running.run("one", "echo kept > /home/workspace/file", "homes")
    running.kubectl("delete", "pod", "one", "--namespace=homes")

    running.node.down()
    running.start()
    running.apply(running.pod("two", "homes", claim="home"))
    running.wait_ready("two", namespace="homes")

    assert running.run("two", "cat /home/workspace/file; stat -c %g /home/workspace", "homes").split() == [
        "kept",
        "1000",
    ]
    folder = running.node.layout.volumes
    assert len(list(folder.glob("pvc-*.ext4"))) == 1
    running.kubectl("delete", "pod", "two", "--namespace=homes")
    running.kubectl("delete", "pvc", "home", "--namespace=homes")
    wait(lambda: not list(folder.iterdir()))


def test_a_volume_takes_no_more_than_its_size_and_grows_with_its_claim(running: Running):
    running.namespace("sizes")
    claim = {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": "home", "namespace": "sizes"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "64Mi"}}},
    }
    running.apply(claim, running.pod("one", "sizes", claim="home"))
    running.wait_ready("one", namespace="sizes")
    fill = "head -c 100M /dev/zero > /home/workspace/big; stat -c %s /home/workspace/big; ls /home/workspace"

    size, *names = running.run("one", f"({fill}) 2>/dev/null", "sizes").split()
    assert names == ["big"]
    assert 30 * 1024**2 < int(size) < 64 * 1024**2
    claim["spec"]["resources"]["requests"]["storage"] = "256Mi"
    running.apply(claim)
    # Where the kernel does not let it grow in use, it grows once its pod has ended.
    running.kubectl("delete", "pod", "one", "--namespace=sizes")
    wait(lambda: running.get("pvc", "home", "sizes")["status"]["capacity"]["storage"] == "256Mi")
    running.apply(running.pod("one", "sizes", claim="home"))
    running.wait_ready("one", namespace="sizes")

    assert running.run("one", f"({fill}) 2>/dev/null", "sizes").split() == [str(100 * 1024**2), "big"]
    # The machine's space is that of what is in it, and is given back.
    (file,) = running.node.layout.volumes.glob("pvc-*.ext4")
    assert file.stat().st_size == 256 * 1024**2
    running.run("one", "rm /home/workspace/big; sync", "sizes")
    wait(lambda: file.stat().st_blocks * 512 < 60 * 1024**2)
    running.kubectl("delete", "pod", "one", "--namespace=sizes")
    running.kubectl("delete", "pvc", "home", "--namespace=sizes")
    wait(lambda: not list(running.node.layout.volumes.iterdir()))
