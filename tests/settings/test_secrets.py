"""Secrets are left to Pulumi, refused in plain, and never repeated."""

import pytest

from settings import SettingsError, from_config, load
from tests.settings.examples import changed, put, valid
from tests.settings.mistakes import PRIVATE_KEY


def refused(values: object) -> SettingsError:
    with pytest.raises(SettingsError) as caught:
        load(values)  # pyright: ignore[reportArgumentType]
    return caught.value


def test_secrets_are_never_repeated():
    marker = "hunter2correcthorse"
    values = changed(
        put("tokenSecret", marker * 3),
        put("registry.pullSecret", f"{marker}=="),
        put("registry.password", marker),
        put("conda.upstreamChannels[1].url", f"https://user:{marker}@example.com/conda"),
        put("projects[0].workspaces[0].sshKeys", [PRIVATE_KEY.replace("b3Bl", marker), marker]),
    )

    error = refused(values)

    assert len(error.problems) == 6
    assert marker not in str(error)
    assert marker not in repr(error.problems)


def test_an_encrypted_token_secret_is_left_to_pulumi():
    assert load({**valid(), "tokenSecret": {"secure": "v1:abc"}})


def test_secrets_of_the_configuration_are_dropped_if_encrypted_and_refused_if_not():
    texts = {"domain": "slate.example.com", "tokenSecret": "s3cr3t", "registryCredentials": "{}"}

    assert from_config(texts, encrypted=["tokenSecret", "registryCredentials"]) == {"domain": "slate.example.com"}

    error = refused({**valid(), **from_config(texts, encrypted=["registryCredentials"])})
    assert [problem.path for problem in error.problems] == [("tokenSecret",)]
    assert "s3cr3t" not in str(error)
