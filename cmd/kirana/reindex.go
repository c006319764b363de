package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/db"
	"github.com/kirana-commerce/kirana/indexer"
)

type reindexCommand struct {
	databaseFlags
	Rollback    bool `xor:"what" help:"Let searches read the generation before again."`
	DeadLetters bool `xor:"what" help:"Have the documents that the search engine refused built and written anew."`
	Status      bool `xor:"what" help:"Say how far the index is; ask for nothing."`
	JSON        bool `help:"Print JSON."`
}

// Help is shown by kirana reindex --help.
func (*reindexCommand) Help() string {
	return `Fills a new generation of the search index beside the one that searches read, checks it against the database, and lets searches read it. The
indexer that runs does the work (kirana index, or kirana dev), in whatever process: it is asked through the database's log. This command shows how
far it is. End it as you like: the indexer goes on, also after a restart, where it was. Meanwhile searches read the present generation, which
stays as fresh as ever; disk space is needed for both.

You rarely need it. A program whose documents look different fills a new generation by itself, and so does one that finds another log, or no
replication slot. Ask for it when "kirana verify" finds more than you want repaired one by one.

The generation before is kept for an hour, and written all the while: --rollback takes searches back to it at once, and back again. It is refused
when none is kept that has every change: after a new definition of the documents, a lost slot or a truncated table there is none. Such a
generation belongs to the program that wrote it.

A document that the search engine refuses becomes a dead letter: everything else goes on, and what the index has of the product stays as it
was. "kirana_index_dead_letters" counts them, the table search_dead_letters says why. Any change of the product tries it again; --dead-letters
tries all of them, after the cause was put right.

Exit code 0: it is done. 3: it was refused, and searches read what they did. 4: you stopped watching; the indexer goes on. 1: nothing was asked
for.`
}

// The outcomes that are no faults.
const (
	errReindexRefused = exitError(3)
	errNotWatched     = exitError(4)
)

// resyncPage is the number of refused documents in one message.
const resyncPage = 500

// Run does what is asked for.
func (r *reindexCommand) Run(c *console) error {
	d, err := r.open()
	if err != nil {
		return err
	}
	defer d.Close() //nolint:errcheck // the process ends
	job := reindex{c: c, d: d, json: r.JSON, slot: indexer.DefaultSlot}
	if r.Status {
		return job.status()
	}
	if err := job.someoneIndexes(); err != nil {
		return err
	}
	switch {
	case r.DeadLetters:
		return job.deadLetters()
	case r.Rollback:
		return job.rollBack()
	}
	return job.rebuild()
}

// reindex is one run of the command.
type reindex struct {
	c    *console
	d    *db.DB
	json bool
	slot string
}

// restartPatience is longer than an indexer that starts over leaves the slot alone.
const restartPatience = 5 * time.Second

// someoneIndexes fails when nobody would do the work.
func (r *reindex) someoneIndexes() error {
	began := time.Now()
	return r.until(func(ctx context.Context) (bool, error) {
		log, err := r.d.LogState(ctx, r.slot)
		if err == nil && !log.SlotActive && time.Since(began) > restartPatience {
			err = errors.New("no indexer runs: nobody reads from the replication slot " + r.slot + ". Start `kirana index` (or `kirana dev`, which has " +
				"one) and ask again; nothing was asked for")
		}
		return log.SlotActive, err
	})
}

func (r *reindex) deadLetters() error {
	page := commerce.Resync{Run: "dead-letters", Limit: resyncPage}
	total := 0
	for {
		last, n, err := r.d.EmitDeadLetters(r.c.ctx, page)
		if err != nil {
			return err
		}
		if n == 0 {
			break
		}
		total += n
		page.After = last
	}
	if r.json {
		return r.c.json(map[string]int{"documents": total})
	}
	r.c.printf("%d documents are tried again; kirana reindex --status says how many are refused", total)
	return nil
}

func (r *reindex) rollBack() error {
	s, err := r.d.IndexState(r.c.ctx, r.slot)
	if err != nil {
		return err
	}
	id, err := r.d.AskForRollback(r.c.ctx, s.Generation)
	if err != nil {
		return err
	}
	n, err := r.answered(id)
	if err != nil {
		return err
	}
	return r.tell(commerce.Walk{Generation: n, Live: true})
}

func (r *reindex) rebuild() error {
	id, err := r.d.AskForRebuild(r.c.ctx)
	if err != nil {
		return err
	}
	n, err := r.answered(id)
	if err != nil {
		return err
	}
	r.c.notef("generation %d is being filled", n)
	w, err := r.follow(n)
	if err != nil {
		return err
	}
	if err := r.tell(w); err != nil {
		return err
	}
	if !w.Live {
		return errReindexRefused
	}
	return nil
}

// tell prints what became of a generation.
func (r *reindex) tell(w commerce.Walk) error {
	if r.json {
		return r.c.json(map[string]any{
			"generation": w.Generation, "products": w.Products, "seconds": w.Took.Seconds(), "live": w.Live, "refused": w.Refused,
		})
	}
	switch {
	case !w.Live:
		r.c.printf("generation %d does not go live: %s", w.Generation, w.Refused)
	case w.Products > 0:
		r.c.printf("searches read generation %d: %d products in %s", w.Generation, w.Products, w.Took.Round(100*time.Millisecond))
	default:
		r.c.printf("searches read generation %d", w.Generation)
	}
	return nil
}

// The times between two looks at what the indexer does, and between two lines of progress.
const (
	lookInterval     = 100 * time.Millisecond
	progressInterval = 2 * time.Second
)

// until looks again and again until done says so, an error comes, or nobody watches any more.
func (r *reindex) until(look func(ctx context.Context) (done bool, err error)) error {
	tick := time.NewTicker(lookInterval)
	defer tick.Stop()
	for {
		done, err := look(r.c.ctx)
		if r.c.ctx.Err() != nil {
			r.c.notef("what was asked for goes on by itself; kirana reindex --status says how far it is")
			return errNotWatched
		}
		if done || err != nil {
			return err
		}
		select {
		case <-tick.C:
		case <-r.c.ctx.Done():
		}
	}
}

// answered waits for the indexer's answer to a request: the number of a generation.
func (r *reindex) answered(id string) (int, error) {
	var outcome string
	err := r.until(func(ctx context.Context) (bool, error) {
		s, err := r.d.IndexState(ctx, r.slot)
		outcome = s.Outcome
		return s.Request == id, err
	})
	if err != nil {
		return 0, err
	}
	number, ok := strings.CutPrefix(outcome, "generation ")
	if !ok {
		r.c.notef("%s", outcome)
		return 0, errReindexRefused
	}
	return strconv.Atoi(number)
}

// follow shows how far a generation is, until it is live or refused.
func (r *reindex) follow(generation int) (commerce.Walk, error) {
	var w commerce.Walk
	told := time.Now()
	err := r.until(func(ctx context.Context) (done bool, err error) {
		if w, err = r.d.Walk(ctx, r.slot); err != nil || w.Generation < generation {
			return false, err
		}
		if w.Generation > generation {
			return false, fmt.Errorf("generation %d was given up for generation %d, which somebody else asked for", generation, w.Generation)
		}
		if now := time.Now(); now.Sub(told) >= progressInterval {
			told = now
			r.c.notef("%s", walkProgress(w))
		}
		return w.Live || w.Refused != "", nil
	})
	return w, err
}

// walkProgress says how far a walk is, and when it will be at its end if it goes on like that.
func walkProgress(w commerce.Walk) string {
	text := fmt.Sprintf("generation %d: %d of %d products", w.Generation, w.Products, w.Total)
	if w.Whole {
		return text + ", being checked"
	}
	if rate := float64(w.Products) / w.Took.Seconds(); rate >= 1 {
		left := time.Duration(float64(max(w.Total-w.Products, 0)) / rate * float64(time.Second))
		text += fmt.Sprintf(", %.0f/s, %s left", rate, left.Round(time.Second))
	}
	return text
}

// indexStatus is what --status prints.
type indexStatus struct {
	Generation  int            `json:"generation"`
	Indexer     bool           `json:"indexer"`
	BehindBytes int64          `json:"behindBytes"`
	DeadLetters map[string]int `json:"deadLetters"`
	Filling     int            `json:"filling,omitempty"`
	Products    int64          `json:"products,omitempty"`
	Total       int64          `json:"total,omitempty"`
	Refused     string         `json:"refused,omitempty"`
}

func (r *reindex) status() error {
	log, err := r.d.LogState(r.c.ctx, r.slot)
	if err != nil {
		return err
	}
	s, err := r.d.IndexState(r.c.ctx, r.slot)
	if err != nil {
		return err
	}
	w, err := r.d.Walk(r.c.ctx, r.slot)
	if err != nil {
		return err
	}
	dead, err := r.d.CountDeadLetters(r.c.ctx)
	if err != nil {
		return err
	}
	status := indexStatus{Generation: s.Generation, Indexer: log.SlotActive, BehindBytes: max(log.Flushed-s.Searchable, 0), DeadLetters: dead}
	if w.Generation > 0 && !w.Live {
		status.Filling, status.Products, status.Total, status.Refused = w.Generation, w.Products, w.Total, w.Refused
	}
	if r.json {
		return r.c.json(status)
	}
	r.print(status, w)
	return nil
}

func (r *reindex) print(s indexStatus, w commerce.Walk) {
	r.c.printf("searches read generation %d, which is %d bytes of log behind", s.Generation, s.BehindBytes)
	if !s.Indexer {
		r.c.printf("no indexer runs")
	}
	if s.Filling > 0 {
		r.c.printf("%s", walkProgress(w))
	}
	if s.Refused != "" {
		r.c.printf("generation %d does not go live: %s", s.Filling, s.Refused)
	}
	for _, index := range slices.Sorted(maps.Keys(s.DeadLetters)) {
		r.c.printf("index %s refuses %d documents", index, s.DeadLetters[index])
	}
}
