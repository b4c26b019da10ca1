"""The remediator: from an alert to a new pod, with everything in between that may forbid it."""

import asyncio
import datetime
import logging
import time
from dataclasses import dataclass

from services.api_server import ApiError
from services.service_levels.kubernetes import Api, Object
from services.service_levels.remediator import fencing
from services.service_levels.remediator.alerts import Target
from services.service_levels.remediator.decision import FENCE_NODE, RESTART_POD, Policy, decide, fleet_limit, objection
from services.service_levels.remediator.facts import Fleet, fleet, namespaces, read
from services.service_levels.remediator.ledger import InConfigMap, InMemory, Ledger, LedgerError
from services.service_levels.remediator.metrics import Metrics

LOG = logging.getLogger("remediator")
FLEET_SECONDS = 15.0
"""How long a look at the whole fleet is good for: a hundred alerts at once must not be a hundred lists."""
NODES = "/api/v1/nodes"


@dataclass(frozen=True)
class Outcome:
    """What became of one workspace's alert.

    Attributes:
        action: `restart-pod` or `fence-node`.
        result: `done`, `dry-run`, `refused` or `failed`.
        reason: Why, one word of the table in docs/healing.md.
    """

    action: str
    result: str
    reason: str


@dataclass(frozen=True)
class Options:
    """How a remediator runs.

    Attributes:
        policy: When it acts.
        dry_run: Only say what it would do.
        namespace: Of its ledger.
        ledger: Name of the ConfigMap.
    """

    policy: Policy
    dry_run: bool = False
    namespace: str = "slate-system"
    ledger: str = "remediations"


class Remediator:
    """Mends one workspace after the other.

    Args:
        api: The API server.
        options: How it runs.
        metrics: Counters.
    """

    def __init__(self, api: Api, options: Options, metrics: Metrics) -> None:
        self._api = api
        self._options = options
        self._metrics = metrics
        store = InMemory() if options.dry_run else InConfigMap(api, options.namespace, options.ledger)
        self._ledger = Ledger(store, options.policy.per_workspace_per_hour)
        self._lock = asyncio.Lock()  # limits are counted one by one
        self._fleet: tuple[float, Fleet] | None = None

    async def mend(self, target: Target) -> Outcome:
        """Replace a workspace's pod if it is down and may be replaced.

        Returns:
            What was done; `failed` where the API server does not answer, so that the alert is to come again.
        """
        async with self._lock:
            try:
                outcome = await self._mend(target)
            except ApiError as error:
                LOG.error("%s", error)
                reason = "conflict" if error.status == 409 else "api"
                outcome = Outcome(RESTART_POD, "failed", reason)
            except LedgerError as error:
                LOG.error("%s", error)
                outcome = Outcome(RESTART_POD, "failed", "ledger")
        self._metrics.remediations.labels(outcome.action, outcome.result, outcome.reason).inc()
        where = f"{target.namespace}/{target.workspace}"
        LOG.info("%s: %s %s (%s)", where, outcome.action, outcome.result, outcome.reason)
        return outcome

    async def _mend(self, target: Target) -> Outcome:
        projects = await namespaces(self._api)
        if target.namespace not in projects:
            return _refused("not-a-project")
        facts = await read(self._api, target)
        decision = decide(facts, self._options.policy)
        if decision.action == FENCE_NODE and facts.node is not None:
            return await self._fence(facts.node, decision.reason)
        if decision.action is None or facts.pod is None:
            return _refused(decision.reason)
        everything = await self._look(projects, facts.now)
        node, uid = facts.pod["spec"].get("nodeName") or "", facts.pod["metadata"]["uid"]
        most = fleet_limit(everything, self._options.policy)
        reason = objection(everything, node, self._options.policy)
        if reason:
            return _refused(reason)
        reservation = await self._ledger.reserve(target, uid, most, facts.now)
        if reservation.objection:
            return _refused(reservation.objection)
        return await self._restart(target, facts.pod, facts.now, decision.reason, fresh=reservation.fresh)

    async def _look(self, projects: frozenset[str], now: datetime.datetime) -> Fleet:
        held = self._fleet
        if held is None or time.monotonic() - held[0] > FLEET_SECONDS or held[1].namespaces != projects:
            found = await fleet(self._api, projects, now, self._options.policy.minimum_age_seconds)
            held = self._fleet = (time.monotonic(), found)
        return held[1]

    async def _restart(
        self, target: Target, pod: Object, now: datetime.datetime, reason: str, *, fresh: bool
    ) -> Outcome:
        metadata = pod["metadata"]
        if self._options.dry_run:
            return Outcome(RESTART_POD, "dry-run", reason)
        path = f"/api/v1/namespaces/{target.namespace}/pods/{metadata['name']}"
        try:
            await self._api.delete(path, metadata["uid"], metadata["resourceVersion"])
        except ApiError as error:
            # Only these two say that nothing was deleted; after no answer it may have been. Nor is a note taken back
            # that an earlier try or another remediator has made: that one may have deleted it.
            if error.status in (404, 409):
                if fresh:
                    await self._ledger.cancel(metadata["uid"])
                return _refused("changed-meanwhile")
            raise
        self._metrics.last.set_to_current_time()
        await self._tell(target, metadata["uid"], reason, now)
        return Outcome(RESTART_POD, "done", reason)

    async def _fence(self, node: Object, reason: str) -> Outcome:
        refusal = fencing.objection(await self._api.list(NODES))
        if refusal:
            return Outcome(FENCE_NODE, "refused", refusal)
        if self._options.dry_run:
            return Outcome(FENCE_NODE, "dry-run", reason)
        await fencing.fence(self._api, node)
        self._metrics.last.set_to_current_time()
        return Outcome(FENCE_NODE, "done", reason)

    async def release_nodes(self) -> None:
        """Give back nodes that were fenced and are ready again.

        Raises:
            ApiError: The API server does not answer or does not allow it.
        """
        if self._options.dry_run:
            return
        for name in await fencing.release(self._api, await self._api.list(NODES)):
            self._metrics.released.inc()
            LOG.info("node %s is ready again and was given back", name)

    async def _tell(self, target: Target, uid: str, reason: str, now: datetime.datetime) -> None:
        """Say it to those who may look at the project; a failure changes nothing of what was done."""
        text = f"{target.workspace}-0 was down and did not come back by itself ({reason}); it is made anew."
        moment = now.strftime("%Y-%m-%dT%H:%M:%SZ")
        regarding = {"apiVersion": "apps/v1", "kind": "StatefulSet"}
        event = {
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": {"generateName": f"{target.workspace}-", "namespace": target.namespace},
            "involvedObject": {**regarding, "name": target.workspace, "namespace": target.namespace},
            "related": {"kind": "Pod", "name": f"{target.workspace}-0", "uid": uid},
            "reason": "Remediated",
            "message": text,
            "type": "Warning",
            "source": {"component": "slate-remediator"},
            "reportingComponent": "slate.dev/remediator",
            "reportingInstance": "remediator",
            "action": "RestartPod",
            "firstTimestamp": moment,
            "lastTimestamp": moment,
            "count": 1,
        }
        try:
            await self._api.create(f"/api/v1/namespaces/{target.namespace}/events", event)
        except ApiError as error:
            LOG.warning("%s", error)


def _refused(reason: str) -> Outcome:
    return Outcome(RESTART_POD, "refused", reason)
