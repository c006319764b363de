package commerce_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/kirana-commerce/kirana/commerce"
)

func queryFields() commerce.QueryFields {
	return commerce.QueryFields{
		"title": commerce.QueryTitle, "vendor": commerce.QueryText, "tag": commerce.QueryText, "status": commerce.QueryStatus,
		"price": commerce.QueryDecimal, "inventory_total": commerce.QueryInt, "created_at": commerce.QueryTime,
	}
}

// What is written in many ways is read as one.
func TestParseQuery(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`rice`:                              `rice`,
		`  tata  rice `:                     `tata rice`,
		`tata AND rice`:                     `tata rice`,
		`a b OR c`:                          `a b OR c`,
		`a (b OR c)`:                        `a (b OR c)`,
		`((a) ((b)))`:                       `a b`,
		`a OR (b OR c)`:                     `a OR b OR c`,
		`NOT a`:                             `-a`,
		`-(a b)`:                            `-(a b)`,
		`--a`:                               `--a`,
		`ric*`:                              `ric*`,
		`"ric*"`:                            `"ric*"`,
		`t-shirt`:                           `"t-shirt"`,
		`Vendor:"Tata Salt"`:                `vendor:"Tata Salt"`,
		`vendor:Tata*`:                      `vendor:Tata*`,
		`vendor:""`:                         `vendor:""`,
		`tag:*`:                             `tag:""*`,
		`status:draft`:                      `status:DRAFT`,
		`price:>100 -tag:sale`:              `price:>100 -tag:sale`,
		`price:<=99.50`:                     `price:<="99.50"`,
		`inventory_total:<-5`:               `inventory_total:<"-5"`,
		`created_at:>=2026-01-01`:           `created_at:>="2026-01-01"`,
		`created_at:"2026-01-01T10:00:00Z"`: `created_at:"2026-01-01T10:00:00Z"`,
		`5:30`:                              `"5:30"`,
		`-`:                                 `"-"`,
		`say "a \"b\" \\"`:                  `say "a \"b\" \\"`,
		`ORANGE`:                            `ORANGE`,
		`"OR"`:                              `"OR"`,
		`चाय*`:                              `चाय*`,
	} {
		c, err := queryFields().Parse(text)
		require.NoError(t, err, text)
		require.Equal(t, want, c.String(), text)
	}
	c, err := queryFields().Parse(" \t")
	require.NoError(t, err)
	require.Nil(t, c)
}

func TestParseQueryRefuses(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`color:red`:                   `at character 1: there is no field "color". Use one of created_at, inventory_total, price, status, tag, title, vendor, or write the word in quotes.`,
		`चाय vendor:`:                 `at character 5: the field vendor has no value. Write vendor:value without a space, or the word in quotes.`,
		`vendor:>a`:                   `at character 1: the field vendor is a text, which has no order. Write vendor:value.`,
		`price:10*`:                   `at character 1: only texts can be found by their beginning, which price is not.`,
		`price:1e5`:                   `at character 1: "1e5" is no amount, such as 99.50.`,
		`price:-1`:                    `at character 1: "-1" is no amount, such as 99.50.`,
		`inventory_total:99999999999`: `at character 1: "99999999999" is no whole number, such as 5.`,
		`status:gone`:                 `at character 1: "GONE" is no status. Use active, draft or archived.`,
		`created_at:yesterday`:        `at character 1: "yesterday" is no day such as 2026-01-31, nor a moment such as 2026-01-31T09:30:00Z.`,
		`(a`:                          `at character 1: this parenthesis is never closed.`,
		`a)`:                          `at character 2: this parenthesis closes none. Leave it out, or write it in quotes.`,
		`a "b`:                        `at character 3: this quote is never closed.`,
		`a OR`:                        `at character 5: a condition is missing. Write a word, or field:value; AND, OR and NOT as words go in quotes.`,
		`OR a`:                        `at character 1: a condition is missing. Write a word, or field:value; AND, OR and NOT as words go in quotes.`,
		`()`:                          `at character 2: a condition is missing. Write a word, or field:value; AND, OR and NOT as words go in quotes.`,
		strings.Repeat("a ", 51):      `at character 101: the query has more than 50 conditions.`,
		strings.Repeat("(", 12) + "a": `at character 12: conditions stand inside each other on more than 10 levels. Write the query with fewer parentheses.`,
		strings.Repeat("x", 1001):     `1001 bytes are too long: at most 1000.`,
	} {
		_, err := queryFields().Parse(text)
		require.Equal(t, commerce.CodeBadUserInput, commerce.CodeOf(err), text)
		require.EqualError(t, err, `Argument "query": `+want, text)
	}
}

// term makes terms that Parse could have read.
func term() *rapid.Generator[*commerce.Condition] {
	text := rapid.StringMatching(`[a-zA-Z "\\()*:>-]{1,5}|OR|AND|चाय`)
	return rapid.Custom(func(t *rapid.T) *commerce.Condition {
		c := commerce.Term{Field: rapid.SampledFrom([]string{"", "", "title", "vendor", "status", "price", "inventory_total", "created_at"}).Draw(t, "field")}
		switch c.Field {
		case "", "title", "vendor":
			c.Value, c.Prefix = text.Draw(t, "value"), rapid.Bool().Draw(t, "prefix")
			return &commerce.Condition{Term: c}
		case "status":
			c.Value = rapid.SampledFrom([]string{"ACTIVE", "DRAFT"}).Draw(t, "status")
			return &commerce.Condition{Term: c}
		case "price":
			c.Value = rapid.StringMatching(`[0-9]{1,4}(\.[0-9]{1,2})?`).Draw(t, "price")
		case "inventory_total":
			c.Value = rapid.SampledFrom([]string{"0", "-3", "12"}).Draw(t, "n")
		case "created_at":
			c.Value = rapid.SampledFrom([]string{"2026-01-02", "2026-01-02T10:00:00+05:30"}).Draw(t, "at")
		}
		c.Compare = rapid.SampledFrom([]string{"", "<", "<=", ">", ">="}).Draw(t, "compare")
		return &commerce.Condition{Term: c}
	})
}

// condition makes conditions of a few levels, joined in no way that Parse would take apart.
func condition(depth int, outer commerce.Join) *rapid.Generator[*commerce.Condition] {
	return rapid.Custom(func(t *rapid.T) *commerce.Condition {
		join := rapid.SampledFrom([]commerce.Join{"", commerce.JoinAll, commerce.JoinAny, commerce.JoinNot}).Draw(t, "join")
		switch {
		case depth == 0 || join == "" || join == outer && join != commerce.JoinNot:
			return term().Draw(t, "term")
		case join == commerce.JoinNot:
			return &commerce.Condition{Join: join, Of: []*commerce.Condition{condition(depth-1, join).Draw(t, "not")}}
		}
		return &commerce.Condition{Join: join, Of: rapid.SliceOfN(condition(depth-1, join), 2, 3).Draw(t, "of")}
	})
}

func TestQueryReadsWhatItWrites(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		want := condition(3, "").Draw(t, "condition")
		got, err := queryFields().Parse(want.String())
		require.NoError(t, err, want.String())
		require.Equal(t, want, got, want.String())
	})
}

// Whatever a client writes is read or refused, and what is read is written and read again as the same.
func FuzzParseQuery(f *testing.F) {
	for _, seed := range []string{"", "rice -tag:sale", `vendor:"a b"*`, "(a OR b) NOT c", "a:b:c", "((", "\xff", "\"", "-", "--", "*", "price:>1.5"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := queryFields().Parse(text)
		if err != nil {
			require.Equal(t, commerce.CodeBadUserInput, commerce.CodeOf(err))
			return
		}
		if c == nil || len(c.String()) > 1000 {
			return
		}
		again, err := queryFields().Parse(c.String())
		require.NoError(t, err, c.String())
		require.Equal(t, c, again)
	})
}
