"""The service levels: what is promised, how it is measured and alerted on, healed, shown and reported."""

from typing import Annotated

from pydantic import Field

from settings.base import Model, whole
from settings.service_levels.alerting import Alerting
from settings.service_levels.burn import BurnAlerts
from settings.service_levels.credits import CreditBand, bands
from settings.service_levels.healing import Canary, Remediation
from settings.service_levels.maintenance import Maintenance
from settings.service_levels.measuring import KubeStateMetrics, Prometheus
from settings.service_levels.percentages import BURNING, HEALING
from settings.service_levels.showing import Dashboard, Report, StatusPage
from settings.service_levels.times import TimeZone

__all__ = ["ServiceLevels"]


class ServiceLevels(Model):
    """What is promised to the users of workspaces, and how it is measured, alerted on, healed and shown."""

    start_success: Annotated[float, BURNING] = Field(
        default=99.5, description="Percent of starts that are ready before the deadline."
    )
    start_deadline_seconds: Annotated[int, whole(10, 3600, "seconds")] = Field(
        default=300, description="Seconds after which a start counts as failed."
    )
    cancelled_start_seconds: Annotated[int, whole(0, 600, "seconds")] = Field(
        default=60, description="A start that its user calls off within these seconds counts neither way."
    )
    cold_start_seconds: Annotated[int, whole(1, 3600, "seconds")] = Field(
        default=30, description="Seconds that a start takes on average; at most the deadline."
    )
    availability: Annotated[float, BURNING] = Field(
        default=99.9, description="Percent of a month's minutes in which awake workspaces are ready."
    )
    self_healing: Annotated[float, HEALING] = Field(
        default=90.0, description="Percent of outages that end without a person's help."
    )
    self_healing_minutes: Annotated[int, whole(1, 1440, "minutes")] = Field(
        default=10, description="Minutes in which an outage has to end by itself; then a person is called."
    )
    time_zone: TimeZone = Field(default="UTC", description="Time zone of the contract's days and months.")
    credit_bands: tuple[CreditBand, ...] = Field(
        default_factory=lambda known: bands(known["availability"]),
        json_schema_extra={"x-default": "below the target 10, below 99.0 25, below 95.0 100"},
        description="Part of the month's price that is given back for low availability; a project gets its lowest "
        "band. An empty list promises none.",
    )
    maintenance: tuple[Maintenance, ...] = Field(
        default=(), description="Announced maintenance; it is left out of the measurement."
    )
    burn_alerts: BurnAlerts = Field(
        default_factory=BurnAlerts, description="When an error budget burns so fast that somebody is told."
    )
    prometheus: Prometheus = Field(default_factory=Prometheus, description="The Prometheus that measures.")
    kube_state_metrics: KubeStateMetrics = Field(
        default_factory=KubeStateMetrics, description="Where the facts about pods come from."
    )
    alerting: Alerting = Field(default_factory=Alerting, description="Who is told about alerts.")
    remediation: Remediation = Field(
        default_factory=Remediation, description="What is done about a workspace that is down, before a person is."
    )
    canary: Canary = Field(default_factory=Canary, description="A workspace that a job starts and uses all the time.")
    status_page: StatusPage = Field(default_factory=StatusPage, description="The page that users look at.")
    report: Report = Field(default_factory=Report, description="The report of each calendar month.")
    dashboard: Dashboard = Field(default_factory=Dashboard, description="The dashboard for Grafana.")
