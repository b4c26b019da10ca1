"""The canary where workspaces really run."""

import pytest

pytestmark = [pytest.mark.node, pytest.mark.images, pytest.mark.timeout(1500)]


def test_it_is_woken_used_and_put_to_sleep(clone):
    said = clone.run_job("canary")

    assert "canary is well: wake" in said, said
    assert all(step in said for step in ("kernel", "ssh", "sleep"))
    assert clone.get("pods", "--namespace", "slate-canary")["items"] == []
