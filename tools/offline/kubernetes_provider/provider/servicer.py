"""The engine's calls that concern the provider as a whole."""
# ruff: noqa: N802, ARG002 - names and arguments are the protocol's

from pathlib import Path
from typing import Any

from . import answers, providerconfig, settings, values
from .engine import Engine
from .protocol import empty_pb2, plugin_pb2, provider_pb2
from .resources import ResourceCalls
from .session import Session

VERSION = "4.34.2"  # the upstream release whose behaviour is modelled


class Servicer(ResourceCalls):
    """Serves the resource types of the `pulumi_kubernetes` SDK."""

    def GetPluginInfo(self, request: Any, context: Any) -> Any:
        """The version that this plugin was installed as."""
        _, _, installed = Path(__file__).resolve().parent.parent.name.partition("resource-kubernetes-v")
        return plugin_pb2.PluginInfo(version=installed or VERSION)

    def GetSchema(self, request: Any, context: Any) -> Any:
        """A schema without types: the SDK brings its own."""
        return provider_pb2.GetSchemaResponse(schema=f'{{"name": "kubernetes", "version": "{VERSION}"}}')

    def GetMapping(self, request: Any, context: Any) -> Any:
        """No conversion from other tools."""
        return provider_pb2.GetMappingResponse()

    def GetMappings(self, request: Any, context: Any) -> Any:
        """No conversion from other tools."""
        return provider_pb2.GetMappingsResponse()

    def Attach(self, request: Any, context: Any) -> Any:
        """Use another engine's address."""
        self.engine = Engine(request.address)
        return empty_pb2.Empty()

    def Cancel(self, request: Any, context: Any) -> Any:
        """End every wait; objects that are not ready yet stay in the state."""
        self.session.cancelled.set()
        return empty_pb2.Empty()

    def CheckConfig(self, request: Any, context: Any) -> Any:
        """Check the provider's arguments."""
        failures = providerconfig.problems(values.strip(values.decode(request.news)))
        return provider_pb2.CheckResponse(
            inputs=request.news,
            failures=[provider_pb2.CheckFailure(property=name, reason=text) for name, text in failures],
        )

    def DiffConfig(self, request: Any, context: Any) -> Any:
        """Say whether changed arguments mean another cluster."""
        old, new = (values.strip(values.decode(s)) for s in (request.olds, request.news))
        changed, replaced = providerconfig.differences(old, new)
        some = provider_pb2.DiffResponse.DIFF_SOME if changed else provider_pb2.DiffResponse.DIFF_NONE
        return provider_pb2.DiffResponse(changes=some, diffs=changed, replaces=replaced)

    def Configure(self, request: Any, context: Any) -> Any:
        """Take the arguments. The cluster is not contacted before it is needed."""
        self.session = Session(settings.from_variables(request.variables))
        return provider_pb2.ConfigureResponse(
            acceptSecrets=True, supportsPreview=True, supports_autonaming_configuration=True
        )

    def Invoke(self, request: Any, context: Any) -> Any:
        """`yaml:decode`, which the SDK's YAML resources need; nothing else."""
        if request.tok != "kubernetes:yaml:decode":
            answers.unsupported(context, f"the function {request.tok}")
        with answers.errors(context):
            found = providerconfig.decode_yaml(values.strip(values.decode(request.args)))
            answer = provider_pb2.InvokeResponse()
            getattr(answer, "return").CopyFrom(values.encode({"result": found}))
            return answer

    def Construct(self, request: Any, context: Any) -> Any:
        """Helm charts, Kustomize and YAML components need the upstream provider."""
        answers.unsupported(context, f"the component {request.type}")
