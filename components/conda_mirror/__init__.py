"""`CondaMirror`: the private mirror of conda channels, the only place that packages come from."""

from collections.abc import Mapping

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi import Output, ResourceOptions

from components import addresses
from components.conda_mirror import client_files, node_cache, server, synchronisation
from components.conda_mirror.args import ChannelArgs, CondaMirrorArgs
from components.objects import check_keys, declare

__all__ = ["ChannelArgs", "CondaMirror", "CondaMirrorArgs"]

# The first synchronisation of a large channel takes its time; Pulumi's own limit is ten minutes.
LONGEST_SYNC = "2h"


class CondaMirror(pulumi.ComponentResource):
    """A mirror in the platform's namespace.

    Its volume is protected from deletion and stays in the cluster when Pulumi forgets it, unless the arguments say
    otherwise.

    Raises:
        ValueError: An argument is unknown or missing.
    """

    url: Output[str]
    """Address that workspaces ask: the mirror's, or that of their node's cache."""
    channels: Output[Mapping[str, str]]
    """Address of each channel at its newest snapshot, by the channel's name."""
    condarc: Output[str]
    """Rendered `.condarc`: these channels alone, in strict order."""
    pip_configuration: Output[str]
    """Rendered configuration of pip: no internet."""

    def __init__(self, name: str, args: CondaMirrorArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("slate:index:CondaMirror", name, {}, opts)
        check_keys(f"CondaMirror {name!r}", args, CondaMirrorArgs)
        for channel in args["channels"]:
            check_keys(f"CondaMirror {name!r}: a channel", channel, ChannelArgs)
        child = ResourceOptions(parent=self)
        self._create_server(name, args, child)
        if args.get("node_cache"):
            declare(kubernetes.networking.v1.NetworkPolicy, f"{name}--cache", node_cache.network_policy(), child)
            declare(kubernetes.core.v1.Service, f"{name}--cache", node_cache.service(), child)
            declare(kubernetes.apps.v1.DaemonSet, f"{name}--cache", node_cache.daemon_set(args), child)
        base = addresses.mirror(node_cache=bool(args.get("node_cache")))
        self.url = Output.from_input(base)
        self.channels = Output.from_input(client_files.channel_urls(args["channels"], base))
        self.condarc = Output.from_input(client_files.condarc(args["channels"], base))
        self.pip_configuration = Output.from_input(client_files.pip_configuration())
        self.register_outputs(
            {
                "url": self.url,
                "channels": self.channels,
                "condarc": self.condarc,
                "pipConfiguration": self.pip_configuration,
            }
        )

    def _create_server(self, name: str, args: CondaMirrorArgs, opts: ResourceOptions) -> None:
        protected = bool(args.get("protected", True))
        kept = ResourceOptions(parent=self, protect=protected, retain_on_delete=protected)
        volume = declare(kubernetes.core.v1.PersistentVolumeClaim, name, server.volume_claim(args), kept)
        declare(kubernetes.networking.v1.NetworkPolicy, name, server.network_policy(args), opts)
        declare(kubernetes.core.v1.Service, name, server.service(), opts)
        after = ResourceOptions(parent=self, depends_on=[volume])
        running = declare(kubernetes.apps.v1.Deployment, name, server.deployment(args), after)
        policy = declare(
            kubernetes.networking.v1.NetworkPolicy, f"{name}--sync", synchronisation.network_policy(args), opts
        )
        # Named by its content and immutable: the old one goes when the new Job and CronJob no longer need it.
        content = declare(kubernetes.core.v1.ConfigMap, name, synchronisation.config_map(args), opts)
        beside = ResourceOptions(parent=self, depends_on=[running, policy, content])
        declare(kubernetes.batch.v1.CronJob, name, synchronisation.cron_job(args), beside)
        patient = pulumi.CustomTimeouts(create=LONGEST_SYNC)
        once = ResourceOptions.merge(beside, ResourceOptions(custom_timeouts=patient))
        declare(kubernetes.batch.v1.Job, name, synchronisation.job(args), once)
