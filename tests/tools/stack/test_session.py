import pytest

from tools.stack import configuration
from tools.stack.problem import StackProblem
from tools.stack.session import Request


@pytest.mark.parametrize(
    ("request_", "suffix"),
    [
        (Request(), ""),
        (Request(cluster="embedded"), ""),
        (Request(cluster="kubeconfig"), " CLUSTER=kubeconfig"),
        (Request("eks"), " STACK=eks"),
        (Request("eks", "kubeconfig"), " STACK=eks"),
        (Request("eks", "embedded"), " STACK=eks CLUSTER=embedded"),
    ],
)
def test_advised_commands_mean_the_same_stack_and_cluster(request_, suffix):
    assert request_.suffix == suffix


def test_only_a_platform_alone_needs_no_token_secret(clone):
    settings, document = configuration.read_settings("dev", clone)
    document["encryptionsalt"] = "v1:theirs"

    configuration.check_token_secret(document, settings.model_copy(update={"scope": "platform"}), "dev", "")
    with pytest.raises(StackProblem, match="no slate:tokenSecret"):
        configuration.check_token_secret(document, settings, "dev", "")
