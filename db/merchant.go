package db

import (
	"context"
	"database/sql"
	"errors"

	"github.com/jmoiron/sqlx"

	"github.com/kirana-commerce/kirana/commerce"
)

const merchantColumns = `m.id, m.email, m.name, (date_part('epoch', m.created_at) * 1000000)::bigint`

func scanMerchant(r *row) *commerce.Merchant {
	return &commerce.Merchant{ID: commerce.MerchantID(r.int()), Email: r.text(), Name: r.text(), CreatedAt: r.moment()}
}

const merchantsByIDSQL = `SELECT ` + merchantColumns + ` FROM merchants m WHERE m.id = ANY($1::bigint[])`

// MerchantsByID reads merchants.
func (v View) MerchantsByID(ctx context.Context, ids []commerce.MerchantID) (map[commerce.MerchantID]*commerce.Merchant, error) {
	found := make(map[commerce.MerchantID]*commerce.Merchant, len(ids))
	err := v.each(ctx, func(r *row) {
		m := scanMerchant(r)
		found[m.ID] = m
	}, merchantsByIDSQL, bigints(ids, func(id commerce.MerchantID) int64 { return int64(id) }))
	return found, err
}

const addMerchantSQL = `
INSERT INTO merchants AS m (email, name, password_hash) VALUES ($1, $2, $3)
ON CONFLICT (lower(email)) DO NOTHING
RETURNING ` + merchantColumns

// AddMerchant makes an account and opens its first session.
func (d *DB) AddMerchant(ctx context.Context, m commerce.NewMerchant, s commerce.NewSession) (*commerce.Merchant, error) {
	var merchant *commerce.Merchant
	err := mutate(ctx, d, 0, &nothing{}, func(tx *sqlx.Tx) error {
		merchant = nil
		err := scanIn(ctx, tx, func(r *row) { merchant = scanMerchant(r) }, addMerchantSQL, m.Email, m.Name, m.PasswordHash)
		if err != nil {
			return err
		}
		if merchant == nil {
			return commerce.Refuse(commerce.RefusalTaken, []any{"input", "email"}, "This e-mail address has an account already: sign in instead.")
		}
		return openSession(ctx, tx, merchant.ID, s)
	})
	if err != nil {
		return nil, err
	}
	return merchant, nil
}

const accountColumns = merchantColumns + `, m.password_hash`

const accountByEmailSQL = `SELECT ` + accountColumns + ` FROM merchants m WHERE lower(m.email) = $1`

// AccountByEmail finds an account by its e-mail address.
func (d *DB) AccountByEmail(ctx context.Context, email string) (*commerce.Account, error) {
	return d.account(ctx, accountByEmailSQL, searchable(email))
}

const accountByIDSQL = `SELECT ` + accountColumns + ` FROM merchants m WHERE m.id = $1`

// AccountByID finds the account of a merchant.
func (d *DB) AccountByID(ctx context.Context, id commerce.MerchantID) (*commerce.Account, error) {
	return d.account(ctx, accountByIDSQL, int64(id))
}

// account reads from the primary: a password that was changed a moment ago is not valid any more.
func (d *DB) account(ctx context.Context, text string, key any) (*commerce.Account, error) {
	var account *commerce.Account
	err := d.eachFresh(ctx, func(r *row) {
		account = &commerce.Account{Merchant: scanMerchant(r), PasswordHash: r.text()}
	}, text, key)
	return account, err
}

const setPasswordSQL = `UPDATE merchants SET password_hash = $3 WHERE id = $1 AND password_hash = $2`

// SetPassword puts one password hash in the place of another, and ends every session but one.
func (d *DB) SetPassword(ctx context.Context, id commerce.MerchantID, was, now string, keep commerce.SessionID) (bool, error) {
	return happened(mutate(ctx, d, 0, &nothing{}, func(tx *sqlx.Tx) error {
		if err := changesOne(tx.ExecContext(ctx, setPasswordSQL, int64(id), was, now)); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, closeSessionsSQL, int64(id), int64(keep))
		return err
	}))
}

// Rehash puts another hash of the same password in the place of one.
func (d *DB) Rehash(ctx context.Context, id commerce.MerchantID, was, now string) error {
	return d.exec(ctx, setPasswordSQL, int64(id), was, now)
}

// errUnchanged undoes a mutation that found nothing to change: it has no outcome to be kept.
var errUnchanged = errors.New("there is no such row")

// changesOne demands that a statement changed its only row. Errors: errUnchanged.
func changesOne(result sql.Result, err error) error {
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); err != nil || n == 1 {
		return err
	}
	return errUnchanged
}

// happened tells a mutation that changed something from one that was undone by errUnchanged.
func happened(err error) (bool, error) {
	if errors.Is(err, errUnchanged) {
		return false, nil
	}
	return err == nil, err
}
