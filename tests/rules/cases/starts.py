"""Starts: in time, late, never, called off, evicted, without a pod; and their stages."""

from components.service_levels.promise import Promise
from tests.rules.timeline import LONG_AGO, STARTS, TEAM, Case, Check, Points, Workspace, all_of, total, value

ON = 10


def cases(promise: Promise) -> list[Case]:
    """Cases of starts."""
    return [
        judged_once(promise),
        edges(promise),
        called_off_twice(promise),
        stages(promise),
        crash_loop(promise),
        project_deleted(promise),
    ]


def judged_once(promise: Promise) -> Case:
    """Every pod is judged exactly once, when its deadline has passed."""
    grace = promise.deadline // promise.interval
    last = ON + 3 * grace + 20

    def workspace(name: str, ready: float | None = None, off: float | None = None) -> Workspace:
        replicas: list[tuple[float, float]] = [(0, 0), (ON, 1), *([(off, 0)] if off else [])]
        return Workspace(name, promise, last).stateful_set(replicas, [(0, 0), *([(ready, 1)] if ready else [])])

    fast = promise.fast / promise.interval
    quick = workspace("quick", ready=ON + 2).pod("q", ON, [(ON + 2, ON + fast)])
    good = workspace("good", ready=ON + 3).pod("g", ON, [(ON + 3, ON + fast + 0.5)])
    # The first readiness counts, not the last: kube-state-metrics tells the last.
    flap = workspace("flap", ready=ON + 1).pod(
        "f", ON, [(ON + 1, ON + 0.5), (ON + grace, None), (ON + grace + 1, ON + grace + 0.5)]
    )
    # Another replica of kube-state-metrics came later, and knows the second time alone.
    flap_late = Workspace("flap", promise, last, instance="ksm-1")
    flap_late.pod("f", ON, [(ON + grace + 1, ON + grace + 0.5)], seen=ON + grace)
    late = workspace("late", ready=ON + grace + 4).pod("l", ON, [(ON + grace + 4, ON + grace + 3)])
    never = workspace("never").pod("n", ON)
    called_off = workspace("calledoff", off=ON + 1).pod("c", ON, gone=ON + promise.cancelled)
    gave_up = workspace("gaveup", off=ON + grace // 2).pod("u", ON, gone=ON + grace // 2 + 1)
    gave_up_late = Workspace("gaveup", promise, last, instance="ksm-1")
    gave_up_late.pod("u", ON, gone=ON + grace // 2 + 1, seen=ON + grace // 2)
    evicted = workspace("evicted", ready=ON + 4)
    evicted.pod("e1", ON, gone=ON + 2).pod("e2", ON + 2, [(ON + 4, ON + 2 + fast)])
    no_pod = workspace("nopod")
    brief = workspace("brief", ready=ON + 1, off=ON + 4).pod("b", ON, [(ON + 1, ON + 0.5)], gone=ON + 5)
    # The pod that it had before it slept is none of this start.
    rewoken = Workspace("rewoken", promise, last).stateful_set([(0, 1), (ON - 3, 0), (ON, 1)], [(0, 1), (ON - 3, 0)])
    rewoken.pod("w", LONG_AGO, [(0, LONG_AGO + 1)], gone=ON - 1)
    made = Workspace("made", promise, last).stateful_set([(0, "_"), (ON, 1)], [(0, "_"), (ON, 0)], created=ON - 0.5)
    foreign = Workspace("shop", promise, last, namespace="production")
    foreign.pod("s1", ON, [(ON + 1, ON + 0.5)]).pod("s2", ON)
    # Seen for the first time long after it was made, as on an installation's first day: not judged.
    found = Workspace("found", promise, last).stateful_set([(0, "_"), (ON, 1)], [(0, "_"), (ON, 0)], created=ON - 12.5)
    everyone = (quick, good, flap, flap_late, late, never, called_off, gave_up, gave_up_late, evicted, no_pod)
    # Of another project, and the canary: it is not the fleet's.
    apart, canary = (
        Workspace("both", promise, last, namespace)
        .stateful_set([(0, 0), (ON, 1)], [(0, 0), (ON + 1, 1)])
        .pod("b1", ON, [(ON + 1, ON + 0.5)], gone=ON + 4)
        .pod("b2", ON)
        for namespace in ("ws-other", "slate-canary")
    )
    everyone = (*everyone, brief, rewoken, made, found, foreign, apart, canary)
    seconds = sum(round(steps * promise.interval) for steps in (fast, fast + 0.5, 0.5, fast, 0.5))
    others = round(0.5 * promise.interval)
    return Case(
        "every pod is judged exactly once, when its deadline has passed",
        STARTS,
        all_of(*everyone),
        [
            total(ON + grace + 1, "namespace:workspace_starts_good:count", 0),
            total(last, "namespace:workspace_starts_good:count", 5),  # quick, good, flap, evicted's second, brief
            total(last, "namespace:workspace_starts_fast:count", 4),  # all of them but good
            total(last, "namespace:workspace_starts_late:count", 4),  # late, never, gaveup, evicted's first
            total(last, "namespace:workspace_starts_nopod:count", 3),  # nopod, rewoken, made
            total(last, "namespace:workspace_starts_failed:count", 7),
            total(last, "namespace:workspace_starts_unknown:count", 0),
            total(last, "namespace:workspace_start_seconds:sum", seconds),
            value(last, 'count(last_over_time({__name__=~"namespace.+",namespace="production"}[1d]))', None),
            *(
                value(last, f"sum_over_time(fleet:{series}[1d])", expected)
                for series, expected in (
                    ("workspace_starts_good:count", 6),
                    ("workspace_starts_fast:count", 5),
                    ("workspace_starts_failed:count", 8),
                    ("workspace_starts_unknown:count", 0),
                    ("workspace_start_seconds:sum", seconds + others),
                )
            ),
        ],
        promise.interval,
    )


def edges(promise: Promise) -> Case:
    """Ready in the deadline's last second counts, also if the scrape comes after it; a second later does not."""
    grace = promise.deadline / promise.interval
    second = 1 / promise.interval
    last = round(ON + 2 * grace + 10)
    off: Points = [(0, 0), (ON, 1)]
    just = Workspace("just", promise, last).stateful_set(off, [(0, 0), (ON + grace + 1, 1)])
    just.pod("j", ON, [(ON + grace + 1, ON + grace)])
    after = Workspace("after", promise, last).stateful_set(off, [(0, 0), (ON + grace + 1, 1)])
    after.pod("a", ON, [(ON + grace + 1, ON + grace + second)])
    return Case(
        "ready in the last second is in time, one second later is late",
        STARTS,
        all_of(just, after),
        [
            total(last, "namespace:workspace_starts_good:count", 1),
            total(last, "namespace:workspace_starts_late:count", 1),
            total(last, "namespace:workspace_start_seconds:sum", promise.deadline),
        ],
        promise.interval,
    )


def called_off_twice(promise: Promise) -> Case:
    """Called off and started anew: the first pod counts neither way, also as the workspace is on when it is judged."""
    grace = promise.deadline // promise.interval
    again = ON + promise.cancelled + 3
    last = again + 2 * grace + 10
    twice = Workspace("twice", promise, last).stateful_set(
        [(0, 0), (ON, 1), (ON + 1, 0), (again, 1)], [(0, 0), (again + 2, 1)]
    )
    twice.pod("t1", ON, gone=ON + promise.cancelled).pod("t2", again, [(again + 2, again + 1)])
    # Evicted as soon as it was made: nobody called that off, it is a failure.
    evicted = Workspace("evicted", promise, last).stateful_set([(0, 0), (ON, 1)], [(0, 0), (ON + 3, 1)])
    evicted.pod("e1", ON, gone=ON + 1).pod("e2", ON + 1, [(ON + 3, ON + 2)])
    return Case(
        "a start that is called off and made anew is one good start; an eviction at once is a failure and a good one",
        STARTS,
        all_of(twice, evicted),
        [
            total(last, "namespace:workspace_starts_good:count", 2),
            total(last, "namespace:workspace_starts_late:count", 1),
        ],
        promise.interval,
    )


def stages(promise: Promise) -> Case:
    """Where the time of good starts goes; those that fail are not in the sums."""
    grace = promise.deadline // promise.interval
    last = ON + 3 * grace

    def pod(name: str, scheduled: float, prepared: float, ready: float) -> Workspace:
        made = Workspace(name, promise, last).stateful_set([(0, 0), (ON, 1)], [(0, 0), (ON + ready + 1, 1)])
        made.pod(name, ON, [(ON + ready + 1, ON + ready)])
        for metric, after in (("scheduled", scheduled), ("initialized", prepared)):
            points: Points = [(0, "_"), (ON + after + 1, made.seconds(ON + after))]
            made.also(f"kube_pod_status_{metric}_time", {"pod": f"{name}-0", "uid": name}, points)
        return made

    def stage(name: str, steps: float) -> Check:
        series = f'sum_over_time(namespace:workspace_start_stage_seconds:sum{{stage="{name}"}}[1d])'
        return value(last, series, steps * promise.interval, f'{{namespace="{TEAM}", stage="{name}"}}')

    return Case(
        "the stages of good starts",
        STARTS,
        all_of(pod("one", 1, 2, 4), pod("two", 0, 3, 5), pod("just", 2, 4, grace), pod("late", 2, 3, grace + 1)),
        [stage("schedule", 1 + 0 + 2), stage("prepare", 1 + 3 + 2), stage("boot", 2 + 2 + grace - 4)],
        promise.interval,
    )


def crash_loop(promise: Promise) -> Case:
    """A container that never gets ready, and restarts over and over: one failed start, no outage, no silent healing."""
    grace = promise.deadline // promise.interval
    last = ON + 3 * grace
    loop = Workspace("loop", promise, last).stateful_set([(0, 0), (ON, 1)], [(0, 0)])
    loop.pod("p", ON, restarts=[(0, "_"), (ON, 0), (ON + 2, 1), (ON + 4, 2), (ON + 8, 3), (ON + 14, 4)])
    return Case(
        "a crash loop from the start is one failed start and not an outage",
        STARTS,
        all_of(loop),
        [
            total(last, "namespace:workspace_starts_failed:count", 1),
            total(last, "namespace:workspace_incidents_opened:count", 0),
            total(last, "namespace:workspace_incidents_silent:count", 0),
            value(last, "namespace_workspace:available:bool", 0, f'{{namespace="{TEAM}", workspace="loop"}}'),
        ],
        promise.interval,
    )


def project_deleted(promise: Promise) -> Case:
    """A project that is deleted has counts for one evaluation more, so that what ended with it counts; then none."""
    points: Points = [(0, 1), (ON, None)]
    gone = Workspace("gone", promise, ON + 5, namespace="ws-other").stateful_set(points, points)
    kept = Workspace("kept", promise, ON + 5).running()
    counts = 'count by (namespace) ({__name__=~"namespace:workspace_starts?_.+",namespace="ws-other"})'
    return Case(
        "the last workspace of a project is deleted: counts of starts for one evaluation more",
        STARTS,
        all_of(gone, kept),
        [value(ON, counts, 10, '{namespace="ws-other"}'), value(ON + 1, counts, None)],
        promise.interval,
    )
