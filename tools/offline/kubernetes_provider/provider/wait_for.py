"""The annotation `pulumi.com/waitFor`: conditions of one's own instead of the kind's rule."""

import re
from typing import Any

from . import readiness


def rule(text: str) -> readiness.Rule:
    """The rule of one `pulumi.com/waitFor` expression.

    `condition=Ready` (true), `condition=Ready=False`, `jsonpath={.status.phase}=Running`, or a jsonpath alone for
    "has a value". Of JSONPath only names and list indexes are understood.

    Raises:
        ValueError: the expression is none of these.
    """
    if text.startswith("condition="):
        kind, _, value = text.removeprefix("condition=").partition("=")
        value = value or "True"
        return lambda obj, _a, _c: readiness.Verdict(
            str(readiness.condition(obj, kind).get("status", "")).lower() == value.lower(),
            f"condition {kind} to be {value}",
        )
    found = re.fullmatch(r"jsonpath=\{?((?:\.\w[\w-]*|\[\d+\])+)\}?(?:=(.*))?", text)
    if found is None:
        raise ValueError(f'pulumi.com/waitFor: expected "condition=…" or "jsonpath={{.a.b}}=…", got "{text}"')
    path, wanted = re.findall(r"\.(\w[\w-]*)|\[(\d+)\]", found[1]), found[2]

    def judge(obj: readiness.Object, _around: readiness.Around, _creating: bool) -> readiness.Verdict:
        value: Any = obj
        for name, index in path:
            if index:
                value = value[int(index)] if isinstance(value, list) and int(index) < len(value) else None
            else:
                value = value.get(name) if isinstance(value, dict) else None
        plain = str(value).lower() if isinstance(value, bool) else str(value)
        return readiness.Verdict(value is not None and (wanted is None or plain == wanted), f"{text}; it is {value}")

    return judge
