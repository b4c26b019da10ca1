"""Who is told about alerts."""

from typing import Annotated, Literal

from pydantic import Field

from settings.base import Model, Rule, choice, text
from settings.errors import Refusal
from settings.labels import LabelKey, LabelValue
from settings.names import DnsLabel, ObjectName
from settings.references import HttpsUrl, ServiceUrl


def secret_key(value: object) -> str:
    """Accepts a key of a Secret.

    Raises:
        Refusal: When it is something else.
    """
    given = text(value)
    if not given or len(given) > 253 or not all(c.isascii() and (c.isalnum() or c in "-_.") for c in given):
        raise Refusal("is not a key of a Secret", "write letters, digits, '-', '_' and '.', such as url")
    return given


def channel_name(value: object) -> str:
    """Accepts the name of a channel.

    Raises:
        Refusal: When it is empty or has spaces.
    """
    given = text(value)
    if not given or len(given) > 80 or not given.isprintable() or " " in given:
        raise Refusal("is not a channel", "write it like #workspaces")
    return given


class SecretValue(Model):
    """One value of a Secret that exists, such as an address that must not be written in plain."""

    name: ObjectName = Field(description="Name of the Secret, in slate-system.")
    key: Annotated[str, Rule(secret_key, "text", "a key of the Secret", {"type": "string", "minLength": 1})] = Field(
        default="value", description="Key in it."
    )


class Receiver(Model):
    """Where messages go."""

    type: Annotated[Literal["webhook", "pagerduty", "slack"], choice("webhook", "pagerduty", "slack")] = Field(
        default="webhook", description="What is called."
    )
    url: ServiceUrl | None = Field(
        default=None, description="Address of a webhook that needs no secret; else give `secret`."
    )
    secret: SecretValue | None = Field(
        default=None,
        description="Secret with the address (webhook, Slack) or the integration key (PagerDuty, Events API v2).",
    )
    channel: (
        Annotated[str, Rule(channel_name, "text", "a channel such as #workspaces", {"type": "string", "minLength": 1})]
        | None
    ) = Field(default=None, description="Channel; with type slack.")


class Receivers(Model):
    """Who gets what. What has no receiver is shown by Alertmanager alone."""

    page: Receiver | None = Field(default=None, description="Calls a person, at any hour.")
    ticket: Receiver | None = Field(default=None, description="Makes a ticket, for working hours.")


class Alerting(Model):
    """Who is told about alerts, and where they read what to do."""

    delivery: Annotated[Literal["file", "operator", "both"], choice("file", "operator", "both")] = Field(
        default="file",
        description="How Alertmanager gets its routes: `file`, a Secret with `alertmanager.yml`; `operator`, an "
        "AlertmanagerConfig of the Prometheus operator; or both.",
    )
    labels: dict[LabelKey, LabelValue] = Field(
        default_factory=dict, description="Labels by which the operator's Alertmanager chooses the AlertmanagerConfig."
    )
    namespace: DnsLabel = Field(default="slate-system", description="Namespace of the AlertmanagerConfig.")
    runbook_base_url: HttpsUrl | None = Field(
        default=None,
        description="Where `docs/runbooks` is published; each alert links to `<this>/<alert>.md`. If absent, alerts "
        "name the file in this repository.",
    )
    receivers: Receivers = Field(default_factory=Receivers, description="Who gets what.")
