package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"sync/atomic"

	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	"github.com/pulumi/pulumi/sdk/v3/go/common/version"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/pulumi/pulumi/sdk/v3/python/toolchain"
)

// host implements the LanguageRuntime service for Python.
type host struct {
	pulumirpc.UnimplementedLanguageRuntimeServer
	executor string
	engine   atomic.Pointer[string] // set at start, again by the handshake
	stop     context.Context        // done when the engine cancels
	cancel   context.CancelFunc
}

func newHost(ctx context.Context, executor, engine string) *host {
	h := &host{executor: executor}
	h.engine.Store(&engine)
	h.stop, h.cancel = context.WithCancel(ctx)
	return h
}

// Handshake learns the engine's address when the host was started without one.
func (h *host) Handshake(
	_ context.Context, request *pulumirpc.LanguageHandshakeRequest,
) (*pulumirpc.LanguageHandshakeResponse, error) {
	address := request.GetEngineAddress()
	h.engine.Store(&address)
	return &pulumirpc.LanguageHandshakeResponse{}, nil
}

// GetPluginInfo reports the SDK version that this host was built from.
func (h *host) GetPluginInfo(context.Context, *emptypb.Empty) (*pulumirpc.PluginInfo, error) {
	return &pulumirpc.PluginInfo{Version: version.Version}, nil
}

// Cancel ends the running programs.
func (h *host) Cancel(context.Context, *emptypb.Empty) (*emptypb.Empty, error) {
	h.cancel()
	return &emptypb.Empty{}, nil
}

// About tells `pulumi about` which interpreter a program runs with.
func (h *host) About(ctx context.Context, request *pulumirpc.AboutRequest) (*pulumirpc.AboutResponse, error) {
	environment, err := pythonEnvironment(request.GetInfo(), false)
	if err != nil {
		return nil, err
	}
	info, err := environment.About(ctx)
	if err != nil {
		return nil, err
	}
	return &pulumirpc.AboutResponse{
		Executable: info.PythonExecutable,
		Version:    info.PythonVersion.String(),
	}, nil
}

// InstallDependencies serves `pulumi install`.
func (h *host) InstallDependencies(
	request *pulumirpc.InstallDependenciesRequest, stream pulumirpc.LanguageRuntime_InstallDependenciesServer,
) error {
	environment, err := pythonEnvironment(request.GetInfo(), request.GetIsPlugin())
	if err != nil {
		return err
	}
	closer, stdout, stderr, err := rpcutil.MakeInstallDependenciesStreams(stream, request.GetIsTerminal())
	if err != nil {
		return err
	}
	defer closer.Close()
	return environment.InstallDependencies(stream.Context(), request.GetInfo().GetProgramDirectory(),
		request.GetUseLanguageVersionTools(), true, stdout, stderr)
}

// pythonEnvironment picks the environment that the runtime options of
// Pulumi.yaml name. Plugins without one get a folder `venv` of their own.
func pythonEnvironment(info *pulumirpc.ProgramInfo, plugin bool) (toolchain.Toolchain, error) {
	options := toolchain.PythonOptions{
		Root:       info.GetRootDirectory(),
		ProgramDir: info.GetProgramDirectory(),
	}
	values := info.GetOptions().AsMap()
	options.Virtualenv, _ = values["virtualenv"].(string)
	switch name, _ := values["toolchain"].(string); name {
	case "":
	case "pip":
		options.Toolchain = toolchain.Pip
	case "uv":
		options.Toolchain = toolchain.Uv
	case "poetry":
		options.Toolchain = toolchain.Poetry
	default:
		return nil, fmt.Errorf("unknown toolchain %q in the runtime options: use pip, uv or poetry", name)
	}
	own := options.Toolchain == toolchain.Pip || options.Toolchain == toolchain.Auto
	if plugin && own && options.Virtualenv == "" {
		options.Virtualenv = "venv"
	}
	return toolchain.ResolveToolchain(options)
}

// commandEnvironment is what a command runs with, made explicit.
func commandEnvironment(command *exec.Cmd) []string {
	if command.Env != nil {
		return command.Env
	}
	return os.Environ()
}

// configurationVariables hands a stack's configuration to Python in the
// variables that the Python SDK reads.
func configurationVariables(configuration map[string]string, secretKeys []string) ([]string, error) {
	if configuration == nil {
		configuration = map[string]string{}
	}
	if secretKeys == nil {
		secretKeys = []string{}
	}
	values, err := json.Marshal(configuration)
	if err != nil {
		return nil, err
	}
	keys, err := json.Marshal(secretKeys)
	if err != nil {
		return nil, err
	}
	return []string{"PULUMI_CONFIG=" + string(values), "PULUMI_CONFIG_SECRET_KEYS=" + string(keys)}, nil
}
