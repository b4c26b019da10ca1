"""Secrets in the clear: in variables, arguments and ConfigMaps. No message ever repeats a value."""

from collections.abc import Iterator

from policies.patterns import search
from policies.rule import Context, Rule, Scope, Severity, Where, on
from policies.rules import commands
from policies.targets import CONFIG_MAPS, PODS, SECRETS
from policies.values import Problem, Value

REVEALING_NAME = (
    r"(?i)(^|_)(password|passwd|passphrase|secret|token|api_?key|access_?key|private_?key|credentials?)(_|$)"
)
REFERENCE_NAME = r"(?i)_(file|path|dir|url|name)$"
ARGUMENT = r"(?i)--?[a-z0-9.-]*(password|passwd|secret|token|api-?key)([= ])[^$\s/-][^\s]+"
CONTENT = (
    r"(?im)(-----BEGIN [A-Z ]*PRIVATE KEY-----|\bAKIA[0-9A-Z]{16}\b"
    r"|^[ \t]*[\w.-]*(password|passwd|api_?key)[ \t]*[:=][ \t]*[^\s$<{]+)"
)


def _literal(container: Value, _: Context) -> Iterator[Problem]:
    for variable in container["env"].each():
        name = variable["name"].text()
        if search(REVEALING_NAME, name) and not search(REFERENCE_NAME, name) and variable["value"].get(""):
            yield variable["value"].problem(f"{name} looks like a secret in the clear")


def _reference(container: Value, _: Context) -> Iterator[Problem]:
    for variable in container["env"].each():
        if variable["valueFrom"]["secretKeyRef"].present:
            yield variable["valueFrom"]["secretKeyRef"].problem("puts a secret into the environment")
    for source in container["envFrom"].each():
        if source["secretRef"].present:
            yield source["secretRef"].problem("puts secrets into the environment")


def _arguments(container: Value, _: Context) -> Iterator[Problem]:
    yield from _argument(*commands.own(container))


def _hooks(container: Value, _: Context) -> Iterator[Problem]:
    for words, line in commands.hooks(container):
        yield from _argument(words, line)


def _argument(words: Value, line: str) -> Iterator[Problem]:
    if search(ARGUMENT, line):
        yield words.problem("holds what looks like a secret; every process sees arguments")


def _content(config_map: Value, _: Context) -> Iterator[Problem]:
    for _key, value in config_map["data"].entries():
        if search(CONTENT, value.text()):
            yield value.problem("holds what looks like a secret")


def _type(secret: Value, _: Context) -> Iterator[Problem]:
    if secret["type"].get("") == "kubernetes.io/service-account-token":
        yield secret["type"].problem("is a token that never expires")


RULES = (
    Rule(
        "SLATE-ENV-LITERAL",
        "No secret stands in a variable's value",
        Severity.HIGH,
        "Everybody who may look at the object reads it, and it stays in the state and its backups.",
        "Put it into a Secret, mount it as a file, and name the file in <NAME>_FILE.",
        PODS,
        ("NSA",),
        on(Scope.CONTAINER, _literal),
        f"variables.containers.all(c, c.?env.orValue([]).all(e, !e.name.matches('{REVEALING_NAME}')"
        f" || e.name.matches('{REFERENCE_NAME}') || e.?value.orValue('') == ''))",
    ),
    Rule(
        "SLATE-ENV-SECRETREF",
        "Secrets are mounted as files",
        Severity.MEDIUM,
        "Variables are inherited by every process and end in crash reports.",
        "Mount the Secret as a volume.",
        PODS,
        ("CIS 5.4.1",),
        on(Scope.CONTAINER, _reference),
        "variables.containers.all(c, c.?env.orValue([]).all(e, !has(e.valueFrom) || !has(e.valueFrom.secretKeyRef))"
        " && c.?envFrom.orValue([]).all(f, !has(f.secretRef)))",
        Where.TENANTS,
    ),
    Rule(
        "SLATE-ARGS",
        "No secret stands in a command line",
        Severity.HIGH,
        "Every process of the machine sees it (GHSA-54p6-6j68-j5vr).",
        "Give the program a file to read it from.",
        PODS,
        ("GHSA-54p6-6j68-j5vr",),
        on(Scope.CONTAINER, _arguments, _hooks),
        f"variables.containers.all(c, {commands.LINES}.all(line, !line.matches(r'{ARGUMENT}')))",
    ),
    Rule(
        "SLATE-CM",
        "No secret stands in a ConfigMap",
        Severity.MEDIUM,
        "ConfigMaps are read by many, and neither encrypted nor marked in the state.",
        "Put it into a Secret.",
        CONFIG_MAPS,
        (),
        on(Scope.OBJECT, _content),
        f"object.?data.orValue({{}}).all(k, !object.data[k].matches(r'{CONTENT}'))",
    ),
    Rule(
        "SLATE-SECRET-TYPE",
        "No Secret is a service account's token",
        Severity.MEDIUM,
        "It never expires; the API gives short-lived ones.",
        "Use the TokenRequest API (kubectl create token).",
        SECRETS,
        (),
        on(Scope.OBJECT, _type),
        "object.?type.orValue('') != 'kubernetes.io/service-account-token'",
    ),
)
