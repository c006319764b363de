package db

import (
	"context"

	"github.com/jmoiron/sqlx"

	"github.com/kirana-commerce/kirana/commerce"
)

const locationColumns = `l.id, l.name, l.position, l.is_default, l.active, l.address1, l.address2, l.city, l.province, l.zip, l.country, l.phone,
    (date_part('epoch', l.created_at) * 1000000)::bigint, (date_part('epoch', l.updated_at) * 1000000)::bigint`

func scanLocation(r *row, store commerce.StoreID) *commerce.Location {
	return &commerce.Location{
		StoreID: store, ID: commerce.LocationID(r.int()), Name: r.text(), Position: int(r.int()), IsDefault: r.bool(), Active: r.bool(),
		Address: commerce.LocationAddress{
			Address1: r.trimmed(), Address2: r.trimmed(), City: r.trimmed(), Province: r.trimmed(), Zip: r.trimmed(), Country: r.trimmed(),
			Phone: r.trimmed(),
		},
		CreatedAt: r.moment(), UpdatedAt: r.moment(),
	}
}

const locationsByIDSQL = `
SELECT l.store_id, ` + locationColumns + `
FROM unnest($1::bigint[], $2::bigint[]) AS k (store_id, id)
JOIN locations l ON l.store_id = k.store_id AND l.id = k.id
WHERE l.store_id = ANY($3::bigint[])`

// LocationsByID reads locations of the view's own stores.
func (v View) LocationsByID(ctx context.Context, refs []commerce.LocationRef) (map[commerce.LocationRef]*commerce.Location, error) {
	found := make(map[commerce.LocationRef]*commerce.Location, len(refs))
	err := v.each(ctx, func(r *row) {
		l := scanLocation(r, commerce.StoreID(r.int()))
		found[l.Ref()] = l
	}, locationsByIDSQL, bigints(refs, func(r commerce.LocationRef) int64 { return int64(r.Store) }),
		bigints(refs, func(r commerce.LocationRef) int64 { return int64(r.ID) }), v.own)
	return found, err
}

func locationOrders() map[commerce.SortKey]sorting {
	return map[commerce.SortKey]sorting{commerce.LocationSortPosition: byInt("l.position", "l.id")}
}

func locationList() list {
	return newList(locationOrders(), 3, "", func(_ reading, s sorting, where, orderBy string) string {
		return `
SELECT k.ordinal, l.sort_value, ` + locationColumns + `
FROM unnest($1::bigint[], $2::bigint[]) WITH ORDINALITY AS k (store_id, inactive, ordinal)
CROSS JOIN LATERAL (
    SELECT ` + locationColumnNames + `, ` + s.value + ` AS sort_value FROM locations l
    WHERE l.store_id = k.store_id AND k.store_id = ANY($3::bigint[]) AND (l.active OR k.inactive = 1)` + where + orderBy + `
) l`
	})
}

const locationColumnNames = `l.id, l.name, l.position, l.is_default, l.active, l.address1, l.address2, l.city, l.province, l.zip, l.country, l.phone,
    l.created_at, l.updated_at`

// LocationLists reads pages of locations of the view's own stores.
func (v View) LocationLists(ctx context.Context, keys []commerce.LocationListKey) (map[commerce.LocationListKey]commerce.List[*commerce.Location], error) {
	what := func(k commerce.LocationListKey) asked { return asked{page: k.Page} }
	own := func(keys []commerce.LocationListKey) []any {
		return []any{
			bigints(keys, func(k commerce.LocationListKey) int64 { return int64(k.Store) }),
			bigints(keys, func(k commerce.LocationListKey) int64 {
				if k.Inactive {
					return 1
				}
				return 0
			}), v.own,
		}
	}
	return lists(ctx, v, v.lists.locations, keys, what, own, func(int) func(*row, commerce.LocationListKey) (*commerce.Location, int64) {
		return func(r *row, k commerce.LocationListKey) (*commerce.Location, int64) {
			l := scanLocation(r, k.Store)
			return l, int64(l.ID)
		}
	})
}

// lockLocationsSQL lets one change of a store's locations run at a time: there is always one to lock. It keeps out whoever brings
// stock to a location, and lets an import pass, which refers to the default.
const lockLocationsSQL = `
SELECT id FROM locations WHERE store_id = $1 ORDER BY id FOR NO KEY UPDATE`

// heldLocationsSQL runs behind the lock, to see what was written while it waited.
const heldLocationsSQL = `
SELECT id, is_default FROM locations WHERE store_id = $1`

const insertLocationSQL = `
INSERT INTO locations AS l (store_id, position, name, address1, address2, city, province, zip, country, phone)
SELECT $1, coalesce($2, (SELECT max(position) + 1 FROM locations WHERE store_id = $1)), $3, coalesce($4, ''), coalesce($5, ''), coalesce($6, ''),
    coalesce($7, ''), coalesce($8, ''), coalesce($9, ''), coalesce($10, '')
RETURNING ` + locationColumns

const updateLocationSQL = `
UPDATE locations l SET position = coalesce($3, position), name = coalesce($4, name), address1 = coalesce($5, address1),
    address2 = coalesce($6, address2), city = coalesce($7, city), province = coalesce($8, province), zip = coalesce($9, zip),
    country = coalesce($10, country), phone = coalesce($11, phone), active = coalesce($12, active)
WHERE l.store_id = $1 AND l.id = $2
RETURNING ` + locationColumns

const locationStockedSQL = `
SELECT EXISTS (SELECT FROM inventory_levels WHERE store_id = $1 AND location_id = $2 AND (on_hand <> 0 OR reserved <> 0))`

// heldLocation is what counts of a location when the store's locations change.
type heldLocation struct {
	ID        int64 `db:"id"`
	IsDefault bool  `db:"is_default"`
}

// AddLocation makes a location. Refusals; codes UNAVAILABLE.
func (d *DB) AddLocation(ctx context.Context, by commerce.Author, store *commerce.Store, in commerce.LocationInput) (*commerce.Location, error) {
	if err := in.Check(true); err != nil {
		return nil, err
	}
	return d.changeLocations(ctx, by, store, "locationAdd", func(tx *sqlx.Tx, all []heldLocation) (*commerce.Location, error) {
		if len(all) >= commerce.MaxLocations {
			return nil, commerce.Refuse(commerce.RefusalTooMany, []any{"input"}, "A store has at most %d locations.", commerce.MaxLocations)
		}
		if err := freeName(ctx, tx, store.ID, 0, in.Name); err != nil {
			return nil, err
		}
		return scanOneLocation(ctx, tx, store.ID, insertLocationSQL, append([]any{int64(store.ID), in.Position, in.Name}, addressOf(in)...)...)
	})
}

// EditLocation changes what the input says of a location. Refusals; codes UNAVAILABLE.
func (d *DB) EditLocation(ctx context.Context, by commerce.Author, store *commerce.Store, id string, in commerce.LocationInput) (*commerce.Location, error) {
	if err := in.Check(false); err != nil {
		return nil, err
	}
	return d.changeLocations(ctx, by, store, "locationEdit", func(tx *sqlx.Tx, all []heldLocation) (*commerce.Location, error) {
		l, err := findLocation(all, store.ID, id)
		if err != nil {
			return nil, err
		}
		if err := freeName(ctx, tx, store.ID, l.ID, in.Name); err != nil {
			return nil, err
		}
		args := append([]any{int64(store.ID), l.ID, in.Position, in.Name}, addressOf(in)...)
		return scanOneLocation(ctx, tx, store.ID, updateLocationSQL, append(args, nil)...)
	})
}

// SetLocationActive closes a location at which there is no stock, or opens it again. Refusals; codes UNAVAILABLE.
func (d *DB) SetLocationActive(ctx context.Context, by commerce.Author, store *commerce.Store, id string, active bool) (*commerce.Location, error) {
	action := "locationDeactivate"
	if active {
		action = "locationActivate"
	}
	return d.changeLocations(ctx, by, store, action, func(tx *sqlx.Tx, all []heldLocation) (*commerce.Location, error) {
		l, err := findLocation(all, store.ID, id)
		if err != nil {
			return nil, err
		}
		if !active {
			if err := checkClosable(ctx, tx, store.ID, l); err != nil {
				return nil, err
			}
		}
		unchanged := make([]any, 9)
		return scanOneLocation(ctx, tx, store.ID, updateLocationSQL, append(append([]any{int64(store.ID), l.ID}, unchanged...), active)...)
	})
}

// checkClosable refuses to close a location that is the default or holds stock. Whoever brings stock to a location shares its lock, so
// none comes while this one is held.
func checkClosable(ctx context.Context, tx *sqlx.Tx, store commerce.StoreID, l heldLocation) error {
	path := []any{"input", "id"}
	if l.IsDefault {
		return commerce.Refuse(commerce.RefusalDefaultLocation, path, "The default location of a store cannot be closed.")
	}
	var stocked bool
	if err := tx.GetContext(ctx, &stocked, locationStockedSQL, int64(store), l.ID); err != nil {
		return err
	}
	if stocked {
		return commerce.Refuse(commerce.RefusalHasStock, path, "There is stock at the location: move it elsewhere, or set it to 0.")
	}
	return nil
}

// changeLocations locks the store's locations, changes one, and writes down who did.
func (d *DB) changeLocations(ctx context.Context, by commerce.Author, store *commerce.Store, action string,
	do func(*sqlx.Tx, []heldLocation) (*commerce.Location, error),
) (*commerce.Location, error) {
	var changed *commerce.Location
	err := mutate(ctx, d, store.ID, &changed, func(tx *sqlx.Tx) error {
		var all []heldLocation
		if _, err := tx.ExecContext(ctx, lockLocationsSQL, int64(store.ID)); err != nil {
			return err
		}
		err := tx.SelectContext(ctx, &all, heldLocationsSQL, int64(store.ID))
		if err != nil {
			return err
		}
		if changed, err = do(tx, all); err != nil {
			return err
		}
		return audit(ctx, tx, auditEntry{
			store: store.ID, by: by, action: action, subject: changed.NodeID().String(), detail: map[string]any{"name": changed.Name},
		})
	})
	if err != nil {
		return nil, err
	}
	return changed, nil
}

func findLocation(all []heldLocation, store commerce.StoreID, id string) (heldLocation, error) {
	gid, ok := commerce.ParseGlobalID(id)
	for _, l := range all {
		if ok && gid.Kind == commerce.KindLocation && gid.Store == store && gid.ID == l.ID {
			return l, nil
		}
	}
	return heldLocation{}, commerce.Refuse(commerce.RefusalNotFound, []any{"input", "id"}, "The store has no such location.")
}

const locationNamedSQL = `
SELECT EXISTS (SELECT FROM locations WHERE store_id = $1 AND lower(name) = lower($2) AND id <> $3)`

// freeName refuses a name that another location of the store has. Postgres says what is the same but for capital letters.
func freeName(ctx context.Context, tx *sqlx.Tx, store commerce.StoreID, id int64, name *string) error {
	if name == nil {
		return nil
	}
	var taken bool
	if err := tx.GetContext(ctx, &taken, locationNamedSQL, int64(store), *name, id); err != nil {
		return err
	}
	if taken {
		return commerce.Refuse(commerce.RefusalTaken, []any{"input", "name"}, "Another location of the store is called %q.", *name)
	}
	return nil
}

// addressOf are the lines of an address as parameters.
func addressOf(in commerce.LocationInput) []any {
	a := in.Address
	if a == nil {
		a = &commerce.LocationAddressInput{}
	}
	return []any{a.Address1, a.Address2, a.City, a.Province, a.Zip, a.Country, a.Phone}
}

// scanOneLocation runs a statement that returns a location.
func scanOneLocation(ctx context.Context, tx *sqlx.Tx, store commerce.StoreID, text string, args ...any) (*commerce.Location, error) {
	var l *commerce.Location
	err := scanIn(ctx, tx, func(r *row) { l = scanLocation(r, store) }, text, args...)
	return l, err
}
