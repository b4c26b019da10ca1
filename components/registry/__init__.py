"""`ImageRegistry`: a registry in the cluster, for sites that have none (CNCF distribution 3)."""

import base64
import hashlib
import json

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi import Input, Output, ResourceOptions

from components import restricted
from components.objects import Manifest, check_keys, declare
from components.registry import certificates, collection, server
from components.registry.args import ImageRegistryArgs

__all__ = ["ImageRegistry", "ImageRegistryArgs"]


def accounts(args: ImageRegistryArgs) -> Manifest:
    """The accounts that may pull and push."""
    encoded = Output.secret(args["htpasswd"]).apply(lambda text: base64.b64encode(text.strip().encode()).decode())
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": restricted.metadata(server.ACCOUNTS_NAME, server.COMPONENT),
        "data": {"htpasswd": encoded},
    }


class ImageRegistry(pulumi.ComponentResource):
    """A registry in the platform's namespace.

    Its volume is protected from deletion, and stays in the cluster when Pulumi forgets it.

    Raises:
        ValueError: An argument is unknown or missing.
    """

    host: Output[str]
    """Host and port that images are pulled from."""
    push_host: Output[str]
    """Host and port that images are pushed to."""

    def __init__(self, name: str, args: ImageRegistryArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("slate:index:ImageRegistry", name, {}, opts)
        check_keys(f"ImageRegistry {name!r}", args, ImageRegistryArgs)
        child = ResourceOptions(parent=self)
        kept = ResourceOptions(parent=self, protect=True, retain_on_delete=True)
        volume = declare(kubernetes.core.v1.PersistentVolumeClaim, name, server.volume_claim(args), kept)
        needed: list[pulumi.Resource] = [volume]
        configuration = server.configuration()
        needed.append(declare(kubernetes.core.v1.ConfigMap, f"{name}--config", configuration, child))
        # Whoever changes the mode is at work: a deployment in the middle of a collection must not undo it.
        left = ResourceOptions(parent=self, ignore_changes=["data"])
        needed.append(declare(kubernetes.core.v1.ConfigMap, f"{name}--mode", server.mode(), left))
        needed.append(declare(kubernetes.core.v1.Secret, f"{name}--accounts", accounts(args), child))
        needed += [self._certificate(name, manifest) for manifest in certificates.own_issuer(args)]
        declare(kubernetes.networking.v1.NetworkPolicy, name, server.network_policy(args), child)
        declare(kubernetes.core.v1.Service, name, server.service(args), child)
        declare(kubernetes.core.v1.Service, f"{name}--metrics", server.metrics_service(), child)
        checksum = hashlib.sha256(json.dumps(configuration["data"], sort_keys=True).encode()).hexdigest()[:16]
        after = ResourceOptions(parent=self, depends_on=needed)
        declare(kubernetes.apps.v1.StatefulSet, name, server.stateful_set(args, checksum), after)
        image = args.get("maintenance_image")
        if image is None:
            pulumi.log.warn(
                "unused image data will not be collected: no image of the platform's programs is given", resource=self
            )
        else:
            self._create_collection(args, image, child)
        self.host = Output.from_input(args["host"])
        self.push_host = Output.from_input(args.get("push_host") or args["host"])
        self.register_outputs({"host": self.host, "pushHost": self.push_host})

    def _certificate(self, name: str, manifest: Manifest) -> pulumi.Resource:
        return kubernetes.apiextensions.CustomResource(
            f"{name}--{manifest['kind'].lower()}-{manifest['metadata']['name']}",
            api_version=manifest["apiVersion"],
            kind=manifest["kind"],
            metadata=manifest["metadata"],
            spec=manifest["spec"],
            opts=ResourceOptions(parent=self),
        )

    def _create_collection(self, args: ImageRegistryArgs, image: Input[str], opts: ResourceOptions) -> None:
        name = collection.NAME
        declare(kubernetes.core.v1.ServiceAccount, name, collection.service_account(), opts)
        declare(kubernetes.rbac.v1.Role, name, collection.role(), opts)
        declare(kubernetes.rbac.v1.RoleBinding, name, collection.role_binding(), opts)
        declare(kubernetes.networking.v1.NetworkPolicy, name, collection.network_policy(), opts)
        declare(kubernetes.batch.v1.CronJob, name, collection.cron_job(args, image), opts)
