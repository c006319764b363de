package indexer

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/elastic/go-elasticsearch/v8/esapi"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/search"
)

// generation is one physical index. The alias that searches read points to the live one.
type generation struct {
	alias  string
	number int
	live   bool
	// writable says that it has its write alias.
	writable bool
	meta     search.Meta
}

func (g generation) name() string { return g.alias + "-g" + strconv.Itoa(g.number) }

// writeAlias is the name documents are written through. Writing demands an alias, so that an index that vanished is an error
// and not a new index with guessed fields.
func (g generation) writeAlias() string { return g.name() + "-write" }

// target finds the index to write to, and creates the next generation when none can go on: the definition of the documents
// changed, the slot is gone, or the log is another one. A new generation is filled beside the live one, which serves on.
// Everything in the target can be searched.
func (x *Indexer) target(ctx context.Context) (generation, error) {
	newest, err := x.newest(ctx)
	if err != nil {
		return newest, err
	}
	highest, err := x.highestVersion(ctx, newest)
	if err != nil {
		return newest, err
	}
	// The log is asked after the index: another process may still be writing what it reads from a log that grows.
	log, err := x.c.State.LogState(ctx, x.c.Slot)
	if err != nil {
		return newest, fmt.Errorf("read the state of the log: %w", err)
	}
	reason := newest.discontinued(highest, log)
	if reason == "" {
		return newest, nil
	}
	x.c.Logger.InfoContext(ctx, "creating a new index", "reason", reason)
	// It starts empty, so its versions need no new epoch.
	return x.create(ctx, newest.number+1, search.Meta{
		Epoch: max(newest.meta.Epoch, 1), SystemID: log.SystemID, Timeline: int(log.Timeline),
	})
}

// newest is the generation with the highest number, number 0 when there is none.
func (x *Indexer) newest(ctx context.Context) (generation, error) {
	all, err := x.generations(ctx)
	newest := generation{alias: x.c.Alias}
	for _, g := range all {
		if g.number > newest.number {
			newest = g
		}
	}
	return newest, err
}

// discontinued says why the generation cannot go on with a log, empty when it can. Highest is the highest version in it.
func (g generation) discontinued(highest int64, log commerce.LogState) string {
	switch {
	case g.number == 0:
		return "there is none"
	case g.meta.Hash != search.DefinitionHash():
		return "the definition of the documents changed"
	case g.meta.SystemID != log.SystemID || g.meta.Timeline != int(log.Timeline):
		return "the database's log is another one"
	case !g.writable:
		return "its write alias is gone"
	case !log.SlotExists && (g.live || highest > 0):
		// An index that is empty and not live was made a moment ago, by a process that ended before it made the slot.
		return "the replication slot is gone"
	case highest > version(g.meta.Epoch, log.Flushed):
		return "the database's log went backwards"
	}
	return ""
}

// create makes a generation, empty and not live.
func (x *Indexer) create(ctx context.Context, number int, meta search.Meta) (generation, error) {
	meta.Hash = search.DefinitionHash()
	g := generation{alias: x.c.Alias, number: number, writable: true, meta: meta}
	var body map[string]json.RawMessage
	if err := json.Unmarshal(search.Definition(meta), &body); err != nil {
		return g, fmt.Errorf("read the definition of the index: %w", err)
	}
	// The write alias comes with the index: an end in between would leave one that cannot be written to.
	body["aliases"] = fmt.Appendf(nil, `{%q:{}}`, g.writeAlias())
	text, err := json.Marshal(body)
	if err != nil {
		return g, fmt.Errorf("encode the definition of the index: %w", err)
	}
	if err := x.es.call(ctx, esapi.IndicesCreateRequest{Index: g.name(), Body: bytes.NewReader(text)}, nil); err != nil {
		return g, fmt.Errorf("create index %s: %w", g.name(), err)
	}
	return g, nil
}

// generations lists the indexes that exist.
func (x *Indexer) generations(ctx context.Context) ([]generation, error) {
	var indexes map[string]struct {
		Aliases  map[string]any `json:"aliases"`
		Mappings struct {
			Meta search.Meta `json:"_meta"`
		} `json:"mappings"`
	}
	yes := true
	if err := x.es.call(ctx, esapi.IndicesGetRequest{Index: []string{x.c.Alias + "-g*"}, AllowNoIndices: &yes}, &indexes); err != nil {
		return nil, fmt.Errorf("list the indexes: %w", err)
	}
	var all []generation
	for name, index := range indexes {
		n, err := strconv.Atoi(strings.TrimPrefix(name, x.c.Alias+"-g"))
		if err != nil {
			continue
		}
		g := generation{alias: x.c.Alias, number: n, meta: index.Mappings.Meta}
		_, g.live = index.Aliases[g.alias]
		_, g.writable = index.Aliases[g.writeAlias()]
		all = append(all, g)
	}
	return all, nil
}

// highestVersion is the highest version of the generation's documents, 0 when it has none. It refreshes the index first, so
// that it misses nothing.
func (x *Indexer) highestVersion(ctx context.Context, g generation) (int64, error) {
	if g.number == 0 {
		return 0, nil
	}
	var found struct {
		Hits struct {
			Hits []struct {
				Sort []json.Number `json:"sort"`
			} `json:"hits"`
		} `json:"hits"`
	}
	err := x.es.call(ctx, esapi.IndicesRefreshRequest{Index: []string{g.name()}}, nil)
	if err == nil {
		// A sort reads the value exactly; a max aggregation would go through a float and lose bits.
		body := strings.NewReader(`{"size":1,"_source":false,"sort":[{"version":"desc"}]}`)
		whole := false
		err = x.es.call(ctx, esapi.SearchRequest{Index: []string{g.name()}, Body: body, AllowPartialSearchResults: &whole}, &found)
	}
	if err != nil {
		return 0, fmt.Errorf("read the highest version of index %s: %w", g.name(), err)
	}
	if len(found.Hits.Hits) == 0 || len(found.Hits.Hits[0].Sort) == 0 {
		return 0, nil
	}
	return found.Hits.Hits[0].Sort[0].Int64()
}

// goLive points the alias to the generation, in one step: no search meets two indexes, or none.
func (x *Indexer) goLive(ctx context.Context, g generation) error {
	all, err := x.generations(ctx)
	if err != nil {
		return err
	}
	actions := []map[string]any{{"add": map[string]any{"index": g.name(), "alias": g.alias}}}
	for _, other := range all {
		if other.live && other.number != g.number {
			actions = append(actions, map[string]any{"remove": map[string]any{"index": other.name(), "alias": g.alias}})
		}
	}
	body, err := json.Marshal(map[string]any{"actions": actions})
	if err != nil {
		return fmt.Errorf("encode alias actions: %w", err)
	}
	if err := x.es.call(ctx, esapi.IndicesUpdateAliasesRequest{Body: bytes.NewReader(body)}, nil); err != nil {
		return fmt.Errorf("point alias %s to index %s: %w", g.alias, g.name(), err)
	}
	x.c.Logger.InfoContext(ctx, "index is live", "index", g.name())
	return nil
}

// deleteBefore deletes the generations before a live one. A later one is that of a newer program, which waits for the slot.
func (x *Indexer) deleteBefore(ctx context.Context, live generation) error {
	all, err := x.generations(ctx)
	if err != nil {
		return err
	}
	for _, old := range all {
		if old.number >= live.number {
			continue
		}
		if err := x.es.call(ctx, esapi.IndicesDeleteRequest{Index: []string{old.name()}}, nil); err != nil {
			return fmt.Errorf("delete index %s: %w", old.name(), err)
		}
		x.c.Logger.InfoContext(ctx, "old index is deleted", "index", old.name())
	}
	return nil
}
