package telemetry

import (
	"math"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Requests measures the HTTP server.
type Requests struct{ seconds *prometheus.HistogramVec }

// NewRequests makes the HTTP server's instruments. It may be called once for each registry, as all of its kind.
func NewRequests(r *Registry) *Requests {
	return &Requests{seconds: r.histogram("http_request_duration_seconds", "How long requests took.",
		[]float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 15}, "route", "status")}
}

// Observe counts one request of a route, which must be one of few: a pattern, never an address.
func (m *Requests) Observe(route string, status int, took time.Duration) {
	if m != nil {
		m.seconds.WithLabelValues(route, strconv.Itoa(status)).Observe(took.Seconds())
	}
}

// Index measures how the search index follows the database.
type Index struct {
	freshness *prometheus.HistogramVec
	documents *prometheus.CounterVec
	retries   *prometheus.CounterVec
	inFlight  *prometheus.GaugeVec
	dead      *prometheus.GaugeVec

	role, retained, safe, unconfirmed, budget *prometheus.GaugeVec
}

// NewIndex makes the indexer's instruments.
func NewIndex(r *Registry) *Index {
	m := &Index{
		freshness: r.histogram("index_freshness_seconds", "How long after its commit a change could be found.",
			[]float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60}),
		documents: r.counter("index_documents_total", "Documents sent to the index, by what became of them.", "outcome"),
		retries:   r.counter("index_gate_retries_total", "Times a streamed commit was not yet visible to a snapshot and was asked for again."),
		inFlight:  r.gauge("index_in_flight_commits", "Commits read from the log whose changes cannot be found yet."),
		dead:      r.gauge("index_dead_letters", "Documents that an index refuses, see kirana reindex --dead-letters."),

		role:        r.gauge("index_role", "1 for what this process does: it keeps the index (active) or waits for who does to end (standby).", "role"),
		retained:    r.gauge("index_slot_retained_bytes", "How much of its log Postgres keeps for the replication slot of the index."),
		safe:        r.gauge("index_slot_safe_bytes", "How much more may be written to the log before the slot may be lost; +Inf without a limit."),
		unconfirmed: r.gauge("index_unconfirmed_age_seconds", "How long ago the log was where the slot is confirmed: every change before is in the index."),
		budget:      r.gauge("index_refresh_credit_seconds", "What is left of the time for forced refreshes; at 0 or below they wait."),
	}
	// Without this a process that has had no retry, or no commit, yet reports none at all, and alerts cannot tell the two
	// apart from a process that does not index.
	m.freshness.WithLabelValues()
	m.retries.WithLabelValues()
	m.inFlight.WithLabelValues()
	m.dead.WithLabelValues()
	for _, outcome := range []string{"indexed", "deleted", "stale", "rejected"} {
		m.documents.WithLabelValues(outcome)
	}
	m.Role("")
	m.Slot(0, -1)
	m.Unconfirmed(0)
	m.Budget(0)
	return m
}

// Fresh records how long after its commit a change could be found.
func (m *Index) Fresh(lag time.Duration) {
	if m != nil {
		m.freshness.WithLabelValues().Observe(lag.Seconds())
	}
}

// Documents counts n documents with the same outcome, such as indexed, deleted or rejected.
func (m *Index) Documents(outcome string, n int) {
	if m != nil {
		m.documents.WithLabelValues(outcome).Add(float64(n))
	}
}

// GateRetry counts one time that a streamed commit was not visible yet.
func (m *Index) GateRetry() {
	if m != nil {
		m.retries.WithLabelValues().Inc()
	}
}

// InFlight reports how many commits are on their way into the index.
func (m *Index) InFlight(commits int) {
	if m != nil {
		m.inFlight.WithLabelValues().Set(float64(commits))
	}
}

// DeadLetters reports how many documents an index refuses.
func (m *Index) DeadLetters(documents int) {
	if m != nil {
		m.dead.WithLabelValues().Set(float64(documents))
	}
}

// Role reports what the process does: active, standby, or neither.
func (m *Index) Role(role string) {
	if m == nil {
		return
	}
	for _, of := range []string{"active", "standby"} {
		is := 0.0
		if of == role {
			is = 1
		}
		m.role.WithLabelValues(of).Set(is)
	}
}

// Slot reports how much of the log is kept for the slot, and how much more may be written, negative without a limit.
func (m *Index) Slot(retained, safe int64) {
	if m == nil {
		return
	}
	limit := float64(safe)
	if safe < 0 {
		limit = math.Inf(1)
	}
	m.retained.WithLabelValues().Set(float64(retained))
	m.safe.WithLabelValues().Set(limit)
}

// Unconfirmed reports how old the confirmed position of the slot is.
func (m *Index) Unconfirmed(age time.Duration) {
	if m != nil {
		m.unconfirmed.WithLabelValues().Set(age.Seconds())
	}
}

// Ring reports how many commits are on their way, as InFlight does, also while none arrives.
func (m *Index) Ring(commits int) { m.InFlight(commits) }

// Budget reports what is left of the time for refreshes.
func (m *Index) Budget(left time.Duration) {
	if m != nil {
		m.budget.WithLabelValues().Set(left.Seconds())
	}
}

// Database measures the use of Postgres.
type Database struct {
	statements *prometheus.CounterVec
	lag        *prometheus.GaugeVec
}

// NewDatabase makes the database's instruments.
func NewDatabase(r *Registry) *Database {
	return &Database{
		statements: r.counter("database_statements_total", "Statements sent, by pool.", "pool"),
		lag:        r.gauge("database_replica_lag_seconds", "How far a replica is behind the primary.", "replica"),
	}
}

// Statement counts one statement sent through a pool, such as primary or replica.
func (m *Database) Statement(pool string) {
	if m != nil {
		m.statements.WithLabelValues(pool).Inc()
	}
}

// ReplicaLag reports how far a replica is behind. Name it by its place in the configuration, never by its address.
func (m *Database) ReplicaLag(replica string, lag time.Duration) {
	if m != nil {
		m.lag.WithLabelValues(replica).Set(lag.Seconds())
	}
}

// Jobs measures the long work of stores.
type Jobs struct {
	seconds  *prometheus.HistogramVec
	products *prometheus.CounterVec
}

// NewJobs makes the instruments of jobs.
func NewJobs(r *Registry) *Jobs {
	m := &Jobs{
		seconds: r.histogram("job_duration_seconds", "How long workers worked on a job, by what became of it.",
			[]float64{.01, .1, .5, 1, 5, 10, 30, 60, 300, 900, 3600}, "kind", "outcome"),
		products: r.counter("job_products_total", "Products that imports have put in or compared."),
	}
	m.products.WithLabelValues()
	return m
}

// Ended counts one job that a worker is done with. kind and outcome are of few.
func (m *Jobs) Ended(kind, outcome string, took time.Duration) {
	if m != nil {
		m.seconds.WithLabelValues(kind, outcome).Observe(took.Seconds())
	}
}

// Products counts products that an import has put in.
func (m *Jobs) Products(n int) {
	if m != nil {
		m.products.WithLabelValues().Add(float64(n))
	}
}

// Events measures who is told of what happens in stores.
type Events struct {
	told       *prometheus.CounterVec
	deliveries *prometheus.CounterVec
	untold     *prometheus.GaugeVec
	due        *prometheus.GaugeVec
}

// NewEvents makes the instruments of events.
func NewEvents(r *Registry) *Events {
	m := &Events{
		told:       r.counter("events_told_total", "Events that the notifiers were told of.", "topic"),
		deliveries: r.counter("webhook_deliveries_total", "Events sent to receivers of webhooks, by what became of them.", "result"),
		untold:     r.gauge("events_untold_age_seconds", "Age of the oldest event that no notifier was told of, 0 when there is none."),
		due:        r.gauge("webhook_due_age_seconds", "How long ago the webhook that waits the longest could have been sent, 0 when none waits."),
	}
	// So that alerts can tell a process to which nothing has happened from one that tells nobody.
	m.Delivered(0, 0)
	m.Lag(0, 0)
	return m
}

// Told counts one event of a topic, which is one of few.
func (m *Events) Told(topic string) {
	if m != nil {
		m.told.WithLabelValues(topic).Inc()
	}
}

// Delivered counts what receivers have accepted, and what not.
func (m *Events) Delivered(accepted, failed int) {
	if m != nil {
		m.deliveries.WithLabelValues("accepted").Add(float64(accepted))
		m.deliveries.WithLabelValues("failed").Add(float64(failed))
	}
}

// Lag reports how far whoever is told of events is behind.
func (m *Events) Lag(untold, due time.Duration) {
	if m != nil {
		m.untold.WithLabelValues().Set(untold.Seconds())
		m.due.WithLabelValues().Set(due.Seconds())
	}
}

// Cards measures what the provider of card payments tells.
type Cards struct{ messages *prometheus.CounterVec }

// NewCards makes the instruments of card payments.
func NewCards(r *Registry) *Cards {
	return &Cards{r.counter("card_messages_total", "Messages of the provider of card payments, by what became of them.", "outcome")}
}

// Message counts one message. outcome is one of few.
func (m *Cards) Message(outcome string) {
	if m != nil {
		m.messages.WithLabelValues(outcome).Inc()
	}
}
