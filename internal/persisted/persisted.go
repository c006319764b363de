// Package persisted reads the documents that clients ask for by id instead of sending their text.
//
// It never judges them: whether a document fits the schema is found out by whoever serves it.
package persisted

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"path"
	"slices"
	"strings"
	"unicode/utf8"
)

// Entry is a document under one of its ids. A document has as many entries as ids.
type Entry struct {
	// ID is the id without the prefix "sha256:". Every document has its SHA-256, in small hexadecimal digits.
	ID string
	// Text is the document, byte by byte as it was found.
	Text string
	// Origin says where it was found, for messages.
	Origin string
}

// Set is persisted documents. It is not changed once it is made.
type Set struct {
	entries []Entry
	byID    map[string]int
}

// All lists the entries in the order of their files.
func (s *Set) All() iter.Seq[Entry] { return slices.Values(s.entries) }

// Len is how many ids there are.
func (s *Set) Len() int { return len(s.entries) }

// Load reads the files of a folder, not of the folders in it: manifests, whose names end in .json, and documents, whose
// names end in .graphql. It reports every fault it finds, each with its file and entry.
func Load(folder fs.FS) (*Set, error) {
	files, err := fs.ReadDir(folder, ".")
	if err != nil {
		return nil, fmt.Errorf("read the folder: %w", err)
	}
	s := &Set{byID: map[string]int{}}
	var faults []error
	for _, file := range files {
		read, known := s.manifest, true
		switch path.Ext(file.Name()) {
		case ".json":
		case ".graphql":
			read = s.document
		default:
			known = false
		}
		if file.IsDir() || !known {
			continue
		}
		text, err := fs.ReadFile(folder, file.Name())
		if err != nil {
			faults = append(faults, err) // it names the file
			continue
		}
		faults = append(faults, read(file.Name(), text)...)
	}
	if err := errors.Join(faults...); err != nil {
		return nil, fmt.Errorf("persisted documents: %w", err)
	}
	return s, nil
}

// document takes a file that is a document.
func (s *Set) document(file string, text []byte) []error {
	return one(s.add("", string(text), file))
}

// in names the file of a fault.
func in(file string, err error) []error { return one(fmt.Errorf("%s: %w", file, err)) }

func one(err error) []error {
	if err == nil {
		return nil
	}
	return []error{err}
}

// The manifest of Apollo's tools, which says what it is. The manifests of Relay and graphql-codegen are plain maps.
const (
	apolloFormat  = "apollo-persisted-query-manifest"
	apolloVersion = 1
)

// manifest takes a file that holds many documents.
func (s *Set) manifest(file string, text []byte) []error {
	members, err := object(text)
	if err != nil {
		return in(file, err)
	}
	if i := slices.IndexFunc(members, func(m member) bool { return m.name == "format" }); i >= 0 {
		return s.apollo(file, text)
	}
	var faults []error
	for _, m := range members {
		var document string
		if err := json.Unmarshal(m.value, &document); err != nil || len(m.value) == 0 || m.value[0] != '"' {
			faults = append(faults, in(file, fmt.Errorf("entry %q: not a text; a manifest maps ids to documents, or has the format %s", m.name, apolloFormat))...)
			continue
		}
		if m.name == "" {
			faults = append(faults, in(file, errors.New("an entry has no id"))...)
			continue
		}
		faults = append(faults, one(s.add(m.name, document, fmt.Sprintf("%s: entry %q", file, m.name)))...)
	}
	return faults
}

// apollo takes a manifest in Apollo's format.
func (s *Set) apollo(file string, text []byte) []error {
	var manifest struct {
		Format     string `json:"format"`
		Version    int    `json:"version"`
		Operations []struct {
			ID   string `json:"id"`
			Name string `json:"name"`
			Type string `json:"type"`
			Body string `json:"body"`
		} `json:"operations"`
	}
	if err := json.Unmarshal(text, &manifest); err != nil {
		return in(file, fmt.Errorf("not a manifest of the format %s: %w", apolloFormat, err))
	}
	switch {
	case manifest.Format != apolloFormat:
		return in(file, fmt.Errorf("the format %q is not known; %s is", manifest.Format, apolloFormat))
	case manifest.Version != apolloVersion:
		return in(file, fmt.Errorf("version %d of the format %s is not known; %d is", manifest.Version, apolloFormat, apolloVersion))
	}
	var faults []error
	for i, op := range manifest.Operations {
		origin := fmt.Sprintf("%s: operation %d (%q)", file, i+1, op.Name)
		if op.ID == "" {
			faults = append(faults, in(file, fmt.Errorf("operation %d (%q) has no id", i+1, op.Name))...)
			continue
		}
		faults = append(faults, one(s.add(op.ID, op.Body, origin))...)
	}
	return faults
}

// add takes a document under its hash, and under the id that it has in its manifest.
func (s *Set) add(id, text, origin string) error {
	sum := sha256.Sum256([]byte(text))
	hash := hex.EncodeToString(sum[:])
	hashed := strings.HasPrefix(id, "sha256:")
	id = strings.TrimPrefix(id, "sha256:")
	switch {
	case !utf8.ValidString(text):
		return fmt.Errorf("%s is not UTF-8", origin)
	case strings.TrimSpace(text) == "":
		return fmt.Errorf("%s is empty", origin)
	case (hashed || isHash(id)) && id != hash:
		return fmt.Errorf("%s: the id looks like a SHA-256, but that of the text is %s", origin, hash)
	}
	if err := s.put(Entry{ID: hash, Text: text, Origin: origin}); err != nil || id == "" || id == hash {
		return err
	}
	return s.put(Entry{ID: id, Text: text, Origin: origin})
}

func isHash(id string) bool {
	raw, err := hex.DecodeString(id)
	return err == nil && len(raw) == sha256.Size
}

func (s *Set) put(e Entry) error {
	i, known := s.byID[e.ID]
	switch {
	case !known:
		s.byID[e.ID] = len(s.entries)
		s.entries = append(s.entries, e)
	case s.entries[i].Text != e.Text:
		return fmt.Errorf("%s: the id %q belongs to another document already, in %s", e.Origin, e.ID, s.entries[i].Origin)
	}
	return nil
}

// member is a member of a JSON object. encoding/json's maps forget the order, and keep the last of two with one name.
type member struct {
	name  string
	value json.RawMessage
}

func object(text []byte) ([]member, error) {
	d := json.NewDecoder(bytes.NewReader(bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))))
	if start, err := d.Token(); err != nil || start != json.Delim('{') {
		return nil, errors.New("a manifest is a JSON object")
	}
	var members []member
	seen := map[string]bool{}
	for d.More() {
		token, err := d.Token()
		if err != nil {
			return nil, fmt.Errorf("not JSON: %w", err)
		}
		name, _ := token.(string) // the decoder takes nothing else here
		if seen[name] {
			return nil, fmt.Errorf("entry %q is there twice", name)
		}
		seen[name] = true
		m := member{name: name}
		if err := d.Decode(&m.value); err != nil {
			return nil, fmt.Errorf("entry %q: not JSON: %w", name, err)
		}
		members = append(members, m)
	}
	if _, err := d.Token(); err != nil {
		return nil, fmt.Errorf("not JSON: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something stands behind the JSON object")
	}
	return members, nil
}
