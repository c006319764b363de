package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// example is what a document is tried with.
type example struct {
	Store     string         `json:"store"`
	Variables map[string]any `json:"variables"`
}

// operation finds the name of a document's operation.
var operation = regexp.MustCompile(`\bquery\s+(\w+)Query\b`)

// askDocuments sends every published document to the server, as its file has it and as each tool's manifest has it. The
// tools rewrite what they are given, so theirs are other texts of the same requests.
func askDocuments(ctx context.Context, n *node, s *system) ([]check, error) {
	if err := s.start(ctx); err != nil {
		return nil, err
	}
	examples := map[string]example{}
	for _, file := range []string{"../documents/variables.json", "relay/variables.json"} {
		if err := readJSON(filepath.Join(n.dir, file), &examples); err != nil {
			return nil, err
		}
	}
	texts, checks, err := documentTexts(n.dir)
	if err != nil {
		return nil, err
	}
	c := newClient()
	for _, label := range slices.Sorted(maps.Keys(texts)) {
		found := operation.FindStringSubmatch(texts[label])
		if found == nil {
			continue // an example of the Playground, which names its store itself
		}
		checks = append(checks, c.tryDocument(ctx, s.closed, label, texts[label], examples[found[1]]))
	}
	return checks, nil
}

// documentTexts are the documents and the two manifests' texts, each under a name for people. The ids of a manifest must be
// what the server takes: the SHA-256 of the text.
func documentTexts(dir string) (map[string]string, []check, error) {
	texts := map[string]string{}
	files, err := filepath.Glob(filepath.Join(dir, "../documents/*.graphql"))
	if err != nil {
		return nil, nil, err
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, nil, err
		}
		texts[filepath.Base(file)] = string(text)
	}
	var checks []check
	for tool, file := range map[string]string{"codegen": "../documents.json", "relay": "out/relay/documents.json"} {
		manifest := map[string]string{}
		if err := readJSON(filepath.Join(dir, file), &manifest); err != nil {
			return nil, nil, err
		}
		for id, text := range manifest {
			sum := sha256.Sum256([]byte(text))
			hash := hex.EncodeToString(sum[:])
			if strings.TrimPrefix(id, "sha256:") != hash {
				checks = append(checks, check{Name: tool + " " + id, Detail: "the id is not the SHA-256 of the text, " + hash})
			}
			texts[fmt.Sprintf("%s %s", tool, hash[:12])] = text
		}
	}
	return texts, checks, nil
}

func (c *client) tryDocument(ctx context.Context, url, label, text string, e example) check {
	header := map[string]string{}
	if e.Store != "" {
		header["Kirana-Store"] = e.Store
	}
	a, err := c.post(ctx, url, header, map[string]any{"query": text, "variables": e.Variables})
	switch {
	case err != nil:
		return check{Name: label, Detail: err.Error()}
	case a.status != http.StatusOK || a.Data == nil || len(a.Errors) > 0:
		return check{Name: label, Detail: a.brief()}
	}
	return check{Name: label, OK: true}
}

func readJSON(file string, v any) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, v); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return nil
}
