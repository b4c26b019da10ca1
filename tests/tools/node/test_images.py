import hashlib
import io
import json
import tarfile

from tools.node.images import build


def blobs(archive):
    with tarfile.open(archive) as tar:
        return {
            member.name: file.read() for member in tar.getmembers() if (file := tar.extractfile(member)) is not None
        }


def test_an_archive_holds_the_program_as_entry_point_and_true_digests(tmp_path):
    program = tmp_path / "pause"
    program.write_bytes(b"\x7fELF program")

    image = build(program, tmp_path)

    found = blobs(image.archive)
    (described,) = json.loads(found["index.json"])["manifests"]
    assert described["annotations"]["io.containerd.image.name"] == image.reference
    for name, data in found.items():
        if name.startswith("blobs/sha256/"):
            assert hashlib.sha256(data).hexdigest() == name.rpartition("/")[2]
    manifest = json.loads(found[f"blobs/{described['digest'].replace(':', '/')}"])
    configuration = json.loads(found[f"blobs/{manifest['config']['digest'].replace(':', '/')}"])
    assert configuration["config"]["Entrypoint"] == ["/pause"]
    layer = found[f"blobs/{manifest['layers'][0]['digest'].replace(':', '/')}"]
    with tarfile.open(fileobj=io.BytesIO(layer)) as tar:
        member = tar.getmember("pause")
        file = tar.extractfile(member)
        assert file is not None
        assert (member.mode, member.uid, file.read()) == (0o755, 0, b"\x7fELF program")


def test_the_same_program_is_packed_once_and_another_one_replaces_it(tmp_path):
    program = tmp_path / "pause"
    program.write_bytes(b"one")
    first = build(program, tmp_path)
    before = first.archive.stat().st_mtime_ns
    again = build(program, tmp_path)
    assert again == first
    assert again.archive.stat().st_mtime_ns == before

    program.write_bytes(b"two")
    second = build(program, tmp_path)

    assert second.reference != first.reference
    assert [path.name for path in tmp_path.glob("*.tar")] == [second.archive.name]
