# Slate. Every target is one line of help here; what it does is in tools/.
#
#   make up [STACK=dev] [CLUSTER=embedded|node|kubeconfig] [YES=1] [ADOPT=1] [IMAGES=0] [OBSERVABILITY=0] [PYTHON=python3.12]

PYTHON = python3
VENV = .slate/venv/bin

HAS_PYTHON = { command -v $(PYTHON) >/dev/null || { echo "error: there is no $(PYTHON) on PATH. Name a Python of 3.11 or newer:" \
	"make $@ PYTHON=python3.12" >&2; exit 127; }; }
# The tools come first (found, downloaded or built, once); that program needs nothing but a bare Python. What it says
# goes to standard error, so that the output of `make -s shell-env` and `make -s pulumi` is theirs alone.
TOOLS = $(HAS_PYTHON) && began=$$(date +%s) && $(PYTHON) -m tools.bootstrap ensure >&2 && SLATE_TOOLS_SECONDS=$$(($$(date +%s) - began))
# For what needs the Python environment alone: nothing else is fetched or built for it.
PYTHON_TOOLS = $(HAS_PYTHON) && $(PYTHON) -m tools.bootstrap ensure python >&2
FLAGS = --stack "$${STACK:-dev}" $${CLUSTER:+--cluster "$$CLUSTER"} \
	$${YES:+--yes="$$YES"} $${ADOPT:+--adopt="$$ADOPT"}
STACK_COMMAND = @$(TOOLS) && export SLATE_TOOLS_SECONDS && exec $(VENV)/python -m tools.stack
# Whole groups of tests to each process (tests/sharing.py).
SPREAD = --numprocesses auto --maxprocesses 4 --dist loadscope --no-loadscope-reorder
PYTHON_STACK_COMMAND = @$(PYTHON_TOOLS) && exec $(VENV)/python -m tools.stack

# IMAGES=0: build no images, workspaces get the placeholder.
export SLATE_IMAGES ?= $(IMAGES)
# OBSERVABILITY=0: no Prometheus, Alertmanager and kube-state-metrics beside the embedded cluster.
export SLATE_OBSERVABILITY ?= $(OBSERVABILITY)

.PHONY: help up preview comment policy status refresh down reset destroy unprotect pulumi logs kubeconfig shell-env doctor \
	lock lock-check lint format test test-mocks mutate golden clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

up: ## tools (once), cluster, `pulumi up`; ends with the workspaces and what to do next
	$(STACK_COMMAND) up $(FLAGS)

preview: ## what `make up` would change, and what that means: make preview [ARGS="--markdown FILE --html FILE --json FILE"]
	$(STACK_COMMAND) preview $(FLAGS) $${ARGS:-}

comment: ## write a preview on its pull or merge request: make comment [STACK=dev] ARGS="FILE --github|--gitlab"
	@$(PYTHON_TOOLS) && exec $(VENV)/python -m tools.preview post --stack "$${STACK:-dev}" \
		$${ARGS:?say which: make comment ARGS=\"FILE --github\"}

policy: ## the rules on each Pulumi.<stack>.yaml, without cluster and engine: make policy [STACK=dev] [ARGS="--sarif FILE"]
	@$(PYTHON_TOOLS) && exec $(VENV)/python -m tools.policy $${STACK:+--stack "$$STACK"} $${ARGS:-}

status: ## the cluster, workspaces, node pools and quotas as they are now
	$(STACK_COMMAND) status $(FLAGS)

refresh: ## bring Pulumi's state to what the cluster has
	$(STACK_COMMAND) refresh $(FLAGS)

down: ## stop the embedded cluster; no process stays, data and state do
	$(PYTHON_STACK_COMMAND) down $(FLAGS)

reset: ## delete the embedded cluster's data and the state of its stacks (asks, or YES=1)
	$(STACK_COMMAND) reset $(FLAGS)

destroy: ## delete everything that the stack made (asks, or YES=1)
	$(STACK_COMMAND) destroy $(FLAGS)

unprotect: ## allow a project to be deleted: make unprotect PROJECT=name
	$(STACK_COMMAND) unprotect $(FLAGS) --project "$${PROJECT:?say which: make unprotect PROJECT=name}"

pulumi: ## any Pulumi command in the right environment: make pulumi ARGS="stack output"
	$(STACK_COMMAND) pulumi $(FLAGS) -- "$${ARGS:-}"

logs: ## the logs of the embedded cluster's components; OF=local|node|observability: of these programs
	@case "$${OF:-cluster}" in cluster|local|node|observability) ;; *) \
		echo "error: OF=$$OF: there are no such logs. Allowed: cluster, local, node, observability" >&2; exit 2 ;; esac
	@$(PYTHON_TOOLS) && exec $(VENV)/python -m tools.$${OF:-cluster} logs

kubeconfig: ## where the embedded cluster's kubeconfig is
	@$(TOOLS) && exec $(VENV)/python -m tools.cluster kubeconfig

shell-env: ## exports for kubectl and pulumi in your shell: eval "$(make -s shell-env)"
	$(STACK_COMMAND) shell-env $(FLAGS)

doctor: ## every tool: found where, which version, or how to get it
	@$(HAS_PYTHON) && exec $(PYTHON) -m tools.bootstrap doctor

lock: ## solve the environments into lock files: make lock CHANNEL=conda-forge
	@$(PYTHON_TOOLS) && exec $(VENV)/python -m tools.lock make $${CHANNEL:+--channel "$$CHANNEL"}

lock-check: ## fail where a lock file does not fit its environment
	@$(PYTHON_TOOLS) && exec $(VENV)/python -m tools.lock check $${CHANNEL:+--channel "$$CHANNEL"}

lint: ## formatting, lint, types, layer rules
	@$(PYTHON_TOOLS) && set -x && $(VENV)/ruff format --check . && $(VENV)/ruff check . && $(VENV)/pyright && $(VENV)/lint-imports

format: ## put the code into its format
	@$(PYTHON_TOOLS) && $(VENV)/ruff format . && $(VENV)/ruff check --fix .

test: ## every test tier that this machine can run; says which it left out and why
	@$(TOOLS) && exec $(VENV)/python -m pytest $${ARGS:-$(SPREAD)}

test-mocks: ## the tests that need Python alone: settings, mocked programs, manifests, policies
	@$(PYTHON_TOOLS) && exec $(VENV)/python -m pytest $(SPREAD) \
		-m "not cluster and not node and not images and not rules and not browser" \
		tests/settings tests/components tests/program tests/golden tests/policies tests/tools/policy tests/tools/preview

mutate: ## change every rule in small ways; a time line must notice each (SAMPLE=40: a few; goes on where it stopped)
	@$(PYTHON_TOOLS) && exec $(VENV)/python -m tests.rules.mutation $${SAMPLE:+--sample "$$SAMPLE"}

golden: ## accept changed golden files (component schema, manifests); review the diff
	@$(PYTHON_TOOLS) && exec $(VENV)/python -m tests.golden

clean: ## remove caches; tools, cluster data and state stay
	$(PYTHON_STACK_COMMAND) clean $(FLAGS)
