"""Who a pod runs as, and what it shares."""

from collections.abc import Iterator

from policies.rule import Context, Rule, Scope, Severity, on
from policies.rules.contexts import LINUX, POD_CONTEXT, both, never_true, pss, windows
from policies.targets import PODS
from policies.values import Problem, Value


def _non_root(container: Value, context: Context) -> Iterator[Problem]:
    own = container.at("securityContext", "runAsNonRoot")
    of_pod = context.pod.at("securityContext", "runAsNonRoot")
    if own.get(of_pod.get()) is not True:
        yield own.problem("must be true, here or for the pod")


def _pod_root(pod: Value, _: Context) -> Iterator[Problem]:
    found = pod.at("securityContext", "runAsNonRoot")
    if found.get() is False:
        yield found.problem("must not be false, even if every container says true")


def _uid_zero(value: Value, _: Context) -> Iterator[Problem]:
    found = value.at("securityContext", "runAsUser")
    if found.get() == 0:
        yield found.problem("must not be 0")


def _user_range(container: Value, context: Context) -> Iterator[Problem]:
    own = container.at("securityContext", "runAsUser")
    user = own.get(context.pod.at("securityContext", "runAsUser").get())
    low, high = context.parameters.minimum_user_id, context.parameters.maximum_user_id
    if not isinstance(user, int | float) or not low <= user <= high:
        yield own.problem(f"must be a number from {low} to {high}, here or for the pod")


def _group_range(value: Value, context: Context) -> Iterator[Problem]:
    security, low = value["securityContext"], context.parameters.minimum_user_id
    for found in (security["runAsGroup"], security["fsGroup"], *security["supplementalGroups"].each()):
        group = found.get(low)
        if not isinstance(group, int | float) or group < low:
            yield found.problem(f"must be at least {low}")


def _group_set(container: Value, context: Context) -> Iterator[Problem]:
    own = container.at("securityContext", "runAsGroup")
    if own.get(context.pod.at("securityContext", "runAsGroup").get()) is None:
        yield own.problem("must be set, here or for the pod: without it the group is 0")


_HOST_PROCESS = never_true("securityContext", "windowsOptions", "hostProcess")

RULES = (
    pss(
        "SLATE-NONROOT",
        "Containers run as another user than root",
        (
            "Root inside a container is root outside it wherever the runtime has a hole. Asked with user namespaces"
            " too, of which Pod Security Admission lets this go since v1.35."
        ),
        "Set runAsNonRoot: true in the pod's securityContext, and false nowhere.",
        severity=Severity.HIGH,
        cel=(
            f"{POD_CONTEXT}.?runAsNonRoot.orValue(true) && variables.containers.all(c,"
            f" c.?securityContext.?runAsNonRoot.orValue({POD_CONTEXT}.?runAsNonRoot.orValue(false)))"
        ),
        checks=(*on(Scope.CONTAINER, _non_root), *on(Scope.POD, _pod_root)),
        refs=("CIS 5.2.7", "NSA"),
    ),
    pss(
        "SLATE-ROOT",
        "No user id is 0",
        "It is root by another name.",
        "Set runAsUser to the workspace's user id, or leave it out.",
        severity=Severity.HIGH,
        cel=(
            f"{POD_CONTEXT}.?runAsUser.orValue(1) != 0"
            " && variables.containers.all(c, c.?securityContext.?runAsUser.orValue(1) != 0)"
        ),
        checks=(*on(Scope.CONTAINER, _uid_zero), *on(Scope.POD, _uid_zero)),
    ),
    Rule(
        "SLATE-UID",
        "Every container's user id is set, and lies in the allowed range",
        Severity.HIGH,
        "Without a number the image decides, and above 65535 no user namespace maps it.",
        "Set runAsUser in the pod's securityContext to a number in the range of policies/config.",
        PODS,
        ("PSS restricted (runAsUser), stricter",),
        on(Scope.CONTAINER, _user_range),
        f"variables.containers.all(c, [c.?securityContext.?runAsUser.orValue({POD_CONTEXT}.?runAsUser.orValue(-1))]"
        ".all(u, u >= variables.minimumUserId && u <= variables.maximumUserId))",
    ),
    Rule(
        "SLATE-GID",
        "Group ids are set, and none is a group of the system",
        Severity.MEDIUM,
        "Group 0 may write to much of an image, and group numbers of a shared volume are somebody's.",
        "Set runAsGroup and fsGroup to the workspace's id; take low numbers out of supplementalGroups.",
        PODS,
        ("Kyverno require-non-root-groups",),
        (*on(Scope.CONTAINER, _group_range, _group_set), *on(Scope.POD, _group_range)),
        both(
            "s.?runAsGroup.orValue(variables.minimumUserId) >= variables.minimumUserId"
            " && s.?fsGroup.orValue(variables.minimumUserId) >= variables.minimumUserId"
            " && s.?supplementalGroups.orValue([]).all(g, g >= variables.minimumUserId)"
        )
        + f" && ({POD_CONTEXT}.?runAsGroup.hasValue()"
        " || variables.containers.all(c, c.?securityContext.?runAsGroup.hasValue()))",
    ),
    pss(
        "SLATE-HOSTPROC",
        "No Windows host process",
        "It runs on the node itself.",
        "Remove windowsOptions.hostProcess.",
        severity=Severity.CRITICAL,
        cel=(both("!s.?windowsOptions.?hostProcess.orValue(false)")),
        checks=(
            *on(Scope.CONTAINER, never_true("securityContext", "windowsOptions", "hostProcess")),
            *on(Scope.POD, never_true("securityContext", "windowsOptions", "hostProcess")),
        ),
        refs=("CIS 5.2.11",),
    ),
    Rule(
        "SLATE-OS",
        "Pods are Linux pods",
        Severity.HIGH,
        "The Pod Security Standards ask less of pods that call themselves Windows pods.",
        "Remove spec.os, or set it to linux.",
        PODS,
        (),
        on(Scope.POD, lambda pod, context: [pod.at("os", "name").problem("must be linux")] if windows(context) else ()),
        LINUX,
    ),
    Rule(
        "SLATE-SHAREPID",
        "Containers of a pod do not see each other's processes",
        Severity.MEDIUM,
        "Through /proc one container reads the files and the environment of the others.",
        "Remove shareProcessNamespace.",
        PODS,
        (),
        on(Scope.POD, never_true("shareProcessNamespace")),
        "!variables.podSpec.?shareProcessNamespace.orValue(false)",
    ),
    Rule(
        "SLATE-ROROOT",
        "The image's own file system is read-only",
        Severity.HIGH,
        "What a user must not change (the server's code and configuration) cannot be changed; nothing fills the node.",
        "Set securityContext.readOnlyRootFilesystem: true, and mount a volume where the program writes.",
        PODS,
        ("NSA", "CKV_K8S_22"),
        on(
            Scope.RUNNING,
            lambda container, _: (
                ()
                if container.at("securityContext", "readOnlyRootFilesystem").get() is True
                else [container.at("securityContext", "readOnlyRootFilesystem").problem("must be true")]
            ),
        ),
        "variables.running.all(c, c.?securityContext.?readOnlyRootFilesystem.orValue(false))",
    ),
)
