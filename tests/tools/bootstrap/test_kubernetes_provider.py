"""Which provider is chosen, and that it is installed anew when it changes."""

from pathlib import Path

import pytest

from tools.bootstrap.errors import BootstrapError
from tools.bootstrap.groups.kubernetes_provider import KubernetesProviderGroup
from tools.bootstrap.in_use import provider_in_use
from tools.bootstrap.session import Task
from tools.bootstrap.workplace import architecture, system

GROUP = KubernetesProviderGroup()
# Installs like `pulumi plugin install resource NAME VERSION --file SOURCE --reinstall` does.
FAKE_PULUMI = """#!/bin/sh
echo "$@" >> "$PULUMI_HOME.calls"
name=$4 version=$5 source=$7
target="$PULUMI_HOME/plugins/resource-$name-v$version"
mkdir -p "$target"
if [ -d "$source" ]; then cp -r "$source/." "$target"; else cp "$source" "$target/"; fi
"""
UPSTREAM = "#!/bin/sh\necho upstream\n"


@pytest.fixture
def provider(clone):
    """A clone with a Pulumi that can install plugins and an offline provider."""
    script(clone.place.bin / "pulumi", FAKE_PULUMI)
    source = clone.root / "tools" / "offline" / "kubernetes_provider"
    script(source / "pulumi-resource-kubernetes", "#!/bin/sh\necho offline\n")
    return clone


def script(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


def user_plugin(clone, version: str) -> Path:
    home = Path(clone.environ["HOME"])
    return script(home / ".pulumi/plugins" / f"resource-kubernetes-v{version}" / "pulumi-resource-kubernetes", UPSTREAM)


def install(clone) -> tuple[str, str, str]:
    GROUP.install(Task(clone.session(), GROUP.name))
    assert GROUP.ready(clone.place)
    return provider_in_use(clone.place)


def installed(clone) -> str:
    plugin = clone.place.pulumi_home / "plugins/resource-kubernetes-v4.34.2/pulumi-resource-kubernetes"
    return plugin.read_text()


def test_none_is_in_use_before_it_is_installed(clone) -> None:
    with pytest.raises(BootstrapError, match="No kubernetes provider is installed yet"):
        provider_in_use(clone.place)
    assert not GROUP.ready(clone.place)


def test_the_offline_provider_where_nothing_else_can_be_had(provider) -> None:
    kind, version, where = install(provider)

    assert (kind, version) == ("offline", "4.34.2")
    assert Path(where).is_file()
    assert "offline" in installed(provider)


def test_the_offline_provider_is_installed_anew_when_its_content_changes(provider) -> None:
    install(provider)
    source = provider.root / "tools/offline/kubernetes_provider"
    (source / "extra.py").write_text("VALUE = 1\n")
    assert not GROUP.ready(provider.place)

    install(provider)
    (source / "__pycache__").mkdir(exist_ok=True)
    (source / "__pycache__" / "extra.cpython-311.pyc").write_bytes(b"x")

    assert GROUP.ready(provider.place)
    target = provider.place.pulumi_home / "plugins/resource-kubernetes-v4.34.2"
    assert (target / "extra.py").read_text() == "VALUE = 1\n"
    assert not (target / "__pycache__").exists()


@pytest.mark.parametrize(
    ("versions", "chosen"),
    [
        (["4.34.2"], "4.34.2"),
        (["4.35.1"], "4.35.1"),
        (["4.34.2", "4.36.0"], "4.34.2"),
        (["4.35.0", "4.36.0", "4.9.0"], "4.36.0"),
    ],
)
def test_the_users_own_plugin_comes_before_the_offline_provider(provider, versions: list[str], chosen: str) -> None:
    plugins = {version: user_plugin(provider, version) for version in versions}

    assert install(provider) == ("upstream", chosen, str(plugins[chosen]))
    assert installed(provider) == UPSTREAM


@pytest.mark.parametrize("version", ["4.34.1", "5.0.0", "3.30.2"])
def test_a_plugin_of_another_version_is_not_used(provider, version: str) -> None:
    user_plugin(provider, version)

    assert install(provider)[0] == "offline"


def test_a_named_provider_comes_first(provider, tmp_path: Path) -> None:
    user_plugin(provider, "4.34.2")
    named = script(tmp_path / "resource-kubernetes-v4.40.0" / "provider", UPSTREAM)
    provider.environ["SLATE_KUBERNETES_PROVIDER"] = str(named)

    assert install(provider) == ("upstream", "4.40.0", str(named))


@pytest.mark.parametrize("name", ["/nowhere/provider", "/"])
def test_a_named_provider_that_cannot_be_used_is_an_error(provider, name: str) -> None:
    provider.environ["SLATE_KUBERNETES_PROVIDER"] = name

    with pytest.raises(BootstrapError, match=f"SLATE_KUBERNETES_PROVIDER={name} is not an executable file"):
        install(provider)


def test_offline_can_be_asked_for(provider) -> None:
    user_plugin(provider, "4.34.2")
    provider.environ["SLATE_KUBERNETES_PROVIDER"] = "offline"

    assert install(provider)[0] == "offline"


def test_the_choice_is_made_anew_when_the_reasons_change(provider) -> None:
    install(provider)
    plugin = user_plugin(provider, "4.34.2")
    assert not GROUP.ready(provider.place)
    assert install(provider)[0] == "upstream"

    plugin.unlink()
    assert not GROUP.ready(provider.place)

    assert install(provider)[0] == "offline"


def published(clone, server) -> tuple[str, str]:
    clone.environ["SLATE_OFFLINE"] = ""
    clone.environ["SLATE_MIRROR_PULUMI"] = f"{server.address}/pulumi"
    clone.environ["SLATE_MIRROR_GITHUB"] = f"{server.address}/github"
    name = f"pulumi-resource-kubernetes-v4.34.2-{system()}-{architecture()}.tar.gz"
    checksums = "/github/pulumi/pulumi-kubernetes/releases/download/v4.34.2/pulumi-kubernetes_4.34.2_checksums.txt"
    return name, checksums


@pytest.mark.parametrize("good", [True, False], ids=["good checksum", "bad checksum"])
def test_the_published_provider_is_used_if_its_checksum_is_right(provider, server, archive_of, good: bool) -> None:
    name, checksums = published(provider, server)
    content, checksum = archive_of({"pulumi-resource-kubernetes": UPSTREAM, "README.md": "x"})
    server.files[f"/pulumi/releases/plugins/{name}"] = content
    server.files[checksums] = f"{checksum if good else 'a' * 64}  {name}\n".encode()

    kind, version, _ = install(provider)

    assert (kind, version) == ("upstream" if good else "offline", "4.34.2")
    assert ("upstream" in installed(provider)) is good
    refused = [line for line in provider.lines if "was refused: its SHA-256 sum is" in line]
    assert bool(refused) is not good


def test_a_downloaded_provider_is_not_downloaded_again(provider, server, archive_of) -> None:
    name, checksums = published(provider, server)
    content, checksum = archive_of({"pulumi-resource-kubernetes": UPSTREAM})
    server.files[f"/pulumi/releases/plugins/{name}"] = content
    server.files[checksums] = f"{checksum}  {name}\n".encode()
    install(provider)
    before = len(server.downloads())

    install(provider)

    assert len(server.downloads()) == before
    assert not (provider.place.slate / "downloads").exists()
