import json

import pytest

from tests.tools.preview.standin import TOKEN, site
from tools.preview import posting


@pytest.fixture
def remote(monkeypatch, tmp_path):
    """A stand-in for GitHub and GitLab, which the environment names as that of a job would."""
    for name in ("GITHUB_RUN_ID", "CI_JOB_URL", *posting.COMMITS):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(posting, "WAITS", (0, 0))
    event = tmp_path / "event.json"
    event.write_text(json.dumps({"pull_request": {"number": 12}}))
    with site() as made:
        values = {
            "GITHUB_TOKEN": TOKEN,
            "GITHUB_API_URL": made.root,
            "GITHUB_REPOSITORY": "acme/slate",
            "GITHUB_EVENT_PATH": str(event),
            "GITLAB_TOKEN": TOKEN,
            "CI_API_V4_URL": made.root,
            "CI_PROJECT_ID": "34",
            "CI_MERGE_REQUEST_IID": "12",
        }
        for name, value in values.items():
            monkeypatch.setenv(name, value)
        yield made
