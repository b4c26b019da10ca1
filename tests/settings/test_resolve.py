"""The fleet: defaults merged, pools and images found."""

from settings import ResolvedWorkspace, load
from tests.settings.examples import DIGEST, changed, put, stack_values, valid

PLACEHOLDER = f"registry.example.com/slate/placeholder@{DIGEST}"


def only(values: dict, name: str) -> ResolvedWorkspace:
    return next(space for project in load(values).fleet() for space in project.workspaces if space.name == name)


def test_a_workspace_gets_the_defaults():
    bob = only(valid(), "bob")

    assert bob == ResolvedWorkspace(
        project="vision",
        name="bob",
        user="bob",
        pool="cpu",
        profile="small",
        environment="tabular",
        image=f"registry.example.com/slate/tabular@{DIGEST}",
        home_size="10Gi",
        storage_class=None,
        state="awake",
        idle_after_minutes=60,
        idle_warn_minutes=5,
        user_id=1000,
        termination_grace_seconds=60,
        ssh_keys=(),
        token_generation=1,
        host="bob--vision.slate.example.com",
    )


def test_what_a_workspace_says_itself_wins():
    own = {
        "profile": "large",
        "homeSize": "40Gi",
        "storageClass": "fast",
        "state": "asleep",
        "idle": {"warnMinutes": 0},
        "tokenGeneration": 3,
    }
    changes = [put(f"projects[0].workspaces[1].{key}", value) for key, value in own.items()]

    bob = only(changed(*changes), "bob")

    assert (bob.profile, bob.home_size, bob.storage_class, bob.state) == ("large", "40Gi", "fast", "asleep")
    assert (bob.idle_after_minutes, bob.idle_warn_minutes, bob.token_generation) == (30, 0, 3)


def test_the_environment_comes_from_workspace_project_and_defaults_in_this_order():
    images = {name: f"registry.example.com/{name}@{DIGEST}" for name in ("tabular", "team", "own")}
    values = changed(
        put("images.environments", images),
        put("projects[0].environment", "team"),
        put("projects[0].workspaces[1].environment", "own"),
    )

    assert only(values, "alice").image == images["team"]
    assert only(values, "bob").image == images["own"]
    assert load(values).fleet()[0].environment == "team"


def test_a_named_pool_wins_where_several_offer_the_profile():
    again = {"name": "small", "cpu": 1, "memory": "4Gi", "gpus": 1}
    values = changed(
        put("nodePools[1].profiles[]", again),
        put("projects[0].workspaces[1].pool", "gpu"),
        put("projects[0].quota.gpus", 2),
    )

    assert only(values, "bob").pool == "gpu"


def test_the_placeholder_stands_in_on_simulated_pools_only():
    values = changed(
        put("nodePools[0].backend", {"type": "simulated"}),
        put("images.placeholder", PLACEHOLDER),
        put("projects[0].workspaces[1].environment", "not-built-yet"),
    )

    assert only(values, "bob").image == PLACEHOLDER
    assert only(values, "alice").image != PLACEHOLDER


def test_an_environment_without_reference_is_built_where_images_are():
    values = changed(
        put("images.build", True),
        put("images.debian", f"registry.example.com/slate/debian@{DIGEST}"),
        put("images.locks", "images/workspace/locks/conda-forge"),
        put("projects[0].workspaces[1].environment", "from-its-lock"),
    )

    assert only(values, "bob").image is None
    assert only(values, "alice").image == f"registry.example.com/slate/tabular@{DIGEST}"


def test_a_project_knows_its_namespace_and_the_pools_it_uses():
    project = load(valid()).fleet()[0]

    assert project.namespace == "ws-vision"
    assert project.pools == ("gpu", "cpu")
    assert project.protected is True
    assert project.data_sets[0].path == "/data/photos"


def test_the_dev_stack_is_what_newcomers_are_promised():
    settings = load(stack_values("dev"))
    spaces = [space for project in settings.fleet() for space in project.workspaces]

    assert len(settings.projects) == 2
    assert [(pool.name, pool.backend.type, pool.size.fixed) for pool in settings.node_pools] == [
        ("cpu", "simulated", 2),
        ("gpu", "simulated", 1),
    ]
    assert len(spaces) == 5
    assert sum(space.pool == "gpu" for space in spaces) == 1
    assert all(space.state == "awake" for space in spaces)


def test_a_thousand_workspaces_are_resolved():
    crowd = [{"name": f"user-{number}", "user": f"user-{number}"} for number in range(1000)]
    quota = {"cpu": 2000, "memory": "8Ti", "storage": "20Ti", "ephemeralStorage": "20Ti", "workspaces": 1000}
    values = changed(put("projects[0].workspaces", crowd), put("projects[0].quota", quota))

    hosts = {space.host for project in load(values).fleet() for space in project.workspaces}

    assert len(hosts) == 1000
