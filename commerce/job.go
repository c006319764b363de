package commerce

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// JobKind says what a job does.
type JobKind string

// The kinds of jobs.
const (
	JobProductsImport JobKind = "PRODUCTS_IMPORT"
	JobProductsExport JobKind = "PRODUCTS_EXPORT"
)

// JobState says where a job stands.
type JobState string

// The states of a job.
const (
	JobQueued    JobState = "QUEUED"
	JobRunning   JobState = "RUNNING"
	JobCompleted JobState = "COMPLETED"
	JobFailed    JobState = "FAILED"
	JobCanceled  JobState = "CANCELED"
)

// JobStates lists every state.
func JobStates() []JobState {
	return []JobState{JobQueued, JobRunning, JobCompleted, JobFailed, JobCanceled}
}

// Next are the states that can follow, none for the last ones. A job that runs goes back into the queue when its server ends,
// or when something it needs is not there for a while.
func (s JobState) Next() []JobState {
	switch s {
	case JobQueued:
		return []JobState{JobRunning, JobCanceled}
	case JobRunning:
		return []JobState{JobQueued, JobCompleted, JobFailed, JobCanceled}
	case JobCompleted, JobFailed, JobCanceled:
	}
	return nil
}

// Final reports whether a job has ended.
func (s JobState) Final() bool { return len(s.Next()) == 0 }

// May reports whether next can follow.
func (s JobState) May(next JobState) bool { return slices.Contains(s.Next(), next) }

// ImportFormat is the kind of file that an import reads.
type ImportFormat string

// The formats of imports.
const (
	ImportAuto      ImportFormat = "AUTO"
	ImportShopify   ImportFormat = "SHOPIFY"
	ImportPriceList ImportFormat = "PRICE_LIST"
	ImportChat      ImportFormat = "CHAT"
)

// Job is long work of a store.
type Job struct {
	ID        JobID
	Store     StoreID
	Kind      JobKind
	State     JobState
	By        Author
	CreatedAt time.Time
	// StartedAt is when it first began, FinishedAt when it ended for good.
	StartedAt, FinishedAt *time.Time
	// Resumed counts how often it went on after its server had ended or was lost.
	Resumed int
	Options JobOptions
	JobCounts
	JobFindings
	// Failure says why the job failed, in words for the merchant.
	Failure string
	// Upload is what it reads, Result what it has made; 0 for nothing, or nothing any more.
	Upload, Result UploadID
	Secret         LinkSecret
}

// NodeID is the job's global id.
func (j *Job) NodeID() GlobalID { return GlobalID{Kind: KindJob, Store: j.Store, ID: int64(j.ID)} }

// IsNode marks Job as a node of the API.
func (*Job) IsNode() {}

// Tenant is the store that the job works for.
func (j *Job) Tenant() StoreID { return j.Store }

// Ref is the job's full key.
func (j *Job) Ref() JobRef { return JobRef{j.Store, j.ID} }

// DryRun reports whether the job writes nothing.
func (j *Job) DryRun() bool { return j.Options.DryRun }

// ShownLayout is the text that confirms how the file was understood, nil where there is nothing to confirm.
func (j *Job) ShownLayout() *string { return optional(j.Layout) }

// Fault says why the job failed, nil when it did not.
func (j *Job) Fault() *string { return optional(j.Failure) }

// JobProgress says how far a job is with its file.
type JobProgress struct {
	Percent           *int // nil where nobody knows
	Bytes, TotalBytes int
}

// Progress says how far the job is with its file.
func (j *Job) Progress() JobProgress {
	p := JobProgress{Bytes: int(min(j.Bytes, j.TotalBytes)), TotalBytes: int(j.TotalBytes)}
	switch {
	case j.State == JobCompleted:
		p.Percent = new(100)
	case j.TotalBytes > 0:
		p.Percent = new(int(100 * min(j.Bytes, j.TotalBytes) / j.TotalBytes))
	}
	return p
}

// The addresses under which lists and files of jobs are fetched, and files are sent, behind that of the server.
const (
	JobFiles    = "/jobs/"
	UploadFiles = "/uploads/"
)

// RejectionsPath is where the list of refused products is fetched, "" when none was refused.
func (j *Job) RejectionsPath() string {
	if j.Rejected == 0 {
		return ""
	}
	return j.path("rejections")
}

// ResultPath is where the file that the job has made is fetched, "" when there is none.
func (j *Job) ResultPath() string {
	if j.Result == 0 || j.State != JobCompleted {
		return ""
	}
	return j.path("result")
}

func (j *Job) path(what string) string {
	return fmt.Sprintf("%s%d/%d/%s", JobFiles, j.Store, j.ID, what)
}

// JobOptions are what the merchant asked for.
type JobOptions struct {
	Format ImportFormat `json:"format,omitempty"`
	// Layout confirms a guess.
	Layout string `json:"layout,omitempty"`
	DryRun bool   `json:"dryRun,omitempty"`
}

// JobCounts say how far a job is.
type JobCounts struct {
	Bytes, TotalBytes int64
	// Read counts the products of the file that are done with, refused ones among them.
	Read                        int
	Created, Updated, Unchanged int
	Rejected, Variants          int
}

// JobFindings are what an import found out about its file.
type JobFindings struct {
	// Notes tell what of the file was not used.
	Notes []string `json:"notes,omitempty"`
	// Layout is the text that confirms how the file was understood.
	Layout string `json:"foundLayout,omitempty"`
	// Columns are those of a price list, Lines those of a chat text.
	Columns []ImportColumn `json:"columns,omitempty"`
	Lines   []ImportLine   `json:"lines,omitempty"`
}

// ImportColumn says what a column of a price list is taken for.
type ImportColumn struct {
	Column  int      `json:"column"` // counted from 1
	Heading string   `json:"heading,omitempty"`
	Field   string   `json:"field,omitempty"` // empty for a column that is not used
	Why     string   `json:"why"`
	Samples []string `json:"samples"`
}

// ImportLine says what a line of a chat text is taken for.
type ImportLine struct {
	Line     int    `json:"line"`
	Name     string `json:"name"`
	Price    string `json:"price"`
	Category string `json:"category,omitempty"`
}

// MaxImportLines bounds the lines of a chat text that is imported by a job: a person looks through all of them.
const MaxImportLines = 1000

// JobRejection is one reason why a product of a file did not go in.
type JobRejection struct {
	Line    int    `json:"line"`
	Column  string `json:"column"`  // empty when a whole row is meant
	Product string `json:"product"` // empty when nobody knows
	Reason  string `json:"reason"`
}

// MaxRejections is about how many rejections of a job are kept. More are counted.
const MaxRejections = 10_000

// JobSort is the only order of a store's jobs, JobRejectionSort that of a job's rejections.
const (
	JobSort          SortKey = "ID"
	JobRejectionSort SortKey = "LINE"
)

// JobRejectionKey asks for one page of a job's rejections.
type JobRejectionKey struct {
	Job  JobRef
	Page Page
}

// Counting asks for the number of items of the list.
func (k JobRejectionKey) Counting() JobRejectionKey {
	k.Page = k.Page.Counting()
	return k
}

// JobReader reads jobs of the stores that the viewer works in. A key without one is missing from the answer.
type JobReader interface {
	JobsByID(ctx context.Context, refs []JobRef) (map[JobRef]*Job, error)
	JobLists(ctx context.Context, keys []StorePageKey) (map[StorePageKey]List[*Job], error)
	JobRejections(ctx context.Context, keys []JobRejectionKey) (map[JobRejectionKey]List[*JobRejection], error)
}

// ImportRequest asks for an import, of a text or of a file that was uploaded: exactly one of them.
type ImportRequest struct {
	CSV    *string
	Upload *UploadID // 0 for an id that is none of the store's
	JobOptions
}

// MaxWaitingJobs is how many jobs of a store may wait.
const MaxWaitingJobs = 20

// RefusalNotReady says that a file is not whole yet.
const RefusalNotReady RefusalCode = "NOT_READY"

// RefusalFinished says that a job has ended, so that it cannot be canceled.
const RefusalFinished RefusalCode = "FINISHED"

// Check reports what keeps the import from being asked for.
func (in ImportRequest) Check() Refusals {
	var r Refusals
	switch {
	case (in.CSV == nil) == (in.Upload == nil):
		r.Add(RefusalInvalid, []any{"input"}, "Give the text in csv, or the id of an uploaded file in uploadId: exactly one of them.")
	case in.CSV != nil && *in.CSV == "":
		r.Add(RefusalBlank, []any{"input", "csv"}, "The text is empty.")
	case in.Upload != nil && *in.Upload == 0:
		r.Add(RefusalNotFound, []any{"input", "uploadId"}, noUpload)
	}
	path := []any{"input", "layout"}
	switch {
	case len(in.Layout) > maxLayout || !storable(in.Layout):
		r.Add(RefusalInvalid, path, "The layout is the text that a dry run of the file has shown.")
	case in.Layout != "" && in.Format == ImportShopify:
		r.Add(RefusalInvalid, path, "A product export needs no layout: its headings say it all.")
	}
	return r
}

const maxLayout = 500

const noUpload = "There is no such file. It may have expired: upload it again."

// JobEditor takes jobs of a store in.
type JobEditor interface {
	// StageUpload announces a file.
	StageUpload(ctx context.Context, by Author, store StoreID, in UploadOpening) (*Upload, error)
	// QueueImport asks for an import, QueueExport for a file of all products.
	QueueImport(ctx context.Context, by Author, store StoreID, in ImportRequest) (*Job, error)
	QueueExport(ctx context.Context, by Author, store StoreID) (*Job, error)
	// CancelJob ends a job that waits, and tells one that runs to end.
	CancelJob(ctx context.Context, by Author, ref JobRef) (*Job, error)
}

// Lease is the right to work on a job. It is lost when it is not renewed in time.
type Lease string

// ClaimedJob is a job to work on.
type ClaimedJob struct {
	*Job

	Owner *Store
	Lease Lease
	// Attempts counts how often it was begun since it last got on.
	Attempts int
}

// What a worker finds out about its job.
var (
	ErrLeaseLost   = errors.New("the job belongs to another worker, or to none")
	ErrJobCanceled = errors.New("the job was canceled")
)

// ImportBatch is a part of a file: what is put in with one transaction.
type ImportBatch struct {
	// Products or Listings is what the part holds, Lines the line of each listing.
	Products []ProductInput
	Listings []Listing
	Lines    []int
	// Rejected counts the products of the part that the reader refused, Rejections says why.
	Rejected   int
	Rejections []JobRejection
	// Read and Bytes count from the beginning of the file to the end of this part.
	Read  int
	Bytes int64
}

// JobEnd is how a job ends, or goes back into the queue.
type JobEnd struct {
	State JobState
	Error string
	JobFindings
}

// JobQueue hands out jobs to workers. All but ClaimJob return ErrLeaseLost to a worker that has lost its job, and do nothing.
type JobQueue interface {
	// ClaimJob hands out the job whose turn it is, nil when there is none: of each store the oldest, of the stores the one
	// that was served the longest ago. A job whose lease has not been renewed for as long as patience is handed out again.
	ClaimJob(ctx context.Context, patience time.Duration) (*ClaimedJob, error)
	// BeatJob renews the lease. Error ErrJobCanceled.
	BeatJob(ctx context.Context, job *ClaimedJob) error
	// PutBatch puts a part of a file in, or compares it in a dry run, and counts it, in one transaction. Error ErrJobCanceled:
	// nothing was put in.
	PutBatch(ctx context.Context, job *ClaimedJob, b ImportBatch) error
	// EndJob gives the lease back.
	EndJob(ctx context.Context, job *ClaimedJob, end JobEnd) error
}

// ResultMaker keeps what jobs make. Both return ErrLeaseLost to a worker that has lost its job.
type ResultMaker interface {
	// MakeResult begins the file that the job makes, to be sent by writer. One that was begun before is deleted, and the job's
	// counts begin anew.
	MakeResult(ctx context.Context, job *ClaimedJob, filename, writer string) (UploadRef, error)
	// CountJob says how far the job is.
	CountJob(ctx context.Context, job *ClaimedJob, products, variants int) error
}

// Sweeper deletes what has expired.
type Sweeper interface {
	Sweep(ctx context.Context) error
}
