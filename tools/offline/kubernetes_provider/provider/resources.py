"""The engine's calls for one resource: check, compare, create, read, update, delete."""
# ruff: noqa: N802 - the names are the protocol's

from typing import Any

from . import answers, checkpoint, diff, kinds, metadata, render, settings, values
from .engine import Engine
from .errors import CannotPreviewError, NotReadyError, ProviderError, UnreachableError
from .operation import Operation
from .protocol import empty_pb2, provider_pb2, provider_pb2_grpc
from .session import Session
from .values import Object


class ResourceCalls(provider_pb2_grpc.ResourceProviderServicer):
    """The calls that concern a resource; `Servicer` adds those that concern the provider."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.session = Session(settings.Settings({}))

    def Check(self, request: Any, context: Any) -> Any:
        """Give the object a name and a namespace and bring it into the form that is compared and applied."""
        with answers.errors(context):
            if kinds.is_list(request.urn):
                raise ProviderError(
                    "list resources exist for compatibility with YAML manifests and Helm charts, and cannot be "
                    "created directly. Use the underlying resource type instead"
                )
            new = values.decode(request.news)
            before = values.strip(values.decode(request.olds))
            if kinds.is_patch(request.urn, new) and not metadata.name_of(new):
                raise ProviderError("patch resources require the `.metadata.name` field to be set")
            proposed = answers.proposed_name(request)
            metadata.assign_name(new, before, request.urn, request.randomSeed, proposed)
            self.session.set_namespace(new)
            return provider_pb2.CheckResponse(inputs=values.encode(checkpoint.normalize(new)))

    def Diff(self, request: Any, context: Any) -> Any:
        """Compare the inputs with the object as the last update or refresh left it. Nothing is asked of the cluster."""
        with answers.errors(context):
            inputs, live = checkpoint.split(values.decode(request.olds))
            new = checkpoint.to_object(values.strip(values.decode(request.news)))
            base = checkpoint.base(live, inputs, new)
            ignored = [diff.parse(path) for path in request.ignoreChanges]
            found = [c for c in diff.changes(base, new) if not any(diff.covers(path, c.path) for path in ignored)]
            patch = kinds.is_patch(request.urn, new)
            patterns = kinds.IDENTITY if patch else self.session.replaced_fields(new)
            return answers.difference(found, patterns, new, live)

    def Create(self, request: Any, context: Any) -> Any:
        """Create the object and wait until it is ready. In a preview the API server judges a dry run."""
        marked = values.decode(request.properties)
        with answers.errors(context, marked):
            as_given = provider_pb2.CreateResponse(properties=request.properties)
            if request.preview and values.has_unknown(marked):
                return as_given
            inputs = checkpoint.to_object(values.strip(marked))
            op = self._operation(request, self.session.manager(inputs, {}))
            try:
                live = self._render(inputs, op) or self.session.lifecycle().create(inputs, op)
            except NotReadyError as err:
                text = (
                    f'resource "{request.urn}" was successfully created, but the Kubernetes API server reported that '
                    f"it failed to fully initialize or become live: {err}"
                )
                answers.not_ready(context, err, text, checkpoint.make(inputs, err.live, marked, op.manager))
            except (CannotPreviewError, UnreachableError):
                if not request.preview:
                    raise
                return as_given
            made = values.encode(checkpoint.make(inputs, live, marked, op.manager))
            return provider_pb2.CreateResponse(id="" if request.preview else metadata.identity(live), properties=made)

    def Update(self, request: Any, context: Any) -> Any:
        """Apply the changes and wait until the object is ready. In a preview the API server judges a dry run."""
        marked = values.decode(request.news)
        with answers.errors(context, marked):
            as_given = provider_pb2.UpdateResponse(properties=request.news)
            if request.preview and values.has_unknown(marked):
                return as_given
            inputs = checkpoint.to_object(values.strip(checkpoint.normalize(marked)))
            state = values.decode(request.olds)
            applied, before = checkpoint.split(state)
            version, earlier = state.get(checkpoint.API_VERSION), state.get(checkpoint.MANAGER)
            op = self._operation(request, self.session.manager(inputs, state), request.ignoreChanges)
            try:
                live = self._render(inputs, op) or self.session.lifecycle().update(inputs, before, op)
            except NotReadyError as err:
                name = metadata.identity(err.live)
                text = (
                    f'the Kubernetes API server reported that "{name}" failed to fully initialize or become live: {err}'
                )
                taken = inputs if err.applied else applied
                answers.not_ready(context, err, text, checkpoint.make(taken, err.live, marked, op.manager, version))
            except (CannotPreviewError, UnreachableError):
                if not request.preview:
                    raise
                return as_given
            if not request.preview and earlier and earlier != op.manager:
                self.session.lifecycle().relinquish(live, earlier)
            made = checkpoint.make(inputs, live, marked, op.manager, version)
            return provider_pb2.UpdateResponse(properties=values.encode(made))

    def Read(self, request: Any, context: Any) -> Any:
        """Look the object up: for a refresh, for `import`, or for `Resource.get`."""
        with answers.errors(context):
            if self.session.settings.render_to:
                return provider_pb2.ReadResponse(id=request.id, properties=request.properties, inputs=request.inputs)
            state, marked = values.decode(request.properties), values.decode(request.inputs)
            applied, before = checkpoint.split(state)
            inputs = checkpoint.to_object(values.strip(checkpoint.normalize(values.decode(request.inputs))))
            known = inputs or before
            api_version, kind = (known["apiVersion"], known["kind"]) if known else kinds.from_type(request.urn)
            namespace, name = metadata.split_identity(request.id)
            try:
                live = self.session.lifecycle().read(api_version, kind, namespace, name)
            except UnreachableError as err:
                return self._unreachable(request, err)
            if live is None:
                return provider_pb2.ReadResponse()
            found = checkpoint.prune(live, inputs, applied, before) if inputs else checkpoint.imported(live)
            manager = self.session.manager(inputs, state)
            made = checkpoint.make(found, live, marked, manager, state.get(checkpoint.API_VERSION))
            values.mark_like(found, marked)
            try:
                if known:
                    self.session.lifecycle().check(inputs, live)
            except NotReadyError as err:
                answers.not_ready(context, err, str(err), made, found)
            return provider_pb2.ReadResponse(id=request.id, properties=values.encode(made), inputs=values.encode(found))

    def Delete(self, request: Any, context: Any) -> Any:
        """Delete the object and wait until it is gone; a Patch resource gives its fields back."""
        with answers.errors(context):
            state = values.decode(request.properties)
            inputs, live = checkpoint.split(state)
            if self.session.settings.render_to:
                render.path(self.session.settings.render_to, live).unlink(missing_ok=True)
                return empty_pb2.Empty()
            op = self._operation(request, self.session.manager(inputs, state))
            try:
                self.session.lifecycle().delete(live, inputs, op)
            except UnreachableError as err:
                if self.session.settings.delete_unreachable:
                    self.engine.warn(request.urn, f"{err}; the resource is removed from the state")
                    return empty_pb2.Empty()
                raise UnreachableError(f"{err}. {answers.UNREACHABLE_HELP}") from err
            except NotReadyError as err:
                made = checkpoint.make(inputs, err.live, state, op.manager, state.get(checkpoint.API_VERSION))
                answers.not_ready(context, err, str(err), made)
            return empty_pb2.Empty()

    # --- helpers ------------------------------------------------------------

    def _unreachable(self, request: Any, err: UnreachableError) -> Any:
        if self.session.settings.delete_unreachable:
            self.engine.warn(request.urn, f"{err}; the resource is removed from the state")
            return provider_pb2.ReadResponse()
        raise UnreachableError(f"{err}. {answers.UNREACHABLE_HELP}") from err

    def _operation(self, request: Any, manager: str, ignored: Any = ()) -> Operation:
        urn = request.urn
        return Operation(
            urn=urn,
            manager=manager,
            report=lambda text: self.engine.status(urn, text),
            warn=lambda text: self.engine.warn(urn, text),
            seconds=request.timeout,
            preview=getattr(request, "preview", False),
            ignored=list(ignored),
        )

    def _render(self, obj: Object, op: Operation) -> Object | None:
        """With `renderYamlToDirectory`, write the object to its file; it stands in for the live object."""
        root = self.session.settings.render_to
        if root is None:
            return None
        if not op.preview:
            op.report(f"rendered {render.write(root, obj)}")
        return obj
