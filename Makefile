SHELL       := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:

GOLANGCI := go run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
DEADCODE := go run golang.org/x/tools/cmd/deadcode@v0.48.0

# Executions per fuzz target, not seconds: up to Go 1.26 a target that ends by the clock can fail for that alone
# (golang/go#75804), the more often the busier the machine.
FUZZTIME ?= 50000x

# Where `go generate` writes; what it changes there is the difference between the schema and the code.
GENERATED   := graph resolvers
FINGERPRINT  = find $(GENERATED) -type f -print0 | sort -z | xargs -0 sha256sum

.PHONY: help up build check versions test test-short lint fmt generate fuzz bench-backroom bench-engine bench-freshness bench-import bench-index bench-list bench-relevance bench-search bench-till conformance drill drill-search model alerts pages buyer clean \
	generate-check fmt-check vet deadcode

help: ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

up: build ## Build and run everything on this machine: make up ARGS='--addr 127.0.0.1:9000'
	bin/kirana dev $(ARGS)

build: ## Build bin/kirana
	@go build -o bin/kirana ./cmd/kirana

check: versions generate-check fmt-check vet lint deadcode alerts test conformance ## Everything that CI runs

versions: ## The programs that tests need, as found on this machine
	@.ci/versions

test: ## All tests, with the race detector, in random order
	@echo '==> test: go test -race -shuffle=on -count=1 ./...'
	@go test -race -shuffle=on -count=1 -timeout 20m ./...
	@go test -count=1 -run '^TestEffortIsLinear$$' ./graph # it measures processor time and memory, and the race detector distorts both

test-short: ## The tests that start no server
	@go test -short ./...

lint: ## golangci-lint
	@echo '==> lint: golangci-lint run (its first build takes two minutes)'
	@$(GOLANGCI) run ./...

model: ## The index under random changes and faults for five minutes, then the mutants that the model has to catch; SEED repeats choices
	@TEST_MODEL_TIME=5m TEST_MODEL_SEED=$(SEED) go test -count=1 -timeout 30m -run '^TestModel$$' -v ./indexer | grep -v level=
	@TEST_MUTANTS=1 go test -count=1 -timeout 60m -run '^TestTheModelCatchesMutants$$' -v ./indexer

drill: build ## The same with kirana index as a process that is killed: make drill ARGS='--minutes 3 --seed 42'
	@bin/kirana drill index $(ARGS)

drill-search: build ## The search engine is killed under load: every search is answered: make drill-search ARGS='--down 1m'
	@bin/kirana drill search-down $(ARGS)

fmt: ## Format all Go code
	@$(GOLANGCI) fmt

generate: ## Write the generated code anew (after a change of graph/schema)
	@go generate ./...

fuzz: ## Every fuzz target for FUZZTIME each (make test runs their seeds: what is red must be red again)
	@echo '==> fuzz: each target, -fuzztime $(FUZZTIME)'
	@find . -name '*_test.go' -not -path '*/node_modules/*' -print0 | sort -z \
		| { xargs -0 grep -HoE '^func Fuzz[A-Za-z0-9_]+' || true; } \
		| while IFS=: read -r file target; do \
			go test "$$(dirname "$$file")" -run '^$$' -fuzz "^$${target#func }\$$" -fuzztime $(FUZZTIME) < /dev/null; \
		done

bench-backroom: build ## Measure imports through the API and what others notice, and large products; JSON=FILE keeps the figures
	@go run ./bench page
	@go run ./bench backroom $(if $(JSON),--json $(JSON)) $(ARGS)

bench-engine: build ## Measure the query engine against gqlgen's own; JSON=FILE keeps the figures
	@[ -d bench/postgraphile/node_modules ] || npm ci --prefix bench/postgraphile --no-audit --no-fund --loglevel=error \
		|| echo 'npm could not install PostGraphile: it is not measured.'
	@go run ./bench engine $(if $(JSON),--json $(JSON)) $(ARGS)

bench-freshness: build ## Measure commit → findable; JSON=FILE keeps the figures
	@go run ./bench freshness $(if $(JSON),--json $(JSON)) $(ARGS)

bench-import: build ## Measure the import of a catalogue; JSON=FILE keeps the figures
	@go run ./bench import $(if $(JSON),--json $(JSON)) $(ARGS)

bench-index: build ## Measure the indexer: commit → findable under load, bursts, vast transactions; JSON=FILE keeps the figures
	@go run ./bench index $(if $(JSON),--json $(JSON)) $(ARGS)
	@go run ./bench faithful

bench-list: build ## Measure product lists under load; JSON=FILE keeps the figures
	@go run ./bench list $(if $(JSON),--json $(JSON)) $(ARGS)

bench-relevance: ## Measure whether search finds what shoppers mean; WORST=0.8 lists the queries answered worse than that
	@TEST_RELEVANCE=50000 TEST_RELEVANCE_WORST=$(WORST) go test -count=1 -timeout 20m -run '^TestFigures$$' -v ./bench/relevance | { grep -v '^=== \|^--- ' || true; }

bench-search: build ## Measure searches through the API, on Elasticsearch and on Postgres alone; JSON=FILE keeps the figures
	@go run ./bench search $(if $(JSON),--json $(JSON)) $(ARGS)

bench-till: build ## Let buyers race for the last units while servers are killed, and measure orders; JSON=FILE keeps the figures
	@go run ./bench till $(if $(JSON),--json $(JSON)) $(ARGS)

conformance: build ## Tools and clients of other people on contract and server; UPDATE=1 publishes the manifest anew
	@echo '==> conformance: tools as locked in contract/conformance, on the program itself'
	@go run ./contract/conformance $(if $(filter true,$(CI)),--ci) $(if $(UPDATE),--update) $(ARGS)

alerts: ## The alert rules, played through with histories of metrics by Prometheus' own promtool
	@echo '==> alerts: promtool check rules, promtool test rules'
	@if command -v promtool > /dev/null; then cd docs/alerts; promtool check rules *.rules.yml; promtool test rules *.test.yml; \
	else echo 'Not played: promtool is missing (Debian: prometheus).'; fi

pages: build ## Look at the stores' pages in Chromium: axe, widths, light and dark; screenshots go to docs/pages
	@[ -d internal/shop/browser/node_modules ] || npm ci --prefix internal/shop/browser --ignore-scripts --no-audit --no-fund --loglevel=error
	@node internal/shop/browser/pages.mjs $(ARGS)

buyer: build ## A buyer without scripts on a phone, in Chromium: from the shared link to an order
	@[ -d internal/shop/browser/node_modules ] || npm ci --prefix internal/shop/browser --ignore-scripts --no-audit --no-fund --loglevel=error
	@node internal/shop/browser/buyer.mjs $(ARGS)

clean: ## Remove what was built; the data of `kirana dev` in .kirana stays
	@rm -rf bin coverage

generate-check:
	@echo '==> generated code in sync: go generate ./... must change nothing in $(GENERATED)'
	@before=$$($(FINGERPRINT)); go generate ./...; after=$$($(FINGERPRINT)); \
		diff <(echo "$$before") <(echo "$$after") \
		|| { echo 'The files above did not fit the schema. They do now: read the change and commit it.'; exit 1; }

fmt-check:
	@echo '==> format: gofmt -l must list nothing'
	@list=$$(find . -name '*.go' -not -path '*/node_modules/*' -print0 | xargs -0 gofmt -l); \
		[ -z "$$list" ] || { echo "$$list"; echo 'Not formatted; make fmt mends it.'; exit 1; }

vet:
	@echo '==> vet: go vet ./...'
	@go vet ./...

deadcode:
	@echo '==> dead code: deadcode -test ./... must list nothing'
	@list=$$($(DEADCODE) -test ./...); [ -z "$$list" ] || { echo "$$list"; exit 1; }
