"""The provider's own arguments (`kubernetes.Provider(...)`) and their environment variables."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

PREFIX = "kubernetes:config:"

# Flag of the provider, and the variable that stands in for it.
_FLAGS = {
    "enableConfigMapMutable": "PULUMI_K8S_ENABLE_CONFIGMAP_MUTABLE",
    "enableSecretMutable": "PULUMI_K8S_ENABLE_SECRET_MUTABLE",
    "enablePatchForce": "PULUMI_K8S_ENABLE_PATCH_FORCE",
    "upsertExistingObjects": "PULUMI_K8S_UPSERT_EXISTING_OBJECTS",
    "deleteUnreachable": "PULUMI_K8S_DELETE_UNREACHABLE",
}


@dataclass(frozen=True)
class Settings:
    """What the provider was configured with.

    Attributes:
        access: kubeconfig, context, cluster and namespace, as far as they are given.
        mutable_config_maps: update a ConfigMap's data in place instead of replacing the object.
        mutable_secrets: the same for Secrets.
        patch_force: take over fields that other managers own.
        upsert: creating an object that exists updates it.
        delete_unreachable: forget objects of a cluster that cannot be reached.
        render_to: write manifests to this folder instead of to a cluster.
    """

    access: Mapping[str, str]
    mutable_config_maps: bool = False
    mutable_secrets: bool = False
    patch_force: bool = False
    upsert: bool = False
    delete_unreachable: bool = False
    render_to: Path | None = None


def from_variables(variables: Mapping[str, str]) -> Settings:
    """Read the engine's configuration variables; an argument wins over its environment variable."""
    given = {name.removeprefix(PREFIX): value for name, value in variables.items()}
    flags = {
        flag: given[flag] == "true" if flag in given else os.environ.get(variable) == "true"
        for flag, variable in _FLAGS.items()
    }
    render = given.get("renderYamlToDirectory")
    return Settings(
        access={k: given[k] for k in ("kubeconfig", "context", "cluster", "namespace") if given.get(k)},
        mutable_config_maps=flags["enableConfigMapMutable"],
        mutable_secrets=flags["enableSecretMutable"],
        patch_force=flags["enablePatchForce"],
        upsert=flags["upsertExistingObjects"],
        delete_unreachable=flags["deleteUnreachable"],
        render_to=Path(render) if render else None,
    )
