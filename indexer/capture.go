package indexer

import (
	"bytes"
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/internal/cdc"
)

// transaction is what one commit means for the index: the products to look at again.
type transaction struct {
	xid       uint32
	committed time.Time
	end       cdc.Position
	roots     rootSet
	// products is how many there were in roots; large says that they are indexed page by page, between those of later transactions.
	products int
	large    bool
	// run names the walk this transaction is a step of, empty for an ordinary one; step counts from 1.
	run  string
	step int
	// order is what the transaction asks for besides, nil for nearly all.
	order *order
	// waits says that somebody waits for what was committed before.
	waits   bool
	release func()
}

// seal ends what is known of the transaction. A step of a walk is overtaken, however few products it has; nothing overtakes an order.
func (t *transaction) seal() {
	few := largeRoots
	if t.run != "" {
		few = 0
	}
	many := t.roots.seal(few)
	t.large, t.products = t.order == nil && (many || t.run != ""), t.roots.len()
}

// order asks for something that concerns the index as a whole.
type order struct {
	// truncated names a table that was emptied: no row says which documents are gone.
	truncated string
	// id names a request, under which it is answered. leave is the generation that searches are to leave for the one before; with
	// 0 a new generation is asked for.
	id    string
	leave int
}

// queueLength bounds the commits that wait for the writer. A full queue stops the reading; the log keeps the rest.
const queueLength = 1024

// capture reduces the stream to transactions.
type capture struct {
	ctx     context.Context //nolint:containedctx // cdc.Handler has no context; this one ends a wait for the queue
	out     chan<- *transaction
	current *transaction
	keys    map[uint32]rootKey // by the table's id
}

// rootKey is where the columns of a table stand that name the product a row belongs to, in one description of the table.
type rootKey struct {
	of             *cdc.Relation
	store, product int
}

func newCapture(ctx context.Context, out chan<- *transaction) *capture {
	return &capture{ctx: ctx, out: out, keys: make(map[uint32]rootKey)}
}

// Begin opens a transaction.
func (c *capture) Begin(xid uint32, committed time.Time) error {
	c.current = &transaction{xid: xid, committed: committed, roots: newRootSet()}
	return nil
}

// Row notes the product the row belongs to, and the one it belonged to before.
func (c *capture) Row(rel *cdc.Relation, _ cdc.Op, before, after cdc.Tuple) error {
	k := c.keys[rel.ID]
	if k.of != rel { // a table that is altered is described anew
		k = newRootKey(rel)
		c.keys[rel.ID] = k
	}
	c.note(k, before)
	c.note(k, after)
	return nil
}

func newRootKey(rel *cdc.Relation) rootKey {
	product := "product_id"
	switch rel.Name {
	case "products":
		product = "id"
	case "metafields": // those of products alone are published
		product = "owner_id"
	}
	return rootKey{rel, rel.Index("store_id"), rel.Index(product)}
}

func (c *capture) note(k rootKey, row cdc.Tuple) {
	store, ok := row.Int64(k.store)
	product, ok2 := row.Int64(k.product)
	if ok && ok2 {
		c.current.roots.add(commerce.ProductRef{Store: commerce.StoreID(store), ID: commerce.ProductID(product)})
	}
}

// Truncate notes that rows are gone that nobody names.
func (c *capture) Truncate(rels []*cdc.Relation) error {
	if len(rels) > 0 {
		c.current.order = &order{truncated: rels[0].Name}
	}
	return nil
}

// Message takes in products that are asked for, orders, and that somebody waits. Other messages are not ours.
func (c *capture) Message(prefix string, content []byte) error {
	if c.current == nil {
		return nil
	}
	switch prefix {
	case commerce.ResyncPrefix:
		c.resync(content)
	case commerce.WaitPrefix:
		c.current.waits = true
	case commerce.ReindexPrefix:
		if o := newOrder(string(content)); o != nil && c.current.order == nil {
			c.current.order = o
		}
	}
	return nil
}

// resync notes the products of a message, and which step of which walk it is.
func (c *capture) resync(content []byte) {
	name, refs, _ := bytes.Cut(content, []byte(":"))
	run, step, walks := strings.Cut(string(name), "/")
	if n, err := strconv.Atoi(step); walks && err == nil {
		c.current.run, c.current.step = run, n
	}
	for ref := range bytes.SplitSeq(refs, []byte(",")) {
		store, product, _ := bytes.Cut(ref, []byte("-"))
		s, err := strconv.ParseInt(string(store), 10, 64)
		p, err2 := strconv.ParseInt(string(product), 10, 64)
		if err == nil && err2 == nil {
			c.current.roots.add(commerce.ProductRef{Store: commerce.StoreID(s), ID: commerce.ProductID(p)})
		}
	}
}

// newOrder reads a request for a generation, nil for one that is not understood: another program's.
func newOrder(content string) *order {
	words := strings.Fields(content)
	switch {
	case len(words) == 2 && words[1] == "rebuild":
		return &order{id: words[0]}
	case len(words) == 3 && words[1] == "rollback":
		if n, err := strconv.Atoi(words[2]); err == nil && n > 0 {
			return &order{id: words[0], leave: n}
		}
	}
	return nil
}

// Commit hands the transaction to the writer, and waits while its queue is full.
func (c *capture) Commit(end cdc.Position, release func()) error {
	t := c.current
	c.current = nil
	t.end, t.release = end, release
	t.seal()
	select {
	case c.out <- t:
		return nil
	case <-c.ctx.Done():
		return c.ctx.Err()
	}
}
