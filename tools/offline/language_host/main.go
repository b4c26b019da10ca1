// Command pulumi-language-python runs Python programs, policy packs and
// plugins for the Pulumi engine.
//
// Pulumi publishes its own host for Python as a binary only. Where just
// package registries can be reached this program takes its place: it speaks
// the public LanguageRuntime protocol of Pulumi's Go SDK and leaves the Python
// environment (pip, uv, poetry), the policy proxy and the executor script,
// which must lie beside this binary, to the SDK's own code.
//
// Left out, because nothing in this repository needs it: code generation,
// debugging, type checking before a run, tracing.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"google.golang.org/grpc"

	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	"github.com/pulumi/pulumi/sdk/v3/go/common/version"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// executorName is the SDK's script that loads a Python program.
const executorName = "pulumi-language-python-exec"

// engineGrace is how long the engine may be silent before the host leaves.
const engineGrace = 5 * time.Minute

// parentPause lies between two looks whether the process that started the host still lives.
const parentPause = 2 * time.Second

func main() {
	showVersion := flag.Bool("version", false, "print the version and exit")
	flag.String("tracing", "", "accepted for compatibility; traces are not emitted")
	flag.Usage = func() {
		fmt.Fprintln(flag.CommandLine.Output(),
			"usage: pulumi-language-python [-version] [ENGINE_ADDRESS]\n\n"+
				"Started by the Pulumi engine, not by hand. Prints the port it serves on.")
		flag.PrintDefaults()
	}
	flag.Parse()
	if *showVersion {
		fmt.Println(version.Version)
		return
	}
	if err := serve(flag.Arg(0)); err != nil {
		fmt.Fprintln(os.Stderr, "pulumi-language-python:", err)
		os.Exit(1)
	}
}

// serve answers the engine until it ends, is interrupted or goes away.
func serve(engine string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	executor := filepath.Join(filepath.Dir(self), executorName)
	if _, err := os.Stat(executor); err != nil {
		return fmt.Errorf("%s must lie beside this binary: %w", executorName, err)
	}

	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	done := make(chan bool)
	context.AfterFunc(ctx, func() { close(done) })
	if engine != "" {
		// The host must not outlive an engine that was killed.
		if err := rpcutil.Healthcheck(ctx, engine, engineGrace, cancel); err != nil {
			return err
		}
	}

	go leaveWithParent(ctx, os.Getppid(), cancel)

	host := newHost(ctx, executor, engine)
	handle, err := rpcutil.ServeWithOptions(rpcutil.ServeOptions{
		Cancel: done,
		Init: func(server *grpc.Server) error {
			pulumirpc.RegisterLanguageRuntimeServer(server, host)
			return nil
		},
	})
	if err != nil {
		return err
	}
	fmt.Println(handle.Port) // the engine reads the port from the first line
	return <-handle.Done
}

// leaveWithParent ends the host soon after an engine that was killed, or that failed before it said goodbye.
func leaveWithParent(ctx context.Context, parent int, leave func()) {
	for os.Getppid() == parent {
		select {
		case <-ctx.Done():
			return
		case <-time.After(parentPause):
		}
	}
	leave()
}
