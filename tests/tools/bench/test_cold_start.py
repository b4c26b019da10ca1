"""The cold start benchmark's own arithmetic, on made-up figures."""

import json

import pytest

from tools.bench import cold_start, measure
from tools.bench.pod_marks import STAGES


def pod(total: float) -> dict[str, float]:
    return {**dict.fromkeys(STAGES, total / len(STAGES)), "total": total, "ready": total + 1}


def bare(seconds: float) -> dict[str, float]:
    return {"seconds": seconds, "processor_seconds": seconds / 2}


@pytest.mark.parametrize(
    ("totals", "stock", "met"),
    [
        ([3.0, 3.4], 2.4, True),
        ([3.0, 5.4], 3.0, False),  # more than 4 s on average
        ([3.0, 3.4], 2.0, False),  # more than 1.5 times the bare start
    ],
)
def test_the_mean_is_judged_against_time_and_the_bare_start(totals, stock, met):
    runs = {"stock": [bare(stock)] * 2, "same": [bare(1.0)] * 2}

    line = json.loads(cold_start.verdict([pod(total) for total in totals], runs, 0.5))

    mean = sum(totals) / 2
    assert line["met"] is met
    assert line["value"] == pytest.approx(mean)
    assert line["ratio"] == pytest.approx(mean / stock, abs=0.001)
    assert line["ratio_same_process"] == pytest.approx(mean)
    assert line["until_ready"] == pytest.approx(mean + 1)
    assert sum(line["stages"].values()) == pytest.approx(mean, abs=0.01)
    assert (line["starts"], line["slowest"]) == (2, max(totals))


def test_the_layers_are_read_from_a_mount_command():
    said = "mount -t overlay overlay /mnt -o index=off,workdir=/w,upperdir=/u,lowerdir=/a/2/fs:/a/1/fs\n"

    assert cold_start.lower_folders(said) == "/a/2/fs:/a/1/fs"


def test_another_file_system_is_told():
    with pytest.raises(measure.MeasureError, match="not an overlay file system: mount -t btrfs"):
        cold_start.lower_folders("mount -t btrfs /dev/x /mnt -o subvol=1\n")
