"""No input gives anything but settings or one readable message."""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from settings import Settings, SettingsError, load
from tests.settings.examples import stack_values, valid

MARKER = "s3cr3t-marker"
JARGON = ("pydantic", "Input should", "Traceback", "validation error", "Value error", "cannot be read", "NoneType")

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(codec=None), max_size=30)
    | st.sampled_from(["8Gi", "1e3", "-1", "x" * 300, "15m", "@daily", "10.0.0.0/8", "ssh-rsa AAAA", "\x00", "\ud800"])
    | st.sampled_from(
        ["0", "a--b", "1e99", "9" * 50, "existing", "karpenter", "mig", "host/x@sha256:", "::/0", "/data/x"]
    )
)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
KNOWN_KEYS = st.sampled_from(sorted({"name", "type", "cpu", "memory", "profiles", "fixed", "max", "nodes", "extra"}))
CASES = settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every holder and key below a value."""
    if isinstance(value, dict):
        items = list(value.items())
    else:
        items = list(enumerate(value)) if isinstance(value, list) else []
    return [(value, key) for key, _ in items] + [place for _, item in items for place in places(item)]


@st.composite
def spoiled(draw: st.DrawFn) -> dict[str, Any]:
    """Valid settings with a few values replaced, dropped, renamed or repeated."""
    base = draw(st.sampled_from(["small", "dev", "onprem", "eks"]))
    values = valid() if base == "small" else stack_values(base)
    for _ in range(draw(st.integers(1, 4))):
        holder, key = draw(st.sampled_from(places(values)))
        if key not in (range(len(holder)) if isinstance(holder, list) else holder):
            continue
        action = draw(st.sampled_from(["replace", "drop", "repeat", "add"]))
        if action == "replace":
            holder[key] = draw(JSON)
        elif action == "drop":
            del holder[key]
        elif isinstance(holder, list):
            holder.insert(0, draw(JSON) if action == "add" else holder[key])
        else:
            holder[draw(KNOWN_KEYS | st.text(max_size=6))] = draw(JSON) if action == "add" else holder[key]
    return values


def outcome(values: Any) -> str:
    """Loads values; the message if they are refused, else an empty text after the fleet was resolved."""
    try:
        loaded = load(values)
    except SettingsError as error:
        for problem in error.problems:
            where = values
            for key in problem.path:
                assert not isinstance(key, int) or key < len(where), problem
                where = where[key] if isinstance(key, int) or (isinstance(where, dict) and key in where) else {}
        return str(error)
    assert isinstance(loaded, Settings)
    spaces = [space for project in loaded.fleet() for space in project.workspaces]
    assert all(space.pool and (space.image or loaded.images.build) for space in spaces)
    return ""


@CASES
@given(JSON)
def test_any_value_is_answered(values: Any):
    assert outcome(values) != ""


@CASES
@given(st.dictionaries(st.sampled_from([*valid(), "scope", "platformStack", "kubernetes"]), JSON))
def test_any_top_level_value_is_answered(values: Any):
    assert outcome({**valid(), **values}) is not None


@CASES
@given(spoiled())
def test_spoiled_settings_are_answered_in_plain_words(values: Any):
    text = outcome(values)

    assert not any(word in text for word in JARGON), text
    assert all(line.isprintable() for line in text.split("\n"))
    text.encode("utf-8")


@CASES
@given(spoiled(), st.sampled_from(["tokenSecret", "registry.pullSecret", "sshKeys"]))
def test_spoiled_settings_do_not_show_secrets(values: Any, place: str):
    secret = f"-----BEGIN PRIVATE KEY-----{MARKER}"
    if place == "tokenSecret":
        values["tokenSecret"] = secret
    elif place == "registry.pullSecret":
        values["registry"] = {"host": "registry.example.com", "pullSecret": secret}
    else:
        values["projects"] = [{"name": "a", "workspaces": [{"name": "b", "user": "b", "sshKeys": [secret]}]}]

    text = outcome(values)

    assert text
    assert MARKER not in text


@CASES
@given(spoiled())
def test_loading_leaves_the_given_values_alone(values: Any):
    before = repr(values)

    outcome(values)

    assert repr(values) == before
