"""Images that are built."""

from tests.settings.examples import DIGEST, drop, put, together
from tests.settings.mistakes.conda import CLUSTER_MIRROR
from tests.settings.mistakes.table import Mistake

BUILD = together(
    put("images.build", True),
    put("images.debian", f"registry.example.com/slate/debian@{DIGEST}"),
    put("images.locks", "locks"),
)

IMAGES = [
    Mistake(
        "builder unknown",
        put("images.builder", "buildah"),
        "images.builder",
        '"buildah"',
        "docker or docker-build",
        "write docker",
    ),
    Mistake(
        "builder's name for the Docker engine",
        put("images.builderName", "remote"),
        "images.builderName",
        '"remote"',
        "docker-build",
        "set builder: docker-build",
    ),
    Mistake(
        "build without Debian",
        together(BUILD, drop("images.debian")),
        "images.debian",
        None,
        "by digest",
        "build: false",
    ),
    Mistake(
        "build without locks",
        together(BUILD, drop("images.locks")),
        "images.locks",
        None,
        "a folder",
        "make lock",
    ),
    Mistake(
        "locks outside the repository",
        together(BUILD, put("images.locks", "../locks")),
        "images.locks",
        '"../locks"',
        "a folder",
        "from the repository's root",
    ),
    Mistake(
        "build without mirror",
        together(BUILD, put("conda.mirror", "none"), drop("conda.mirrorUrl")),
        "conda.mirror",
        '"none"',
        "local, cluster or external",
        "images.build: false",
        "install from a mirror only",
    ),
    Mistake(
        "build with a mirror that builders cannot reach",
        together(BUILD, CLUSTER_MIRROR),
        "conda.mirrorUrl",
        None,
        "http or https URL",
        "add the address",
        "outside the cluster",
    ),
    Mistake(
        "user without an account in images that are built",
        together(BUILD, put("workspaceDefaults.userId", 2000)),
        "workspaceDefaults.userId",
        "2000",
        "1000 with images.build: true",
        "remove it, or set images.build: false",
        "sshd would not start",
    ),
    Mistake(
        "package manager that the fixture lacks",
        together(put("conda.upstreamChannels", ["fixture"]), put("images.packageManager", "mamba")),
        "images.packageManager",
        '"mamba"',
        "none with the fixture",
        "slate-env",
    ),
    Mistake(
        "package manager unknown",
        put("images.packageManager", "pixi"),
        "images.packageManager",
        '"pixi"',
        "none, conda, mamba or micromamba",
        "write none",
    ),
]
