package main

import (
	"time"

	"github.com/kirana-commerce/kirana/indexer"
	"github.com/kirana-commerce/kirana/internal/lifecycle"
	"github.com/kirana-commerce/kirana/internal/telemetry"
)

// index runs the indexer, and what watches it: the sweep over all documents, and the canary.
func (s *service) index(group *lifecycle.Group, x *indexer.Indexer) error {
	verifier, err := indexer.NewVerifier(indexer.VerifierConfig{
		Documents: s.db, Catalogue: s.db, Index: s.engine, Freshness: s.db.Freshness(indexer.DefaultSlot), Redo: s.db,
		Observer: telemetry.NewVerify(s.registry), Now: time.Now,
	})
	if err != nil {
		return err
	}
	sweeper, err := indexer.NewSweeper(indexer.SweeperConfig{
		Verifier: verifier, Store: s.db, Every: s.config.VerifyEvery, Logger: s.logger, Now: time.Now,
	})
	if err != nil {
		return err
	}
	canary, err := indexer.NewCanary(indexer.CanaryConfig{
		Keeper: s.db, Searcher: s.engine, Observer: telemetry.NewCanary(s.registry), Logger: s.logger, Now: time.Now,
	})
	if err != nil {
		return err
	}
	group.Go("indexer", x.Run)
	group.Go("sweep", sweeper.Run)
	group.Go("canary", canary.Run)
	return nil
}
