"""What one configured provider process holds: its settings, its client (made when first needed), its waits."""

import threading

from . import checkpoint, kinds, kubeconfig, metadata, ownership
from .errors import NoSuchKindError, UnreachableError
from .settings import Settings
from .values import Object

TYPE_CHECKING = False
if TYPE_CHECKING:  # loaded when first needed: an update without changes never calls the API server
    from .client import Client
    from .lifecycle import Lifecycle
    from .waiting import Waiter


class Session:
    """The provider after `Configure`. Safe for use by many threads."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.cancelled = threading.Event()
        self._lock = threading.Lock()
        self._access: kubeconfig.Access | None = None
        self._client: Client | None = None
        self._waiter: Waiter | None = None

    def access(self) -> kubeconfig.Access:
        """Which cluster is meant.

        Raises:
            UnreachableError: no usable kubeconfig.
        """
        with self._lock:
            if self._access is None:
                self._access = kubeconfig.load(self.settings.access)
            return self._access

    def client(self) -> "Client":
        """The client of the cluster."""
        from .client import Client  # noqa: PLC0415 - see above

        access = self.access()
        with self._lock:
            if self._client is None:
                self._client = Client(access)
            return self._client

    def lifecycle(self) -> "Lifecycle":
        """The operations on the cluster."""
        from .lifecycle import Lifecycle  # noqa: PLC0415 - see above
        from .waiting import Waiter  # noqa: PLC0415

        client = self.client()
        with self._lock:
            if self._waiter is None:
                self._waiter = Waiter(client, self.cancelled)
            return Lifecycle(client, self._waiter, self.settings)

    def namespace(self) -> str:
        """The namespace of objects that name none."""
        try:
            return self.access().namespace
        except UnreachableError:
            return self.settings.access.get("namespace") or "default"

    def is_namespaced(self, obj: Object) -> bool:
        """Whether the object lives in a namespace; yes if that cannot be told (a kind that is not defined yet)."""
        known = kinds.scope(obj)
        if known is not None:
            return known
        try:
            return self.client().kind(obj.get("apiVersion", ""), obj.get("kind", ""))[1]
        except (NoSuchKindError, UnreachableError):
            return True

    def set_namespace(self, obj: Object) -> None:
        """Put the default namespace into an object that has none."""
        meta = obj.get("metadata")
        if isinstance(meta, dict) and not meta.get("namespace") and self.is_namespaced(obj):
            meta["namespace"] = self.namespace()

    def replaced_fields(self, obj: Object) -> tuple[kinds.Pattern, ...]:
        """The fields whose change replaces the object."""
        return kinds.replaced_fields(obj, self.settings.mutable_config_maps, self.settings.mutable_secrets)

    @staticmethod
    def manager(inputs: Object, state: Object) -> str:
        """The field manager: the annotation's, else the state's, else a new one of this resource alone."""
        named = metadata.annotation(inputs, "patchFieldManager") or state.get(checkpoint.MANAGER)
        return named or f"{ownership.CREATOR}-{metadata.unique()}"
