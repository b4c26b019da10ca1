"""References to images, registries, URLs, networks, paths and functions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settings import references
from settings.errors import Refusal
from tests.settings.examples import DIGEST, answer

RULES = (
    references.image,
    references.registry_host,
    references.https_url,
    references.network,
    references.mount_path,
    references.function,
)


@pytest.mark.parametrize(
    "name", ["docker.io/library/python", "registry.example.com:5000/a/b_c/d-e:1.2_3", "localhost/a", "10.0.0.1:5000/a"]
)
def test_images_by_digest(name: str):
    assert references.image(f"{name}@{DIGEST}") == f"{name}@{DIGEST}"


@pytest.mark.parametrize(
    "image",
    [
        "",
        "docker.io/python:3.12",
        f"python@{DIGEST}",
        f"library/python@{DIGEST}",
        f"Docker.io/python@{DIGEST}",
        f"docker.io/Python@{DIGEST}",
        f"docker.io/python:@{DIGEST}",
        f"docker.io//python@{DIGEST}",
        f"docker.io/python@{DIGEST.upper()}",
        f"docker.io/python@{DIGEST}0",
        f"docker.io/python@{DIGEST}@{DIGEST}",
        f"https://docker.io/python@{DIGEST}",
        f" docker.io/python@{DIGEST}",
        f"docker.io/python@{DIGEST}\n",
        "docker.io/python@sha512:" + "0" * 128,
    ],
)
def test_other_images_are_refused(image: str):
    with pytest.raises(Refusal):
        references.image(image)


@pytest.mark.parametrize("host", ["registry.example.com", "localhost:5000", "registry:5000", "10.0.0.1"])
def test_registry_hosts(host: str):
    assert references.registry_host(host) == host


@pytest.mark.parametrize(
    "host", ["", "registry", "a.com/x", "https://a.com", "A.com", "a.com:", "a.com:0", "a.com:99999", "a b.com"]
)
def test_other_registry_hosts_are_refused(host: str):
    with pytest.raises(Refusal):
        references.registry_host(host)


@pytest.mark.parametrize("cidr", ["10.20.0.0/16", "0.0.0.0/0", "192.0.2.1/32", "2001:db8::/32", "::/0"])
def test_networks(cidr: str):
    assert references.network(cidr) == cidr


@pytest.mark.parametrize(
    "cidr",
    [
        "10.20.0.0",
        "10.20.0.1/16",
        "10.0.0.0/33",
        "10.0.0.0/255.0.0.0",
        "example.com/8",
        "",
        "/8",
        "10.0.0.0/8/8",
        "169.254.0.0/16",
        "169.254.169.254/32",
        "fe80::/64",
        "fd00:ec2::254/128",
        "100.100.100.200/32",
    ],
)
def test_other_networks_are_refused(cidr: str):
    with pytest.raises(Refusal):
        references.network(cidr)


@pytest.mark.parametrize("url", ["https://conda.anaconda.org/conda-forge", "https://repo.example.com:8443/c"])
def test_urls(url: str):
    assert references.https_url(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "http://a.com",
        "a.com",
        "https://",
        "https://u:p@a.com",
        "https://[::1",
        "https://a.com:x",
        "ftp://a",
        "https://a b",
    ],
)
def test_other_urls_are_refused(url: str):
    with pytest.raises(Refusal):
        references.https_url(url)


@pytest.mark.parametrize("path", ["/data/a", "/mnt/a/b", "/srv/x.y"])
def test_mount_paths(path: str):
    assert references.mount_path(path) == path


@pytest.mark.parametrize(
    "path", ["", "data/a", "/data", "/", "/home/a", "/data/../etc", "/data//a", "/data/a/", "/data/a b"]
)
def test_other_mount_paths_are_refused(path: str):
    with pytest.raises(Refusal):
        references.mount_path(path)


@pytest.mark.parametrize("name", ["pools:make", "a.b.c:d_e"])
def test_functions(name: str):
    assert references.function(name) == name


@pytest.mark.parametrize("name", ["", "pools", "pools:", ":make", "a-b:c", "a:b:c", "a:b()"])
def test_what_is_no_function_is_refused(name: str):
    with pytest.raises(Refusal):
        references.function(name)


@given(
    st.sampled_from(RULES),
    st.text(max_size=40) | st.from_regex(r"[a-z0-9./:@%\[\]-]{0,30}") | st.none() | st.integers(),
)
def test_rules_answer_any_value(rule, value: object):
    given_back = answer(rule, value)

    assert given_back.fix if isinstance(given_back, Refusal) else given_back
