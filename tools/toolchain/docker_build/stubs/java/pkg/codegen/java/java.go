// Package java stands in for Pulumi's Java code generator, which is not
// published as a Go module. The docker-build provider fills this type only to
// describe its Java SDK, and nothing here generates one.
package java

// PackageInfo has the fields that the provider sets.
type PackageInfo struct {
	BuildFiles                      string
	GradleNexusPublishPluginVersion string
	Dependencies                    map[string]string
}
