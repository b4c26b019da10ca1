"""The stack as a whole."""

from tests.settings.examples import put
from tests.settings.mistakes.table import Mistake

STACK = [
    Mistake(
        "scope unknown",
        put("scope", "project"),
        "scope",
        '"project"',
        "all, platform or projects",
        "did you mean projects?",
    ),
    Mistake(
        "platform stack missing", put("scope", "projects"), "platformStack", None, "project/stack", "scope: platform"
    ),
    Mistake(
        "platform stack without use",
        put("platformStack", "p"),
        "platformStack",
        '"p"',
        "only with scope: projects",
        "remove it",
    ),
    Mistake(
        "target of 100 percent",
        put("serviceLevels.availability", 100),
        "serviceLevels.availability",
        "100",
        "below 100",
        "99.95",
        "no room for any failure",
    ),
    Mistake(
        "target a fraction",
        put("serviceLevels.availability", 0.999),
        "serviceLevels.availability",
        "0.999",
        "93.1 to below 100",
        "write 99.9",
    ),
    Mistake(
        "target above 100",
        put("serviceLevels.startSuccess", 995),
        "serviceLevels.startSuccess",
        "995",
        "below 100",
        "below 100",
    ),
    Mistake(
        "target below the floor",
        put("serviceLevels.startSuccess", 80),
        "serviceLevels.startSuccess",
        "80",
        "93.1",
        "93.1 or more",
        "could never fire",
    ),
    Mistake(
        "target as text",
        put("serviceLevels.startSuccess", "99 %"),
        "serviceLevels.startSuccess",
        '"99 %"',
        "such as 99.9",
        "without %",
    ),
    Mistake(
        "cold start above the deadline",
        put("serviceLevels.coldStartSeconds", 400),
        "serviceLevels.coldStartSeconds",
        "400",
        "at most 300",
        "startDeadlineSeconds",
    ),
]
