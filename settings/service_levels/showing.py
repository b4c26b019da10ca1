"""What is shown: status page, monthly report, dashboard."""

from typing import Annotated

from pydantic import Field

from settings.base import FLAG, Model
from settings.labels import LabelKey, LabelValue
from settings.names import DnsLabel, ObjectName
from settings.quantity import Size
from settings.references import Folder, ServiceUrl
from settings.schedule import Cron
from settings.service_levels.maintenance import TITLE


class Publish(Model):
    """Where the page is copied to, so that it can be read while the cluster is down."""

    url: ServiceUrl = Field(description="Each file is written by HTTP PUT below this address.")
    secret: ObjectName | None = Field(
        default=None, description="Secret in slate-system whose key `authorization` is sent as the header of that name."
    )


class StatusPage(Model):
    """The page that users look at: static files, made to be hosted outside the cluster."""

    enabled: Annotated[bool, FLAG] = Field(default=True, description="Whether it is written.")
    title: Annotated[str, TITLE] = Field(default="AI workspaces", description="Its title.")
    schedule: Cron = Field(default="*/5 * * * *", description="When it is written.")
    incidents: Folder | None = Field(
        default=None, description="Folder with notes on incidents, one Markdown file each; see docs/status-page.md."
    )
    storage: Size = Field(default="1Gi", description="Bytes of the volume that keeps pages, reports and daily numbers.")
    storage_class: ObjectName | None = Field(
        default=None, description="StorageClass of the volume; the cluster's default if absent."
    )
    publish: Publish | None = Field(
        default=None, description="Where it is copied to; if absent, it stays on the volume."
    )


class Report(Model):
    """The report of each calendar month, in the contract's time zone."""

    enabled: Annotated[bool, FLAG] = Field(default=True, description="Whether it is written.")
    schedule: Cron = Field(default="0 6 2 * *", description="When the month before is reported.")


class Dashboard(Model):
    """The dashboard: a ConfigMap that Grafana's sidecar finds by its label."""

    enabled: Annotated[bool, FLAG] = Field(default=True, description="Whether it is declared.")
    namespace: DnsLabel = Field(default="slate-system", description="Namespace that Grafana's sidecar watches.")
    label: LabelKey = Field(default="grafana_dashboard", description="Label that the sidecar looks for.")
    value: LabelValue = Field(default="1", description="Value of that label.")
    folder: Annotated[str, TITLE] | None = Field(
        default=None, description="Folder in Grafana, by the annotation `grafana_folder`."
    )
