"""Resources and GPUs: what a pod asks for is stated, and nobody shares what cannot be shared."""

import re
from collections.abc import Iterator

from policies.quantities import POSITIVE, equal, number, positive, whole
from policies.rule import Context, Rule, Scope, Severity, Where, on
from policies.targets import PODS, STATEFUL_SETS
from policies.values import Problem, Value

GPU = r"^(nvidia\.com|amd\.com|gpu\.intel\.com|habana\.ai)/.+$"
GPU_TAINT = "nvidia.com/gpu"
DEVICE_CLASS = "deviceclass.resource.kubernetes.io/"
"""Beginning of a resource's name that makes a claim of a device without saying so."""
LIMITS = ("memory", "ephemeral-storage")
REQUESTS = ("cpu", "memory", "ephemeral-storage")
FORBIDDEN_ENVIRONMENT = (
    "NVIDIA_VISIBLE_DEVICES",
    "NVIDIA_DRIVER_CAPABILITIES",
    "CUDA_VISIBLE_DEVICES",
    "LD_PRELOAD",
    "LD_LIBRARY_PATH",
    "LD_AUDIT",
)
IDLE = "slate.dev/idle-after-minutes"
WORKSPACE = "slate.dev/workspace"


def is_gpu(resource: str) -> bool:
    """Whether an extended resource is an accelerator."""
    return re.fullmatch(GPU, resource) is not None


def gpus(value: Value) -> float:
    """The number of accelerators that a list of resources holds."""
    return sum(float(number(entry)) for name, entry in value.entries() if is_gpu(name))


def _stated(container: Value, _: Context) -> Iterator[Problem]:
    resources = container["resources"]
    for part, names in (("limits", LIMITS), ("requests", REQUESTS)):
        for name in names:
            # A limit without a request is a request as well.
            if not positive(resources[part][name]) and not (part == "requests" and positive(resources["limits"][name])):
                yield resources[part][name].problem("must be set, and more than 0, which stands for no limit")


def _processor_limit(container: Value, _: Context) -> Iterator[Problem]:
    limit = container["resources"]["limits"]["cpu"]
    if not positive(limit):
        yield limit.problem("must be set, and more than 0, which stands for no limit")


def _memory_equal(container: Value, _: Context) -> Iterator[Problem]:
    requests, limits = container["resources"]["requests"]["memory"], container["resources"]["limits"]["memory"]
    if requests.present and limits.present and not equal(requests, limits):
        yield requests.problem("must equal the limit")


def _gpu_equal(container: Value, _: Context) -> Iterator[Problem]:
    requests, limits = container["resources"]["requests"], container["resources"]["limits"]
    for name in sorted({key for part in (requests, limits) for key, _value in part.entries() if is_gpu(key)}):
        limit, request = limits[name], requests[name]
        if not limit.present or (request.present and not equal(request, limit)):
            yield request.problem("must equal the limit")
        elif not whole(limit):
            yield limit.problem("must be a whole number")


def _gpu_environment(container: Value, context: Context) -> Iterator[Problem]:
    for variable in container["env"].each():
        if variable["name"].text() in FORBIDDEN_ENVIRONMENT:
            yield variable["name"].problem("must not be set")
    for source in container["envFrom"].each():
        if context.tenant and source["configMapRef"].present:
            yield source["configMapRef"].problem("must not be used: it brings variables that no rule sees")


def _gpu_shared(container: Value, _: Context) -> Iterator[Problem]:
    for part in ("requests", "limits"):
        for name, value in container["resources"][part].entries():
            if name.endswith(".shared"):
                yield value.problem("is shared in time with other users")


def _gpu_claims(pod: Value, _: Context) -> Iterator[Problem]:
    if list(pod["resourceClaims"].each()):
        yield pod["resourceClaims"].problem("must not be used")


def _gpu_classes(container: Value, _: Context) -> Iterator[Problem]:
    for part in ("requests", "limits"):
        for name, value in container["resources"][part].entries():
            if name.startswith(DEVICE_CLASS):
                yield value.problem("claims a device of a class")


def _gpu_place(pod: Value, _: Context) -> Iterator[Problem]:
    asked = sum(
        gpus(container["resources"]["limits"])
        for part in ("containers", "initContainers")
        for container in pod[part].each()
    )
    tolerated = [entry for entry in pod["tolerations"].each() if entry["key"].text() == GPU_TAINT]
    if tolerated and not asked:
        yield tolerated[0].problem("leads onto GPU nodes, but no GPU is asked for")
    if asked and not list(pod["nodeSelector"].entries()):
        yield pod["nodeSelector"].problem("must name the pool that has the GPUs")


def _idle(stateful_set: Value, context: Context) -> Iterator[Problem]:
    if not stateful_set["metadata"]["labels"][WORKSPACE].present:
        return
    minutes = stateful_set["metadata"]["annotations"][IDLE]
    most = context.parameters.maximum_idle_minutes
    if not re.fullmatch(r"[0-9]{1,6}", minutes.text()) or not 1 <= int(minutes.text()) <= most:
        yield minutes.problem(f"must be a number of minutes from 1 to {most}")


_REQUESTED = "c.?resources.?requests[?'{}'].orValue('0')"
_LIMITED = POSITIVE.format("c.?resources.?limits[?'{}'].orValue('0')")
_NO_CLASS = "c.?resources.?{}.orValue({{}}).all(k, !k.startsWith('" + DEVICE_CLASS + "'))"

RULES = (
    Rule(
        "SLATE-LIMITS",
        "Memory and disk are limited, and what is used is requested",
        Severity.HIGH,
        "A program without limits takes the node from everybody else on it.",
        "Set resources.requests (cpu, memory, ephemeral-storage) and resources.limits (memory, ephemeral-storage).",
        PODS,
        ("NSA", "CKV_K8S_10-13"),
        on(Scope.RUNNING, _stated),
        "variables.running.all(c, "
        + " && ".join(
            [
                *(_LIMITED.format(name) for name in LIMITS),
                f"({_LIMITED.format('cpu')} || {POSITIVE.format(_REQUESTED.format('cpu'))})",
            ]
        )
        + ")",
    ),
    Rule(
        "SLATE-CPULIMIT",
        "A workspace's processors are limited",
        Severity.MEDIUM,
        "Otherwise one user's loop slows down the neighbours' kernels.",
        "Set resources.limits.cpu (the profile's cpuLimit).",
        PODS,
        ("NSA",),
        on(Scope.RUNNING, _processor_limit),
        f"variables.running.all(c, {_LIMITED.format('cpu')})",
        Where.TENANTS,
    ),
    Rule(
        "SLATE-MEM-EQ",
        "Memory is requested in full",
        Severity.MEDIUM,
        "Otherwise the kernel has to choose between users when the node's memory runs out.",
        "Set resources.requests.memory to the limit.",
        PODS,
        ("Kyverno memory-requests-equal-limits",),
        on(Scope.RUNNING, _memory_equal),
        "variables.running.all(c, !('memory' in c.?resources.?requests.orValue({}))"
        " || !('memory' in c.?resources.?limits.orValue({}))"
        " || quantity(string(c.resources.requests['memory'])) == quantity(string(c.resources.limits['memory'])))",
    ),
    Rule(
        "SLATE-GPU-EQ",
        "GPUs are requested as they are limited, in whole numbers",
        Severity.HIGH,
        "The API server refuses anything else, but only after the preview.",
        "Set the same whole number in requests and limits.",
        PODS,
        ("Kubernetes documentation, Extended resources",),
        on(Scope.RUNNING, _gpu_equal),
        "variables.running.all(c, c.?resources.?requests.orValue({}).all(k, !k.matches(r'" + GPU + "')"
        " || (k in c.?resources.?limits.orValue({})"
        " && quantity(string(c.resources.requests[k])) == quantity(string(c.resources.limits[k])))))"
        " && variables.running.all(c, c.?resources.?limits.orValue({}).all(k, !k.matches(r'" + GPU + "')"
        " || quantity(string(c.resources.limits[k])).isInteger()))",
    ),
    Rule(
        "SLATE-GPU-ENV",
        "No variable chooses GPUs or libraries past the platform",
        Severity.CRITICAL,
        "NVIDIA_VISIBLE_DEVICES=all gives every GPU of the node; LD_PRELOAD was the way out in CVE-2025-23266.",
        "Remove the variable, and name those of a ConfigMap one by one; GPUs come from the resource limits.",
        PODS,
        ("CVE-2025-23266",),
        on(Scope.CONTAINER, _gpu_environment),
        "variables.containers.all(c, c.?env.orValue([]).all(e, !(e.name in "
        + "["
        + ", ".join(f"'{name}'" for name in FORBIDDEN_ENVIRONMENT)
        + "])) && (!variables.tenant || c.?envFrom.orValue([]).all(f, !has(f.configMapRef))))",
    ),
    Rule(
        "SLATE-GPU-NOSHARE",
        "No GPU is shared between users",
        Severity.HIGH,
        "Time slicing isolates neither memory nor faults: one user reads and crashes another's work.",
        "Ask for whole GPUs or MIG slices.",
        PODS,
        ("NVIDIA, GPU sharing",),
        on(Scope.RUNNING, _gpu_shared),
        "variables.running.all(c, c.?resources.?limits.orValue({}).all(k, !k.endsWith('.shared'))"
        " && c.?resources.?requests.orValue({}).all(k, !k.endsWith('.shared')))",
    ),
    Rule(
        "SLATE-GPU-CLAIM",
        "Devices are not claimed past the quota",
        Severity.MEDIUM,
        "Dynamic resource allocation is not counted by the quota of GPUs.",
        "Remove resourceClaims and device classes; use the resource limits.",
        PODS,
        (),
        (*on(Scope.POD, _gpu_claims), *on(Scope.RUNNING, _gpu_classes)),
        "variables.podSpec.?resourceClaims.orValue([]).size() == 0"
        f" && variables.running.all(c, {_NO_CLASS.format('requests')} && {_NO_CLASS.format('limits')})",
        Where.TENANTS,
    ),
    Rule(
        "SLATE-GPU-POOL",
        "Only what asks for a GPU runs on GPU nodes",
        Severity.HIGH,
        "A CPU workspace on a GPU node holds the most expensive room there is.",
        "Use the scheduling contract of the node pool: selector, toleration and limits belong together.",
        PODS,
        (),
        on(Scope.POD, _gpu_place),
        "(variables.gpu || !variables.podSpec.?tolerations.orValue([]).exists(t, t.?key.orValue('') == '"
        + GPU_TAINT
        + "')) && (!variables.gpu || variables.podSpec.?nodeSelector.orValue({}).size() > 0)",
        Where.TENANTS,
    ),
    Rule(
        "SLATE-IDLE",
        "Every workspace goes to sleep when it is idle",
        Severity.MEDIUM,
        "A forgotten workspace costs as much as one that is used.",
        "Set idle.afterMinutes in the settings; the longest pause is maximumIdleMinutes in policies/config.",
        STATEFUL_SETS,
        (),
        on(Scope.OBJECT, _idle),
        f"!('{WORKSPACE}' in object.metadata.?labels.orValue({{}}))"
        f" || [object.metadata.?annotations[?'{IDLE}'].orValue('0')].all(m, m.matches('^[0-9]{{1,6}}$')"
        " && int(m) >= 1 && int(m) <= variables.maximumIdleMinutes)",
        Where.TENANTS,
    ),
)
