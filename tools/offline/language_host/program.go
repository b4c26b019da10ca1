package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"time"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

const (
	// alreadyReported is the executor's exit code after it has shown the error
	// to the user; the engine must then not show another one.
	alreadyReported = 32
	// endGrace is how long a cancelled program may take to end.
	endGrace = 5 * time.Second
)

// Run executes the user's program under the executor script.
func (h *host) Run(ctx context.Context, request *pulumirpc.RunRequest) (*pulumirpc.RunResponse, error) {
	environment, err := pythonEnvironment(request.GetInfo(), false)
	if err != nil {
		return nil, err
	}
	if err := environment.ValidateVenv(ctx); err != nil {
		return nil, err
	}

	// Either the call's end or the engine's Cancel ends the program.
	run, cancel := context.WithCancel(h.stop)
	defer cancel()
	defer context.AfterFunc(ctx, cancel)()
	command, err := environment.Command(run, h.programArguments(request)...)
	if err != nil {
		return nil, err
	}
	// SIGTERM, because Python answers SIGINT with a traceback.
	command.Cancel = func() error { return command.Process.Signal(syscall.SIGTERM) }
	command.WaitDelay = endGrace
	command.Stdout, command.Stderr = os.Stdout, os.Stderr
	variables, err := configurationVariables(request.GetConfig(), request.GetConfigSecretKeys())
	if err != nil {
		return nil, err
	}
	command.Env = append(commandEnvironment(command), variables...)

	var exit *exec.ExitError
	switch err := command.Run(); {
	case err == nil:
		return &pulumirpc.RunResponse{}, nil
	case errors.As(err, &exit) && exit.ExitCode() == alreadyReported:
		return &pulumirpc.RunResponse{Bail: true}, nil
	case errors.As(err, &exit):
		return &pulumirpc.RunResponse{Error: fmt.Sprintf("the Python program ended with %s", exit)}, nil
	default:
		return nil, fmt.Errorf("starting Python: %w", err)
	}
}

// programArguments is the executor's command line; empty values are left out.
func (h *host) programArguments(request *pulumirpc.RunRequest) []string {
	arguments := []string{h.executor}
	for _, option := range []struct{ name, value string }{
		{"--monitor", request.GetMonitorAddress()},
		{"--engine", *h.engine.Load()},
		{"--project", request.GetProject()},
		{"--stack", request.GetStack()},
		{"--organization", request.GetOrganization()},
		{"--root_directory", request.GetInfo().GetRootDirectory()},
		{"--pwd", request.GetPwd()},
		{"--dry_run", strconv.FormatBool(request.GetDryRun())},
		{"--parallel", strconv.Itoa(int(request.GetParallel()))},
	} {
		if option.value != "" {
			arguments = append(arguments, option.name, option.value)
		}
	}
	arguments = append(arguments, request.GetInfo().GetEntryPoint())
	return append(arguments, request.GetArgs()...)
}
