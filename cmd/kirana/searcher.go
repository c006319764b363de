package main

import (
	"time"

	"github.com/kirana-commerce/kirana/internal/config"
	"github.com/kirana-commerce/kirana/search"
)

// findWith makes the search that --search asks for, as the merchants have decided.
func (s *service) findWith() {
	var f search.Finder = s.engine
	switch shelves := search.NewShelves(s.db, time.Now); s.config.Search {
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
	s.searcher = search.NewCurated(f, s.db.ViewOf(nil, true), time.Now)
}
