"""The few HTTPS requests that the cluster tool makes, with a client certificate. Standard library only."""

import http.client
import json
import ssl
from pathlib import Path

from tools.cluster.plan import ADMINISTRATOR
from tools.cluster.ports import ADDRESS


def client_context(authority: Path, certificate: Path, key: Path) -> ssl.SSLContext:
    """Returns a TLS context that trusts one authority and shows one client certificate.

    Raises:
        OSError: A file is missing or damaged.
    """
    context = ssl.create_default_context(cafile=str(authority))
    context.load_cert_chain(str(certificate), str(key))
    return context


def administrator_context(pki: Path) -> ssl.SSLContext:
    """Returns a TLS context with the administrator's certificate, from the folder of a cluster's certificates.

    Raises:
        OSError: A file is missing or damaged.
    """
    return client_context(pki / "cluster-authority.crt", pki / f"{ADMINISTRATOR}.crt", pki / f"{ADMINISTRATOR}.key")


def request(
    port: int,
    path: str,
    context: ssl.SSLContext,
    *,
    method: str = "GET",
    body: dict | None = None,
    content_type: str = "application/apply-patch+yaml",
    seconds: float = 5,
) -> tuple[int, bytes]:
    """Sends one request to a port of 127.0.0.1, past any proxy, and returns the status and the body.

    Raises:
        OSError: No answer.
    """
    connection = http.client.HTTPSConnection(ADDRESS, port, context=context, timeout=seconds)
    try:
        # Server-side apply takes YAML, and JSON is YAML.
        headers = {"Content-Type": content_type} if body is not None else {}
        connection.request(method, path, body=json.dumps(body) if body is not None else None, headers=headers)
        response = connection.getresponse()
        return response.status, response.read()
    except http.client.HTTPException as error:
        raise OSError(f"no proper answer from {ADDRESS}:{port}: {error!r}") from error
    finally:
        connection.close()


def answers(port: int, path: str, context: ssl.SSLContext, seconds: float = 2) -> bool:
    """Returns whether a request is answered with 200."""
    try:
        return request(port, path, context, seconds=seconds)[0] == http.HTTPStatus.OK
    except OSError:
        return False


def apply(port: int, path: str, value: dict, context: ssl.SSLContext, field_manager: str) -> None:
    """Applies an object by server-side apply.

    Args:
        port: Port of the API server.
        path: Path of the object's kind, such as /apis/storage.k8s.io/v1/storageclasses.
        value: The object.
        context: TLS context with the administrator's certificate.
        field_manager: Owner of the fields.

    Raises:
        OSError: No answer, or a refusal.
    """
    target = f"{path}/{value['metadata']['name']}?fieldManager={field_manager}&force=true"
    status, answer = request(port, target, context, method="PATCH", body=value)
    if status not in (http.HTTPStatus.OK, http.HTTPStatus.CREATED):
        raise OSError(f"{value['kind']} {value['metadata']['name']} was refused ({status}): {_message(answer)}")


def remove(port: int, path: str, context: ssl.SSLContext) -> None:
    """Deletes an object; one that is not there is none.

    Args:
        port: Port of the API server.
        path: Path of the object.
        context: TLS context with the administrator's certificate.

    Raises:
        OSError: No answer, or a refusal.
    """
    status, answer = request(port, path, context, method="DELETE")
    if status not in (http.HTTPStatus.OK, http.HTTPStatus.ACCEPTED, http.HTTPStatus.NOT_FOUND):
        raise OSError(f"{path} was not deleted ({status}): {_message(answer)}")


def _message(answer: bytes) -> str:
    try:
        return str(json.loads(answer)["message"])
    except (ValueError, KeyError, TypeError):
        return answer.decode("utf-8", "replace")[:500]
