import asyncio
import base64
import hashlib
import json
import signal
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest

from services.conda_mirror import rattler
from services.conda_mirror.channels import ChannelSource
from services.conda_mirror.snapshots import Snapshots
from tests.services.conda_mirror.support import (
    CANONICAL,
    PATIENCE,
    Upstream,
    configure,
    eventually,
    get,
    names,
    run,
    serving,
    sync,
)

BIG = "main/linux-64/big-1.0-0.conda"
INDEX = "main/noarch/repodata.json"


@pytest.fixture
def base(mirror: Path) -> Iterator[str]:
    with serving("serve", "--root", mirror) as (url, _):
        yield url


def test_serves_latest_and_each_snapshot(base: str, mirror: Path) -> None:
    snapshot = Snapshots(mirror).latest()

    answers = [get(f"{base}/{place}/{BIG}") for place in ("latest", f"snapshots/{snapshot}")]

    content = (mirror / "latest" / BIG).read_bytes()
    assert [(answer.status, answer.body) for answer in answers] == [(200, content)] * 2


def test_types_and_cache_headers(base: str, mirror: Path) -> None:
    snapshot = Snapshots(mirror).latest()
    shard = next((mirror / "latest/main/noarch/shards").iterdir()).name
    short, forever = "public, max-age=60, must-revalidate", "public, max-age=31536000, immutable"
    expected = {
        f"latest/{INDEX}": ("application/json", short),
        f"latest/{INDEX}.zst": ("application/zstd", short),
        "latest/main/noarch/repodata_shards.msgpack.zst": ("application/zstd", short),
        f"latest/main/noarch/shards/{shard}": ("application/zstd", forever),
        f"latest/{BIG}": ("application/zip", forever),
        f"snapshots/{snapshot}/{INDEX}": ("application/json", forever),
    }

    for path, (kind, cache) in expected.items():
        answer = get(f"{base}/{path}")
        digest = base64.b64encode(hashlib.sha256(answer.body).digest()).decode()
        assert (answer.headers["content-type"], answer.headers["cache-control"]) == (kind, cache), path
        assert answer.headers["repr-digest"] == f"sha-256=:{digest}:"
        assert "content-encoding" not in answer.headers


def test_ranges(base: str, mirror: Path) -> None:
    content = (mirror / "latest" / BIG).read_bytes()

    middle = get(f"{base}/latest/{BIG}", {"Range": "bytes=1000-1999"})
    end = get(f"{base}/latest/{BIG}", {"Range": f"bytes={len(content) - 10}-"})
    beyond = get(f"{base}/latest/{BIG}", {"Range": f"bytes={len(content)}-"})

    assert (middle.status, middle.body) == (206, content[1000:2000])
    assert middle.headers["content-range"] == f"bytes 1000-1999/{len(content)}"
    assert (end.status, end.body) == (206, content[-10:])
    assert beyond.status == 416


def test_an_unchanged_index_is_not_sent_again(base: str, mirror: Path, upstream: Upstream, tmp_path: Path) -> None:
    etag = get(f"{base}/latest/{INDEX}").headers["etag"]

    assert get(f"{base}/latest/{INDEX}", {"If-None-Match": etag}).status == 304

    upstream.change(lambda index: index["packages.conda"]["foo-1.1-0.conda"].update(depends=["bar"]))
    sync(mirror, configure(tmp_path, [upstream.source()], take={"specs": ["bar", "foo", "big"]}))
    changed = get(f"{base}/latest/{INDEX}", {"If-None-Match": etag})
    assert changed.status == 200
    assert changed.headers["etag"] != etag


def test_heads_have_no_body(base: str, mirror: Path) -> None:
    answer = get(f"{base}/latest/{BIG}", method="HEAD")

    assert (answer.status, answer.body) == (200, b"")
    assert int(answer.headers["content-length"]) == (mirror / "latest" / BIG).stat().st_size


@pytest.mark.parametrize(
    "path",
    [
        "latest/main/noarch/nothing.conda",
        "latest/other/noarch/repodata.json",
        "latest/../state.json",
        "latest/main/noarch/../../snapshot.json",
        "latest/main/noarch/..%2f..%2f..%2f..%2fstate.json",
        "latest//etc/passwd",
        "state.json",
        "pool",
        ".lock",
        "snapshots",
        "snapshots/20200101T000000Z-000000000000/main/noarch/repodata.json",
        "latest/main/noarch",
        "latest/main/noarch/%00",
    ],
)
def test_what_no_manifest_names_is_not_there(base: str, path: str) -> None:
    assert get(f"{base}/{path}").status in (400, 404)


def test_writing_is_not_possible(base: str) -> None:
    assert get(f"{base}/latest/{INDEX}", method="DELETE").status == 405


def test_a_file_of_ours_beside_the_manifest_is_not_served(base: str, mirror: Path) -> None:
    (mirror / "latest/main/noarch/planted-1.0-0.conda").write_bytes(b"x")

    assert get(f"{base}/latest/main/noarch/planted-1.0-0.conda").status == 404


def test_health_before_and_after_the_first_snapshot(upstream: Upstream, root: Path, tmp_path: Path) -> None:
    with serving("serve", "--root", root) as (base, _):
        before = get(f"{base}/healthz"), get(f"{base}/readyz"), get(f"{base}/latest/{INDEX}")
        summary = sync(root, configure(tmp_path, [upstream.source()], take={"specs": ["foo"]}))
        after = get(f"{base}/healthz"), get(f"{base}/readyz"), get(f"{base}/latest/{INDEX}")

    assert [answer.status for answer in before] == [200, 503, 404]
    assert [answer.status for answer in after] == [200, 200, 200]
    assert json.loads(after[0].body)["snapshot"] == summary.snapshot
    assert json.loads(after[0].body)["channels"] == {"main": f"{CANONICAL}/main"}


def test_metrics(base: str, mirror: Path) -> None:
    size = (mirror / "latest" / BIG).stat().st_size
    get(f"{base}/latest/{BIG}")
    get(f"{base}/latest/main/noarch/nothing.conda")

    def line(name: str) -> str | None:
        text = get(f"{base}/metrics").body.decode()
        return next((line.split()[-1] for line in text.splitlines() if line.startswith(name)), None)

    eventually(lambda: line('slate_conda_mirror_requests_total{kind="package",status="200"}') == "1.0", "one package")
    assert line('slate_conda_mirror_requests_total{kind="package",status="404"}') == "1.0"
    assert float(line('slate_conda_mirror_sent_bytes_total{kind="package"}') or 0) >= size
    assert line("slate_conda_mirror_snapshot_packages") == "4.0"
    assert line(f'slate_conda_mirror_snapshot_info{{snapshot="{Snapshots(mirror).latest()}"}}') == "1.0"


def test_a_hundred_clients_at_once(base: str, mirror: Path) -> None:
    content = (mirror / "latest" / BIG).read_bytes()

    async def client(number: int) -> list[bool]:
        async with aiohttp.ClientSession() as session:  # a connection of its own
            async with session.get(f"{base}/latest/{INDEX}") as answer:
                first = (await answer.json())["info"] == {"subdir": "noarch"}
            start = number * 100
            async with session.get(f"{base}/latest/{BIG}", headers={"Range": f"bytes={start}-{start + 99}"}) as answer:
                second = await answer.read() == content[start : start + 100]
            async with session.get(f"{base}/latest/{BIG}") as answer:
                third = await answer.read() == content
            return [first, second, third]

    async def all_at_once() -> list[list[bool]]:
        return await asyncio.gather(*(client(number) for number in range(100)))

    assert asyncio.run(all_at_once()) == [[True] * 3] * 100


def test_ends_in_order_and_finishes_what_is_under_way(mirror: Path) -> None:
    with serving("serve", "--root", mirror) as (base, process):

        async def slow_client() -> bytes:
            async with (
                aiohttp.ClientSession(read_bufsize=1 << 14) as session,
                session.get(f"{base}/latest/{BIG}") as answer,
            ):
                first = await answer.content.readexactly(1000)
                process.send_signal(signal.SIGTERM)
                await asyncio.sleep(0.3)
                return first + await answer.content.read()

        received = asyncio.run(slow_client())

        assert received == (mirror / "latest" / BIG).read_bytes()
        assert process.wait(PATIENCE) == 0


def test_an_address_that_is_taken(base: str, mirror: Path) -> None:
    done = run("serve", "--root", mirror, "--port", base.rsplit(":", 1)[1])

    assert done.returncode == 1
    assert "cannot listen on 127.0.0.1:" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_real_client_solves_and_installs_through_it(
    base: str, mirror: Path, upstream: Upstream, tmp_path: Path
) -> None:
    """A lock that records canonical URLs installs from the mirror alone; upstream is gone, `slate.invalid` is none."""
    upstream.folder.rename(tmp_path / "gone")
    channel = ChannelSource("main", f"{CANONICAL}/main", f"{base}/latest/main")

    records = asyncio.run(rattler.solve([channel], ["bar", "big"], "linux-64", cache=tmp_path / "repodata"))
    rattler.write_lock(tmp_path / "one.lock", {"default": {"linux-64": records}}, [channel])
    locked = rattler.read_lock(tmp_path / "one.lock").records("linux-64")
    mirrors = {channel.canonical: f"{base}/latest/main"}
    asyncio.run(rattler.install(locked, tmp_path / "env", mirrors=mirrors, cache=tmp_path / "packages"))

    assert {record.url for record in locked} == {
        f"{CANONICAL}/main/noarch/foo-1.1-0.conda",
        f"{CANONICAL}/main/linux-64/bar-1.0-0.conda",
        f"{CANONICAL}/main/linux-64/big-1.0-0.conda",
    }
    assert (tmp_path / "env/share/foo").read_text() == "foo 1.1\n"
    assert names(mirror, "linux-64") == {"bar-1.0-0.conda", "big-1.0-0.conda"}
