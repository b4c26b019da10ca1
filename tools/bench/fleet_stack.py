"""The stack that benchmarks of a fleet declare: sleeping workspaces on simulated nodes."""

from typing import Any

PER_PROJECT = 100
DIGEST = "sha256:" + "0" * 64
TOKEN_SECRET = "slate:tokenSecret"  # noqa: S105 - the name of a setting
SET_TOKEN_SECRET = ("config", "set", "--secret", TOKEN_SECRET, "x" * 40)
"""Command that gives a stack the secret of tokens; the program refuses one in plain."""


def settings(count: int) -> dict[str, Any]:
    """Settings of a stack with that many sleeping workspaces, in projects of a hundred."""
    projects = []
    for first in range(0, count, PER_PROJECT):
        names = [f"user{index}" for index in range(first, min(first + PER_PROJECT, count))]
        quota = {"cpu": "1000", "memory": "4Ti", "storage": "10Ti", "ephemeralStorage": "10Ti", "workspaces": 200}
        projects.append(
            {
                "name": f"team{first // PER_PROJECT}",
                "quota": quota,
                "protected": False,
                "workspaces": [{"name": name, "user": name, "state": "asleep"} for name in names],
            }
        )
    pool = {
        "name": "cpu",
        "backend": {"type": "simulated"},
        "shape": {"cpu": 64, "memory": "256Gi", "ephemeralStorage": "1Ti"},
        "size": {"fixed": 1},
        "profiles": [{"name": "small", "cpu": 1, "memory": "4Gi"}],
    }
    return {
        "slate:domain": "bench.example.org",
        "slate:nodePools": [pool],
        "slate:projects": projects,
        "slate:workspaceDefaults": {"profile": "small"},
        "slate:registry": {"host": "registry.example.org"},
        "slate:images": {"placeholder": f"registry.example.org/workspace@{DIGEST}"},
    }
