"""What a pod mounts, and where."""

import re
from collections.abc import Iterator

from policies.quantities import POSITIVE, positive
from policies.rule import Context, Rule, Scope, Severity, Where, on
from policies.targets import PODS, VOLUMES
from policies.values import Problem, Value

SOURCES = (
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "image",
    "persistentVolumeClaim",
    "projected",
    "secret",
)
SYSTEM_FOLDERS = r"^/+((etc|usr|opt|bin|sbin|lib[^/]*|proc|sys|boot|root|dev)(/.*|)|)$"
CROOKED = r"^[^/]|(^|/)[.][.]?(/|$)"
"""A path that may mean another one: the node takes `etc` for `/etc`, and the runtime resolves `..`."""
SHARED_MEMORY = "/dev/shm"  # noqa: S108 - a mount inside the container


def _sources(volume: Value, _: Context) -> Iterator[Problem]:
    used = [key for key, value in volume.entries() if key != "name" and value.present]
    # One with a name alone becomes an emptyDir.
    for key in used:
        if key not in SOURCES:
            yield volume[key].problem("is a volume of a kind that is not allowed")


def _host_path(volume: Value, _: Context) -> Iterator[Problem]:
    if volume["hostPath"].present:
        yield volume["hostPath"].problem("must not be used")


def _volume_on_host(volume: Value, _: Context) -> Iterator[Problem]:
    for key in ("hostPath", "local"):
        if volume["spec"][key].present:
            yield volume["spec"][key].problem("must not be used")


def _csi(volume: Value, context: Context) -> Iterator[Problem]:
    driver = volume["csi"]["driver"]
    if volume["csi"].present and driver.get() not in context.parameters.csi_drivers:
        yield driver.problem(f"must be one of {', '.join(context.parameters.csi_drivers) or 'none'}")


def _empty_dir(volume: Value, _: Context) -> Iterator[Problem]:
    named_only = not any(key != "name" and value.present for key, value in volume.entries())
    limit = volume["emptyDir"]["sizeLimit"]
    if (volume["emptyDir"].present or named_only) and not positive(limit):
        yield limit.problem("must be set, and more than 0, which stands for no limit")


def _mount_path(container: Value, _: Context) -> Iterator[Problem]:
    for mount in container["volumeMounts"].each():
        path = mount["mountPath"].text()
        if re.search(CROOKED, path):
            yield mount["mountPath"].problem("must begin with a slash, and have no . or .. in it")
        elif path != SHARED_MEMORY and re.fullmatch(SYSTEM_FOLDERS[1:-1], path, re.DOTALL):
            yield mount["mountPath"].problem("must not lie in a folder of the system")


def _sub_path(container: Value, _: Context) -> Iterator[Problem]:
    for mount in container["volumeMounts"].each():
        for key in ("subPath", "subPathExpr"):
            if mount[key].get(""):
                yield mount[key].problem("must not be used")


def _propagation(container: Value, _: Context) -> Iterator[Problem]:
    for mount in container["volumeMounts"].each():
        if mount["mountPropagation"].get("None") != "None":
            yield mount["mountPropagation"].problem("must be None")
    if list(container["volumeDevices"].each()):
        yield container["volumeDevices"].problem("must not be used")


RULES = (
    Rule(
        "SLATE-VOLTYPE",
        "Volumes are of allowed kinds",
        Severity.CRITICAL,
        "Others reach the node or storage that no claim controls.",
        "Use a claim, emptyDir, configMap, secret or projected volume.",
        PODS,
        ("PSS restricted", "CIS 5.2.12"),
        on(Scope.VOLUME, _sources),
        "variables.volumes.all(v, " + " || ".join(f"has(v.{source})" for source in SOURCES) + ")",
        pod_security=True,
    ),
    Rule(
        "SLATE-HOSTPATH",
        "No folder of the node is mounted",
        Severity.CRITICAL,
        "Through it a pod reads other users' data, and with the runtime's socket it owns the node.",
        "Remove the hostPath volume.",
        PODS,
        ("PSS baseline", "CIS 5.2.12", "NSA"),
        on(Scope.VOLUME, _host_path),
        "!variables.volumes.exists(v, has(v.hostPath))",
        pod_security=True,
    ),
    Rule(
        "SLATE-PV-HOST",
        "No PersistentVolume is a folder of a node",
        Severity.CRITICAL,
        "It is a hostPath by another name.",
        "Use a StorageClass with a driver of your storage.",
        VOLUMES,
        ("PSS baseline",),
        on(Scope.OBJECT, _volume_on_host),
    ),
    Rule(
        "SLATE-CSI",
        "Volumes inside a pod use allowed drivers",
        Severity.HIGH,
        "A driver may expose the node's data to whoever names it.",
        "Use a claim, or add the driver to csiDrivers in policies/config.",
        PODS,
        (),
        on(Scope.VOLUME, _csi),
        "variables.volumes.all(v, !has(v.csi) || v.csi.driver in variables.csiDrivers)",
    ),
    Rule(
        "SLATE-EMPTYDIR",
        "Scratch volumes have a size limit",
        Severity.MEDIUM,
        "Without one a user fills the node's disk or memory.",
        "Set emptyDir.sizeLimit.",
        PODS,
        ("Kyverno add-emptydir-sizelimit",),
        on(Scope.VOLUME, _empty_dir),
        "variables.volumes.all(v, !has(v.emptyDir) || " + POSITIVE.format("v.emptyDir.?sizeLimit.orValue('0')") + ")",
    ),
    Rule(
        "SLATE-MOUNTS",
        "Nothing is mounted over the system's folders",
        Severity.HIGH,
        "Whoever replaces /etc or /opt/conda decides what the platform's own processes run.",
        "Mount it below /data, the home, /tmp or /run.",
        PODS,
        (),
        on(Scope.CONTAINER, _mount_path),
        "variables.containers.all(c, c.?volumeMounts.orValue([]).all(m,"
        f" m.mountPath == '{SHARED_MEMORY}' || !(m.mountPath.matches('{CROOKED}')"
        f" || m.mountPath.matches('(?s){SYSTEM_FOLDERS}'))))",
        Where.TENANTS,
    ),
    Rule(
        "SLATE-SUBPATH",
        "Volumes are mounted whole",
        Severity.MEDIUM,
        "A link inside the volume led out of it (CVE-2021-25741), and one volume by sub-path is shared by all users.",
        "Remove subPath and subPathExpr; give each user a claim.",
        PODS,
        (),
        on(Scope.CONTAINER, _sub_path),
        "variables.containers.all(c, c.?volumeMounts.orValue([]).all(m,"
        " m.?subPath.orValue('') == '' && m.?subPathExpr.orValue('') == ''))",
        Where.TENANTS,
    ),
    Rule(
        "SLATE-MOUNTPROP",
        "Mounts do not reach the node, and no raw device is used",
        Severity.CRITICAL,
        "A propagated mount appears on the node; a raw device has no file permissions.",
        "Remove mountPropagation and volumeDevices.",
        PODS,
        (),
        on(Scope.CONTAINER, _propagation),
        "variables.containers.all(c, c.?volumeDevices.orValue([]).size() == 0 && c.?volumeMounts.orValue([]).all(m,"
        " m.?mountPropagation.orValue('None') == 'None'))",
    ),
)
