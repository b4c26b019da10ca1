package main

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"strings"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

//go:embed required_packages.py
var requiredPackages string

// GetRequiredPackages lists the provider plugins that the installed Python
// packages declare, so that the engine can look for them before the run.
func (h *host) GetRequiredPackages(
	ctx context.Context, request *pulumirpc.GetRequiredPackagesRequest,
) (*pulumirpc.GetRequiredPackagesResponse, error) {
	environment, err := pythonEnvironment(request.GetInfo(), false)
	if err != nil {
		return nil, err
	}
	command, err := environment.Command(ctx, "-c", requiredPackages)
	if err != nil {
		return nil, err
	}
	output, err := command.Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			return nil, fmt.Errorf("listing the provider plugins: %w: %s", err, exit.Stderr)
		}
		return nil, fmt.Errorf("listing the provider plugins: %w", err)
	}
	var plugins []struct{ Name, Version, Server string }
	if err := json.Unmarshal(output, &plugins); err != nil {
		return nil, fmt.Errorf("listing the provider plugins: %w", err)
	}
	response := &pulumirpc.GetRequiredPackagesResponse{}
	for _, plugin := range plugins {
		response.Packages = append(response.Packages, &pulumirpc.PackageDependency{
			Kind:    "resource",
			Name:    plugin.Name,
			Version: "v" + strings.TrimPrefix(plugin.Version, "v"),
			Server:  plugin.Server,
		})
	}
	return response, nil
}

// GetProgramDependencies lists the installed packages for `pulumi about`.
func (h *host) GetProgramDependencies(
	ctx context.Context, request *pulumirpc.GetProgramDependenciesRequest,
) (*pulumirpc.GetProgramDependenciesResponse, error) {
	environment, err := pythonEnvironment(request.GetInfo(), false)
	if err != nil {
		return nil, err
	}
	packages, err := environment.ListPackages(ctx, request.GetTransitiveDependencies())
	if err != nil {
		return nil, err
	}
	response := &pulumirpc.GetProgramDependenciesResponse{}
	for _, item := range packages {
		response.Dependencies = append(response.Dependencies, &pulumirpc.DependencyInfo{
			Name: item.Name, Version: item.Version,
		})
	}
	return response, nil
}
