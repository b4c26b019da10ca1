"""The annotation `pulumi.com/waitFor`."""

import pytest

from tools.offline.kubernetes_provider.provider import wait_for


class Nothing:
    """A cluster without objects."""

    def find(self, api_version: str, kind: str, namespace: str | None, name: str) -> dict | None:
        del api_version, kind, namespace, name


@pytest.mark.parametrize(
    ("text", "ready"),
    [
        ("condition=Good", True),
        ("condition=Good=True", True),
        ("condition=Bad", False),
        ("condition=Bad=False", True),
        ("jsonpath={.status.phase}=Running", True),
        ("jsonpath=.status.phase=Running", True),
        ("jsonpath={.status.phase}=Other", False),
        ("jsonpath={.status.list[1].a}=2", True),
        ("jsonpath={.status.list[5].a}", False),
        ("jsonpath={.status.phase}", True),
        ("jsonpath={.status.none}", False),
        ("jsonpath={.status.flag}=true", True),
    ],
)
def test_wait_for(text: str, ready: bool):
    obj = {
        "status": {
            "phase": "Running",
            "flag": True,
            "list": [{"a": 1}, {"a": 2}],
            "conditions": [{"type": "Good", "status": "True"}, {"type": "Bad", "status": "False"}],
        }
    }

    assert wait_for.rule(text)(obj, Nothing(), True).ready == ready


@pytest.mark.parametrize("text", ["Ready", "jsonpath=", "jsonpath={range}", ""])
def test_wait_for_says_what_it_understands(text: str):
    with pytest.raises(ValueError, match="condition="):
        wait_for.rule(text)
