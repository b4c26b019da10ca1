"""The settings of a stack as a whole."""

import re
from typing import Annotated, Literal

from pydantic import Field

from settings.base import NOT_EMPTY, Model, Rule, choice, text
from settings.conda import Conda
from settings.errors import Refusal
from settings.images import Images
from settings.names import Domain
from settings.node_pools import NodePool
from settings.prices import Prices
from settings.projects import Project
from settings.registry import Registry
from settings.resolve import ResolvedProject, resolve
from settings.service_levels import ServiceLevels
from settings.workspace_defaults import WorkspaceDefaults


def stack_name(value: object) -> str:
    """Accepts a stack's name: `stack`, `project/stack` or `organization/project/stack`.

    Raises:
        Refusal: When it is something else.
    """
    given = text(value)
    if not re.fullmatch(r"[A-Za-z0-9_.-]{1,100}(/[A-Za-z0-9_.-]{1,100}){0,2}", given):
        raise Refusal("is not a stack's name", "write it as pulumi stack ls shows it, such as platform")
    return given


def context_name(value: object) -> str:
    """Accepts the name of a kubeconfig context.

    Raises:
        Refusal: When it is empty.
    """
    given = text(value)
    if not given.strip():
        raise Refusal("is empty", "write a context that kubectl config get-contexts lists, or remove the key")
    return given


class Kubernetes(Model):
    """The cluster that the stack declares its objects in."""

    context: (
        Annotated[str, Rule(context_name, "text", "a context of your kubeconfig", {"type": "string", "minLength": 1})]
        | None
    ) = Field(default=None, description="Context of the kubeconfig; its current one if absent.")


class Settings(Model):
    """All settings of one stack: the `slate:` keys of `Pulumi.<stack>.yaml`, checked."""

    domain: Domain = Field(description="Domain of the workspaces' host names: `<workspace>--<project>.<domain>`.")
    scope: Annotated[Literal["all", "platform", "projects"], choice("all", "platform", "projects")] = Field(
        default="all",
        description="Which half this stack declares. With `platform`, projects are checked but not declared.",
    )
    platform_stack: (
        Annotated[
            str,
            Rule(stack_name, "stack name", "stack, project/stack or organization/project/stack", {"type": "string"}),
        ]
        | None
    ) = Field(default=None, description="Stack that declares the platform; needed with `scope: projects`.")
    kubernetes: Kubernetes = Field(default_factory=Kubernetes, description="The cluster.")
    node_pools: tuple[NodePool, ...] = Field(
        json_schema_extra=NOT_EMPTY, description="Nodes and the profiles they offer; at least one pool."
    )
    projects: tuple[Project, ...] = Field(default=(), description="Projects with their workspaces.")
    workspace_defaults: WorkspaceDefaults = Field(
        default_factory=WorkspaceDefaults, description="What every workspace gets unless it says otherwise."
    )
    registry: Registry = Field(description="The registry that workspace images are pushed to and come from.")
    conda: Conda = Field(default_factory=Conda, description="Where conda packages come from.")
    images: Images = Field(default_factory=Images, description="The images that run.")
    service_levels: ServiceLevels = Field(
        default_factory=ServiceLevels, description="What is promised to the users of workspaces."
    )
    prices: Prices | None = Field(
        default=None, description="What resources cost, so that a preview shows what a change costs."
    )

    def fleet(self) -> tuple[ResolvedProject, ...]:
        """The projects that this stack declares, with defaults merged, pools and images resolved.

        Returns:
            One entry per project in the file's order; none with `scope: platform`.
        """
        return () if self.scope == "platform" else resolve(self)

    def pulling_with(self, secret: str) -> "Settings":
        """These settings, with images pulled by a Secret that the stack makes, unless they name one that exists."""
        own = self.registry.pull_secret or secret
        return self.model_copy(update={"registry": self.registry.model_copy(update={"pull_secret": own})})
