"""One cluster for all tests of this folder that need it."""

from collections.abc import Iterator

import pytest

from components.service_levels import remediator
from tests.conftest import binaries
from tests.services.service_levels.stage import Stage


@pytest.fixture(scope="package")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A running cluster with the remediator's account, rights and ledger, as the component declares them."""
    from tools.cluster import Cluster

    folder = tmp_path_factory.mktemp("healing")
    cluster = Cluster(folder / "cluster", binaries())
    cluster.up(lambda _: None)
    try:
        made = Stage(folder / "cluster", folder)
        made.add(
            remediator.service_account(),
            remediator.cluster_role({"image": "unused", "fencing": True}),
            remediator.project_role(),
            remediator.ledger_role(),
            *remediator.bindings(),
            remediator.ledger(),
        )
        made.pool("cpu", 4)
        yield made
    finally:
        cluster.down(delete_data=True)
