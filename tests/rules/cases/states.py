"""Who is up, who is down, and who is not judged."""

from components.service_levels.promise import Promise
from components.service_levels.promql import AVAILABLE
from tests.rules.timeline import LONG_AGO, STATES, TEAM, Case, Points, Workspace, all_of, available, value

ON = 10


def cases(promise: Promise) -> list[Case]:
    """Cases of the state layer."""
    return [judged(promise), doubled(promise), probed(promise), several_projects(promise), rollout(promise)]


def judged(promise: Promise) -> Case:
    """Asleep and starting workspaces are not judged; a late start and an early crash are."""
    grace = promise.deadline // promise.interval
    late = ON + grace
    last = ON + 3 * grace + 10

    def workspace(name: str) -> Workspace:
        return Workspace(name, promise, last)

    ok = workspace("ok").running()
    sleeper = workspace("sleeper").stateful_set([(0, 1), (late, 0)], [(0, 1), (late + 1, 0)])
    start = workspace("start").stateful_set([(0, 0), (ON, 1)], [(0, 0), (ON + 1, 1)])
    start.pod("u1", ON, [(ON + 1, ON + 0.7)])
    slow = workspace("slow").stateful_set([(0, 0), (ON, 1)], [(0, 0), (ON + 3 * grace, 1)])
    slow.pod("u1", ON, [(ON + 3 * grace, ON + 3 * grace)])
    new = workspace("new").stateful_set([(0, "_"), (12, 1)], [(0, "_"), (12, 0), (14, 1)], created=12)
    new.pod("u1", 12, [(14, 13.5)])
    # Down four steps after it was ready: the grace of starts does not hide that.
    crash = workspace("crash").stateful_set([(0, 0), (ON, 1)], [(0, 0), (ON + 1, 1), (ON + 5, 0), (ON + 7, 1)])
    crash.pod("u1", ON, [(ON + 1, ON + 0.8), (ON + 5, None), (ON + 7, ON + 6.5)])
    lost = workspace("lost").stateful_set([(0, 0), (ON, 1)], [(0, 0), (ON + 1, 1), (ON + 4, 0), (ON + 7, 1)])
    lost.pod("u1", ON, [(ON + 1, ON + 0.8)], gone=ON + 4).pod("u2", ON + 4, [(ON + 7, ON + 6.5)])
    # Ready in the second in which it was made, and down soon after.
    instant = workspace("instant").stateful_set([(0, "_"), (ON, 1)], [(0, "_"), (ON, 1), (ON + 6, 0)], created=ON)
    instant.pod("u1", ON, [(ON, ON), (ON + 6, None)])
    again = workspace("again").stateful_set(
        [(0, 1), (late + 1, 0), (late + 2, 1)], [(0, 1), (late + 1, 0), (late + 5, 1)]
    )
    again.pod("u1", -300, [(0, 0)], gone=late + 1).pod("u2", late + 2, [(late + 5, late + 4.5)])
    blinked = f'{{namespace="{TEAM}", workspace="blink"}}'
    # Ready for one scrape: it has started, however long it is down then.
    blink = workspace("blink").stateful_set(
        [(0, "_"), (ON, 1)], [(0, "_"), (ON, 0), (ON + 1, 1), (ON + 2, 0)], created=ON
    )
    blink.pod("u1", ON, [(ON + 1, ON + 0.5), (ON + 2, None)])
    # Put to sleep and woken soon after a start: the second start is the later one's.
    hasty = workspace("hasty").stateful_set(
        [(0, 0), (3, 1), (7, 0), (ON, 1)], [(0, 0), (4, 1), (7, 0), (ON + 1, 1), (ON + 4, 0)]
    )
    hasty.pod("u1", 3, [(4, 3.5)], gone=8).pod("u2", ON, [(ON + 1, ON + 0.8), (ON + 4, None)])
    # Deleted, and made anew with the same names: a start of its own.
    anew = workspace("anew").stateful_set([(0, "_"), (1, 0), (2, 1), (5, None)], [(0, "_"), (1, 0), (3, 1), (5, None)])
    anew_again = Workspace("anew", promise, last, instance="ksm-1")
    anew_again.stateful_set([(0, "_"), (8, 1)], [(0, "_"), (8, 0), (14, 1)], created=8)
    slept = workspace("slept").stateful_set([(0, 0), (5, None)], [(0, 0), (5, None)])
    slept_again = Workspace("slept", promise, last, instance="ksm-1")
    slept_again.stateful_set([(0, "_"), (ON, 1)], [(0, "_"), (ON, 0)], created=ON)
    return Case(
        "asleep and starting workspaces are not judged; a late start and an early crash are",
        STATES,
        all_of(
            ok,
            sleeper,
            start,
            slow,
            new,
            crash,
            lost,
            instant,
            again,
            blink,
            hasty,
            anew,
            anew_again,
            slept,
            slept_again,
        ),
        [
            available(8, ok=1, sleeper=1, again=1),
            available(13, ok=1, sleeper=1, start=1, crash=1, lost=1, instant=1, again=1, blink=0, hasty=1),
            value(ON + 5, f'{AVAILABLE}{{workspace="hasty"}}', 0, blinked.replace("blink", "hasty")),
            available(
                16, ok=1, sleeper=1, start=1, new=1, crash=0, lost=0, instant=0, again=1, blink=0, hasty=0, anew=1
            ),
            available(
                late - 1, ok=1, sleeper=1, start=1, new=1, crash=1, lost=1, instant=0, again=1, blink=0, hasty=0, anew=1
            ),
            available(
                late, ok=1, start=1, slow=0, new=1, crash=1, lost=1, instant=0, again=1, blink=0, hasty=0, anew=1
            ),
            value(late + 1, f'{AVAILABLE}{{workspace="slept"}}', None),
            value(late + 2, f'{AVAILABLE}{{workspace="slept"}}', 0, blinked.replace("blink", "slept")),
            value(late + 1, f"{AVAILABLE}{blinked}", 0, blinked),
            available(
                late + 4, ok=1, start=1, slow=0, new=1, crash=1, lost=1, instant=0, blink=0, hasty=0, anew=1, slept=0
            ),
            available(
                late + 6,
                ok=1,
                start=1,
                slow=0,
                new=1,
                crash=1,
                lost=1,
                instant=0,
                again=1,
                blink=0,
                hasty=0,
                anew=1,
                slept=0,
            ),
            available(
                ON + 3 * grace + 1,
                ok=1,
                start=1,
                slow=1,
                new=1,
                crash=1,
                lost=1,
                instant=0,
                again=1,
                blink=0,
                hasty=0,
                anew=1,
                slept=0,
            ),
            value(late + 4, "namespace:workspaces:count", 13, f'{{namespace="{TEAM}"}}'),
            value(late + 4, "namespace:workspaces_eligible:count", 11, f'{{namespace="{TEAM}"}}'),
            value(late + 4, "namespace:workspaces_available:count", 6, f'{{namespace="{TEAM}"}}'),
            value(late + 4, "fleet:workspaces_eligible:count", 11),
            value(late + 4, "fleet:workspaces_available:count", 6),
        ],
        promise.interval,
    )


def doubled(promise: Promise) -> Case:
    """An update runs two kube-state-metrics for a while; one may be behind."""
    one = Workspace("both", promise, 20).running()
    two = Workspace("both", promise, 20, instance="ksm-1").running(down=[(0, 30)])
    # Woken; the second replica has not heard of it, nor of the restart of its container.
    ahead = Workspace("ahead", promise, 20).stateful_set([(0, 1)], [(0, 1)], generation=[(0, 2)])
    ahead.pod("a", LONG_AGO, [(0, LONG_AGO + 1)], restarts=[(0, 1)])
    second = {"pod": "ahead-0", "uid": "a", "container": "second"}
    ahead.also("kube_pod_container_status_restarts_total", second, [(0, 1)])
    behind = Workspace("ahead", promise, 20, instance="ksm-1").stateful_set([(0, 0)], [(0, 0)])
    behind.pod("a", LONG_AGO, [(0, LONG_AGO + 1)], restarts=[(0, 0)])
    woken = f'{{namespace="{TEAM}", workspace="ahead"}}'
    return Case(
        "two replicas of kube-state-metrics are one workspace",
        STATES,
        all_of(one, two, ahead, behind),
        [
            available(10, both=1, ahead=1),
            value(10, "namespace:workspaces_eligible:count", 2, f'{{namespace="{TEAM}"}}'),
            value(10, 'namespace_workspace:generation:max{workspace="ahead"}', 2, woken),
            value(10, 'namespace_workspace:restarts:sum{workspace="ahead"}', 2, woken),
            value(
                10, 'namespace_workspace:restarts:sum{workspace="both"}', 0, f'{{namespace="{TEAM}", workspace="both"}}'
            ),
        ],
        promise.interval,
    )


def probed(promise: Promise) -> Case:
    """Probes join where they exist; the worst one counts."""
    web = Workspace("web", promise, 20).running()
    for job, points in (("http", [(0, 1), (10, 0), (12, 1)]), ("ssh", [(0, 1)])):
        web.also("probe_success", {"job": f"workspace-probe-{job}", "workspace": "web"}, points)
    web.also("probe_success", {"job": "another", "workspace": "web"}, [(0, 0)])
    bare = Workspace("bare", promise, 20).running()
    return Case(
        "a failing probe makes a ready workspace unavailable, and one without probes is judged by readiness",
        STATES,
        all_of(web, bare),
        [available(8, web=1, bare=1), available(11, web=0, bare=1), available(12, web=1, bare=1)],
        promise.interval,
    )


def several_projects(promise: Promise) -> Case:
    """Projects are counted apart, the canary is not of the fleet, and other namespaces are nobody's."""
    one = Workspace("a", promise, 20).running()
    same_name = Workspace("a", promise, 20, namespace="ws-other").running(down=[(5, 30)])
    third = Workspace("c", promise, 20, namespace="ws-third").running()
    asleep = Workspace("d", promise, 20, namespace="ws-asleep").stateful_set([(0, 0)], [(0, 0)])
    canary = Workspace("canary", promise, 20, namespace="slate-canary").running()
    foreign = Workspace("database", promise, 20, namespace="production").running()
    foreign.pod("new", 2, [(3, 3)])
    foreign.also("probe_success", {"job": "workspace-probe-http", "workspace": "database"}, [(0, 1)])
    return Case(
        "projects are counted apart, the canary beside the fleet, other namespaces not at all",
        STATES,
        all_of(one, same_name, third, asleep, canary, foreign),
        [
            value(10, 'namespace:workspaces_available:count{namespace="ws-team"}', 1, '{namespace="ws-team"}'),
            value(10, 'namespace:workspaces_available:count{namespace="ws-other"}', 0, '{namespace="ws-other"}'),
            value(10, 'namespace:workspaces_eligible:count{namespace="ws-other"}', 1, '{namespace="ws-other"}'),
            value(
                10, 'namespace:workspaces_available:count{namespace="slate-canary"}', 1, '{namespace="slate-canary"}'
            ),
            value(10, 'namespace:workspaces_eligible:count{namespace="ws-asleep"}', 0, '{namespace="ws-asleep"}'),
            value(10, 'namespace:workspaces_available:count{namespace="ws-asleep"}', 0, '{namespace="ws-asleep"}'),
            value(10, "count(namespace:workspaces_eligible:count)", 5),
            value(10, 'count({__name__=~"namespace.+",namespace="production"})', None),
            value(10, "fleet:workspaces_eligible:count", 3),
            value(10, "fleet:workspaces_available:count", 2),
        ],
        promise.interval,
    )


def rollout(promise: Promise) -> Case:
    """A changed specification restarts nobody (OnDelete); it is noted, and is no outage.

    Waking is a change too, and is no one's help; nor is what changes during a start.
    """
    rolled = Workspace("rolled", promise, 20).running(generation=[(0, 1), (10, 2)])
    asleep = Workspace("asleep", promise, 20).stateful_set([(0, 0)], [(0, 0)], generation=[(0, 1), (10, 2)])
    at_once: Points = [(0, 1), (10, 0), (13, 1)]
    woken = Workspace("woken", promise, 20).stateful_set(at_once, at_once, generation=[(0, 1), (10, 2), (13, 3)])
    starts = Workspace("starts", promise, 20).stateful_set(
        [(0, 0), (10, 1)], [(0, 0), (14, 1)], generation=[(0, 1), (10, 2), (12, 3)]
    )
    touched = "namespace_workspace:touched:bool"
    labels = f'{{namespace="{TEAM}", workspace="rolled"}}'
    return Case(
        "a rollout is no outage, and is noted for those who are judged",
        STATES,
        all_of(rolled, asleep, woken, starts),
        [
            available(10, rolled=1),
            available(13, rolled=1, woken=1),
            value(9, touched, None),
            value(10, touched, 1, labels),
            *(value(step, touched, None) for step in (11, 12, 13)),
            value(18, "sum(sum_over_time(namespace:workspace_incidents_opened:count[1d]))", 0),
        ],
        promise.interval,
    )
