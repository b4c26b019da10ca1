"""Keys and kinds of values."""

from tests.settings.examples import drop, put, rename
from tests.settings.mistakes.table import AT_BOB, AT_CPU, AT_QUOTA, BOB, GPU, POOL, PROJECT, Mistake

KEYS = [
    Mistake("key missing", drop("domain"), "domain", None, "DNS name", "add the key domain", "is missing"),
    Mistake("nested key missing", drop(f"{AT_CPU}.shape.cpu"), f"{POOL}.shape.cpu", None, "CPUs", "add the key cpu"),
    Mistake("mapping missing", drop("registry"), "registry", None, "the keys type, host", "add the key registry"),
    Mistake("top-level key unknown", put("colour", 1), "colour", None, "nodePools", "remove it", "not a known key"),
    Mistake("key misspelled", put("serviceLevel", {}), "serviceLevel", None, "serviceLevels", "use one of these"),
    Mistake(
        "required key misspelled",
        rename(f"{AT_CPU}.shape.memory", "memroy"),
        f"{POOL}.shape.memroy",
        None,
        "memory",
        "did you mean memory?",
    ),
    Mistake(
        "key in snake_case",
        rename(f"{AT_CPU}.shape.ephemeralStorage", "ephemeral_storage"),
        f"{POOL}.shape.ephemeral_storage",
        None,
        "ephemeralStorage",
        "did you mean ephemeralStorage?",
    ),
    Mistake("key without value", put("images", None), "images", None, "mapping", "remove the key", "has no value"),
    Mistake("text for a mapping", put(AT_QUOTA, "lots"), f"{PROJECT}.quota", '"lots"', "cpu, memory", "write keys"),
    Mistake("mapping for a list", put(f"{AT_CPU}.zones", {"a": 1}), f"{POOL}.zones", "a mapping", "a list", "hyphen"),
    Mistake("list for a text", put("domain", ["a"]), "domain", "a list of 1", "DNS name", "one text value"),
    Mistake("number for a text", put(f"{AT_BOB}.user", 7), f"{BOB}.user", "7", "letters, digits", "quotes"),
    Mistake("truth value for a text", put(f"{AT_BOB}.user", True), f"{BOB}.user", "true", "letters", "quotes"),
    Mistake("text for a number", put(f"{AT_QUOTA}.gpus", "1"), f"{PROJECT}.quota.gpus", '"1"', "0 to 10000", "without"),
    Mistake("part of a number", put(f"{AT_QUOTA}.gpus", 1.5), f"{PROJECT}.quota.gpus", "1.5", "whole number", "whole"),
    Mistake("number too small", put("workspaceDefaults.userId", 0), "workspaceDefaults.userId", "0", "from 1", "1 or"),
    Mistake(
        "number too large", put(f"{AT_CPU}.shape.pods", 9999), f"{POOL}.shape.pods", "9999", "1000", "1000 or less"
    ),
    Mistake(
        "text for a truth value",
        put("projects[0].protected", "no"),
        f"{PROJECT}.protected",
        '"no"',
        "true or false",
        "true or false",
    ),
    Mistake(
        "word not offered",
        put(f"{AT_BOB}.state", "sleep"),
        f"{BOB}.state",
        '"sleep"',
        "awake or asleep",
        "did you mean asleep?",
    ),
    Mistake(
        "list empty",
        put("nodePools[1].profiles", []),
        f"{GPU}.profiles",
        "an empty list",
        "at least one",
        "add a profile",
    ),
]
