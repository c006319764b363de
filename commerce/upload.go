package commerce

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// The bounds of files. A catalogue of 100,000 products takes about 100 MB.
const (
	MaxUploadBytes = 512 << 20
	MaxUploads     = 10 // of a store that nobody has used yet
	maxFilename    = 255
)

// UploadChunk is the size of the pieces in which files are kept, but for the last.
const UploadChunk = 256 << 10

// How long files are kept and their links work.
const (
	UploadLife = 24 * time.Hour
	ResultLife = 7 * 24 * time.Hour
	LinkLife   = time.Hour
)

// Upload is a file of a store: one on its way in, or one to be fetched.
type Upload struct {
	ID       UploadID
	Store    StoreID
	Filename string
	// Size is what was announced; that of a file which is made here is known once it is complete.
	Size      int64
	Complete  bool
	ExpiresAt time.Time
	Secret    LinkSecret
}

// NodeID is the upload's global id.
func (u *Upload) NodeID() GlobalID {
	return GlobalID{Kind: KindUpload, Store: u.Store, ID: int64(u.ID)}
}

// Path is where the file is sent.
func (u *Upload) Path() string { return fmt.Sprintf("%s%d/%d", UploadFiles, u.Store, u.ID) }

// Ref is the upload's full key.
func (u *Upload) Ref() UploadRef { return UploadRef{u.Store, u.ID} }

// UploadOpening announces a file.
type UploadOpening struct {
	Filename string
	Size     int64
}

// Check reports what keeps a file from being taken.
func (in UploadOpening) Check() Refusals {
	var r Refusals
	checkFilename(&r, in.Filename)
	switch {
	case in.Size <= 0:
		r.Add(RefusalInvalid, []any{"input", "size"}, "Say how many bytes the file has.")
	case in.Size > MaxUploadBytes:
		r.Add(RefusalTooLong, []any{"input", "size"}, "A file has at most %d MiB: split it.", MaxUploadBytes>>20)
	}
	return r
}

func checkFilename(r *Refusals, name string) {
	path := []any{"input", "filename"}
	switch {
	case strings.TrimSpace(name) == "":
		r.Add(RefusalBlank, path, "Give the name of the file.")
	case Characters(maxFilename).Exceeded(name):
		r.Add(RefusalTooLong, path, "The name of a file has at most %s.", Characters(maxFilename))
	case !storable(name) || strings.ContainsFunc(name, unicode.IsControl):
		r.Add(RefusalInvalid, path, "The name of a file is UTF-8 text on one line.")
	}
}

// UploadStore keeps files, in pieces. Code NOT_FOUND for one that is not there, or not any more.
type UploadStore interface {
	// Upload finds a file that has not expired.
	Upload(ctx context.Context, ref UploadRef) (*Upload, error)
	// BeginUpload makes writer the only one who sends the file, from its beginning: the one before may have lost its connection
	// without anybody noticing. Error ErrUploadComplete.
	BeginUpload(ctx context.Context, ref UploadRef, writer string) error
	// AppendUpload adds the next piece. Errors ErrUploadTaken and ErrUploadSize.
	AppendUpload(ctx context.Context, ref UploadRef, writer string, data []byte) error
	// CompleteUpload ends the file. Errors ErrUploadTaken and ErrUploadSize.
	CompleteUpload(ctx context.Context, ref UploadRef, writer string) error
	// UploadPart reads piece n, counted from 0; nil after the last.
	UploadPart(ctx context.Context, ref UploadRef, n int) ([]byte, error)
}

// What can happen to a file on its way.
var (
	ErrUploadComplete = errors.New("the file is here already")
	ErrUploadTaken    = errors.New("somebody else sends the file now")
	ErrUploadSize     = errors.New("the file does not have the size that was announced")
)

// LinkSecret signs the links to one thing. It is kept beside the thing: every server can check a link, and nobody has to keep
// a key of the whole system.
type LinkSecret string

// String keeps the secret out of logs.
func (LinkSecret) String() string { return "(secret)" }

// Sign returns the query string that makes path a link which works until expires.
func (s LinkSecret) Sign(path string, expires time.Time) string {
	at := strconv.FormatInt(expires.Unix(), 10)
	return path + "?expires=" + at + "&signature=" + s.signature(path, at)
}

func (s LinkSecret) signature(path, expires string) string {
	mac := hmac.New(sha256.New, []byte(s))
	mac.Write([]byte(path + "\n" + expires))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// Signed reports whether a link to path is one that Sign made, and whether it still works.
func (s LinkSecret) Signed(path, expires, signature string, now time.Time) (signed, fresh bool) {
	if s == "" || !hmac.Equal([]byte(signature), []byte(s.signature(path, expires))) {
		return false, false
	}
	at, err := strconv.ParseInt(expires, 10, 64)
	return err == nil, err == nil && now.Unix() < at
}
