import pytest

from tests.tools.lock.support import Site
from tools.lock import LockError


def test_a_conflict_with_the_common_layer_has_the_reason_and_a_way_out(site: Site) -> None:
    site.environment("science", "old-science")

    with pytest.raises(LockError) as raised:
        site.make()

    text = str(raised.value)
    assert "environments/science.yml: the packages do not fit on common-py310" in text
    assert "old-science" in text
    assert "numeric" in text
    assert "2.2" in text
    assert "detached: true" in text


def test_a_detached_environment_has_a_full_lock_of_its_own(site: Site) -> None:
    site.environment("science", "old-science", detached=True)

    site.make()

    assert site.versions("science")["numeric"] == "1.26"
    assert {"pip", "tool"} <= set(site.versions("science"))  # what the platform's programs need
    entry = site.index()["layers"]["science"]
    assert (entry["parent"], entry["detached"]) == (None, True)
    assert site.versions("default")["numeric"] == "2.2"


def test_a_conflict_that_detaching_would_not_mend_does_not_offer_it(site: Site) -> None:
    site.environment("science", "old-science", "numeric >=2")

    with pytest.raises(LockError) as raised:
        site.make()

    assert "detached" not in str(raised.value)
    assert "Change the versions" in str(raised.value)


def test_a_detached_environment_in_conflict_with_itself_says_why(site: Site) -> None:
    site.environment("science", "old-science", "numeric >=2", detached=True)

    with pytest.raises(LockError, match="the packages exclude each other") as raised:
        site.make()

    assert "old-science" in str(raised.value)


def test_a_lower_layer_without_solution_names_its_list(site: Site) -> None:
    site.layers(common=["numeric", "old-science", "numeric >=2"])

    with pytest.raises(LockError, match=r"layers\.yml: common-py310 has no solution"):
        site.make()


def test_a_version_that_does_not_exist_is_named(site: Site) -> None:
    site.environment("wish", "numeric >=9")

    with pytest.raises(LockError, match="numeric >=9"):
        site.make()
