"""Checks of the service levels: promises that contradict each other, or that nobody could measure."""

from collections.abc import Iterator
from itertools import pairwise

from settings.canary import canary_space
from settings.checks.common import empty
from settings.errors import Problem
from settings.partial import Partial
from settings.resolve import Unresolved
from settings.service_levels import ServiceLevels
from settings.service_levels.alerting import Receiver
from settings.service_levels.burn import Burn
from settings.service_levels.times import seconds_of, unix

_HERE = "serviceLevels"
_LEAST_INTERVALS = 2
"""Evaluations that a limit spans at least: with fewer, one late scrape decides."""


def check(partial: Partial) -> Iterator[Problem]:
    """Yields problems of the service levels; silent where they are wrong by themselves."""
    if not partial.complete(_HERE):
        return
    levels = partial.settings.service_levels
    yield from _limits(levels)
    yield from _credits(levels)
    yield from _maintenance(levels)
    yield from _burns(partial, levels)
    yield from _measuring(levels)
    for name in ("page", "ticket"):
        receiver = getattr(levels.alerting.receivers, name)
        if receiver:
            yield from _receiver((_HERE, "alerting", "receivers", name), receiver)
    if partial.complete("nodePools"):
        yield from _canary(partial)


def _limits(levels: ServiceLevels) -> Iterator[Problem]:
    deadline, interval = levels.start_deadline_seconds, seconds_of(levels.prometheus.scrape_interval)
    if levels.cold_start_seconds > deadline:
        what = f"is above startDeadlineSeconds ({deadline}): such a start would count as failed"
        fix = "lower it, or raise startDeadlineSeconds"
        given = str(levels.cold_start_seconds)
        yield Problem((_HERE, "coldStartSeconds"), what, f"at most {deadline}", fix, given)
    if levels.cancelled_start_seconds >= deadline:
        what = f"is not below startDeadlineSeconds ({deadline}): no start could ever fail"
        fix = "lower it, or raise startDeadlineSeconds"
        given = str(levels.cancelled_start_seconds)
        yield Problem((_HERE, "cancelledStartSeconds"), what, f"below {deadline}", fix, given)
    least = _LEAST_INTERVALS * interval
    limits = {"startDeadlineSeconds": (deadline, 1), "selfHealingMinutes": (levels.self_healing_minutes, 60)}
    for key, (value, factor) in limits.items():
        if value * factor < least:
            what = f"is under two scrape intervals ({levels.prometheus.scrape_interval} each): nobody could measure it"
            fix = "raise it, or lower prometheus.scrapeInterval"
            yield Problem((_HERE, key), what, f"at least {least} seconds", fix, str(value))


def _credits(levels: ServiceLevels) -> Iterator[Problem]:
    where, bands = (_HERE, "creditBands"), levels.credit_bands
    for index, band in enumerate(bands):
        if band.below > levels.availability:
            what = f"is above the promised availability ({levels.availability:g}): a kept promise would cost money"
            allowed = f"at most {levels.availability:g}"
            yield Problem((*where, index, "below"), what, allowed, "lower it", f"{band.below:g}")
    for index, (upper, lower) in enumerate(pairwise(bands), 1):
        if lower.below >= upper.below or lower.percent <= upper.percent:
            what = "does not go on where the band before it ends: availability falls from band to band, credits rise"
            fix = "put the bands in order, the mildest first, each with a lower `below` and a higher `percent`"
            yield Problem((*where, index), what, f"below {upper.below:g}, percent above {upper.percent}", fix)


def _maintenance(levels: ServiceLevels) -> Iterator[Problem]:
    where, windows = (_HERE, "maintenance"), levels.maintenance
    for index, window in enumerate(windows):
        if unix(window.end) <= unix(window.start):
            yield Problem((*where, index, "end"), "is not after its start", f"after {window.start}", "set a later end")
        if window.announced and unix(window.announced) >= unix(window.start):
            what = "is not before its start: users learn of it too late"
            yield Problem((*where, index, "announced"), what, f"before {window.start}", "announce it earlier")
    for index, window in enumerate(windows):
        for earlier, other in enumerate(windows[:index]):
            if unix(window.start) < unix(other.end) and unix(other.start) < unix(window.end):
                what = f"overlaps entry {earlier} of the list: its minutes would be counted twice"
                fix = "make one window of the two, or move one"
                yield Problem((*where, index), what, f"before {other.start}, or from {other.end} on", fix)


def _burns(partial: Partial, levels: ServiceLevels) -> Iterator[Problem]:
    alerts = levels.burn_alerts
    parts = (
        ("availability", alerts.availability, levels.availability),
        ("startSuccess", alerts.start_success, levels.start_success),
    )
    for key, urgency, promised in parts:
        for kind in ("page", "ticket"):
            where, burns = (_HERE, "burnAlerts", key, kind), getattr(urgency, kind)
            yield from empty(partial, where, burns, "pair of windows")
            for index, burn in enumerate(burns):
                if key == "availability" and burn.events:
                    what = "has no use for availability, which counts time and not events"
                    yield Problem((*where, index, "events"), what, "only below startSuccess", "remove it")
                yield from _burn((*where, index), burn, promised, levels.prometheus.scrape_interval)


def _burn(where: tuple[str | int, ...], burn: Burn, promised: float, interval: str) -> Iterator[Problem]:
    greatest = round(100 / (100 - promised), 6)  # failing always burns this fast
    if burn.factor >= greatest:
        what = f"can never fire: when everything fails, a target of {promised:g} burns at {greatest:.1f}"
        yield Problem((*where, "factor"), what, f"below {greatest:.1f}", "lower it", f"{burn.factor:g}")
    least = _LEAST_INTERVALS * seconds_of(interval)
    if seconds_of(burn.short) < least:
        what = f"holds fewer than two scrapes ({interval} each), so that one decides"
        fix = "lengthen it, or lower prometheus.scrapeInterval"
        yield Problem((*where, "short"), what, f"at least {least}s", fix, burn.short)
    elif seconds_of(burn.short) >= seconds_of(burn.long):
        what = "is not shorter than `long`, so that it adds nothing"
        yield Problem((*where, "short"), what, f"under {burn.long}", "shorten it", burn.short)


def _measuring(levels: ServiceLevels) -> Iterator[Problem]:
    where, metrics = (_HERE, "kubeStateMetrics", "image"), levels.kube_state_metrics
    if metrics.deploy and metrics.image is None:
        what = "is missing with deploy true"
        yield Problem(where, what, "an image by digest", "add kube-state-metrics' image, or set deploy: false")
    if metrics.image is not None and not metrics.deploy:
        what = "has no use with deploy false"
        yield Problem(where, what, "only with deploy: true", "remove it, or set deploy: true")


def _receiver(where: tuple[str, ...], receiver: Receiver) -> Iterator[Problem]:
    kind = receiver.type
    if kind != "webhook" and receiver.url is not None:
        what = f"has no use with type {kind}: its address is a secret, or known"
        yield Problem((*where, "url"), what, "only with type: webhook", "remove it, and give secret")
    if kind == "webhook" and receiver.url is not None and receiver.secret is not None:
        what = "is given twice: as url and in a secret"
        yield Problem((*where, "secret"), what, "one of url and secret", "remove one of the two")
    if receiver.secret is None and (kind != "webhook" or receiver.url is None):
        missing = "url or secret" if kind == "webhook" else "secret"
        what = f"is missing with type {kind}" + (", and so is url" if kind == "webhook" else "")
        yield Problem((*where, "secret"), what, f"the receiver's {missing}", f"add {missing}")
    if kind == "slack" and receiver.channel is None:
        yield Problem((*where, "channel"), "is missing with type slack", "a channel such as #workspaces", "add it")
    if kind != "slack" and receiver.channel is not None:
        yield Problem((*where, "channel"), f"has no use with type {kind}", "only with type: slack", "remove it")


def _canary(partial: Partial) -> Iterator[Problem]:
    where, canary = (_HERE, "canary"), partial.settings.service_levels.canary
    if 60 % canary.every_minutes:
        given = str(canary.every_minutes)
        what = "does not divide an hour, so that cron would start it at uneven times"
        yield Problem((*where, "everyMinutes"), what, "5, 6, 10, 12, 15, 20, 30 or 60", "write one of these", given)
    pools = {pool.name: [profile.name for profile in pool.profiles] for pool in partial.settings.node_pools}
    if canary.pool is not None and canary.pool not in pools:
        fix = "write one of these, or remove the key"
        yield Problem((*where, "pool"), "is not a node pool of this stack", ", ".join(pools), fix, canary.pool)
        return
    offered = {name for pool, names in pools.items() if canary.pool in (None, pool) for name in names}
    if canary.profile is not None and canary.profile not in offered:
        what = f"is not offered by {'any pool' if canary.pool is None else f'the pool {canary.pool}'}"
        fix = "write one of these, or remove the key"
        yield Problem((*where, "profile"), what, ", ".join(sorted(offered)), fix, canary.profile)
        return
    if partial.complete("images") and pools and all(pools.values()) and canary.environment is not None:
        try:
            canary_space(partial.settings)
        except Unresolved as problem:
            yield Problem((*where, problem.key), problem.what, problem.allowed, problem.fix, problem.given)
