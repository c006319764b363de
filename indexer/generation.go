package indexer

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

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
	// kept is when another one took its place, zero for one that searches never read or still do.
	kept time.Time
	meta search.Meta
}

func (g generation) name() string { return g.alias + "-g" + strconv.Itoa(g.number) }

// writeAlias is the name documents are written through. Writing demands an alias, so that an index that vanished is an error
// and not a new index with guessed fields.
func (g generation) writeAlias() string { return g.name() + "-write" }

// keptAlias starts the alias of a generation that was replaced; the moment follows, in milliseconds. It comes with the step
// that moves the live alias: there is no moment at which nobody knows what to keep.
func (g generation) keptAlias() string { return g.name() + "-kept-" }

// current reports whether the program writes documents as this generation has them.
func (g generation) current() bool {
	return g.number > 0 && g.writable && g.meta.Hash == search.DefinitionHash()
}

// unbroken reports whether the generation can have every change of an epoch: it was filled, or is, within it.
func (g generation) unbroken(epoch int64) bool { return g.current() && g.meta.Epoch == epoch }

// lineup says which generations a run writes.
type lineup struct {
	// live is the one that searches read, number 0 when there is none. next is being filled, number 0 when none is.
	live, next generation
	// kept were replaced a while ago.
	kept []generation
	// epoch is that of everything written now.
	epoch   int64
	highest int // number of any generation
}

// arrange puts the generations in their places. Of those that were never live the newest is the one to fill.
func arrange(alias string, all []generation) lineup {
	l := lineup{live: generation{alias: alias}, next: generation{alias: alias}}
	for _, g := range all {
		l.highest = max(l.highest, g.number)
		switch {
		case g.live:
			l.live = g
		case !g.kept.IsZero():
			l.kept = append(l.kept, g)
		}
	}
	for _, g := range all {
		if !g.live && g.kept.IsZero() && g.number > max(l.live.number, l.next.number) {
			l.next = g
		}
	}
	l.epoch = l.head().meta.Epoch
	return l
}

// head is the generation that has to go on: the one being filled, else the live one.
func (l lineup) head() generation {
	if l.next.number > 0 {
		return l.next
	}
	return l.live
}

// lineUp finds the generations, and creates the next one when their head cannot go on: the definition of the documents changed,
// the slot is gone, or the log is another one. A new generation is filled beside the live one, which serves on. Everything in
// the live one can be searched.
func (x *Indexer) lineUp(ctx context.Context) (lineup, commerce.IndexState, error) {
	all, err := x.generations(ctx)
	l := arrange(x.c.Alias, all)
	if err != nil {
		return l, commerce.IndexState{}, err
	}
	e, err := x.evidence(ctx, l)
	if err != nil {
		return l, e.saved, err
	}
	reason := l.head().discontinued(e)
	if reason == "" {
		return l, e.saved, nil
	}
	x.c.Logger.InfoContext(ctx, "creating a new index", "reason", reason)
	l.epoch = nextEpoch(all, e)
	l.highest++
	l.next, err = x.create(ctx, l.highest, search.Meta{Epoch: l.epoch, SystemID: e.log.SystemID, Timeline: int(e.log.Timeline)})
	return l, e.saved, err
}

// evidence is what says whether a generation can go on.
type evidence struct {
	highest int64 // version of a document in it
	beat    int64 // of the canary's document in it
	log     commerce.LogState
	saved   commerce.IndexState
	// owes says that the slot keeps changes for it: it is live, or its walk has begun.
	owes bool
}

// evidence asks the log after the index: another process may still be writing what it reads from a log that grows.
func (x *Indexer) evidence(ctx context.Context, l lineup) (e evidence, err error) {
	if e.highest, e.beat, err = x.newest(ctx, l.head()); err != nil {
		return e, err
	}
	if l.next.number > 0 && l.live.number > 0 { // what was confirmed can be found from now on
		if err := x.refresh(ctx, l.live.name()); err != nil {
			return e, err
		}
	}
	if e.log, err = x.c.State.LogState(ctx, x.c.Slot); err != nil {
		return e, fmt.Errorf("read the state of the log: %w", err)
	}
	if e.saved, err = x.c.State.IndexState(ctx, x.c.Slot); err != nil {
		return e, fmt.Errorf("read the state of the index: %w", err)
	}
	walk, err := x.c.Walks.Walk(ctx, x.c.Slot)
	if err != nil {
		return e, fmt.Errorf("read how far the walk is: %w", err)
	}
	e.owes = l.next.number == 0 || walk.Generation == l.next.number
	return e, nil
}

// discontinued says why the generation cannot go on, empty when it can.
func (g generation) discontinued(e evidence) string {
	switch {
	case g.number == 0:
		return "there is none"
	case g.meta.Hash != search.DefinitionHash():
		return "the definition of the documents changed"
	case g.meta.SystemID != e.log.SystemID || g.meta.Timeline != int(e.log.Timeline):
		return "the database's log is another one"
	case !g.writable:
		return "its write alias is gone"
	case !e.log.SlotExists && (e.owes || e.highest > 0):
		// An index whose walk has not begun was made a moment ago, by a process that ended before it made the slot.
		return "the replication slot is gone"
	case e.highest > version(g.meta.Epoch, e.log.Flushed), e.beat > e.log.Beat:
		return "the database's log went backwards"
	case e.owes && e.saved.Acknowledged > 0 && e.log.SlotConfirmed > e.saved.Acknowledged:
		return "somebody moved the replication slot, or made it again"
	}
	return ""
}

// highestEpoch is the last for which versions are positive numbers of 64 bits.
const highestEpoch = 127

// nextEpoch is above every epoch that was ever used: of the indexes, which a restored database knows nothing of, and of the
// database, which knows of indexes that are gone. After the last comes the first: a new generation starts empty, and the ones
// before it are not written any more then.
func nextEpoch(all []generation, e evidence) int64 {
	epoch := max(e.saved.Epoch, e.highest>>epochShift)
	for _, g := range all {
		epoch = max(epoch, g.meta.Epoch)
	}
	if epoch >= highestEpoch {
		return 1
	}
	return epoch + 1
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
		for alias := range index.Aliases {
			if since, ok := strings.CutPrefix(alias, g.keptAlias()); ok {
				ms, _ := strconv.ParseInt(since, 10, 64) // not ours, or spoilt: it was replaced long ago
				g.kept = time.UnixMilli(ms)
			}
		}
		all = append(all, g)
	}
	return all, nil
}

// newest is the highest version of the generation's documents and the last beat of the canary in it, 0 when it has none. It refreshes
// the index first, so that it misses nothing.
func (x *Indexer) newest(ctx context.Context, g generation) (version, beat int64, err error) {
	if g.number == 0 {
		return 0, 0, nil
	}
	if err = x.refresh(ctx, g.name()); err == nil {
		version, err = x.highest(ctx, g, `{"match_all":{}}`, "version")
	}
	if err == nil {
		beat, err = x.highest(ctx, g, `{"ids":{"values":["`+search.DocumentID(commerce.Canary())+`"]}}`, "price_min")
	}
	if err != nil {
		return 0, 0, fmt.Errorf("read what is newest in index %s: %w", g.name(), err)
	}
	return version, beat, nil
}

// highest is the highest value that a field has in documents of the generation, 0 when there are none.
func (x *Indexer) highest(ctx context.Context, g generation, query, field string) (int64, error) {
	var found struct {
		Hits struct {
			Hits []struct {
				Sort []json.Number `json:"sort"`
			} `json:"hits"`
		} `json:"hits"`
	}
	// A sort reads the value exactly; a max aggregation would go through a float and lose bits.
	body := strings.NewReader(fmt.Sprintf(`{"size":1,"_source":false,"query":%s,"sort":[{%q:"desc"}]}`, query, field))
	whole := false
	err := x.es.call(ctx, esapi.SearchRequest{Index: []string{g.name()}, Body: body, AllowPartialSearchResults: &whole}, &found)
	if err != nil || len(found.Hits.Hits) == 0 || len(found.Hits.Hits[0].Sort) == 0 {
		return 0, err
	}
	return found.Hits.Hits[0].Sort[0].Int64()
}

// refresh makes everything written to an index searchable.
func (x *Indexer) refresh(ctx context.Context, index string) error {
	if err := x.es.call(ctx, esapi.IndicesRefreshRequest{Index: []string{index}}, nil); err != nil {
		return fmt.Errorf("refresh index %s: %w", index, err)
	}
	return nil
}

// goLive points the alias from one generation to another, in one step: no search meets two indexes, or none. The one it leaves
// is marked as kept in the same step.
func (x *Indexer) goLive(ctx context.Context, from, to generation) error {
	actions := []map[string]any{{"add": map[string]any{"index": to.name(), "alias": to.alias}}}
	if !to.kept.IsZero() {
		actions = append(actions, map[string]any{"remove": map[string]any{"index": to.name(), "alias": to.keptAlias() + "*"}})
	}
	if from.number > 0 {
		since := strconv.FormatInt(x.c.Now().UnixMilli(), 10)
		actions = append(actions, map[string]any{"remove": map[string]any{"index": from.name(), "alias": from.alias}},
			map[string]any{"add": map[string]any{"index": from.name(), "alias": from.keptAlias() + since}})
	}
	body, err := json.Marshal(map[string]any{"actions": actions})
	if err != nil {
		return fmt.Errorf("encode alias actions: %w", err)
	}
	if err := x.es.call(ctx, esapi.IndicesUpdateAliasesRequest{Body: bytes.NewReader(body)}, nil); err != nil {
		return fmt.Errorf("point alias %s to index %s: %w", to.alias, to.name(), err)
	}
	x.c.Logger.InfoContext(ctx, "index is live", "index", to.name())
	return nil
}

// delete deletes a generation, and forgets what it refused.
func (x *Indexer) delete(ctx context.Context, g generation) error {
	if err := x.es.call(ctx, esapi.IndicesDeleteRequest{Index: []string{g.name()}}, nil); err != nil {
		return fmt.Errorf("delete index %s: %w", g.name(), err)
	}
	if err := x.c.DeadLetters.DropDeadIndex(ctx, g.name()); err != nil {
		return fmt.Errorf("forget the dead letters of index %s: %w", g.name(), err)
	}
	x.c.Logger.InfoContext(ctx, "old index is deleted", "index", g.name())
	return nil
}
