"""TLS from an issuer of the registry's own: a certificate authority, and a certificate by it (cert-manager)."""

from typing import Any

from components import labels, restricted
from components.addresses import REGISTRY_NAME, service
from components.objects import Manifest
from components.registry.args import ImageRegistryArgs
from components.registry.server import COMPONENT, TLS_NAME

AUTHORITY = "registry-ca"
API = "cert-manager.io/v1"


def own_issuer(args: ImageRegistryArgs) -> list[Manifest]:
    """What cert-manager needs; nothing if a Secret with a certificate is given.

    Nodes and builders must trust the authority: `tls.crt` of the Secret `registry-ca`.
    """
    if args.get("tls_secret"):
        return []
    hosts = {host.partition(":")[0] for host in (args["host"], args.get("push_host") or args["host"])}
    inside = service(REGISTRY_NAME, labels.PORT_REGISTRY).partition(":")[0]
    names = [*sorted(hosts), inside]
    return [
        _object("Issuer", AUTHORITY, {"selfSigned": {}}),
        _object(
            "Certificate",
            AUTHORITY,
            {
                "isCA": True,
                "commonName": "Slate registry",
                "secretName": AUTHORITY,
                "duration": "87600h",
                "privateKey": {"algorithm": "ECDSA", "size": 256},
                "issuerRef": {"kind": "Issuer", "name": AUTHORITY},
            },
        ),
        _object("Issuer", REGISTRY_NAME, {"ca": {"secretName": AUTHORITY}}),
        _object(
            "Certificate",
            REGISTRY_NAME,
            {
                "secretName": TLS_NAME,
                "dnsNames": names,
                "privateKey": {"algorithm": "ECDSA", "size": 256, "rotationPolicy": "Always"},
                "issuerRef": {"kind": "Issuer", "name": REGISTRY_NAME},
            },
        ),
    ]


def _object(kind: str, name: str, spec: dict[str, Any]) -> Manifest:
    return {"apiVersion": API, "kind": kind, "metadata": restricted.metadata(name, COMPONENT), "spec": spec}
