"""What creating, updating, reading and deleting an object means, on plain dictionaries."""

from collections.abc import Callable

from . import kinds, metadata, ownership
from .client import Client
from .errors import ApiError, CannotPreviewError, NoSuchKindError, NotReadyError, ProviderError, UnreachableError
from .operation import Operation
from .settings import Settings
from .values import Object
from .waiting import Waiter

RETRY_SECONDS = (1, 2, 4, 8, 16)  # until a namespace or a custom kind that is being made is there

EXISTS_HELP = """

The resource already exists in the cluster. This can happen when:

  - Renaming a Pulumi resource: use an alias to preserve the identity, or delete_before_replace.
  - Managing an existing resource: use a Patch resource (e.g. NamespacePatch) to manage specific fields.
  - Adopting a resource into Pulumi: use `pulumi import`, or the `import_` resource option.
  - Intentional upsert: set upsertExistingObjects on the provider, or PULUMI_K8S_UPSERT_EXISTING_OBJECTS=true,
    to update existing objects on create."""


class Lifecycle:
    """The four operations on one cluster."""

    def __init__(self, client: Client, waiter: Waiter, settings: Settings) -> None:
        self._client, self._waiter, self._settings = client, waiter, settings

    def create(self, inputs: Object, op: Operation) -> Object:
        """Create an object, or take the fields of a Patch resource.

        Returns:
            The live object; in a preview the one that the API server would make.

        Raises:
            CannotPreviewError: see there.
            NotReadyError: the object exists but is not ready.
            ProviderError: the API server refused or cannot be reached.
        """
        patch = kinds.is_patch(op.urn, inputs)
        if op.preview and patch:
            raise CannotPreviewError
        try:
            if patch or self._settings.upsert:
                live = self._retried(lambda: self._apply_new(inputs, op), op)
            else:
                live = self._retried(lambda: self._client.create(inputs, ownership.CREATOR, op.preview), op)
        except (NoSuchKindError, UnreachableError) as err:
            if op.preview:
                raise CannotPreviewError from err
            raise
        except ApiError as err:
            if op.preview and (err.status == 403 or err.missing_namespace or err.reason == "AlreadyExists"):
                raise CannotPreviewError from err
            help_text = EXISTS_HELP if err.reason == "AlreadyExists" else ""
            raise ProviderError(
                f'resource "{op.urn}" was not successfully created by the Kubernetes API server: {err}{help_text}'
            ) from err
        if op.preview:
            live.pop("status", None)
            return live
        return self._waiter.until_ready(inputs, live, True, metadata.timeout_seconds(op.seconds, inputs), op.report)

    def _apply_new(self, inputs: Object, op: Operation) -> Object:
        force = op.preview or self._settings.patch_force or metadata.is_true(inputs, "patchForce")
        try:
            return self._client.apply(inputs, op.manager, force, op.preview)
        except ApiError as err:
            if err.reason == "Conflict":
                raise ProviderError(ownership.conflict_text(err, op.manager)) from err
            raise

    def _retried(self, write: Callable[[], Object], op: Operation) -> Object:
        """Write; while the namespace or the kind is not there yet, try again a few times."""
        for pause in (*RETRY_SECONDS, None):
            try:
                return write()
            except (ApiError, NoSuchKindError) as err:
                missing = isinstance(err, NoSuchKindError) or err.status == 404
                if op.preview or pause is None or not missing or self._waiter.cancelled.is_set():
                    raise
                op.report(f"creation failed, trying again in {pause} s: {err}")
                self._waiter.cancelled.wait(pause)
        raise AssertionError("the last attempt returns or raises")

    def update(self, inputs: Object, old_live: Object, op: Operation) -> Object:
        """Apply changed inputs to the live object.

        Raises:
            CannotPreviewError: see there.
            NotReadyError: the object was changed but is not ready.
            ProviderError: the API server refused (a conflict names the other manager) or cannot be reached.
        """
        target = {**inputs, "metadata": {**inputs["metadata"], "name": metadata.name_of(old_live)}}
        live: Object | None = None
        try:
            live = self._client.get(target)
            written = self._write(inputs, live, op)
        except (NoSuchKindError, UnreachableError) as err:
            if op.preview:
                raise CannotPreviewError from err
            raise
        except ApiError as err:
            if op.preview and err.status == 403:
                raise CannotPreviewError from err
            raise self._failed_update(err, live, op) from err
        if op.preview:
            return written
        return self._waiter.until_ready(inputs, written, False, metadata.timeout_seconds(op.seconds, inputs), op.report)

    @staticmethod
    def _failed_update(err: ApiError, live: Object | None, op: Operation) -> ProviderError:
        """A refused update leaves the object as it was; the state records that it is not what was asked for."""
        if live is None:
            return ProviderError(f'update of resource "{op.urn}" failed: {err}')
        text = ownership.conflict_text(err, op.manager) if err.reason == "Conflict" else str(err)
        return NotReadyError(text, live, [], applied=False)

    def _write(self, inputs: Object, live: Object, op: Operation) -> Object:
        if kinds.is_definition(inputs):  # replaced as a whole: a merge would keep versions that were taken out
            version = {"resourceVersion": live["metadata"]["resourceVersion"]}
            return self._client.replace(
                {**inputs, "metadata": {**inputs["metadata"], **version}}, op.manager, op.preview
            )
        if not op.preview and not kinds.is_patch(op.urn, inputs):
            live = self._take_over(live, op.manager)
        force = (
            self._settings.patch_force
            or metadata.is_true(inputs, "patchForce")
            or (op.preview and ownership.created_by_us(live))
            or not ownership.entries(live)
        )
        wanted = ownership.respect_ignored(live, inputs, op.ignored, op.manager) if op.ignored else inputs
        return self._client.apply(wanted, op.manager, force, op.preview)

    def _take_over(self, live: Object, manager: str) -> Object:
        fields = ownership.taken_over(live, manager)
        if fields is None:
            return live
        path = "/metadata/managedFields"
        return self._client.json_patch(live, [{"op": "replace", "path": path, "value": fields}])

    def read(self, api_version: str, kind: str, namespace: str, name: str) -> Object | None:
        """The live object; None if it, or its kind, does not exist."""
        try:
            return self._client.find(api_version, kind, namespace, name)
        except NoSuchKindError:
            return None

    def check(self, inputs: Object, live: Object) -> None:
        """Raise NotReadyError if a refreshed object is not ready."""
        self._waiter.check(inputs, live)

    def relinquish(self, obj: Object, manager: str) -> None:
        """Give up every field that the manager owns; fields that nobody else owns disappear.

        Raises:
            ProviderError: the object cannot be without one of the fields.
        """
        meta = {key: obj["metadata"][key] for key in ("name", "namespace") if obj["metadata"].get(key)}
        if self.read(obj["apiVersion"], obj["kind"], metadata.namespace_of(obj), metadata.name_of(obj)) is None:
            return  # to apply to an object that is gone would make it anew
        try:
            self._client.apply({"apiVersion": obj["apiVersion"], "kind": obj["kind"], "metadata": meta}, manager)
        except ApiError as err:
            causes = (err.detail.get("details") or {}).get("causes") or []
            required = [c.get("field", "") for c in causes if c.get("reason") == "FieldValueRequired"]
            if err.reason == "Invalid" and required:
                raise ProviderError(
                    "this Patch resource is currently managing a required field, so it can't be deleted directly. "
                    "Either set the `retainOnDelete` resource option, or transfer ownership of the field before "
                    f"deleting: {', '.join(required)}"
                ) from err
            raise

    def delete(self, obj: Object, inputs: Object, op: Operation) -> None:
        """Delete an object and wait until it is gone; a Patch resource gives its fields back instead.

        Raises:
            NotReadyError: the object is still there.
            ProviderError: the API server refused or cannot be reached.
        """
        try:
            if kinds.is_patch(op.urn, obj):
                self.relinquish(obj, op.manager)
                return
            self._client.delete(obj, metadata.propagation(inputs))
        except NoSuchKindError:
            return
        except ApiError as err:
            if err.status == 404:
                return
            raise
        if metadata.is_true(inputs, "skipAwait") and kinds.key(inputs) in kinds.SKIP_AWAIT_ON_DELETE:
            return
        self._waiter.until_gone(obj, metadata.timeout_seconds(op.seconds, inputs), op.report, op.warn)
