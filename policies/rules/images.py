"""Where images and packages come from."""

import re
from collections.abc import Iterator

from policies.rule import Context, Rule, Scope, Severity, on
from policies.targets import CONFIG_MAPS, PODS
from policies.values import Problem, Value

DIGEST = r"^[^@]+@sha256:[a-f0-9]{64}$"
CHANNEL_VARIABLES = (
    r"^(CONDA_CHANNELS|CONDA_CHANNEL_ALIAS|CONDA_DEFAULT_CHANNELS|(PIP|UV)_(INDEX_URL|DEFAULT_INDEX|FIND_LINKS))$"
)
EXTRA_VARIABLES = (
    r"^((PIP|UV)_EXTRA_INDEX_URL|UV_INDEX|PIP_TRUSTED_HOST|CONDA_CUSTOM_CHANNELS|CONDA_CUSTOM_MULTICHANNELS)$"
)
URL = r"[a-z]+://[^\s'\"\],]+"
CHANNEL_FILES = r"^\.?(condarc|condarc\.ya?ml|environment\.ya?ml|pip\.conf|uv\.toml|pixi\.toml)$"
INSTALLERS = r"(^|[\s/])(conda|mamba|micromamba|pixi|pip|pip3|uv|slate-env)(\s|$)"
BARE_CHANNEL = r"(?m)^\s*(channels|default_channels)\s*:\s*\[?\s*(-\s*)?(defaults|main|r|msys2)\b"


def _allowed(url: str, context: Context) -> bool:
    return any(url == mirror or url.startswith(f"{mirror}/") for mirror in context.parameters.mirrors)


def _registry(container: Value, context: Context) -> Iterator[Problem]:
    image = container["image"]
    allowed = context.parameters.registries
    if not image.text().startswith(allowed):
        yield image.problem(f"must begin with {' or '.join(allowed) or 'a registry that policies/config allows'}")


def _digest(container: Value, _: Context) -> Iterator[Problem]:
    if not re.fullmatch(DIGEST, container["image"].text()):
        yield container["image"].problem("must end with @sha256: and the digest")


def _image_volume(volume: Value, context: Context) -> Iterator[Problem]:
    image = volume["image"]["reference"]
    if volume["image"].present:
        if not image.text().startswith(context.parameters.registries):
            yield image.problem("must come from an allowed registry")
        if not re.fullmatch(DIGEST, image.text()):
            yield image.problem("must end with @sha256: and the digest")


def _channel_environment(container: Value, context: Context) -> Iterator[Problem]:
    for variable in container["env"].each():
        name, value = variable["name"].text(), variable["value"]
        if re.fullmatch(EXTRA_VARIABLES, name) and value.get(""):
            yield value.problem(f"{name} adds another source of packages")
        elif name == "CONDA_SSL_VERIFY" and value.text().lower() in ("false", "0", "no"):
            yield value.problem(f"{name} switches verification off")
        elif re.fullmatch(CHANNEL_VARIABLES, name):
            for word in value.text().split(","):
                if word and not _allowed(word, context):
                    yield value.problem(f"{name} must name channels of the mirror by their address")


def _channel_arguments(container: Value, context: Context) -> Iterator[Problem]:
    words = container["command"].texts() + container["args"].texts()
    if not re.search(INSTALLERS, " ".join(words)):
        return
    for url in re.findall(URL, " ".join(words)):
        if not _allowed(url, context):
            yield container["args"].problem("installs packages from an address that is not the mirror's")


def _channel_file(config_map: Value, context: Context) -> Iterator[Problem]:
    for key, value in config_map["data"].entries():
        if not re.fullmatch(CHANNEL_FILES, key):
            continue
        text = value.text()
        if any(not _allowed(url, context) for url in re.findall(URL, text)):
            yield value.problem("names a source of packages that is not the mirror")
        if re.search(BARE_CHANNEL, text):
            yield value.problem("names a channel of the distribution, not of the mirror")


_PREFIX = "variables.registries.exists(r, {}.startsWith(r))"
_MIRROR = "variables.mirrors.exists(m, {0} == m || {0}.startsWith(m + '/'))"

RULES = (
    Rule(
        "SLATE-IMG-REG",
        "Images come from the platform's registry",
        Severity.CRITICAL,
        "Anything else was built and scanned by nobody here. The slash at the end of a prefix is a part of it.",
        "Build the image through the settings, or add its registry to registries in policies/config.",
        PODS,
        ("Gatekeeper allowedreposv2", "CVE-2026-111927 (host by prefix)"),
        on(Scope.CONTAINER, _registry),
        f"variables.containers.all(c, {_PREFIX.format('c.image')})",
    ),
    Rule(
        "SLATE-IMG-DIGEST",
        "Images are named by digest",
        Severity.HIGH,
        "A tag can be pushed again: what was reviewed is not what runs.",
        "End the reference with @sha256: and the digest.",
        PODS,
        ("CKV_K8S_43",),
        on(Scope.CONTAINER, _digest),
        f"variables.containers.all(c, c.image.matches('{DIGEST}'))",
    ),
    Rule(
        "SLATE-IMGVOL",
        "Images that are mounted come from the registry, by digest",
        Severity.HIGH,
        "A mounted image is code as well.",
        "Name an image of the platform's registry by digest.",
        PODS,
        (),
        on(Scope.VOLUME, _image_volume),
        "variables.volumes.all(v, !has(v.image) || ("
        + _PREFIX.format("v.image.reference")
        + f" && v.image.reference.matches('{DIGEST}')))",
    ),
    Rule(
        "SLATE-CHANNEL",
        "Packages come from the mirror, and are verified",
        Severity.HIGH,
        "A second index is how a package of the same name from outside gets in.",
        "Remove the variable, or name a channel of the mirror by its address.",
        PODS,
        (),
        on(Scope.CONTAINER, _channel_environment, _channel_arguments),
        "variables.containers.all(c, c.?env.orValue([]).all(e,"
        f" !(e.name.matches('{EXTRA_VARIABLES}') && e.?value.orValue('') != '')"
        " && !(e.name == 'CONDA_SSL_VERIFY' && e.?value.orValue('').lowerAscii() in ['false', '0', 'no'])"
        f" && (!e.name.matches('{CHANNEL_VARIABLES}') || e.?value.orValue('').split(',').all(u, u == '' || "
        + _MIRROR.format("u")
        + "))))"
        " && variables.containers.all(c, [(c.?command.orValue([]) + c.?args.orValue([])).join(' ')].all(line,"
        f" !line.matches(r'{INSTALLERS}') || line.findAll(r'''{URL}''').all(u, " + _MIRROR.format("u") + ")))",
    ),
    Rule(
        "SLATE-CHANNEL-FILE",
        "Files that name package sources name the mirror only",
        Severity.HIGH,
        "A .condarc or pip.conf in a ConfigMap decides for every workspace that mounts it.",
        "Name channels by the mirror's address, and none of the distribution's own (defaults, main, r).",
        CONFIG_MAPS,
        (),
        on(Scope.OBJECT, _channel_file),
        f"object.?data.orValue({{}}).all(k, !k.matches(r'{CHANNEL_FILES}') || ("
        f"object.data[k].findAll(r'''{URL}''').all(u, " + _MIRROR.format("u") + ")"
        f" && !object.data[k].matches(r'{BARE_CHANNEL}')))",
    ),
)
