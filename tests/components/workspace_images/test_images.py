"""The declared images: what each builder is given, and that only a digest counts as an image."""

from typing import Any, cast

import pulumi
import pytest

from components.workspace_images import WorkspaceImages, WorkspaceImagesArgs, by_digest
from components.workspace_images.builders import network_for
from tests.harness import pushed_digest, run

LAYERS = [
    {"name": "base-py310", "tag": "a" * 20, "target": "base", "context": ".slate/images/base", "arguments": {"A": "1"}},
    {"name": "default", "tag": "b" * 20, "target": "environment", "context": ".slate/images/d", "below": "base-py310"},
]


def images(**changes: Any) -> WorkspaceImagesArgs:
    base = {
        "layers": LAYERS,
        "host": "registry.example.org",
        "push_host": "push.example.org:5001",
        "mirror": "https://conda.example.org/latest",
        "username": "pusher",
        "password": pulumi.Output.secret("hunter2"),
    }
    return cast(WorkspaceImagesArgs, base | changes)


def declare(preview: bool = False, **changes: Any):
    return run(lambda: WorkspaceImages("images", images(**changes)), preview=preview)


def outputs(monitor) -> dict[str, Any]:
    return next(record.outputs for record in monitor if record.type == "slate:index:WorkspaceImages")


def test_docker_engine_builds_pushes_and_pins():
    monitor = declare()

    record = monitor.one("Image", "default")
    base_digest = pushed_digest(f"push.example.org:5001/slate/base-py310:{'a' * 20}")
    assert record.type == "docker:index/image:Image"
    given = record.manifest
    assert given["imageName"] == f"push.example.org:5001/slate/default:{'b' * 20}"
    assert (given["buildOnPreview"], given["skipPush"]) == (False, False)
    assert given["registry"] == {"server": "push.example.org:5001", "username": "pusher", "password": "hunter2"}
    assert given["build"] == {
        "context": ".slate/images/d",
        "dockerfile": ".slate/images/d/Dockerfile",
        "target": "environment",
        "platform": "linux/amd64",
        "network": "default",
        "builderVersion": "BuilderBuildKit",
        "args": {
            "MIRROR": "https://conda.example.org/latest",
            "BELOW": f"push.example.org:5001/slate/base-py310@{base_digest}",
        },
    }


def test_buildkit_builds_pushes_and_pins():
    monitor = declare(builder="docker-build", builder_name="remote")

    given = monitor.one("Image", "default").manifest
    base_digest = pushed_digest(f"push.example.org:5001/slate/base-py310:{'a' * 20}")
    tag = f"push.example.org:5001/slate/default:{'b' * 20}"
    assert given["tags"] == [tag]
    assert given["buildOnPreview"] is False
    assert given["builder"] == {"name": "remote"}
    assert given["platforms"] == ["linux/amd64"]
    assert given["context"] == {"location": ".slate/images/d"}
    assert given["buildArgs"]["BELOW"] == f"push.example.org:5001/slate/base-py310@{base_digest}"
    (export,) = given["exports"]
    assert export["image"]["push"] is True
    assert export["image"]["names"] == [tag]
    assert export["image"]["compression"] == "zstd"
    assert export["image"]["compressionLevel"] > 0  # without a level the provider drops the choice
    assert given["registries"][0]["username"] == "pusher"


@pytest.mark.parametrize("builder", ["docker", "docker-build"])
def test_what_was_pushed_is_kept_and_addressed_where_it_is_pulled_from(builder):
    monitor = declare(builder=builder)

    assert all(record.request.retainOnDelete for record in monitor.of("Image"))
    digest = pushed_digest(f"push.example.org:5001/slate/default:{'b' * 20}")
    assert outputs(monitor)["images"]["default"] == f"registry.example.org/slate/default@{digest}"


@pytest.mark.parametrize("builder", ["docker", "docker-build"])
def test_at_preview_an_image_that_is_to_be_built_is_unknown(builder):
    monitor = declare(preview=True, builder=builder)

    unknown = pulumi.runtime.rpc.UNKNOWN
    given = monitor.one("Image", "default").manifest
    assert (given.get("buildArgs") or given["build"]["args"])["BELOW"] == unknown
    assert outputs(monitor)["images"] == unknown


def test_the_docker_configuration_speaks_where_there_is_no_account():
    bare = {"layers": LAYERS, "host": "registry.example.org", "builder": "docker-build"}

    monitor = run(lambda: WorkspaceImages("images", cast(WorkspaceImagesArgs, bare)))

    assert "registries" not in monitor.one("Image", "default").manifest


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"builder": "buildah"}, "unknown builder 'buildah'; allowed: docker, docker-build"),
        ({"layers": list(reversed(LAYERS))}, "layer 'default' comes before 'base-py310'"),
        ({"layers": [{**LAYERS[0], "tagg": "x"}]}, "unknown argument 'tagg'"),
        ({"hots": "x"}, "unknown argument 'hots'"),
    ],
)
def test_wrong_arguments_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        declare(**changes)


@pytest.mark.parametrize("reference", ["push/slate/default:tag", "<none>@<none>", "sha256:123", "", None])
def test_a_reference_without_digest_is_an_error_once_the_image_was_built(reference):
    def program() -> None:
        pulumi.export("image", by_digest(pulumi.Output.from_input(cast(str, reference)), "default", "host"))

    with pytest.raises(pulumi.RunError, match="image default: the builder gave no digest"):
        run(program)


@pytest.mark.parametrize(
    ("mirror", "network"),
    [
        ("http://127.0.0.1:8100/latest", "host"),
        ("http://localhost:8100", "host"),
        ("http://[::1]:8100", "host"),
        ("https://conda.example.org/latest", "default"),
        ("http://127.example.org", "default"),
        (None, "default"),
    ],
)
def test_build_steps_reach_a_mirror_on_this_machine(mirror, network):
    assert network_for(mirror) == network
