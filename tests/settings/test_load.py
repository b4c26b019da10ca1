"""Every kind of mistake gets one clear message; valid settings pass; no input gives a traceback."""

import pytest

from settings import Settings, SettingsError, from_config, load
from tests.settings.examples import KEY, STACKS, changed, drop, put, stack_values, valid
from tests.settings.mistakes import MISTAKES, PRIVATE_KEY, Mistake


def message(values: dict, source: str = "Pulumi.test.yaml") -> SettingsError:
    with pytest.raises(SettingsError) as caught:
        load(values, source)
    return caught.value


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name)
def test_a_mistake_gets_one_clear_message(mistake: Mistake):
    error = message(changed(mistake.change))
    text = str(error)
    assert len(error.problems) == 1, text
    header, blank, where, *rest = text.split("\n")
    facts = dict(line.strip().split(": ", 1) for line in rest)
    assert header == "Pulumi.test.yaml: 1 problem in the settings"
    assert blank == ""
    assert where.startswith(f"  {mistake.path}: ")
    assert mistake.what in where
    assert mistake.allowed in facts["allowed"]
    assert mistake.fix in facts["fix"]
    if mistake.given is None:
        assert "given" not in facts
    else:
        assert mistake.given in facts["given"]


def test_the_table_is_wide_and_its_cases_differ():
    assert len(MISTAKES) >= 40
    assert len({mistake.name for mistake in MISTAKES}) == len(MISTAKES)
