"""The registry that workspace images are pushed to and come from."""

from typing import Annotated, Literal

from pydantic import Field

from settings.base import NOT_EMPTY, Model, choice
from settings.names import ObjectName
from settings.quantity import Size
from settings.references import ImageReference, NetworkRange, RegistryHost
from settings.schedule import Cron


class RegistryServer(Model):
    """The registry that Slate runs in the cluster (CNCF distribution 3), with `type: cluster`."""

    image: ImageReference = Field(description="Image of CNCF distribution 3, from a registry other than this one.")
    pull_from: tuple[NetworkRange, ...] = Field(
        json_schema_extra=NOT_EMPTY, description="Networks that images are pulled from: those of the nodes."
    )
    push_from: tuple[NetworkRange, ...] = Field(
        json_schema_extra=NOT_EMPTY, description="Networks that images are pushed from: those of the image builders."
    )
    storage: Size = Field(default="200Gi", description="Bytes of the volume; it can grow later, never shrink.")
    storage_class: ObjectName | None = Field(
        default=None, description="StorageClass of the volume; the cluster's default if absent."
    )
    tls_secret: ObjectName | None = Field(
        default=None,
        description="Secret in slate-system with tls.crt and tls.key. If absent, Slate declares an issuer of its own "
        "(needs cert-manager), whose certificate nodes and builders must trust.",
    )
    service: Annotated[Literal["ClusterIP", "LoadBalancer"], choice("ClusterIP", "LoadBalancer")] = Field(
        default="ClusterIP", description="Kind of Service. The host must lead to it, on the nodes and for the builders."
    )
    collect: Cron = Field(
        default="0 2 * * 0", description="When unused image data is collected. Pushes wait meanwhile, pulls go on."
    )


class Registry(Model):
    """The registry that workspace images are pushed to and come from."""

    type: Annotated[Literal["local", "cluster", "external"], choice("local", "cluster", "external")] = Field(
        default="external",
        description="`external`: one that exists. `cluster`: declared in this cluster. `local`: a process beside the "
        "embedded cluster, which `make up` starts.",
    )
    host: RegistryHost | None = Field(
        default=None, description="Host and optional port that images are pulled from; with `local`, `make up` sets it."
    )
    push_host: RegistryHost | None = Field(
        default=None,
        description="Host and optional port that images are pushed to. If absent: with `cluster` the same host at port "
        "5001, else the same as `host`.",
    )
    pull_secret: ObjectName | None = Field(
        default=None,
        description="Name of an image pull Secret that exists in slate-system and in each project's namespace. Without "
        "it, Slate makes one in each of them if the secret `slate:registryCredentials` is set.",
    )
    server: RegistryServer | None = Field(default=None, description="The registry's server; with `type: cluster`.")

    @property
    def push(self) -> str | None:
        """Where images are pushed to; None while `make up` has not set the host."""
        if self.push_host or self.host is None or self.type != "cluster":
            return self.push_host or self.host
        return f"{self.host.partition(':')[0]}:5001"
