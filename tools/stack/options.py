"""How Pulumi is run: every knob in one place, with the reason for its value."""

from collections.abc import Mapping

# The default is four operations a core. Ours wait for the API server, not for the processor.
PARALLEL = 32

# The ends of `pulumi preview` and `up`: outputs are shown by Slate itself, and there is no page to link to.
CALM = ["--suppress-outputs", "--suppress-permalink=true"]


def arguments() -> list[str]:
    """Command-line options of `preview`, `up`, `refresh` and `destroy`."""
    return ["--parallel", str(PARALLEL)]


def policies() -> list[str]:
    """Command-line options of `preview` and `up`: the rules of policies/, with the stack's own parameters."""
    return ["--policy-pack", "policies/direct"]


def variables(user: Mapping[str, str], *, own_backend: bool) -> dict[str, str]:
    """Environment variables that tune the engine; whatever the user has set stays.

    Args:
        user: The environment the command was started with.
        own_backend: The state lies in this clone (and not in a backend that the user named).
    """
    chosen = {
        # The summary and the diff are in the terminal; there is no service to link to.
        "PULUMI_SUPPRESS_NEO_LINK": "true",
        # Slate's own messages carry the hints.
        "PULUMI_DIY_BACKEND_NO_LEGACY_WARNING": "true",
        # The CLI's own collection of garbage, at twice its usual distance (in percent of what is in use): with 1,000
        # workspaces it takes a tenth of the processor time less, and a fifth of memory more.
        "GOGC": "200",
        # The engine asks the policies and the provider about one resource after the other, and waits for each answer.
        # So it asks the provider for differences beside that (docs/decisions/0022-differences-in-parallel.md).
        "PULUMI_PARALLEL_DIFF": "true",
    }
    if own_backend:
        # A file backend writes the whole state after every step: for 500 small objects ten times the work of the
        # update itself. Without checkpoints the state is written once, at the end (also after an error or Ctrl-C).
        # Only a run that is killed loses what it did, and then the next `make up` adopts it from the cluster
        # (see recovery.py). A backend of the user's own keeps its checkpoints: the next run may be on another
        # machine, which knows nothing of the one that was killed.
        chosen["PULUMI_SKIP_CHECKPOINTS"] = "true"
    return {name: value for name, value in chosen.items() if name not in user}


# For one recovery run only (see recovery.py): a create that meets an object of the interrupted run takes it over
# instead of failing with "already exists".
ADOPT = {"PULUMI_K8S_UPSERT_EXISTING_OBJECTS": "true"}

# Only when the user asks (ADOPT=1): fields that another field manager holds are taken over as well. The upstream
# provider gives every resource a field manager of its own, so that an object whose state was lost can conflict with
# its own past; but the same switch would silently undo what somebody else changed on purpose.
ADOPT_FORCE = {**ADOPT, "PULUMI_K8S_ENABLE_PATCH_FORCE": "true"}
