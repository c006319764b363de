package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
)

// errNoPostGraphile says that there is no PostGraphile to compare with.
var errNoPostGraphile = errors.New("PostGraphile is not installed")

// startPostGraphile runs the PostGraphile of a folder on a Postgres.
func startPostGraphile(ctx context.Context, folder, postgres string) (*armProcess, error) {
	if _, err := os.Stat(filepath.Join(folder, "node_modules")); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w in %s (npm ci does it)", errNoPostGraphile, folder)
	}
	node, err := exec.LookPath("node")
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errNoPostGraphile, err)
	}
	cmd := exec.CommandContext(ctx, node, filepath.Join(folder, "server.mjs"), postgres) //nolint:gosec // what is measured
	cmd.Env = append(cmd.Environ(), "NODE_ENV=production", "GRAPHILE_ENV=production")
	return start(cmd)
}

// postGraphileLoad is what PostGraphile is asked: the same list in its own schema. What it answers has a shape of its own, so
// only the numbers of products, variants and pictures are compared with what Kirana answers.
func postGraphileLoad(ctx context.Context, folder, addr string, connections int) (load, error) {
	document, err := os.ReadFile(filepath.Join(folder, "list.graphql"))
	if err != nil {
		return load{}, err
	}
	request, err := graphqlRequest(string(document))
	if err != nil {
		return load{}, err
	}
	want, err := askOnce(ctx, addr, request)
	if err != nil {
		return load{}, err
	}
	type nodes struct {
		Nodes []json.RawMessage `json:"nodes"`
	}
	type product struct {
		Variants nodes `json:"productVariantsByStoreIdAndProductId"`
		Media    nodes `json:"productMediasByStoreIdAndProductId"`
	}
	var said struct {
		Data struct {
			Store struct {
				Products struct {
					Nodes []product `json:"nodes"`
				} `json:"productsByStoreId"`
			} `json:"storeByHandle"`
		} `json:"data"`
	}
	if err := json.Unmarshal(want.body, &said); err != nil {
		return load{}, err
	}
	products := said.Data.Store.Products.Nodes
	whole := len(products) == 20
	for _, p := range products {
		whole = whole && len(p.Variants.Nodes) == 3 && len(p.Media.Nodes) == 2
	}
	if !whole {
		return load{}, fmt.Errorf("PostGraphile's list is not 20 × 3 × 2: %.600s", want.body)
	}
	return load{addr: addr, request: request, connections: connections, want: want}, nil
}
