import pytest

from tools.stack import configuration
from tools.stack.layout import Layout
from tools.stack.problem import StackProblem


def read(tmp_path, text):
    (tmp_path / "Pulumi.yaml").write_text("name: slate\nruntime: python\n")
    (tmp_path / "Pulumi.dev.yaml").write_text(text)
    return configuration.read_settings("dev", Layout(tmp_path))


COMPLETE = """\
config:
  slate:domain: slate.example
  slate:registry: {type: local}
  slate:images:
    placeholder: quay.io/x/y@sha256:23c62f4ff7988996eb5271748a341adcecf099f85075d158e38619b3eddc4d62
  slate:nodePools:
    - name: cpu
      backend: {type: simulated}
      shape: {cpu: 16, memory: 64Gi, ephemeralStorage: 200Gi}
      size: {fixed: 1}
      profiles:
        - {name: small, cpu: 1, memory: 4Gi}
"""


@pytest.mark.parametrize("prefix", ["slat", "salte", "Slate", "SLATE", "slates"])
def test_a_misspelled_prefix_does_not_make_settings_vanish(tmp_path, prefix):
    with pytest.raises(StackProblem) as refused:
        read(tmp_path, f"{COMPLETE}  {prefix}:projects: []\n")

    assert f"{prefix}:projects has a misspelled prefix: did you mean slate:projects?" in str(refused.value)
    assert "Pulumi.dev.yaml" in str(refused.value)


@pytest.mark.parametrize("key", ["slate:projects", "projects", "slat:projects", "slate:projcts"])
def test_settings_outside_of_config_do_not_vanish(tmp_path, key):
    with pytest.raises(StackProblem) as refused:
        read(tmp_path, f"{COMPLETE}{key}: []\n")

    assert f"{key} is outside of `config`: indent it" in str(refused.value)


@pytest.mark.parametrize(
    ("wrong", "meant"), [("configs", "config"), ("Config", "config"), ("encryptionSalt", "encryptionsalt")]
)
def test_a_misspelled_key_of_the_file_is_told(tmp_path, wrong, meant):
    with pytest.raises(StackProblem, match=f"{wrong} is not a key of stack files: did you mean {meant}"):
        read(tmp_path, f"{COMPLETE}{wrong}: {{}}\n")


def test_all_of_them_are_told_at_once(tmp_path):
    with pytest.raises(StackProblem) as refused:
        read(tmp_path, f"{COMPLETE}  slat:projects: []\nslate:prices: {{}}\n")

    assert "slat:projects" in str(refused.value)
    assert "slate:prices" in str(refused.value)


@pytest.mark.parametrize(
    "more", ["  aws:region: eu-central-1\n", "  kubernetes:context: a\n", "x-shared: &a {}\n", "environment: [a]\n"]
)
def test_what_belongs_to_others_stays_free(tmp_path, more):
    settings, _ = read(tmp_path, f"{COMPLETE}{more}")

    assert settings.domain == "slate.example"
