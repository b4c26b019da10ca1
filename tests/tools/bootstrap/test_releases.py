import socket
import threading
from pathlib import Path

import pytest

from tools.bootstrap.errors import CancelledError, DownloadError, HostUnavailableError
from tools.bootstrap.reachability import HOSTS, Reachability
from tools.bootstrap.releases import Downloader, Release

BINARY = Release("kubernetes", "release/v1/tool", "kubernetes", "release/v1/tool.sha256")
ARCHIVE = Release(
    "pulumi",
    "sdk/pulumi-v1.tar.gz",
    "pulumi",
    "sdk/pulumi-v1.tar.gz.sha256",
    members={"pulumi": "pulumi/pulumi", "host": "pulumi/pulumi-host"},
)


def downloader(address: str, **options) -> Downloader:
    environ = {host.variable: address for host in HOSTS.values()}
    return Downloader(
        Reachability(environ, offline=False, seconds=1), options.pop("report", lambda *_: None), **options
    )


def left(directory: Path) -> list[str]:
    return sorted(entry.name for entry in directory.iterdir()) if directory.exists() else []


def test_installs_a_binary_whose_checksum_is_right(server, tmp_path: Path) -> None:
    server.publish(BINARY.path, b"binary" * 100_000)
    seen: list[tuple[int, int]] = []
    report = lambda done, total: seen.append((done, total))  # noqa: E731

    files = downloader(server.address, report=report).install(BINARY, "kube-tool", tmp_path / "bin")

    assert files == [tmp_path / "bin" / "kube-tool"]
    assert files[0].read_bytes() == b"binary" * 100_000
    assert files[0].stat().st_mode & 0o777 == 0o755
    assert left(tmp_path / "bin") == ["kube-tool"]
    assert seen[-1] == (600_000, 600_000)


def test_the_checksum_is_asked_for_first(server, tmp_path: Path) -> None:
    server.publish(BINARY.path, b"binary")

    downloader(server.address).install(BINARY, "tool", tmp_path)

    assert server.downloads() == ["GET /release/v1/tool.sha256", "GET /release/v1/tool"]


def test_refuses_a_file_whose_checksum_is_wrong(server, tmp_path: Path) -> None:
    server.publish(BINARY.path, b"tampered", checksum="0" * 64)
    (tmp_path / "tool").write_text("the old one")

    with pytest.raises(DownloadError, match=rf"release/v1/tool was refused: its SHA-256 sum is .*says {'0' * 64}"):
        downloader(server.address).install(BINARY, "tool", tmp_path)

    assert (tmp_path / "tool").read_text() == "the old one"
    assert left(tmp_path) == ["tool"]


def test_takes_only_the_wanted_files_of_an_archive(server, archive_of, tmp_path: Path) -> None:
    names = ("pulumi/pulumi", "pulumi/pulumi-host", "pulumi/other", "../escape")
    content, _ = archive_of({name: f"content of {name}" for name in names})
    server.publish(ARCHIVE.path, content)

    files = downloader(server.address).install(ARCHIVE, "pulumi", tmp_path / "bin")

    assert [file.name for file in files] == ["pulumi", "host"]
    assert (tmp_path / "bin" / "host").read_text() == "content of pulumi/pulumi-host"
    assert left(tmp_path / "bin") == ["host", "pulumi"]
    assert left(tmp_path) == ["bin"]


def test_says_what_an_archive_lacks(server, archive_of, tmp_path: Path) -> None:
    content, _ = archive_of({"pulumi/pulumi": "x"})
    server.publish(ARCHIVE.path, content)

    with pytest.raises(DownloadError, match=r"pulumi-v1\.tar\.gz cannot be unpacked: .*pulumi-host"):
        downloader(server.address).install(ARCHIVE, "pulumi", tmp_path)


def test_downloads_nothing_without_a_checksum(server, tmp_path: Path) -> None:
    server.files[f"/{BINARY.path}"] = b"binary"

    with pytest.raises(DownloadError, match=r"tool\.sha256 answered 404"):
        downloader(server.address).install(BINARY, "tool", tmp_path)

    assert server.downloads() == ["GET /release/v1/tool.sha256"]


def test_falls_on_when_the_host_does_not_answer(silent_server: str, tmp_path: Path) -> None:
    with pytest.raises(HostUnavailableError, match=r"127\.0\.0\.1:\d+: no answer"):
        downloader(silent_server).install(BINARY, "tool", tmp_path)


def test_a_host_that_breaks_off_is_given_up_for_the_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    answers = [
        b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 64\r\nConnection: close\r\n\r\n" + b"0" * 64,
        b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\nConnection: close\r\n\r\nonly this",
    ]

    def serve(listener: socket.socket) -> None:
        for answer in answers:
            connection, _ = listener.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(answer)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, args=(listener,))
        thread.start()
        download = downloader(f"http://127.0.0.1:{listener.getsockname()[1]}")
        with pytest.raises(DownloadError):
            download.install(BINARY, "tool", tmp_path)
        thread.join(30)

    assert left(tmp_path) == []


def test_can_be_stopped_in_the_middle(server, tmp_path: Path) -> None:
    server.publish(BINARY.path, b"binary" * 1_000_000)

    def stop() -> None:
        raise CancelledError("interrupted")

    with pytest.raises(CancelledError):
        downloader(server.address, check=stop).install(BINARY, "tool", tmp_path)

    assert left(tmp_path) == []
