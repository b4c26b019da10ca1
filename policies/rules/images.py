"""Where images and packages come from."""

import re
from collections.abc import Iterator

from policies.patterns import every, search
from policies.rule import Context, Rule, Scope, Severity, on
from policies.rules import commands
from policies.targets import CONFIG_MAPS, PODS
from policies.values import Problem, Value

DIGEST = r"^[^@]+@sha256:[a-f0-9]{64}$"
# conda and pip read their variables in any case (CONDA_channels), and by each alias of an option.
CHANNEL_VARIABLES = (
    r"(?i)^(CONDA_CHANNELS?|CONDA_CHANNEL_ALIAS|CONDA_DEFAULT_CHANNELS"
    r"|(PIP|UV)_(INDEX_URL|PYPI_URL|DEFAULT_INDEX|FIND_LINKS))$"
)
EXTRA_VARIABLES = (
    r"(?i)^((PIP|UV)_EXTRA_INDEX_URL|UV_INDEX|PIP_TRUSTED_HOST|UV_(ALLOW_)?INSECURE_HOST"
    r"|CONDA_(CUSTOM_CHANNELS|CUSTOM_MULTICHANNELS|MIRRORED_CHANNELS|MIGRATED_CUSTOM_CHANNELS)"
    r"|CONDARC|MAMBARC|PIP_CONFIG_FILE|UV_CONFIG_FILE)$"
)
"""What adds a source, trusts one, or names a file that may."""
VERIFICATION = r"(?i)^CONDA_(SSL_VERIFY|VERIFY_SSL)$"
OFF = r"(?i)^[ \t]*(false|off|no?|non|none|0+([.]0*)?)[ \t]*$"
URL = r"(?i)[a-z]+://[^\s'\"\],]+"
CHANNEL_FILES = r"(?i)^\.?(condarc|mambarc|(condarc|mambarc|environment)\.ya?ml|pip\.(conf|ini)|(uv|pixi)\.toml)$"
INSTALLERS = r"(^|[\s/;&|(`'\"=])(conda|mamba|micromamba|pixi|pip[0-9.]*|pipx|uvx?|slate-env)($|[\s;&|)`'\"])"
SEPARATORS = r"[ \t\n,]"
_BARE = r"[\"']?(defaults|main|r|msys2)[\"']?"
BARE_CHANNEL = (
    r"(?m)^[^\w#]*(channels|default_channels)[\"']?[ \t]*:"
    rf"([ \t]*{_BARE}[ \t\r]*$|\s*\[([^\]]*[\s,])?{_BARE}\s*[,\]]"
    rf"|[^\n\[]*\n([ \t]*(-[^\n]*|#[^\n]*)?\n)*[ \t]*-[ \t]*{_BARE}[ \t\r]*(#|$))"
)


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
        source = search(CHANNEL_VARIABLES, name) or search(EXTRA_VARIABLES, name)
        if source and variable["valueFrom"].present:
            yield variable["valueFrom"].problem(f"{name} comes from where no rule sees it")
        elif search(EXTRA_VARIABLES, name) and value.get(""):
            yield value.problem(f"{name} adds another source of packages")
        elif search(VERIFICATION, name) and search(OFF, value.text()):
            yield value.problem(f"{name} switches verification off")
        elif search(CHANNEL_VARIABLES, name):
            for word in re.split(SEPARATORS, value.text()):
                if word and not _allowed(word, context):
                    yield value.problem(f"{name} must name channels of the mirror by their address")


def _channel_arguments(container: Value, context: Context) -> Iterator[Problem]:
    yield from _channel_command(*commands.own(container), context)


def _channel_hooks(container: Value, context: Context) -> Iterator[Problem]:
    for words, line in commands.hooks(container):
        yield from _channel_command(words, line, context)


def _channel_command(words: Value, line: str, context: Context) -> Iterator[Problem]:
    if search(INSTALLERS, line) and not all(_allowed(url, context) for url in every(URL, line)):
        yield words.problem("installs packages from an address that is not the mirror's")


def _channel_file(config_map: Value, context: Context) -> Iterator[Problem]:
    for key, value in config_map["binaryData"].entries():
        if search(CHANNEL_FILES, key):
            yield value.problem("names sources of packages where no rule reads them; use data")
    for key, value in config_map["data"].entries():
        if not search(CHANNEL_FILES, key):
            continue
        text = value.text()
        if any(not _allowed(url, context) for url in every(URL, text)):
            yield value.problem("names a source of packages that is not the mirror")
        if search(BARE_CHANNEL, text):
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
        + _PREFIX.format("v.image.?reference.orValue('')")
        + f" && v.image.?reference.orValue('').matches('{DIGEST}')))",
    ),
    Rule(
        "SLATE-CHANNEL",
        "Packages come from the mirror, and are verified",
        Severity.HIGH,
        "A second index is how a package of the same name from outside gets in.",
        "Remove the variable, or name a channel of the mirror by its address.",
        PODS,
        (),
        on(Scope.CONTAINER, _channel_environment, _channel_arguments, _channel_hooks),
        "variables.containers.all(c, c.?env.orValue([]).all(e,"
        f" !(e.name.matches('{EXTRA_VARIABLES}') && (e.?value.orValue('') != '' || has(e.valueFrom)))"
        f" && !(e.name.matches('{VERIFICATION}') && e.?value.orValue('').matches(r'{OFF}'))"
        f" && (!e.name.matches('{CHANNEL_VARIABLES}') || (!has(e.valueFrom) && e.?value.orValue('')"
        ".replace(' ', ',').replace('\\t', ',').replace('\\n', ',').split(',').all(u, u == '' || "
        + _MIRROR.format("u")
        + ")))))"
        f" && variables.containers.all(c, {commands.LINES}.all(line,"
        f" !line.matches(r'''{INSTALLERS}''') || line.findAll(r'''{URL}''').all(u, " + _MIRROR.format("u") + ")))",
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
        f" && !object.data[k].matches(r'''{BARE_CHANNEL}''')))"
        f" && object.?binaryData.orValue({{}}).all(k, !k.matches(r'{CHANNEL_FILES}'))",
    ),
)
