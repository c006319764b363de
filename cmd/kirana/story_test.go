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
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/tools/txtar"
)

// step is one thing that somebody does: a request to the API, a page that is opened, or a command.
type step struct {
	name  string
	parts map[string]string
	order []string
}

// readStory reads the steps of a story. Each file is named step/part; the parts are
//
//	why.md          what is done and why
//	headers         those of this step and all that follow, one a line
//	without         a header that this step and all that follow do without
//	query.graphql   what is asked, with variables.json
//	answer.json     what comes back: "{{name}}" keeps a value for later steps, "{{}}" stands for any
//	get             an address that is opened instead, and contains, one text a line that it shows
//	run             a command line that is run instead, and prints, what it prints
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
	dev     *dev
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
	s.headers.Del(at.parts["without"])
	if line, isCommand := at.parts["run"]; isCommand {
		return s.run(line, at.parts["prints"])
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
	got, err := s.request(ctx, http.MethodPost, s.dev.url+"/graphql", body)
	if err != nil {
		return err
	}
	return s.compare(at.parts["answer.json"], got)
}

// run runs a command on the data of this server, which is in another directory than a reader's.
func (s *storyteller) run(line, prints string) error {
	args := append(strings.Fields(line)[1:], "--data-dir", s.dev.dir)
	code, stdout, stderr := command(args...)
	if code != 0 || strings.TrimSpace(stdout) != prints {
		return fmt.Errorf("%s ends with %d and prints:\n%s%s", line, code, stdout, stderr)
	}
	return nil
}

func (s *storyteller) open(ctx context.Context, address, contains string) error {
	if strings.HasPrefix(address, "/") {
		address = s.dev.url + address
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

// A tutorial is a story that is told and run, on the program itself: docs/<name>.txtar is what runs, docs/<name>.md the same for people.
func TestTutorial(t *testing.T) {
	t.Parallel()
	d := sharedDev(t)
	for _, name := range []string{"tutorial", "tutorial-buyer", "search-rules", "search-filters"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			archive, err := txtar.ParseFile("../../docs/" + name + ".txtar")
			require.NoError(t, err)
			intro, steps := readStory(archive)
			requirePlayed(t, d, steps)
			told, tutorial := "../../docs/"+name+".md", tell(intro, steps)
			if *update {
				require.NoError(t, os.WriteFile(told, []byte(tutorial), 0o600))
			}
			text, err := os.ReadFile(told)
			require.NoError(t, err)
			require.Equal(t, tutorial, string(text), "go test ./cmd/kirana -run TestTutorial -update tells the story anew")
		})
	}
}

func requirePlayed(t *testing.T, d *dev, steps []*step) {
	t.Helper()
	teller := &storyteller{dev: d, headers: http.Header{}, values: map[string]string{"url": d.url}}
	for _, at := range steps {
		if _, again := at.parts["again"]; again {
			requirePlayedInTime(t, teller, at)
			continue
		}
		require.NoError(t, teller.play(t.Context(), at), at.name)
	}
}

// requirePlayedInTime repeats a step until it is right, and says what was wrong at last.
func requirePlayedInTime(t *testing.T, teller *storyteller, at *step) {
	t.Helper()
	var last atomic.Pointer[error]
	defer func() {
		if t.Failed() && last.Load() != nil {
			t.Log(*last.Load())
		}
	}()
	eventually(t, at.name, func() bool {
		err := teller.play(t.Context(), at)
		last.Store(&err)
		return err == nil
	})
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
			case "without":
				fmt.Fprintf(&b, "\nWithout the header `%s`, from here on.\n", text)
			case "query.graphql":
				fmt.Fprintf(&b, "\n```graphql\n%s\n```\n", text)
			case "variables.json":
				fmt.Fprintf(&b, "\nVariables:\n\n```json\n%s\n```\n", text)
			case "answer.json":
				fmt.Fprintf(&b, "\nThe answer's `data`:\n\n```json\n%s\n```\n", strings.ReplaceAll(text, "{{}}", "…"))
			case "get":
				fmt.Fprintf(&b, "\nOpen `%s` in a browser.\n", text)
			case "run":
				fmt.Fprintf(&b, "\n```sh\n%s\n```\n", text)
			case "prints":
				fmt.Fprintf(&b, "\nIt prints:\n\n```\n%s\n```\n", text)
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
