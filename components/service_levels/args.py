"""Inputs of `ServiceLevels`."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

from pulumi import Input


class BurnArgs(TypedDict):
    """One pair of windows of a burn alert."""

    factor: float
    """Multiple of the rate that uses up the error budget in 30 days."""
    long: str
    """Window that shows that it matters, such as `1h`."""
    short: str
    """Window that shows that it still goes on, such as `5m`."""
    events: NotRequired[int]
    """Failures that the long window needs, at least (default 0)."""


class UrgencyArgs(TypedDict):
    """Burns that call a person, and burns that make a ticket."""

    page: Sequence[BurnArgs]
    """Any of these calls a person."""
    ticket: Sequence[BurnArgs]
    """Any of these makes a ticket."""


class BurnAlertsArgs(TypedDict):
    """The burn alerts."""

    availability: UrgencyArgs
    """For the time that workspaces are down."""
    start_success: UrgencyArgs
    """For starts that fail."""


class CreditBandArgs(TypedDict):
    """One band of service credits."""

    below: float
    """Percent of availability below which it holds."""
    percent: int
    """Percent of the month's price that is given back."""


class MaintenanceArgs(TypedDict):
    """One window of maintenance."""

    name: str
    """What is done."""
    start: str
    """When it begins: ISO 8601 with an offset."""
    end: str
    """When it is over."""
    announced: NotRequired[str]
    """When users were told."""


class PrometheusArgs(TypedDict):
    """The Prometheus that evaluates the rules."""

    delivery: str
    """`file`, `operator` or `both`."""
    namespace: str
    """Namespace of the operator's objects."""
    scrape_interval_seconds: int
    """How often kube-state-metrics is read and the rules are evaluated."""
    retention: str
    """How long data is kept, such as `45d`."""
    labels: NotRequired[Mapping[str, str]]
    """Labels by which the operator's Prometheus chooses rules and monitors."""
    url: NotRequired[str]
    """Its address, for what reads from it."""


class KubeStateMetricsArgs(TypedDict):
    """kube-state-metrics."""

    deploy: bool
    """Whether the stack runs one of its own."""
    image: NotRequired[Input[str]]
    """Its image, by digest."""


class SecretValueArgs(TypedDict):
    """One value of a Secret in the system namespace."""

    name: str
    """The Secret."""
    key: str
    """Key in it."""


class ReceiverArgs(TypedDict):
    """Where messages go."""

    type: str
    """`webhook`, `pagerduty` or `slack`."""
    url: NotRequired[str]
    """Address of a webhook that is no secret."""
    secret: NotRequired[SecretValueArgs]
    """Secret with the address or the key."""
    channel: NotRequired[str]
    """Channel; of type `slack`."""


class ReceiversArgs(TypedDict):
    """Who gets what."""

    page: NotRequired[ReceiverArgs]
    """Calls a person."""
    ticket: NotRequired[ReceiverArgs]
    """Makes a ticket."""


class AlertingArgs(TypedDict):
    """Who is told about alerts."""

    delivery: str
    """`file`, `operator` or `both`."""
    namespace: str
    """Namespace of the AlertmanagerConfig."""
    receivers: ReceiversArgs
    """Who gets what."""
    labels: NotRequired[Mapping[str, str]]
    """Labels by which the operator's Alertmanager chooses its configurations."""
    runbook_base_url: NotRequired[str]
    """Where docs/runbooks is published."""


class DashboardArgs(TypedDict):
    """The dashboard's ConfigMap."""

    namespace: str
    """Namespace that Grafana's sidecar watches."""
    label: str
    """Label that it looks for."""
    value: str
    """Value of that label."""
    folder: NotRequired[str]
    """Folder in Grafana."""


class PublishArgs(TypedDict):
    """Where the status page is copied to."""

    url: str
    """Each file is written by HTTP PUT below this address."""
    secret: NotRequired[str]
    """Secret whose key `authorization` is sent as the header of that name."""


class StatusPageArgs(TypedDict):
    """The status page."""

    schedule: NotRequired[str]
    """When it is written (default: every five minutes)."""
    storage: NotRequired[str]
    """Size of the volume of pages, reports and daily numbers (default: 1Gi)."""
    storage_class: NotRequired[str]
    """StorageClass of the volume (default: the cluster's)."""
    incidents: NotRequired[str]
    """Folder with notes on incidents, one Markdown file each."""
    publish: NotRequired[PublishArgs]
    """Where it is copied to (default: it stays on the volume)."""


class ReportArgs(TypedDict):
    """The monthly report."""

    schedule: NotRequired[str]
    """When the month before is reported (default: on the second of each month)."""


class ServiceLevelsArgs(TypedDict):
    """Inputs of `ServiceLevels`."""

    availability: float
    """Percent of a month's awake minutes in which workspaces are ready."""
    start_success: float
    """Percent of starts that are ready before the deadline."""
    start_deadline_seconds: int
    """Seconds after which a start counts as failed."""
    cancelled_start_seconds: int
    """A start that its user calls off within these seconds counts neither way."""
    cold_start_seconds: int
    """Seconds that a start takes on average."""
    self_healing: float
    """Percent of outages that end without a person's help."""
    self_healing_minutes: int
    """Minutes in which an outage has to end by itself."""
    time_zone: str
    """IANA name of the contract's time zone."""
    credit_bands: Sequence[CreditBandArgs]
    """Service credits, the mildest first."""
    maintenance: Sequence[MaintenanceArgs]
    """Announced maintenance."""
    burn_alerts: BurnAlertsArgs
    """When somebody is told that an error budget burns."""
    prometheus: PrometheusArgs
    """The Prometheus that measures."""
    kube_state_metrics: KubeStateMetricsArgs
    """Where the facts about pods come from."""
    alerting: AlertingArgs
    """Who is told about alerts."""
    canary_minutes: NotRequired[int]
    """Minutes from one start of the canary to the next (default: there is no canary)."""
    remediation: NotRequired[bool]
    """Whether a remediator takes the alerts of single workspaces (default false)."""
    dashboard: NotRequired[DashboardArgs]
    """The dashboard (default: none)."""
    status_page: NotRequired[StatusPageArgs]
    """The status page (default: none)."""
    report: NotRequired[ReportArgs]
    """The monthly report (default: none)."""
    image: NotRequired[Input[str]]
    """Image of the platform's programs, by digest; page and report need it and the address of Prometheus."""
    at_rest: NotRequired[bool]
    """Whether no node runs the platform's programs: the jobs are declared and do not run (default false)."""
    id_key: NotRequired[Input[str]]
    """Key of the ids that stand for workspaces on page and report."""
    title: str
    """Title of page and report."""
    projects: Mapping[str, str]
    """Names of the projects by their namespaces, as far as this stack knows them."""
    pull_secret: NotRequired[str]
    """Secret for pulling images."""
