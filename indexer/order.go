package indexer

import (
	"cmp"
	"context"
	"fmt"
)

// obey carries out what the one transaction of a part asks for, and starts the run over with other generations. The transaction
// is released when that stands. When it comes again because the run ended before, what stands already is not done twice.
func (w *writer) obey(ctx context.Context, p *part) error {
	carryOut := w.rebuild
	if p.order.leave > 0 {
		carryOut = w.rollBack
	}
	outcome, over, err := carryOut(ctx, p)
	if err == nil {
		err = w.answer(ctx, p.order, outcome)
	}
	if err != nil {
		return err
	}
	w.release(p)
	if err := w.saveState(ctx); err != nil || over != nil {
		return cmp.Or(err, over)
	}
	return w.maybeRefresh(ctx, !p.more)
}

// rebuild makes the next generation. From then on it is its walk that owes its contents. After a table was emptied the present
// generation has documents that nobody will name again: an epoch ends.
func (w *writer) rebuild(ctx context.Context, p *part) (outcome string, over, err error) {
	at, head := p.landed[0].end, w.head()
	if head.meta.Since >= int64(at) {
		return fmt.Sprintf("generation %d", head.number), nil, nil
	}
	meta := head.meta
	meta.Since, meta.Epoch = int64(at), w.epoch
	over = fmt.Errorf("%w: a new index was asked for", errStartOver)
	if table := p.order.truncated; table != "" {
		meta.Epoch = nextEpoch(nil, evidence{highest: version(w.epoch, 0)})
		over = fmt.Errorf("%w: table %s was truncated", errStartOver, table)
	}
	_, err = w.x.create(ctx, w.highest+1, meta)
	return fmt.Sprintf("generation %d", w.highest+1), over, err
}

// rollBack points searches to the generation before, which has every change.
func (w *writer) rollBack(ctx context.Context, p *part) (outcome string, over, err error) {
	live, back := w.live, w.lastShadow()
	switch {
	case live.number != p.order.leave && w.isKept(p.order.leave): // left before the run ended
		return fmt.Sprintf("generation %d", live.number), nil, nil
	case live.number != p.order.leave:
		return fmt.Sprintf("refused: searches read generation %d by now", live.number), nil, nil
	case back == nil:
		return "refused: no generation is kept that has every change", nil, nil
	}
	if err := w.x.refresh(ctx, back.bulk.alias); err != nil {
		return "", nil, err
	}
	if err := w.x.goLive(ctx, live, back.gen); err != nil {
		return "", nil, err
	}
	w.live = back.gen // whoever is answered reads this in the state
	over = fmt.Errorf("%w: searches are back at index %s", errStartOver, back.gen.name())
	return fmt.Sprintf("generation %d", back.gen.number), over, w.saveState(ctx)
}

// lastShadow is the shadow that was replaced last, nil when there is none.
func (w *writer) lastShadow() *target {
	var last *target
	for _, t := range w.shadows {
		if last == nil || t.gen.kept.After(last.gen.kept) {
			last = t
		}
	}
	return last
}

func (w *writer) isKept(number int) bool {
	for _, g := range w.kept {
		if g.number == number {
			return true
		}
	}
	return false
}

// answer tells whoever asked.
func (w *writer) answer(ctx context.Context, o *order, outcome string) error {
	if o.id == "" {
		return nil
	}
	if err := w.x.c.State.AnswerReindex(ctx, w.x.c.Slot, o.id, outcome); err != nil {
		return fmt.Errorf("answer a request: %w", err)
	}
	return nil
}
