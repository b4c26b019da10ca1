"""What a container may do to its node: mostly the profile `restricted` of the Pod Security Standards."""

import re
from collections.abc import Iterator

from policies.rule import Context, Rule, Scope, Severity, on
from policies.rules.contexts import LINUX, POD_CONTEXT, both, never_true, pss, windows
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


def _privilege_escalation(container: Value, context: Context) -> Iterator[Problem]:
    found = container.at("securityContext", "allowPrivilegeEscalation")
    if found.get() is not False and not windows(context):
        yield found.problem("must be set to false")


def _drop_all(container: Value, context: Context) -> Iterator[Problem]:
    if windows(context):
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
    if windows(context):
        return
    own = container.at("securityContext", "seccompProfile", "type")
    kind = own.get(context.pod.at("securityContext", "seccompProfile", "type").get())
    if kind not in SECCOMP:
        yield own.problem("must be RuntimeDefault or Localhost, here or for the pod")


def _pod_seccomp(pod: Value, context: Context) -> Iterator[Problem]:
    found = pod.at("securityContext", "seccompProfile", "type")
    if found.get(SECCOMP[0]) not in SECCOMP and not windows(context):
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


def _text_list(items: tuple[str, ...]) -> str:
    return "[" + ", ".join(f"'{item}'" for item in items) + "]"


RULES = (
    pss(
        "SLATE-PRIV",
        "No container is privileged",
        "A privileged container owns its node, and with it every workspace on it.",
        "Remove securityContext.privileged.",
        severity=Severity.CRITICAL,
        cel=("variables.containers.all(c, !c.?securityContext.?privileged.orValue(false))"),
        checks=on(Scope.CONTAINER, never_true("securityContext", "privileged")),
        refs=("CIS 5.2.2", "NSA"),
    ),
    pss(
        "SLATE-APE",
        "No process can gain more rights than its parent",
        "Programs with the setuid bit would make root of anybody.",
        "Set securityContext.allowPrivilegeEscalation: false on every container.",
        severity=Severity.HIGH,
        cel=(f"!({LINUX}) || variables.containers.all(c, !c.?securityContext.?allowPrivilegeEscalation.orValue(true))"),
        checks=on(Scope.CONTAINER, _privilege_escalation),
        refs=("CIS 5.2.6",),
    ),
    pss(
        "SLATE-CAPS",
        "All capabilities are dropped",
        "Each is a part of root's power; MKNOD alone opened other users' GPUs (CVE-2021-1056).",
        'Set securityContext.capabilities to {drop: ["ALL"]} on every container.',
        severity=Severity.CRITICAL,
        cel=(
            f"!({LINUX}) || variables.containers.all(c,"
            " 'ALL' in c.?securityContext.?capabilities.?drop.orValue([])"
            " && c.?securityContext.?capabilities.?add.orValue([]).all(a, a == 'NET_BIND_SERVICE'))"
        ),
        checks=on(Scope.CONTAINER, _drop_all),
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
    pss(
        "SLATE-SECCOMP",
        "System calls are filtered",
        "Without a profile every system call of the kernel is within reach; a missing profile is no default.",
        "Set seccompProfile: {type: RuntimeDefault} in the pod's securityContext.",
        severity=Severity.HIGH,
        cel=(
            f"!({LINUX}) || ({POD_CONTEXT}.?seccompProfile.?type.orValue('RuntimeDefault') in {_text_list(SECCOMP)}"
            " && variables.containers.all(c, c.?securityContext.?seccompProfile.?type.orValue("
            f"{POD_CONTEXT}.?seccompProfile.?type.orValue('')) in {_text_list(SECCOMP)}))"
        ),
        checks=(*on(Scope.CONTAINER, _seccomp), *on(Scope.POD, _pod_seccomp)),
        refs=("CIS 5.7.2",),
    ),
    pss(
        "SLATE-APPARMOR",
        "AppArmor is not switched off",
        "`Unconfined` takes away what the node's own profile forbids.",
        "Remove appArmorProfile (and the older annotation), or set RuntimeDefault or Localhost.",
        severity=Severity.MEDIUM,
        cel=(
            both(f"s.?appArmorProfile.?type.orValue('RuntimeDefault') in {_text_list(SECCOMP)}")
            + f" && variables.templateAnnotations.all(k, !k.startsWith('{APPARMOR_ANNOTATION}')"
            " || variables.templateAnnotations[k].matches('^(runtime/default|localhost/.*|)$'))"
        ),
        checks=(*on(Scope.CONTAINER, _apparmor), *on(Scope.POD, _apparmor, _apparmor_annotation)),
    ),
    pss(
        "SLATE-SELINUX",
        "SELinux labels are those of containers",
        "Another type, user or role reaches what containers must not.",
        "Remove seLinuxOptions, or use one of the container types without user and role.",
        severity=Severity.HIGH,
        cel=(
            both(
                f"s.?seLinuxOptions.?type.orValue('') in {_text_list(SELINUX_TYPES)}"
                " && s.?seLinuxOptions.?user.orValue('') == '' && s.?seLinuxOptions.?role.orValue('') == ''"
            )
        ),
        checks=(*on(Scope.CONTAINER, _selinux), *on(Scope.POD, _selinux)),
    ),
    pss(
        "SLATE-PROCMOUNT",
        "/proc is masked",
        "Unmasked, it shows and changes the kernel's own state.",
        "Remove securityContext.procMount.",
        severity=Severity.CRITICAL,
        cel=("variables.containers.all(c, c.?securityContext.?procMount.orValue('Default') == 'Default')"),
        checks=on(Scope.CONTAINER, _proc_mount),
    ),
    pss(
        "SLATE-SYSCTL",
        "Only safe sysctls are set",
        "Others change the node for everybody on it.",
        "Remove the sysctl; what is needed is set on the node pool.",
        severity=Severity.HIGH,
        cel=(f"{POD_CONTEXT}.?sysctls.orValue([]).all(y, y.name in {_text_list(SAFE_SYSCTLS)})"),
        checks=on(Scope.POD, _sysctls),
    ),
)
