"""The command lines of a container, of whatever field they come from."""

from collections.abc import Iterator

from policies.rules.host import HANDLERS, PROBES
from policies.values import Value

_HOOKS = (*(("lifecycle", name) for name in HANDLERS), *((name,) for name in PROBES))


def own(container: Value) -> tuple[Value, str]:
    """What the container runs: command and arguments are one line."""
    return container["args"], " ".join(container["command"].texts() + container["args"].texts())


def hooks(container: Value) -> Iterator[tuple[Value, str]]:
    """What the node runs in the container besides: hooks and probes."""
    for keys in _HOOKS:
        words = container.at(*keys, "exec", "command")
        yield words, " ".join(words.texts())


LINES = (
    "[(c.?command.orValue([]) + c.?args.orValue([])).join(' '), "
    + ", ".join(f"c.?{'.?'.join(keys)}.?exec.?command.orValue([]).join(' ')" for keys in _HOOKS)
    + "]"
)
"""The same in CEL, of the container `c`."""
