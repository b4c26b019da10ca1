package main

import (
	"context"
	"errors"
	"io"
	"os/exec"
	"strconv"

	"github.com/pulumi/pulumi/sdk/v3"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/pulumi/pulumi/sdk/v3/python/toolchain"
)

// policyKind is the plugin kind of policy packs.
const policyKind = "analyzer"

// RunPlugin serves a policy pack or another Python plugin, such as a component
// package, from its source folder.
func (h *host) RunPlugin(
	request *pulumirpc.RunPluginRequest, stream pulumirpc.LanguageRuntime_RunPluginServer,
) error {
	environment, err := pythonEnvironment(request.GetInfo(), request.GetKind() != policyKind)
	if err != nil {
		return err
	}
	closer, stdout, stderr, err := rpcutil.MakeRunPluginStreams(stream, false)
	if err != nil {
		return err
	}
	defer closer.Close()

	run := runSource
	if request.GetKind() == policyKind {
		run = runPolicyPack
	}
	err = run(stream.Context(), environment, request, stdout, stderr)
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return stream.Send(&pulumirpc.RunPluginResponse{
			Output: &pulumirpc.RunPluginResponse_Exitcode{Exitcode: int32(exit.ExitCode())},
		})
	}
	if err != nil {
		return err
	}
	return closer.Close()
}

// runSource runs a plugin's folder, as `python FOLDER` does.
func runSource(
	ctx context.Context, environment toolchain.Toolchain, request *pulumirpc.RunPluginRequest,
	stdout, stderr io.Writer,
) error {
	arguments := append([]string{request.GetInfo().GetProgramDirectory()}, request.GetArgs()...)
	command, err := environment.Command(ctx, arguments...)
	if err != nil {
		return err
	}
	command.Dir = request.GetPwd()
	command.Env = append(commandEnvironment(command), request.GetEnv()...)
	command.Stdout, command.Stderr = stdout, stderr
	return command.Run()
}

// runPolicyPack runs a policy pack. A pack reads its stack from the
// environment, but the engine sends that only after it knows a port: until
// then the SDK's proxy answers in the pack's place.
func runPolicyPack(
	ctx context.Context, environment toolchain.Toolchain, request *pulumirpc.RunPluginRequest,
	stdout, stderr io.Writer,
) error {
	proxy, proxied, err := sdk.NewPolicyProxy(ctx, stdout)
	if err != nil {
		return err
	}
	configuration, err := proxy.AwaitConfiguration(ctx)
	if err != nil {
		return err
	}
	var variables []string
	if configuration != nil {
		variables, err = configurationVariables(configuration.Config, configuration.ConfigSecretKeys)
		if err != nil {
			return err
		}
		variables = append(variables,
			"PULUMI_PROJECT="+configuration.Project,
			"PULUMI_STACK="+configuration.Stack,
			"PULUMI_ORGANIZATION="+configuration.Organization,
			"PULUMI_DRY_RUN="+strconv.FormatBool(configuration.DryRun))
	}

	directory := request.GetInfo().GetProgramDirectory()
	arguments := append([]string{"-u", "-m", "pulumi.policy"}, request.GetArgs()...)
	command, err := environment.Command(ctx, append(arguments, directory)...)
	if err != nil {
		return err
	}
	command.Dir = directory
	command.Env = append(append(commandEnvironment(command), request.GetEnv()...), variables...)
	command.Stdout, command.Stderr = proxied, stderr
	if err := command.Start(); err != nil {
		return err
	}
	return proxy.Attach(ctx, command)
}
