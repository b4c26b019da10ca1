"""What the rules about security contexts share: of the pod, and of each container, which overrides it."""

from collections.abc import Iterator

from policies.rule import Context, Predicate, Rule, Scope, Severity
from policies.targets import PODS
from policies.values import Problem, Value

# What the fields of the pod's security context are called in CEL.
POD_CONTEXT = "variables.podSpec.?securityContext"
LINUX = "variables.podSpec.?os.?name.orValue('linux') != 'windows'"


def windows(context: Context) -> bool:
    """Whether the pod says that it is one for Windows, of which the standards ask less."""
    return context.pod.at("os", "name").get("linux") == "windows"


def never_true(*keys: str) -> Predicate:
    """A predicate: a field may be anything but true."""

    def check(value: Value, _: Context) -> Iterator[Problem]:
        found = value.at(*keys)
        if found.get(False) is True:
            yield found.problem("must not be true")

    return check


def both(condition: str) -> str:
    """CEL: what is asked of the pod's security context and of each container's."""
    return (
        f"[{POD_CONTEXT}.orValue({{}})].all(s, {condition})"
        f" && variables.containers.map(c, c.?securityContext.orValue({{}})).all(s, {condition})"
    )


def pss(
    *words: str,
    severity: Severity,
    cel: str,
    checks: tuple[tuple[Scope, Predicate], ...],
    refs: tuple[str, ...] = (),
) -> Rule:
    """A rule that is a part of the profile `restricted`; the words are its id, title, rationale and remediation."""
    identifier, title, rationale, remediation = words
    references = ("PSS restricted", *refs)
    return Rule(identifier, title, severity, rationale, remediation, PODS, references, checks, cel, pod_security=True)
