import asyncio
import json
import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from services.conda_mirror.objects import Objects
from tests.services.conda_mirror.support import (
    PATIENCE,
    Upstream,
    WebServer,
    configure,
    get,
    run,
    serving,
    sync,
    web_server,
)

BIG = "latest/main/linux-64/big-1.0-0.conda"
BAR = "latest/main/linux-64/bar-1.0-0.conda"
INDEX = "latest/main/noarch/repodata.json"


@pytest.fixture
def plain(mirror: Path) -> Iterator[WebServer]:
    """The mirror's folder by a plain web server that counts requests and can misbehave."""
    with web_server(mirror) as server:
        yield server


@pytest.fixture
def node(tmp_path: Path) -> Path:
    return tmp_path / "node"


def test_serves_what_the_mirror_serves(mirror: Path, node: Path) -> None:
    paths = [
        str(path.relative_to(mirror))
        for folder in ("latest", "snapshots")
        for path in (mirror / folder).rglob("*")
        if path.is_file()
    ]
    with (
        serving("serve", "--root", mirror) as (base, _),
        serving("node-cache", "--mirror", base, "--directory", node) as (near, _),
    ):
        for path in paths:
            far_answer, near_answer = get(f"{base}/{path}"), get(f"{near}/{path}")
            assert near_answer.body == far_answer.body, path
            for header in ("content-type", "cache-control"):
                assert near_answer.headers[header] == far_answer.headers[header], path
            assert far_answer.headers.get("repr-digest") in (near_answer.headers["repr-digest"], None)
        assert get(f"{near}/latest/main/noarch/nothing-1.0-0.conda").status == 404
        assert get(f"{near}/latest/other/noarch/repodata.json").status == 404
        assert get(f"{near}/{BIG}", {"Range": "bytes=5-9"}).body == (mirror / BIG).read_bytes()[5:10]
    assert len(paths) > 20


def test_asks_for_each_package_once_however_many_want_it(plain: WebServer, mirror: Path, node: Path) -> None:
    async def all_at_once(near: str) -> set[int]:
        async def one() -> int:
            async with aiohttp.ClientSession() as session, session.get(f"{near}/{BIG}") as answer:
                return len(await answer.read())

        return set(await asyncio.gather(*(one() for _ in range(50))))

    with serving("node-cache", "--mirror", plain.url, "--directory", node) as (near, _):
        sizes = asyncio.run(all_at_once(near))

    assert sizes == {(mirror / BIG).stat().st_size}
    assert len(plain.paths(".conda")) == 1
    assert len(plain.paths("repodata.json")) == 1


def test_goes_on_while_the_mirror_is_away(mirror: Path, node: Path) -> None:
    with serving("node-cache", "--mirror", "http://127.0.0.1:9", "--directory", node) as (near, _):
        assert get(f"{near}/{INDEX}").status == 502
        assert get(f"{near}/{BIG}").status == 502
        assert get(f"{near}/readyz").status == 200

    with web_server(mirror) as server:
        mirror_url = server.url
        with serving("node-cache", "--mirror", mirror_url, "--directory", node) as (near, _):
            for path in (INDEX, BIG):
                assert get(f"{near}/{path}").status == 200

    # A new process, as after a restart of the node, and nobody at the mirror's address.
    with serving("node-cache", "--mirror", mirror_url, "--directory", node) as (near, _):
        assert get(f"{near}/{BIG}").body == (mirror / BIG).read_bytes()
        assert get(f"{near}/{INDEX}").body == (mirror / INDEX).read_bytes()
        assert get(f"{near}/{BAR}").status == 502
        assert "slate_conda_mirror_cache_stale_total 2.0" in get(f"{near}/metrics").body.decode()


def test_what_has_another_hash_is_not_passed_on(plain: WebServer, mirror: Path, node: Path) -> None:
    size = (mirror / BIG).stat().st_size

    def lie(handler: Any) -> bool:
        if not handler.path.endswith("big-1.0-0.conda"):
            return False
        handler.send_response(200)
        handler.send_header("Content-Length", str(size))
        handler.end_headers()
        handler.wfile.write(b"x" * size)
        return True

    plain.before = lie
    with serving("node-cache", "--mirror", plain.url, "--directory", node) as (near, _):
        bad = get(f"{near}/{BIG}")
        plain.before = None
        good = get(f"{near}/{BIG}")

    assert bad.status == 502
    assert b"its index says" in bad.body
    assert (good.status, good.body) == (200, (mirror / BIG).read_bytes())


def test_a_download_that_breaks_is_not_passed_on(plain: WebServer, node: Path) -> None:
    def cut(handler: Any) -> bool:
        if not handler.path.endswith("big-1.0-0.conda"):
            return False
        handler.send_response(200)
        handler.send_header("Content-Length", "3000000")
        handler.end_headers()
        handler.wfile.write(b"x" * 1000)
        handler.close_connection = True
        return True

    plain.before = cut
    with serving("node-cache", "--mirror", plain.url, "--directory", node) as (near, _):
        assert get(f"{near}/{BIG}").status == 502
        assert not list((node / "objects").glob("*.part"))


def test_what_is_lost_is_fetched_again(plain: WebServer, mirror: Path, node: Path) -> None:
    content = (mirror / BIG).read_bytes()
    with serving("node-cache", "--mirror", plain.url, "--directory", node) as (near, _):
        assert get(f"{near}/{BIG}").body == content
        shutil.rmtree(node)
        assert get(f"{near}/{BIG}").body == content
        (next((node / "objects").iterdir())).write_bytes(content[:100])
        assert get(f"{near}/{BIG}").body == content
        assert get(f"{near}/{INDEX}").status == 200


def test_stays_in_its_bounds(plain: WebServer, mirror: Path, node: Path) -> None:
    with serving("node-cache", "--mirror", plain.url, "--directory", node, "--size", "3MB") as (near, _):
        assert get(f"{near}/{BIG}").body == (mirror / BIG).read_bytes()  # too large to keep: passed through
        assert get(f"{near}/{BAR}").status == 200

    kept = [path.stat().st_size for path in (node / "objects").iterdir()]
    assert kept == [(mirror / BAR).stat().st_size]


def test_a_full_disk_only_makes_it_slower(plain: WebServer, mirror: Path, node: Path) -> None:
    """A file of the name that a download needs is in its way: the system refuses, as it does when the disk is full."""
    with serving("node-cache", "--mirror", plain.url, "--directory", node) as (near, _):
        assert get(f"{near}/latest/main/linux-64/repodata.json").status == 200
        index = json.loads((mirror / "latest/main/linux-64/repodata.json").read_bytes())
        sha256 = index["packages.conda"]["big-1.0-0.conda"]["sha256"]
        (node / "objects" / f"{sha256}.part").mkdir()

        assert get(f"{near}/{BIG}").body == (mirror / BIG).read_bytes()


def test_sees_a_new_snapshot(mirror: Path, upstream: Upstream, node: Path, tmp_path: Path) -> None:
    with (
        serving("serve", "--root", mirror) as (base, _),
        serving("node-cache", "--mirror", base, "--directory", node) as (near, _),
    ):
        sync(mirror, configure(tmp_path, [upstream.source()], take={"specs": ["bar"]}))
        assert get(f"{near}/{INDEX}").body == (mirror / INDEX).read_bytes()
        # Carried along for those who hold an older index; ours does not name it.
        assert get(f"{near}/{BIG}").body == (mirror / BIG).read_bytes()


def test_needs_and_passes_on_the_token(mirror: Path, node: Path, tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("made-up-token")
    with (
        serving("serve", "--root", mirror, "--token-file", token) as (base, _),
        serving("node-cache", "--mirror", base, "--directory", node, "--token-file", token) as (near, _),
    ):
        assert get(f"{near}/{BIG}").status == 401
        answer = get(f"{near}/t/made-up-token/{BIG}")

    assert (answer.status, answer.body) == (200, (mirror / BIG).read_bytes())


def test_ends_in_order(plain: WebServer, node: Path) -> None:
    with serving("node-cache", "--mirror", plain.url, "--directory", node) as (near, process):
        assert get(f"{near}/{BAR}").status == 200
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0


def test_an_address_with_a_password_is_refused(node: Path) -> None:
    done = run("node-cache", "--mirror", "http://user:secret@mirror", "--directory", node)

    assert done.returncode == 2
    assert "without user and password" in done.stderr


class TestObjects:
    @staticmethod
    def _fill(objects: Objects, number: int, size: int) -> str:
        sha256 = f"{number:064x}"
        part = objects.part(sha256)
        part.write_bytes(b"x" * size)
        objects.adopt(part, sha256, size)
        return sha256

    def test_the_least_recently_used_go_first(self, tmp_path: Path) -> None:
        evicted: list[int] = []
        objects = Objects(tmp_path / "objects", 100, lambda: evicted.append(1))
        first, second, third = (self._fill(objects, number, 30) for number in range(3))
        objects.get(first)

        fourth = self._fill(objects, 4, 40)

        assert [objects.get(name) is not None for name in (first, second, third, fourth)] == [True, False, True, True]
        assert len(evicted) == 1
        assert objects.size == 100

    def test_a_restart_remembers_the_order_and_clears_broken_downloads(self, tmp_path: Path) -> None:
        objects = Objects(tmp_path / "objects", 100)
        names = [self._fill(objects, number, 30) for number in range(3)]
        for age, name in enumerate(names):
            os.utime(tmp_path / "objects" / name, (1000 - age, 1000 - age))
        objects.part("f" * 64).write_bytes(b"half")

        again = Objects(tmp_path / "objects", 70)

        assert [again.get(name) is not None for name in names] == [True, True, False]
        assert sorted(path.name for path in (tmp_path / "objects").iterdir()) == sorted(names[:2])
