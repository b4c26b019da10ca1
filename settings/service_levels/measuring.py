"""What measures: the Prometheus at hand, and kube-state-metrics."""

from typing import Annotated, Literal

from pydantic import Field

from settings.base import FLAG, Model, choice
from settings.labels import LabelKey, LabelValue
from settings.names import DnsLabel
from settings.references import ImageReference, ServiceUrl
from settings.service_levels.times import between

_INTERVAL = between("1s", "1m", "Prometheus looks back 5 minutes, and an outage is as long as it was seen")
_RETENTION = between("45d", "3650d", "the rolling window is 30 days, and the report of a month is written after it")
DELIVERY = ("file", "operator", "both")


class Prometheus(Model):
    """The Prometheus that evaluates the rules."""

    delivery: Annotated[Literal["file", "operator", "both"], choice(*DELIVERY)] = Field(
        default="file",
        description="How it gets rules and targets: `file`, as a ConfigMap to mount; `operator`, as PrometheusRule and "
        "ServiceMonitor of the Prometheus operator; or both.",
    )
    labels: dict[LabelKey, LabelValue] = Field(
        default_factory=dict,
        description="Labels by which the operator's Prometheus chooses rules and monitors, such as `release`.",
    )
    namespace: DnsLabel = Field(default="slate-system", description="Namespace of the operator's objects.")
    scrape_interval: Annotated[str, _INTERVAL] = Field(
        default="30s", description="How often kube-state-metrics is read and the rules are evaluated."
    )
    retention: Annotated[str, _RETENTION] = Field(default="45d", description="How long it keeps its data, at least.")
    url: ServiceUrl | None = Field(
        default=None,
        description="Its address for status page, report and remediator; the embedded cluster needs none.",
    )


class KubeStateMetrics(Model):
    """kube-state-metrics (2.8 or later): the stack's own with the few metrics that are needed, or one that exists."""

    deploy: Annotated[bool, FLAG] = Field(
        default=False, description="Whether Slate declares one of its own, for its namespaces alone."
    )
    image: ImageReference | None = Field(
        default=None, description="Its image, of version 2.8 or later; needed with `deploy: true`."
    )
