"""References to things outside: images, registries, URLs, network ranges, mount paths, Python functions."""

import ipaddress
import posixpath
import re
from typing import Annotated
from urllib.parse import urlsplit

from settings.base import Rule, text
from settings.errors import Refusal
from settings.names import dns_name

_REPOSITORY = re.compile(r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_MOUNT_ROOTS = ("/data", "/mnt", "/srv")

METADATA_RANGES = (
    "169.254.0.0/16",
    "100.100.100.200/32",
    "168.63.129.16/32",
    "fe80::/10",
    "fd00:ec2::/32",
    "fd20:ce::254/128",
)
"""Link-local ranges and clouds' metadata and agent addresses, which hand out the node's credentials. A wider range is
allowed: the project's network policy excepts link-local addresses from it."""


def registry_host(value: object) -> str:
    """Accepts a registry's host, with an optional port.

    Raises:
        Refusal: When it is a URL, has upper-case letters, or is no host that an image reference can begin with.
    """
    given = text(value)
    if "://" in given or "/" in given:
        raise Refusal("is a URL or has a path", "write the host alone, such as registry.example.com:5000")
    host, colon, port = given.partition(":")
    if colon and not (re.fullmatch(r"[0-9]{1,5}", port) and 0 < int(port) < 65536):
        raise Refusal("has a port that is not from 1 to 65535", "write it like registry.example.com:5000")
    if host != host.lower():
        raise Refusal("has upper-case letters in the host", f"write {given.lower()}")
    if not re.fullmatch(r"[0-9.]+", host):
        dns_name(host)
    if "." not in host and not colon and host != "localhost":
        what = "has neither a dot nor a port, so that container runtimes would look for it on Docker Hub"
        raise Refusal(what, f"write the full host name, such as {host}.example.com")
    return given


def image(value: object) -> str:
    """Accepts an image reference by digest from an explicit host: `host/repository[:tag]@sha256:...`.

    Raises:
        Refusal: When a part is missing or wrong.
    """
    given = text(value)
    if not given or re.search(r"\s", given):
        raise Refusal("is empty or holds spaces", "write host/repository@sha256:<digest>")
    name, at, digest = given.partition("@")
    if not at:
        raise Refusal("has no digest; a tag can change under you", f"append @sha256:<digest> to {name[:60]}")
    if not _DIGEST.fullmatch(digest):
        raise Refusal("has a wrong digest", "write @sha256: and 64 hexadecimal digits in lower case")
    host, slash, path = name.partition("/")
    if not slash or ("." not in host and ":" not in host and host != "localhost"):
        raise Refusal("names no registry host", f"begin with the host, such as docker.io/{name[:60]}")
    registry_host(host)
    repository, colon, tag = path.partition(":")
    if repository != repository.lower():
        raise Refusal("has upper-case letters in the repository", f"write {repository.lower()[:60]}")
    if not _REPOSITORY.fullmatch(repository) or (colon and not _TAG.fullmatch(tag)):
        raise Refusal("has a wrong repository or tag", "write it like registry.example.com/team/image:tag@sha256:...")
    return given


def https_url(value: object) -> str:
    """Accepts an https URL without credentials.

    Raises:
        Refusal: When it is something else.
    """
    given = text(value)
    try:
        parts = urlsplit(given)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise Refusal("is not a URL", "write it like https://conda.anaconda.org/conda-forge") from None
    if parts.username or parts.password:
        raise Refusal("holds credentials", "remove them from the URL; they do not belong in this file")
    if parts.scheme != "https" or not host or re.search(r"\s", given):
        raise Refusal("is not an https URL", "write it like https://conda.anaconda.org/conda-forge")
    return given.rstrip("/")


def service_url(value: object) -> str:
    """Accepts the address of a service of one's own: http or https, without credentials.

    Raises:
        Refusal: When it is something else, or the address of one channel or snapshot of a mirror.
    """
    given = text(value)
    try:
        parts = urlsplit(given)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise Refusal("is not a URL", "write it like https://conda.example.org") from None
    if parts.username or parts.password:
        raise Refusal("holds credentials", "remove them from the URL; they do not belong in this file")
    if parts.scheme not in ("https", "http") or not host or re.search(r"\s", given):
        raise Refusal("is not an http or https URL", "write it like https://conda.example.org")
    if re.search(r"/(latest|snapshots)(/|$)", parts.path):
        raise Refusal("is the address of a snapshot", "leave out /latest or /snapshots/...; Slate adds it")
    return given.rstrip("/")


def folder(value: object) -> str:
    """Accepts a folder: absolute, or relative to the repository.

    Raises:
        Refusal: When it is empty, a URL, or leads out of the repository by `..`.
    """
    given = text(value)
    if not given.strip() or not given.isprintable() or "://" in given:
        raise Refusal("is not a folder", "write a path such as images/workspace/locks/conda-forge")
    if ".." in given.split("/"):
        raise Refusal("holds ..", "write the path from the repository's root, or an absolute one")
    return posixpath.normpath(given)


def network(value: object) -> str:
    """Accepts an IPv4 or IPv6 range in CIDR notation that is not a metadata or link-local range.

    Raises:
        Refusal: When it is something else.
    """
    given = text(value)
    try:
        found = ipaddress.ip_network(given, strict=False)
    except ValueError:
        raise Refusal("is not a network range", "write it like 10.20.0.0/16 or 2001:db8::/32") from None
    if "/" not in given:
        raise Refusal("has no prefix length", f"write {found} for this one address")
    if not re.fullmatch(r"[0-9]{1,3}", given.partition("/")[2]):
        raise Refusal("has a mask instead of a prefix length", f"write {found}")
    if str(found.network_address) != str(ipaddress.ip_address(given.partition("/")[0])):
        raise Refusal("has bits set after the prefix", f"write {found}")
    for refused in METADATA_RANGES:
        if _inside(found, ipaddress.ip_network(refused)):
            what = f"lies in {refused}, where clouds serve the credentials of the node"
            raise Refusal(what, "remove it; workspaces must not reach it")
    return str(found)


def mount_path(value: object) -> str:
    """Accepts a path below /data, /mnt or /srv, where nothing of the image or the home is hidden.

    Raises:
        Refusal: When it is something else.
    """
    given = text(value)
    if not re.fullmatch(r"(/[A-Za-z0-9][A-Za-z0-9._-]*)+", given) or posixpath.normpath(given) != given:
        raise Refusal("is not an absolute path", "write it like /data/imagenet")
    if not any(given.startswith(f"{root}/") for root in _MOUNT_ROOTS):
        raise Refusal("would hide files of the image or the home", f"write /data/{given.rpartition('/')[2]}")
    return given


def function(value: object) -> str:
    """Accepts the name of a Python function as `module:function`.

    Raises:
        Refusal: When it is something else.
    """
    given = text(value)
    module, colon, name = given.partition(":")
    if not colon or not all(part.isidentifier() for part in [*module.split("."), name]):
        raise Refusal("is not a function's name", "write it like pools.eks:node_group")
    return given


def _inside(
    inner: ipaddress.IPv4Network | ipaddress.IPv6Network, outer: ipaddress.IPv4Network | ipaddress.IPv6Network
) -> bool:
    if isinstance(inner, ipaddress.IPv4Network):
        return isinstance(outer, ipaddress.IPv4Network) and inner.subnet_of(outer)
    return isinstance(outer, ipaddress.IPv6Network) and inner.subnet_of(outer)


ImageReference = Annotated[
    str,
    Rule(
        image,
        "image reference",
        "an image by digest from a lower-case host: host/repository[:tag]@sha256:<64 hexadecimal digits>",
        {"type": "string", "pattern": "^[a-z0-9.-]+(:[0-9]+)?/[^@\\s]+@sha256:[0-9a-f]{64}$"},
    ),
]
RegistryHost = Annotated[
    str,
    Rule(
        registry_host,
        "host",
        "a registry's host in lower case, with an optional port: registry.example.com:5000",
        {"type": "string", "pattern": "^[a-z0-9.-]+(:[0-9]+)?$"},
    ),
]
HttpsUrl = Annotated[
    str, Rule(https_url, "URL", "an https URL without credentials", {"type": "string", "pattern": "^https://"})
]
ServiceUrl = Annotated[
    str,
    Rule(service_url, "URL", "an http or https URL without credentials", {"type": "string", "pattern": "^https?://"}),
]
Folder = Annotated[
    str, Rule(folder, "folder", "a folder, absolute or from the repository's root", {"type": "string", "minLength": 1})
]
NetworkRange = Annotated[
    str,
    Rule(
        network,
        "CIDR",
        "an IPv4 or IPv6 range such as 10.20.0.0/16, not link-local and not a cloud's metadata address",
        {"type": "string", "pattern": "^[0-9a-fA-F.:]+/[0-9]+$"},
    ),
]
MountPath = Annotated[
    str,
    Rule(
        mount_path,
        "path",
        "an absolute path below /data, /mnt or /srv",
        {"type": "string", "pattern": "^/(data|mnt|srv)/"},
    ),
]
FunctionName = Annotated[
    str, Rule(function, "function", "a Python function as module:function", {"type": "string", "pattern": "^.+:.+$"})
]
