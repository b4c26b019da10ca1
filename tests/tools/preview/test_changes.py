"""What is made and changed is told so that the few are not lost among the many."""

from tests.tools.preview.made_steps import recording, step
from tools.preview.blocks import Items, Listings, plain
from tools.preview.parts import changes, differences
from tools.preview.steps import PropertyChange, Step

SPACES = "kubernetes:apps/v1:StatefulSet"


def lines(*steps: Step) -> list[str]:
    section = changes.section(recording(*steps))
    assert section
    assert isinstance(section.body, Items)
    return [plain(line) for line in section.body.lines]


def updated(kind: str, name: str, path: str, new: str) -> Step:
    diff = PropertyChange(path, "update", "old", new)
    return step(kind, name, "update", {"a": 1}, {"a": 2}, diffs=(diff,))


def test_many_changes_of_one_property_to_values_of_their_own_are_one_line_after_the_others():
    spaces = [updated(SPACES, f"user-{index:02}", "spec.host", f"user-{index:02}.example") for index in range(12)]

    found = lines(*spaces, updated("kubernetes:v1:ValidatingPolicy", "routes", "spec.host", "x"))

    assert found[0] == "update ValidatingPolicy routes: spec.host from old to x"
    assert found[1:] == [
        "update StatefulSet user-00, StatefulSet user-01, StatefulSet user-02, StatefulSet user-03, StatefulSet user-04"
        " and 7 more: spec.host from old to user-00.example; in the others with values of their own"
    ]


def test_a_few_changes_of_one_property_are_a_line_each():
    spaces = [updated(SPACES, f"user-{index:02}", "spec.host", f"user-{index:02}.example") for index in range(10)]

    assert len(lines(*spaces)) == 10


def test_other_properties_of_the_same_kind_are_told_by_themselves():
    spaces = [updated(SPACES, f"user-{index:02}", "spec.host", f"user-{index:02}.example") for index in range(12)]

    found = lines(*spaces, updated(SPACES, "zoe", "spec.image", "other"))

    assert len(found) == 2
    assert found[1] == "update StatefulSet zoe: spec.image from old to other"


def test_what_is_made_of_a_few_kinds_is_not_hidden_behind_what_there_is_much_of():
    spaces = [step(SPACES, f"user-{index:02}", "create", new={"a": 1}) for index in range(12)]

    found = lines(*spaces, step("kubernetes:rbac/v1:Wide", "role", "create", new={"a": 1}))

    assert found[0] == "create Wide role"
    assert found[1].endswith("StatefulSet user-04 and 7 more")


def test_the_differences_of_many_of_a_kind_come_last():
    spaces = [updated(SPACES, f"user-{index:02}", "spec.host", f"u-{index}") for index in range(differences.MANY + 1)]

    section = differences.section(recording(*spaces, updated("kubernetes:v1:Zone", "zone", "spec.host", "x")))

    assert section
    assert isinstance(section.body, Listings)
    assert plain(section.body.parts[0].heading) == "update Zone zone"
