"""Kubeconfig files: which cluster, whose credentials, and whether another cluster is meant."""

import base64
import json
import stat
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tools.offline.kubernetes_provider.provider import kubeconfig, providerconfig
from tools.offline.kubernetes_provider.provider.credentials import Credentials
from tools.offline.kubernetes_provider.provider.errors import UnreachableError
from tools.offline.kubernetes_provider.provider.values import UNKNOWN


def config(server: str = "https://one.example.org", name: str = "one", **user: Any) -> dict:
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": name,
        "clusters": [{"name": name, "cluster": {"server": server}}],
        "users": [{"name": name, "user": user}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name, "namespace": f"ns-{name}"}}],
    }


class TestLoad:
    @pytest.mark.parametrize("write", [json.dumps, yaml.safe_dump])
    def test_contents_or_path(self, tmp_path: Path, write: Any):
        path = tmp_path / "config"
        path.write_text(write(config()))

        for given in (str(path), write(config())):
            access = kubeconfig.load({"kubeconfig": given})
            assert access.cluster["server"] == "https://one.example.org"
            assert access.namespace == "ns-one"

    def test_arguments_win(self):
        both = config()
        other = config("https://two.example.org", "two")
        for key in ("clusters", "users", "contexts"):
            both[key] += other[key]
        text = json.dumps(both)

        assert kubeconfig.load({"kubeconfig": text, "context": "two"}).namespace == "ns-two"
        assert kubeconfig.load({"kubeconfig": text, "cluster": "two"}).cluster["server"] == "https://two.example.org"
        assert kubeconfig.load({"kubeconfig": text, "namespace": "mine"}).namespace == "mine"

    def test_several_files(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
        first, second = tmp_path / "first", tmp_path / "second"
        first.write_text(json.dumps(config()))
        second.write_text(json.dumps(config("https://two.example.org", "two")))
        monkeypatch.setenv("KUBECONFIG", f"{first}:{tmp_path / 'none'}:{second}")

        assert kubeconfig.load({}).namespace == "ns-one"
        assert kubeconfig.load({"context": "two"}).namespace == "ns-two"

    @pytest.mark.parametrize(
        ("settings", "message"),
        [
            ({"kubeconfig": "/nonexistent/config"}, "there is no file /nonexistent/config"),
            ({"kubeconfig": "{not json"}, "cannot be read"),
            ({"kubeconfig": "a: [\nb"}, "it is not YAML"),
            ({"kubeconfig": json.dumps(config()), "context": "two"}, 'no context "two"; it has: one'),
            ({"kubeconfig": json.dumps(config()), "cluster": "two"}, 'no cluster "two"'),
        ],
    )
    def test_what_cannot_be_used_is_said_plainly(self, settings: dict, message: str):
        with pytest.raises(UnreachableError, match=message.replace("/", r"\/")):
            kubeconfig.load(settings)

    def test_nothing_at_all(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setenv("KUBECONFIG", "")
        monkeypatch.setenv("HOME", str(tmp_path))

        with pytest.raises(UnreachableError, match="set KUBECONFIG"):
            kubeconfig.load({})


class TestCredentials:
    def headers(self, folder: Path = Path(), **user: Any) -> dict[str, str]:
        return Credentials(kubeconfig.Access({"server": "https://x"}, user, "default", folder)).headers()

    def test_token_and_password(self):
        assert self.headers(token="abc") == {"Authorization": "Bearer abc"}
        assert self.headers(username="u", password="p") == {
            "Authorization": "Basic " + base64.b64encode(b"u:p").decode()
        }
        assert self.headers() == {}

    def test_token_file_beside_the_kubeconfig(self, tmp_path: Path):
        (tmp_path / "token").write_text("abc\n")

        assert self.headers(tmp_path, tokenFile="token") == {"Authorization": "Bearer abc"}

    def plugin(self, folder: Path, body: str) -> dict:
        script = folder / "plugin"
        script.write_text(f"#!{sys.executable}\nimport json, os, sys\n{body}\n")
        script.chmod(script.stat().st_mode | stat.S_IXUSR)
        return {"command": "./plugin", "args": ["a"], "env": [{"name": "MORE", "value": "b"}]}

    def test_exec_plugin_is_asked_once_until_its_token_expires(self, tmp_path: Path):
        body = (
            "open('asked', 'a').write('x')\n"
            "info = json.loads(os.environ['KUBERNETES_EXEC_INFO'])['spec']['interactive']\n"
            "token = sys.argv[1] + os.environ['MORE'] + str(info)\n"
            "print(json.dumps({'status': {'token': token, 'expirationTimestamp': '2999-01-01T00:00:00Z'}}))"
        ).replace("'asked'", repr(str(tmp_path / "asked")))
        user = {"exec": self.plugin(tmp_path, body)}
        credentials = Credentials(kubeconfig.Access({"server": "https://x"}, user, "default", tmp_path))

        assert [credentials.headers() for _ in range(3)] == [{"Authorization": "Bearer abFalse"}] * 3
        assert (tmp_path / "asked").read_text() == "x"
        assert credentials.rejected()
        credentials.headers()
        assert (tmp_path / "asked").read_text() == "xx"

    def test_exec_plugin_that_fails_says_so(self, tmp_path: Path):
        plugin = self.plugin(tmp_path, "sys.exit('no login')")

        with pytest.raises(UnreachableError, match="no login"):
            self.headers(tmp_path, exec=plugin)


class TestProviderArguments:
    ONE, TWO = (json.dumps(config(server)) for server in ("https://one.example.org", "https://two.example.org"))

    @pytest.mark.parametrize(
        ("old", "new", "changed", "replaced"),
        [
            ({"kubeconfig": ONE}, {"kubeconfig": ONE}, [], []),
            ({"kubeconfig": ONE}, {"kubeconfig": TWO}, ["kubeconfig"], ["kubeconfig"]),
            ({"kubeconfig": ONE}, {"kubeconfig": ONE + " "}, ["kubeconfig"], []),
            ({"kubeconfig": "/gone"}, {"kubeconfig": ONE}, ["kubeconfig"], []),
            ({"kubeconfig": ONE}, {"kubeconfig": ONE, "namespace": "x"}, ["namespace"], []),
            ({"kubeconfig": ONE}, {"kubeconfig": UNKNOWN}, ["kubeconfig"], ["kubeconfig"]),
            (
                {"kubeconfig": ONE, "clusterIdentifier": "a"},
                {"kubeconfig": TWO, "clusterIdentifier": "a"},
                ["kubeconfig"],
                [],
            ),
            (
                {"kubeconfig": ONE, "clusterIdentifier": "a"},
                {"kubeconfig": ONE, "clusterIdentifier": "b"},
                ["clusterIdentifier"],
                ["clusterIdentifier"],
            ),
            ({"kubeconfig": ONE}, {"kubeconfig": ONE, "clusterIdentifier": "b"}, ["clusterIdentifier"], []),
            (
                {"renderYamlToDirectory": "a"},
                {"renderYamlToDirectory": "b"},
                ["renderYamlToDirectory"],
                ["renderYamlToDirectory"],
            ),
        ],
    )
    def test_another_cluster(self, old: dict, new: dict, changed: list[str], replaced: list[str]):
        assert providerconfig.differences(old, new) == (changed, replaced)

    def test_arguments_that_exclude_each_other(self, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setenv("KUBECONFIG", "/ambient")

        found = providerconfig.problems({"renderYamlToDirectory": "d", "context": "c", "kubeconfig": "/ambient"})

        assert [name for name, _ in found] == ["context"]
        assert [n for n, _ in providerconfig.problems({"alwaysRender": "true"})] == ["alwaysRender"]
        assert providerconfig.problems({"kubeconfig": "x"}) == []
