// Package codegen stands in for Pulumi's .NET code generator, which is not
// published as a Go module. The docker-build provider fills this type only to
// describe its .NET SDK, and nothing here generates one.
package codegen

// CSharpPackageInfo has the fields that the provider sets.
type CSharpPackageInfo struct {
	RespectSchemaVersion bool
	PackageReferences    map[string]string
}
