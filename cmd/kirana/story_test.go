package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/tools/txtar"
)

// The tutorial is a story that is told and run: docs/tutorial.txtar is what runs, docs/tutorial.md the same for people.
const (
	storyFile    = "../../docs/tutorial.txtar"
	tutorialFile = "../../docs/tutorial.md"
)

// step is one thing the merchant does: a request to the API, or a page that is opened.
type step struct {
	name  string
	parts map[string]string
	order []string
}

// readStory reads the steps of a story. Each file is named step/part; the parts are
//
//	why.md          what is done and why
//	headers         those of this step and all that follow, one a line
//	query.graphql   what is asked, with variables.json
//	answer.json     what comes back: "{{name}}" keeps a value for later steps, "{{}}" stands for any
//	get             an address that is opened instead, and contains, one text a line that it shows
//	again           the step is repeated until the answer is right: somebody else is at work
func readStory(archive *txtar.Archive) (intro string, steps []*step) {
	for _, f := range archive.Files {
		name, part, _ := strings.Cut(f.Name, "/")
		if len(steps) == 0 || steps[len(steps)-1].name != name {
			steps = append(steps, &step{name: name, parts: map[string]string{}})
		}
		s := steps[len(steps)-1]
		s.parts[part] = strings.TrimSpace(string(f.Data))
		s.order = append(s.order, part)
	}
	return strings.TrimSpace(string(archive.Comment)), steps
}

// storyteller plays a story on a server.
type storyteller struct {
	url     string
	headers http.Header
	values  map[string]string
}

var placeholder = regexp.MustCompile(`\{\{(\w*)\}\}`)

// filled puts in what earlier steps kept.
func (s *storyteller) filled(text string) string {
	return placeholder.ReplaceAllStringFunc(text, func(name string) string {
		if value, known := s.values[strings.Trim(name, "{}")]; known {
			return value
		}
		return name
	})
}

// play carries a step out and says what is wrong with what came back.
func (s *storyteller) play(ctx context.Context, at *step) error {
	for line := range strings.Lines(s.filled(at.parts["headers"])) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		s.headers.Set(name, value)
	}
	if address, isPage := at.parts["get"]; isPage {
		return s.open(ctx, s.filled(address), at.parts["contains"])
	}
	variables := at.parts["variables.json"]
	if variables == "" {
		variables = "{}"
	}
	body, err := json.Marshal(map[string]any{"query": s.filled(at.parts["query.graphql"]), "variables": json.RawMessage(s.filled(variables))})
	if err != nil {
		return err
	}
	got, err := s.request(ctx, http.MethodPost, s.url+"/graphql", body)
	if err != nil {
		return err
	}
	return s.compare(at.parts["answer.json"], got)
}

func (s *storyteller) open(ctx context.Context, address, contains string) error {
	if strings.HasPrefix(address, "/") {
		address = s.url + address
	}
	got, err := s.request(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	for text := range strings.Lines(s.filled(contains)) {
		if text = strings.TrimSpace(text); !bytes.Contains(got, []byte(text)) {
			return fmt.Errorf("%s does not show %q:\n%s", address, text, got)
		}
	}
	return nil
}

func (s *storyteller) request(ctx context.Context, method, address string, body []byte) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	if method == http.MethodPost {
		req.Header = s.headers.Clone()
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	return io.ReadAll(res.Body)
}

// compare holds an answer against what the story says it is, and keeps the values it names.
func (s *storyteller) compare(want string, got []byte) error {
	var wanted, answered any
	if err := json.Unmarshal([]byte(want), &wanted); err != nil {
		return fmt.Errorf("answer.json: %w", err)
	}
	var envelope struct {
		Data   any   `json:"data"`
		Errors []any `json:"errors"`
	}
	if err := json.Unmarshal(got, &envelope); err != nil {
		return fmt.Errorf("%w: %s", err, got)
	}
	if len(envelope.Errors) > 0 {
		return fmt.Errorf("the answer has errors: %s", got)
	}
	answered = envelope.Data
	kept := map[string]string{}
	if at := s.differ(wanted, answered, kept); at != "" {
		return fmt.Errorf("the answer differs at %s:\n%s", at, got)
	}
	maps.Copy(s.values, kept)
	return nil
}

// differ says where two values differ, "" where they do not.
func (s *storyteller) differ(want, got any, kept map[string]string) string {
	switch want := want.(type) {
	case map[string]any:
		object, _ := got.(map[string]any)
		if len(object) != len(want) {
			return fmt.Sprintf("{%d fields, not %d}", len(object), len(want))
		}
		for name, value := range want {
			if at := s.differ(value, object[name], kept); at != "" {
				return "." + name + at
			}
		}
		return ""
	case []any:
		list, _ := got.([]any)
		if len(list) != len(want) {
			return fmt.Sprintf("[%d elements, not %d]", len(list), len(want))
		}
		for i := range want {
			if at := s.differ(want[i], list[i], kept); at != "" {
				return fmt.Sprintf("[%d]%s", i, at)
			}
		}
		return ""
	case string:
		return s.differText(want, got, kept)
	}
	if fmt.Sprint(want) != fmt.Sprint(got) {
		return fmt.Sprintf(" (%v, not %v)", got, want)
	}
	return ""
}

func (s *storyteller) differText(want string, got any, kept map[string]string) string {
	name := placeholder.FindStringSubmatch(want)
	if name != nil && name[0] == want && s.values[name[1]] == "" && got != nil {
		if name[1] != "" {
			kept[name[1]] = fmt.Sprint(got)
		}
		return ""
	}
	if text, isText := got.(string); !isText || text != s.filled(want) {
		return fmt.Sprintf(" (%v, not %s)", got, want)
	}
	return ""
}

// The story of a merchant's first hour, from nothing to a shop, on the program itself.
func TestTutorial(t *testing.T) {
	t.Parallel()
	d := sharedDev(t)
	archive, err := txtar.ParseFile(storyFile)
	require.NoError(t, err)
	intro, steps := readStory(archive)
	teller := &storyteller{url: d.url, headers: http.Header{}, values: map[string]string{"url": d.url}}
	for _, at := range steps {
		if _, again := at.parts["again"]; again {
			var last error
			eventually(t, at.name, func() bool {
				last = teller.play(t.Context(), at)
				return last == nil
			})
			continue
		}
		require.NoError(t, teller.play(t.Context(), at), at.name)
	}
	tutorial := tell(intro, steps)
	if *update {
		require.NoError(t, os.WriteFile(tutorialFile, []byte(tutorial), 0o600))
	}
	text, err := os.ReadFile(tutorialFile)
	require.NoError(t, err)
	require.Equal(t, tutorial, string(text), "go test ./cmd/kirana -run TestTutorial -update tells the story anew")
}

// tell writes a story for people.
func tell(intro string, steps []*step) string {
	var b strings.Builder
	b.WriteString(intro + "\n")
	for i, at := range steps {
		_, title, _ := strings.Cut(at.name, " ")
		fmt.Fprintf(&b, "\n## %d. %s\n", i+1, title)
		for _, part := range at.order {
			switch text := at.parts[part]; part {
			case "why.md":
				fmt.Fprintf(&b, "\n%s\n", text)
			case "headers":
				fmt.Fprintf(&b, "\nHeaders, from here on:\n\n```json\n%s\n```\n", headersAsJSON(text))
			case "query.graphql":
				fmt.Fprintf(&b, "\n```graphql\n%s\n```\n", text)
			case "variables.json":
				fmt.Fprintf(&b, "\nVariables:\n\n```json\n%s\n```\n", text)
			case "answer.json":
				fmt.Fprintf(&b, "\nThe answer's `data`:\n\n```json\n%s\n```\n", strings.ReplaceAll(text, "{{}}", "…"))
			case "get":
				fmt.Fprintf(&b, "\nOpen `%s` in a browser.\n", text)
			}
		}
	}
	return b.String()
}

// headersAsJSON writes headers as the Playground takes them.
func headersAsJSON(text string) string {
	var lines []string
	for line := range strings.Lines(text) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		lines = append(lines, fmt.Sprintf("  %q: %q", name, value))
	}
	return "{\n" + strings.Join(lines, ",\n") + "\n}"
}
