package main

import (
	"time"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/indexer"
	"github.com/kirana-commerce/kirana/internal/config"
	"github.com/kirana-commerce/kirana/search"
)

// findWith makes the search that --search asks for, as the merchants have decided.
func (s *service) findWith() {
	var f search.Finder = s.engine
	shelves := search.NewShelves(s.db, time.Now)
	switch s.config.Search {
	case config.SearchPostgres:
		f = shelves
	case config.SearchAuto:
		f = search.NewStandin(s.engine, shelves, func(asked bool) {
			if asked {
				s.logger.Info("the search engine answers again")
				return
			}
			s.logger.Warn("the search engine does not answer; searches are answered from Postgres")
		})
	}
	if s.config.Search != config.SearchPostgres {
		var instead commerce.ProductSearcher
		if s.config.Search == config.SearchAuto {
			instead = shelves
		}
		f = search.NewConsistent(f, instead, s.db.Freshness(indexer.DefaultSlot), s.age.Searchable)
	}
	s.searcher = search.NewCurated(f, s.db.ViewOf(nil, true), time.Now)
}
