// Command generate is gqlgen with the plugin of package codegen: it reads gqlgen.yml from here upwards and writes the
// executor, the models, the resolvers' stubs and the table of plans.
//
// It never runs but through `go generate`.
package main

import (
	"flag"
	"fmt"
	"os"
	"strings"

	"github.com/99designs/gqlgen/api"
	"github.com/99designs/gqlgen/codegen/config"

	"github.com/kirana-commerce/kirana/graph/codegen"
)

func main() {
	inMemory := flag.String("in-memory", "", "resolvers that never wait, as `Type.field,Type.field`")
	flag.Parse()
	if err := run(*inMemory); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

func run(inMemory string) error {
	cfg, err := config.LoadConfigFromDefaultLocations()
	if err != nil {
		return err
	}
	var plugin codegen.Plugin
	if inMemory != "" {
		plugin.InMemory = strings.Split(inMemory, ",")
	}
	return api.Generate(cfg, api.AddPlugin(plugin))
}
