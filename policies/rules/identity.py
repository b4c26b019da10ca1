"""Who a pod runs as, and what it may do to its node: mostly the profile `restricted` of the Pod Security Standards."""

import re
from collections.abc import Callable, Iterator

from policies.rule import Context, Rule, Scope, Severity, on
from policies.targets import PODS
from policies.values import Problem, Value

SECCOMP = ("RuntimeDefault", "Localhost")
SELINUX_TYPES = ("", "container_t", "container_init_t", "container_kvm_t", "container_engine_t")
SAFE_SYSCTLS = (
    "kernel.shm_rmid_forced",
    "net.ipv4.ip_local_port_range",
    "net.ipv4.tcp_syncookies",
    "net.ipv4.ping_group_range",
    "net.ipv4.ip_unprivileged_port_start",
    "net.ipv4.ip_local_reserved_ports",
    "net.ipv4.tcp_keepalive_time",
    "net.ipv4.tcp_fin_timeout",
    "net.ipv4.tcp_keepalive_intvl",
    "net.ipv4.tcp_keepalive_probes",
    "net.ipv4.tcp_rmem",
    "net.ipv4.tcp_wmem",
)
"""Those of `restricted` since v1.32."""
APPARMOR_ANNOTATION = "container.apparmor.security.beta.kubernetes.io/"
# What the fields of a security context are called in CEL, for the pod (s) and each container (c).
POD_CONTEXT = "variables.podSpec.?securityContext"
LINUX = "variables.podSpec.?os.?name.orValue('linux') != 'windows'"


def _windows(context: Context) -> bool:
    return context.pod.at("os", "name").get("linux") == "windows"


def _never_true(*keys: str, message: str) -> Callable[[Value, Context], Iterator[Problem]]:
    def check(value: Value, _: Context) -> Iterator[Problem]:
        found = value.at(*keys)
        if found.get(False) is True:
            yield found.problem(message)

    return check


def _privilege_escalation(container: Value, context: Context) -> Iterator[Problem]:
    found = container.at("securityContext", "allowPrivilegeEscalation")
    if found.get() is not False and not _windows(context):
        yield found.problem("must be set to false")


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
    if user is None or not low <= user <= high:
        yield own.problem(f"must be a number from {low} to {high}, here or for the pod")


def _group_range(value: Value, context: Context) -> Iterator[Problem]:
    security, low = value["securityContext"], context.parameters.minimum_user_id
    for found in (security["runAsGroup"], security["fsGroup"], *security["supplementalGroups"].each()):
        if found.get(low) < low:
            yield found.problem(f"must be at least {low}")


def _group_set(container: Value, context: Context) -> Iterator[Problem]:
    own = container.at("securityContext", "runAsGroup")
    if own.get(context.pod.at("securityContext", "runAsGroup").get()) is None:
        yield own.problem("must be set, here or for the pod: without it the group is 0")


def _drop_all(container: Value, context: Context) -> Iterator[Problem]:
    if _windows(context):
        return
    capabilities = container.at("securityContext", "capabilities")
    if "ALL" not in capabilities["drop"].texts():
        yield capabilities["drop"].problem("must contain ALL")
    if set(capabilities["add"].texts()) - {"NET_BIND_SERVICE"}:
        yield capabilities["add"].problem("may contain nothing but NET_BIND_SERVICE")


def _add_nothing(container: Value, _: Context) -> Iterator[Problem]:
    found = container.at("securityContext", "capabilities", "add")
    if found.texts():
        yield found.problem("must be empty")


def _seccomp(container: Value, context: Context) -> Iterator[Problem]:
    if _windows(context):
        return
    own = container.at("securityContext", "seccompProfile", "type")
    kind = own.get(context.pod.at("securityContext", "seccompProfile", "type").get())
    if kind not in SECCOMP:
        yield own.problem("must be RuntimeDefault or Localhost, here or for the pod")


def _pod_seccomp(pod: Value, context: Context) -> Iterator[Problem]:
    found = pod.at("securityContext", "seccompProfile", "type")
    if found.get(SECCOMP[0]) not in SECCOMP and not _windows(context):
        yield found.problem("must be RuntimeDefault or Localhost")


def _apparmor(value: Value, _: Context) -> Iterator[Problem]:
    found = value.at("securityContext", "appArmorProfile", "type")
    if found.get("RuntimeDefault") not in SECCOMP:
        yield found.problem("must be RuntimeDefault or Localhost")


def _apparmor_annotation(_: Value, context: Context) -> Iterator[Problem]:
    for key, value in context.template.at("metadata", "annotations").entries():
        allowed = r"(|runtime/default|localhost/.*)"
        if key.startswith(APPARMOR_ANNOTATION) and not re.fullmatch(allowed, value.text(), re.DOTALL):
            yield value.problem("must be runtime/default or localhost/...")


def _selinux(value: Value, _: Context) -> Iterator[Problem]:
    options = value.at("securityContext", "seLinuxOptions")
    if options["type"].get("") not in SELINUX_TYPES:
        yield options["type"].problem(f"must be one of {', '.join(filter(None, SELINUX_TYPES))}")
    for key in ("user", "role"):
        if options[key].get(""):
            yield options[key].problem("must not be set")


def _proc_mount(container: Value, _: Context) -> Iterator[Problem]:
    found = container.at("securityContext", "procMount")
    if found.get("Default") != "Default":
        yield found.problem("must be Default")


def _sysctls(pod: Value, _: Context) -> Iterator[Problem]:
    for sysctl in pod.at("securityContext", "sysctls").each():
        if sysctl["name"].get() not in SAFE_SYSCTLS:
            yield sysctl["name"].problem("is not a safe sysctl")


def _both(security_context_key: str) -> str:
    """CEL: what is asked of the pod's security context and of each container's."""
    return (
        f"[{POD_CONTEXT}.orValue({{}})].all(s, {security_context_key})"
        f" && variables.containers.map(c, c.?securityContext.orValue({{}})).all(s, {security_context_key})"
    )


def _text_list(items: tuple[str, ...]) -> str:
    return "[" + ", ".join(f"'{item}'" for item in items) + "]"


def _pss(
    identifier: str, title: str, severity: Severity, rationale: str, remediation: str, cel: str, *checks, refs=()
) -> Rule:
    sources = ("PSS restricted", *refs)
    return Rule(
        identifier, title, severity, rationale, remediation, PODS, sources, sum(checks, ()), cel, pod_security=True
    )


RULES = (
    _pss(
        "SLATE-PRIV",
        "No container is privileged",
        Severity.CRITICAL,
        "A privileged container owns its node, and with it every workspace on it.",
        "Remove securityContext.privileged.",
        "variables.containers.all(c, !c.?securityContext.?privileged.orValue(false))",
        on(Scope.CONTAINER, _never_true("securityContext", "privileged", message="must not be true")),
        refs=("CIS 5.2.2", "NSA"),
    ),
    _pss(
        "SLATE-APE",
        "No process can gain more rights than its parent",
        Severity.HIGH,
        "Programs with the setuid bit would make root of anybody.",
        "Set securityContext.allowPrivilegeEscalation: false on every container.",
        f"!({LINUX}) || variables.containers.all(c, !c.?securityContext.?allowPrivilegeEscalation.orValue(true))",
        on(Scope.CONTAINER, _privilege_escalation),
        refs=("CIS 5.2.6",),
    ),
    _pss(
        "SLATE-NONROOT",
        "Containers run as another user than root",
        Severity.HIGH,
        "Root inside a container is root outside it wherever the runtime has a hole. Asked for with user namespaces too,"
        " of which Pod Security Admission lets this go since v1.35.",
        "Set runAsNonRoot: true in the pod's securityContext, and false nowhere.",
        f"{POD_CONTEXT}.?runAsNonRoot.orValue(true) && variables.containers.all(c,"
        f" c.?securityContext.?runAsNonRoot.orValue({POD_CONTEXT}.?runAsNonRoot.orValue(false)))",
        on(Scope.CONTAINER, _non_root),
        on(Scope.POD, _pod_root),
        refs=("CIS 5.2.7", "NSA"),
    ),
    _pss(
        "SLATE-ROOT",
        "No user id is 0",
        Severity.HIGH,
        "It is root by another name.",
        "Set runAsUser to the workspace's user id, or leave it out.",
        f"{POD_CONTEXT}.?runAsUser.orValue(1) != 0"
        " && variables.containers.all(c, c.?securityContext.?runAsUser.orValue(1) != 0)",
        on(Scope.CONTAINER, _uid_zero),
        on(Scope.POD, _uid_zero),
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
        f"variables.containers.all(c, [c.?securityContext.?runAsUser.orValue({POD_CONTEXT}.?runAsUser.orValue(-1))].all(u,"
        " u >= variables.minimumUserId && u <= variables.maximumUserId))",
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
        _both(
            "s.?runAsGroup.orValue(variables.minimumUserId) >= variables.minimumUserId"
            " && s.?fsGroup.orValue(variables.minimumUserId) >= variables.minimumUserId"
            " && s.?supplementalGroups.orValue([]).all(g, g >= variables.minimumUserId)"
        )
        + f" && ({POD_CONTEXT}.?runAsGroup.hasValue()"
        " || variables.containers.all(c, c.?securityContext.?runAsGroup.hasValue()))",
    ),
    _pss(
        "SLATE-CAPS",
        "All capabilities are dropped",
        Severity.CRITICAL,
        "Each is a part of root's power; MKNOD alone opened other users' GPUs (CVE-2021-1056).",
        'Set securityContext.capabilities to {drop: ["ALL"]} on every container.',
        f"!({LINUX}) || variables.containers.all(c,"
        " 'ALL' in c.?securityContext.?capabilities.?drop.orValue([])"
        " && c.?securityContext.?capabilities.?add.orValue([]).all(a, a == 'NET_BIND_SERVICE'))",
        on(Scope.CONTAINER, _drop_all),
        refs=("CIS 5.2.8", "CIS 5.2.9"),
    ),
    Rule(
        "SLATE-CAPS-ADD",
        "No capability is added",
        Severity.MEDIUM,
        "Nothing of Slate listens below port 1024, so not even NET_BIND_SERVICE is needed.",
        "Remove securityContext.capabilities.add.",
        PODS,
        ("PSS restricted, stricter",),
        on(Scope.CONTAINER, _add_nothing),
        "variables.containers.all(c, c.?securityContext.?capabilities.?add.orValue([]).size() == 0)",
    ),
    _pss(
        "SLATE-SECCOMP",
        "System calls are filtered",
        Severity.HIGH,
        "Without a profile every system call of the kernel is within reach; a missing profile is no default.",
        "Set seccompProfile: {type: RuntimeDefault} in the pod's securityContext.",
        f"!({LINUX}) || ({POD_CONTEXT}.?seccompProfile.?type.orValue('RuntimeDefault') in {_text_list(SECCOMP)}"
        " && variables.containers.all(c, c.?securityContext.?seccompProfile.?type.orValue("
        f"{POD_CONTEXT}.?seccompProfile.?type.orValue('')) in {_text_list(SECCOMP)}))",
        on(Scope.CONTAINER, _seccomp),
        on(Scope.POD, _pod_seccomp),
        refs=("CIS 5.7.2",),
    ),
    _pss(
        "SLATE-APPARMOR",
        "AppArmor is not switched off",
        Severity.MEDIUM,
        "`Unconfined` takes away what the node's own profile forbids.",
        "Remove appArmorProfile (and the older annotation), or set RuntimeDefault or Localhost.",
        _both(f"s.?appArmorProfile.?type.orValue('RuntimeDefault') in {_text_list(SECCOMP)}")
        + f" && variables.templateAnnotations.all(k, !k.startsWith('{APPARMOR_ANNOTATION}')"
        " || variables.templateAnnotations[k].matches('^(runtime/default|localhost/.*|)$'))",
        on(Scope.CONTAINER, _apparmor),
        on(Scope.POD, _apparmor, _apparmor_annotation),
    ),
    _pss(
        "SLATE-SELINUX",
        "SELinux labels are those of containers",
        Severity.HIGH,
        "Another type, user or role reaches what containers must not.",
        "Remove seLinuxOptions, or use one of the container types without user and role.",
        _both(
            f"s.?seLinuxOptions.?type.orValue('') in {_text_list(SELINUX_TYPES)}"
            " && s.?seLinuxOptions.?user.orValue('') == '' && s.?seLinuxOptions.?role.orValue('') == ''"
        ),
        on(Scope.CONTAINER, _selinux),
        on(Scope.POD, _selinux),
    ),
    _pss(
        "SLATE-PROCMOUNT",
        "/proc is masked",
        Severity.CRITICAL,
        "Unmasked, it shows and changes the kernel's own state.",
        "Remove securityContext.procMount.",
        "variables.containers.all(c, c.?securityContext.?procMount.orValue('Default') == 'Default')",
        on(Scope.CONTAINER, _proc_mount),
    ),
    _pss(
        "SLATE-SYSCTL",
        "Only safe sysctls are set",
        Severity.HIGH,
        "Others change the node for everybody on it.",
        "Remove the sysctl; what is needed is set on the node pool.",
        f"{POD_CONTEXT}.?sysctls.orValue([]).all(y, y.name in {_text_list(SAFE_SYSCTLS)})",
        on(Scope.POD, _sysctls),
    ),
    _pss(
        "SLATE-HOSTPROC",
        "No Windows host process",
        Severity.CRITICAL,
        "It runs on the node itself.",
        "Remove windowsOptions.hostProcess.",
        _both("!s.?windowsOptions.?hostProcess.orValue(false)"),
        on(
            Scope.CONTAINER, _never_true("securityContext", "windowsOptions", "hostProcess", message="must not be true")
        ),
        on(Scope.POD, _never_true("securityContext", "windowsOptions", "hostProcess", message="must not be true")),
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
        on(
            Scope.POD, lambda pod, context: [pod.at("os", "name").problem("must be linux")] if _windows(context) else ()
        ),
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
        on(Scope.POD, _never_true("shareProcessNamespace", message="must not be true")),
        "!variables.podSpec.?shareProcessNamespace.orValue(false)",
    ),
    Rule(
        "SLATE-ROROOT",
        "The image's own file system is read-only",
        Severity.HIGH,
        "What a user must not change (the server's code and configuration) cannot be changed, and nothing fills the node.",
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
