package commerce_test

import (
	"fmt"
	"os"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
)

// The drawing in docs/jobs.md and the table of transitions say the same.
func TestJobStatesAsDrawn(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../docs/jobs.md")
	require.NoError(t, err)
	var drawn, coded []string
	for _, arrow := range regexp.MustCompile(`(?m)^    ([A-Z]+|\[\*\]) --> ([A-Z]+|\[\*\])$`).FindAllStringSubmatch(string(page), -1) {
		drawn = append(drawn, arrow[1]+" "+arrow[2])
	}
	coded = append(coded, "[*] "+string(commerce.JobQueued))
	for _, s := range commerce.JobStates() {
		for _, next := range s.Next() {
			coded = append(coded, fmt.Sprintf("%s %s", s, next))
		}
		if s.Final() {
			coded = append(coded, string(s)+" [*]")
		}
	}
	require.ElementsMatch(t, coded, drawn)
}

func TestJobProgress(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		job  commerce.Job
		want commerce.JobProgress
	}{
		{"waits", commerce.Job{JobCounts: commerce.JobCounts{TotalBytes: 10}}, commerce.JobProgress{Percent: new(0), TotalBytes: 10}},
		{"half", commerce.Job{JobCounts: commerce.JobCounts{Bytes: 5, TotalBytes: 10}}, commerce.JobProgress{Percent: new(50), Bytes: 5, TotalBytes: 10}},
		{"decoded text is longer than the file", commerce.Job{JobCounts: commerce.JobCounts{Bytes: 15, TotalBytes: 10}}, commerce.JobProgress{Percent: new(100), Bytes: 10, TotalBytes: 10}},
		{"an export", commerce.Job{State: commerce.JobRunning}, commerce.JobProgress{}},
		{"an export is done", commerce.Job{State: commerce.JobCompleted}, commerce.JobProgress{Percent: new(100)}},
	} {
		require.Equal(t, c.want, c.job.Progress(), c.name)
	}
}

// A link works until its end, for its path, and with the secret of its thing.
func TestLinkSecret(t *testing.T) {
	t.Parallel()
	now := time.Unix(1000, 0)
	secret := commerce.LinkSecret("a")
	link := secret.Sign("/jobs/1/2/result", now.Add(time.Hour))
	parts := regexp.MustCompile(`^/jobs/1/2/result\?expires=(\d+)&signature=([\w-]+)$`).FindStringSubmatch(link)
	require.NotNil(t, parts, link)
	expires, signature := parts[1], parts[2]
	for _, c := range []struct {
		name, path, expires, signature string
		secret                         commerce.LinkSecret
		now                            time.Time
		signed, fresh                  bool
	}{
		{"as it is", "/jobs/1/2/result", expires, signature, secret, now, true, true},
		{"at its end", "/jobs/1/2/result", expires, signature, secret, now.Add(time.Hour), true, false},
		{"another path", "/jobs/1/3/result", expires, signature, secret, now, false, false},
		{"a later end", "/jobs/1/2/result", expires + "0", signature, secret, now, false, false},
		{"no end", "/jobs/1/2/result", "", signature, secret, now, false, false},
		{"another secret", "/jobs/1/2/result", expires, signature, "b", now, false, false},
		{"no secret", "/jobs/1/2/result", expires, commerce.LinkSecret("").Sign("/jobs/1/2/result", now)[37:], "", now, false, false},
		{"no signature", "/jobs/1/2/result", expires, "", secret, now, false, false},
	} {
		signed, fresh := c.secret.Signed(c.path, c.expires, c.signature, c.now)
		require.Equal(t, []bool{c.signed, c.fresh}, []bool{signed, fresh}, c.name)
	}
	require.Equal(t, "(secret)", fmt.Sprint(secret))
}
