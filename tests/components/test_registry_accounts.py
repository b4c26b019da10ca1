"""The registry's accounts: read from one secret, checked without being shown."""

import base64
import json

import pulumi
import pulumi_kubernetes as kubernetes
import pytest

from components.objects import declare
from components.pull_secret import docker_configuration, pull_secret
from components.registry_accounts import RegistryAccounts, checked
from tests.components.manifests import validate
from tests.harness import SECRET_SIGNATURE, run, unwrap
from tests.supply import CREDENTIALS


@pytest.fixture
def told(monkeypatch):
    """What the user is told about accounts, given as text."""
    messages: list[str] = []
    monkeypatch.setattr(pulumi.log, "error", messages.append)

    def tell(text: str) -> str:
        with pytest.raises(SystemExit):
            checked(text)
        return messages.pop()

    return tell


def spoiled(**changes) -> str:
    return json.dumps({key: value for key, value in (CREDENTIALS | changes).items() if value is not None})


def test_accounts_that_are_complete_are_taken():
    assert checked(json.dumps(CREDENTIALS)) == CREDENTIALS


@pytest.mark.parametrize("text", ["", "hunter2", "[]", '"hunter2"', "{hunter2"])
def test_what_is_no_object_is_refused_without_being_shown(text, told):
    message = told(text)

    assert "is not a JSON object; write a file" in message
    assert "hunter2" not in message


def test_each_mistake_is_named_without_a_value(told):
    assert "password is missing" in told(spoiled(password=None))
    assert "unknown key 'pasword'" in told(spoiled(pasword="x"))
    assert "username is not a text" in told(spoiled(username=5))
    assert "belong together" in told(spoiled(pushPassword=None))
    assert CREDENTIALS["password"] not in told(spoiled(username=None))


def export(make) -> object:
    return run(
        lambda: pulumi.export("it", make(RegistryAccounts(pulumi.Output.from_input(json.dumps(CREDENTIALS)))))
    ).exports["it"]


def test_who_pushes_need_not_be_who_pulls():
    assert export(lambda accounts: accounts.push_username) == "pusher"
    only = {key: CREDENTIALS[key] for key in ("username", "password")}
    accounts = lambda: RegistryAccounts(pulumi.Output.from_input(json.dumps(only)))  # noqa: E731
    assert run(lambda: pulumi.export("it", accounts().push_username)).exports["it"] == "puller"


def test_every_account_needs_a_bcrypt_hash(caplog):
    assert str(export(lambda accounts: accounts.htpasswd)).count("$2y$") == 2

    for htpasswd in ("", "puller:$2y$05$x\n", "puller:{SHA}x\npusher:$2y$05$x\n"):
        bad = json.dumps(CREDENTIALS | {"htpasswd": htpasswd})
        with pytest.raises(SystemExit):
            run(lambda text=bad: pulumi.export("it", RegistryAccounts(pulumi.Output.from_input(text)).htpasswd))
        assert "needs a line with a bcrypt hash for each account" in caplog.records.pop().message


def test_without_the_secret_there_are_no_accounts():
    none = RegistryAccounts(None)

    assert none.pull_configuration("registry.example.org", "registry-pull") is None
    assert none.push_username is none.push_password is None
    with pytest.raises(ValueError, match="its accounts are missing"):
        _ = none.htpasswd


def test_a_pull_secret_is_made_only_if_pods_name_it():
    made = export(lambda accounts: accounts.pull_configuration("registry.example.org", "registry-pull"))

    auth = json.loads(str(made))["auths"]["registry.example.org"]
    assert base64.b64decode(auth["auth"]).decode() == f"puller:{CREDENTIALS['password']}"
    assert export(lambda accounts: accounts.pull_configuration("registry.example.org", "of-the-site")) is None


def test_the_secret_is_valid_kubernetes_and_its_content_a_secret():
    configuration = docker_configuration("registry.example.org", "me", "hunter2")

    def program() -> None:
        manifest = pull_secret({"name": "x", "namespace": "ws-a"}, configuration)
        declare(kubernetes.core.v1.Secret, "s", manifest, pulumi.ResourceOptions())

    record = run(program).one("Secret", "registry-pull")
    validate(record.manifest)
    assert SECRET_SIGNATURE in str(record.inputs["data"])
    content = unwrap(record.inputs)["data"][".dockerconfigjson"]
    assert base64.b64decode(content).decode() == configuration
