package graph

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// FuzzJSON compares the decoder with encoding/json: what is JSON, and what it says.
func FuzzJSON(f *testing.F) {
	for _, seed := range []string{
		`{"a":[1,-0.5e+10,true,false,null,"x"]}`, ` { } `, `[]`, `[1,]`, `{"a":1,}`, `{"a" 1}`, `{a:1}`, `[1 2]`, `"`, `"\`, `"\u12`, `01`, `-`, `1.`, `1e`, `.5`, `+1`,
		`"\"\\\/\b\f\n\r\t\u00e9"`, `"\ud83d\ude00 \ud83d \ude00 \ud83d\u0041 \ud83d\n"`, `"\x"`, "\"\x01\"", "\"\x7f\"", `{"a":1,"a":{"b":2}}`, `nul`, `nulll`, `truefalse`, `{"a\n":1}`,
		"1\x00", "\x00", ``, `1 2`, `9007199254740993`, `1E400`, `"é😀"`, `{"":""}`, `[[[[]]]]`, `{"\u0061":"b\n","c":["\n","\n\n"]}`, `-0`, `00`, `1e5e5`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if !utf8.ValidString(text) {
			t.Skip("refused before it is decoded")
		}
		var want any
		oracle := json.NewDecoder(bytes.NewReader([]byte(text)))
		oracle.UseNumber()
		err := oracle.Decode(&want)
		if err == nil {
			if _, more := oracle.Token(); !errors.Is(more, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
		}
		d := decoder{bytes: []byte(text)}
		got, ok := d.value()
		ok = ok && d.end()
		require.Equal(t, err == nil, ok, "%q: %v", text, err)
		if ok {
			require.Equal(t, want, got, text)
		}
	})
}

func TestNesting(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		levels int
		ok     bool
	}{{maxNesting, true}, {maxNesting + 1, false}} {
		d := decoder{bytes: append(bytes.Repeat([]byte("["), c.levels), bytes.Repeat([]byte("]"), c.levels)...)}
		_, ok := d.value()
		require.Equal(t, c.ok, ok)
	}
}
