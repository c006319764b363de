package plantest

import (
	"embed"
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/vektah/gqlparser/v2/gqlerror"
	"golang.org/x/tools/txtar"
)

//go:embed corpus/*.txtar
var corpus embed.FS

// Case is a document of the zoo that was written by hand, and what gqlgen's executor makes of it.
type Case struct {
	// Name says what the case proves, after the name of its file.
	Name     string
	Document Document
	// Want is an outcome as Text writes it.
	Want string
}

// Corpus reads all cases.
func Corpus() ([]Case, error) {
	entries, err := corpus.ReadDir("corpus")
	if err != nil {
		return nil, err
	}
	var cases []Case
	for _, entry := range entries {
		text, err := corpus.ReadFile("corpus/" + entry.Name())
		if err != nil {
			return nil, err
		}
		read, err := readCases(strings.TrimSuffix(entry.Name(), ".txtar"), txtar.Parse(text))
		if err != nil {
			return nil, err
		}
		cases = append(cases, read...)
	}
	return cases, nil
}

// readCases reads an archive: for each case a .graphql, perhaps a .json with variables, and a .want.
func readCases(topic string, archive *txtar.Archive) ([]Case, error) {
	var cases []Case
	for _, file := range archive.Files {
		kind := path.Ext(file.Name)
		name := topic + "/" + strings.TrimSuffix(file.Name, kind)
		if kind == ".graphql" {
			cases = append(cases, Case{Name: name, Document: Document{Query: string(file.Data)}})
			continue
		}
		if len(cases) == 0 || cases[len(cases)-1].Name != name {
			return nil, fmt.Errorf("%s: %s stands below no document of its name", topic, file.Name)
		}
		last := &cases[len(cases)-1]
		switch kind {
		case ".want":
			last.Want = string(file.Data)
		case ".json":
			d := json.NewDecoder(strings.NewReader(string(file.Data)))
			d.UseNumber()
			if err := d.Decode(&last.Document.Variables); err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
		default:
			return nil, fmt.Errorf("%s: %s is neither .graphql, .json nor .want", topic, file.Name)
		}
	}
	return cases, nil
}

// Text writes an outcome for people: a line of data for each response, and below it its errors in the order of their text.
func (o Outcome) Text() string {
	var text strings.Builder
	if o.Panic != nil {
		fmt.Fprintf(&text, "panic: %v\n", o.Panic)
	}
	writeErrors(&text, "refused", o.Refused)
	for _, response := range o.Responses {
		data := string(response.Data)
		if data == "" {
			data = "no data"
		}
		text.WriteString(visible(data) + "\n")
		writeErrors(&text, "error", response.Errors)
	}
	return text.String()
}

// visible spells out what cannot be seen, and bytes that are no text.
func visible(data string) string {
	var text strings.Builder
	for i, r := range data {
		switch {
		case r == utf8.RuneError:
			fmt.Fprintf(&text, "<%#x>", data[i])
		case !unicode.IsPrint(r):
			fmt.Fprintf(&text, "<%U>", r)
		default:
			text.WriteRune(r)
		}
	}
	return text.String()
}

func writeErrors(text *strings.Builder, mark string, errs gqlerror.List) {
	var lines []string
	for _, err := range errs {
		var line strings.Builder
		fmt.Fprintf(&line, "%s at %s: %s", mark, err.Path, err.Message)
		for _, l := range err.Locations {
			fmt.Fprintf(&line, " (%d:%d)", l.Line, l.Column)
		}
		if len(err.Extensions) > 0 {
			fmt.Fprint(&line, " ", err.Extensions)
		}
		lines = append(lines, line.String()+"\n")
	}
	slices.Sort(lines)
	text.WriteString(strings.Join(lines, ""))
}
