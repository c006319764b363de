package main

import (
	"context"
	"time"

	"github.com/kirana-commerce/kirana/indexer"
	"github.com/kirana-commerce/kirana/internal/telemetry"
)

// guards watch the index beside whoever keeps it: the sweep over all documents, and the canary.
func (s *service) guards() ([]func(context.Context), error) {
	verifier, err := indexer.NewVerifier(indexer.VerifierConfig{
		Documents: s.db, Catalogue: s.db, Index: s.engine, Freshness: s.db.Freshness(indexer.DefaultSlot),
		Refusals: s.db, Redo: s.db,
		Observer: telemetry.NewVerify(s.registry), Now: time.Now,
	})
	if err != nil {
		return nil, err
	}
	sweeper, err := indexer.NewSweeper(indexer.SweeperConfig{
		Verifier: verifier, Store: s.db, Every: s.config.VerifyEvery, Logger: s.logger, Now: time.Now,
	})
	if err != nil {
		return nil, err
	}
	canary, err := indexer.NewCanary(indexer.CanaryConfig{
		Keeper: s.db, Searcher: s.engine, Observer: telemetry.NewCanary(s.registry), Logger: s.logger, Now: time.Now,
	})
	if err != nil {
		return nil, err
	}
	return []func(context.Context){sweeper.Run, canary.Run}, nil
}
