package db

import (
	"context"
	"errors"
)

// searchCursors is the name of the key that cursors of searches are signed with.
const searchCursors = "search cursors"

const signingKeySQL = `SELECT encode(k.key, 'hex') FROM signing_keys k WHERE k.name = $1`

// SearchKey is what cursors of searches are signed with: the same in all processes of the installation, and known to nobody else. Code
// UNAVAILABLE.
func (d *DB) SearchKey(ctx context.Context) ([]byte, error) {
	var key []byte
	err := d.eachFresh(ctx, func(r *row) { key = []byte(r.text()) }, signingKeySQL, searchCursors)
	if err == nil && len(key) == 0 {
		err = errors.New("db: there is no key for the cursors of searches; kirana migrate makes one")
	}
	return key, err
}
