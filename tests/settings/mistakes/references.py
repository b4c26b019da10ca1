"""Images, registries, keys, secrets."""

from tests.settings.examples import DIGEST, KEY, put
from tests.settings.mistakes.table import AT_BOB, AT_GPU, AT_IMAGE, BOB, GPU, Mistake

PRIVATE_KEY = (
    "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQ\n-----END OPENSSH PRIVATE KEY-----"
)

REFERENCES = [
    Mistake(
        "image by tag",
        put(AT_IMAGE, "registry.example.com/slate/tabular:1"),
        "images.environments.tabular",
        "tabular:1",
        "by digest",
        "append @sha256:",
    ),
    Mistake(
        "image with short digest",
        put(AT_IMAGE, "registry.example.com/a@sha256:12"),
        "images.environments.tabular",
        "sha256:12",
        "64 hexadecimal",
        "64 hexadecimal",
    ),
    Mistake(
        "image without host",
        put(AT_IMAGE, f"slate/tabular@{DIGEST}"),
        "images.environments.tabular",
        "slate/tabular",
        "host/repository",
        "docker.io/slate/tabular",
    ),
    Mistake(
        "image host in upper case",
        put(AT_IMAGE, f"Registry.example.com/a@{DIGEST}"),
        "images.environments.tabular",
        "Registry",
        "lower-case host",
        "registry.example.com",
    ),
    Mistake(
        "registry a URL",
        put("registry.host", "https://registry.example.com"),
        "registry.host",
        "https://",
        "host in lower case",
        "host alone",
    ),
    Mistake(
        "registry port wrong",
        put("registry.host", "registry.example.com:99999"),
        "registry.host",
        "99999",
        "optional port",
        ":5000",
    ),
    Mistake(
        "pull secret pasted",
        put("registry.pullSecret", "eyJhdXRocyI6e30="),
        "registry.pullSecret",
        "(not shown)",
        "object name",
        "write",
    ),
    Mistake(
        "private key",
        put(f"{AT_BOB}.sshKeys", [PRIVATE_KEY]),
        f"{BOB}.sshKeys[0]",
        "(not shown)",
        "public key",
        "make a new key pair",
        "private key",
    ),
    Mistake(
        "key damaged",
        put(f"{AT_BOB}.sshKeys", [KEY[:40]]),
        f"{BOB}.sshKeys[0]",
        '"ssh-ed25519 ..."',
        "public key",
        "id_ed25519.pub",
        "damaged",
    ),
    Mistake(
        "key of unknown type",
        put(f"{AT_BOB}.sshKeys", ["PuTTY AAAA"]),
        f"{BOB}.sshKeys[0]",
        "(not shown)",
        "public key",
        "id_ed25519.pub",
    ),
    Mistake(
        "factory not a function",
        put(f"{AT_GPU}.backend", {"type": "managed", "factory": "eks"}),
        f"{GPU}.backend.factory",
        '"eks"',
        "module:function",
        "pools.eks:node_group",
    ),
    Mistake(
        "registry accounts in plain",
        put("registryCredentials", {"username": "me", "password": "hunter2"}),
        "registryCredentials",
        None,
        "encrypted",
        "change the password",
    ),
    Mistake(
        "secret in plain",
        put("tokenSecret", "hunter2" * 5),
        "tokenSecret",
        None,
        "encrypted",
        "pulumi config set --secret",
    ),
]
