package db

import (
	"context"
	"encoding/json"

	"github.com/jmoiron/sqlx"

	"github.com/kirana-commerce/kirana/commerce"
)

// priceSettingsSQL reads what each store has decided about delivery and tax, a row for each.
const priceSettingsSQL = kept + `
SELECT s.id, s.currency, (date_part('epoch', now()) * 1000000)::bigint, d.version, (date_part('epoch', d.updated_at) * 1000000)::bigint,
    coalesce((
        SELECT json_agg(json_build_object('location', l.id, 'name', l.name, 'description', coalesce(p.description, '')) ORDER BY l.position, l.id)
        FROM locations l LEFT JOIN pickup_locations p ON p.store_id = l.store_id AND p.location_id = l.id
        WHERE l.store_id = s.id AND l.active AND CASE WHEN d.store_id IS NULL THEN l.is_default ELSE p.location_id IS NOT NULL END
    )::text, '[]'),
    coalesce((
        SELECT json_agg(json_build_object('name', z.name, 'areas', (
            SELECT json_agg(json_build_object('country', a.country, 'provinces', a.provinces) ORDER BY a.position) FROM (
                SELECT a.country, a.position, array_agg(a.province ORDER BY a.province) FILTER (WHERE a.province <> '') AS provinces
                FROM delivery_areas a WHERE a.store_id = z.store_id AND a.zone = z.position GROUP BY a.country, a.position
            ) a
        ), 'rates', (
            SELECT json_agg(json_build_object('handle', r.handle, 'title', r.title, 'description', r.description, 'price', r.price_minor,
                'band_grams', r.band_grams, 'band_prices', r.band_prices, 'free_from', r.free_from_minor) ORDER BY r.position)
            FROM delivery_rates r WHERE r.store_id = z.store_id AND r.zone = z.position
        )) ORDER BY z.position)
        FROM delivery_zones z WHERE z.store_id = s.id
    )::text, '[]'),
    t.version, (date_part('epoch', t.updated_at) * 1000000)::bigint, coalesce(t.prices_include_tax, true), coalesce(t.tax_delivery, false),
    coalesce(t.country, ''), coalesce(t.province, ''),
    coalesce((
        SELECT json_agg(json_build_object('country', r.country, 'province', r.province, 'title', r.title, 'rate', r.rate) ORDER BY r.country, r.province)
        FROM tax_rates r WHERE r.store_id = s.id
    )::text, '[]')
FROM stores s
LEFT JOIN delivery_settings d ON d.store_id = s.id
LEFT JOIN tax_settings t ON t.store_id = s.id
WHERE s.id = ANY($1::bigint[])`

// rowsOf runs a statement and hands every row to scan: those of a view or of a transaction.
type rowsOf func(scan scanner, text string, args ...any) error

// PriceSettings reads what stores have decided about delivery and tax.
func (v View) PriceSettings(ctx context.Context, stores []commerce.StoreID) (map[commerce.StoreID]*commerce.PriceSettings, error) {
	return priceSettings(func(scan scanner, text string, args ...any) error { return v.each(ctx, scan, text, args...) }, stores)
}

// priceSettingsIn is PriceSettings of one store within a transaction.
func priceSettingsIn(ctx context.Context, tx *sqlx.Tx, store commerce.StoreID) (*commerce.PriceSettings, error) {
	found, err := priceSettings(inside(ctx, tx), []commerce.StoreID{store})
	if err != nil {
		return nil, err
	}
	return found[store], nil
}

// inside reads rows within a transaction.
func inside(ctx context.Context, tx *sqlx.Tx) rowsOf {
	return func(scan scanner, text string, args ...any) error { return scanIn(ctx, tx, scan, text, args...) }
}

func priceSettings(read rowsOf, stores []commerce.StoreID) (map[commerce.StoreID]*commerce.PriceSettings, error) {
	found := make(map[commerce.StoreID]*commerce.PriceSettings, len(stores))
	err := read(func(r *row) {
		store, currency := commerce.StoreID(r.int()), commerce.Currency(r.text())
		s := &commerce.PriceSettings{Currency: currency, ReadAt: r.moment()}
		s.Delivery, s.Tax = scanDelivery(r, store, currency), scanTaxes(r, store, currency)
		found[store] = s
	}, priceSettingsSQL, bigints(stores, func(s commerce.StoreID) int64 { return int64(s) }))
	return found, err
}

// document reads the next column, a JSON text.
func document[T any](r *row) T {
	var v T
	if err := json.Unmarshal([]byte(r.text()), &v); err != nil {
		r.fail(err)
	}
	return v
}

// version reads a version and when it was made, 0 and nil where nothing was set.
func (r *row) version() int {
	n, _ := r.optional()
	return int(n)
}

type pickupRow struct {
	Location    commerce.LocationID `json:"location"`
	Name        string              `json:"name"`
	Description string              `json:"description"`
}

// zoneRow is a zone of delivery, with the parts of the world that it is for, and its rates.
type zoneRow struct {
	Position int       `json:"position"`
	Name     string    `json:"name"`
	Areas    []areaRow `json:"areas"`
	Rates    []rateRow `json:"rates"`
}

// areaRow is a country, or one province of it where it is written.
type areaRow struct {
	Zone      int      `json:"zone"`
	Position  int      `json:"position"`
	Country   string   `json:"country"`
	Province  string   `json:"province"`
	Provinces []string `json:"provinces"`
}

type rateRow struct {
	Zone        int     `json:"zone"`
	Position    int     `json:"position"`
	Handle      string  `json:"handle"`
	Title       string  `json:"title"`
	Description string  `json:"description"`
	Price       int64   `json:"price"`
	BandGrams   []int   `json:"band_grams"`
	BandPrices  []int64 `json:"band_prices"`
	FreeFrom    *int64  `json:"free_from"`
}

// restOfWorld is the country of the zone that is for wherever no zone is.
const restOfWorld = "*"

func scanDelivery(r *row, store commerce.StoreID, currency commerce.Currency) commerce.DeliverySettings {
	s := commerce.DeliverySettings{StoreID: store, Version: r.version(), UpdatedAt: r.optionalMoment()}
	for _, p := range document[[]pickupRow](r) {
		s.Pickups = append(s.Pickups, commerce.PickupLocation{StoreID: store, Location: p.Location, Name: p.Name, Description: p.Description})
	}
	for _, z := range document[[]zoneRow](r) {
		s.Zones = append(s.Zones, z.zone(currency))
	}
	return s
}

func (z zoneRow) zone(currency commerce.Currency) commerce.DeliveryZone {
	zone := commerce.DeliveryZone{Name: z.Name}
	for _, a := range z.Areas {
		if a.Country == restOfWorld {
			zone.RestOfWorld = true
			continue
		}
		zone.Areas = append(zone.Areas, commerce.DeliveryArea{Country: commerce.CountryCode(a.Country), Provinces: a.Provinces})
	}
	for _, r := range z.Rates {
		rate := commerce.DeliveryRate{
			Currency: currency, Handle: r.Handle, Title: r.Title, Description: r.Description, PriceMinor: r.Price, FreeFromMinor: r.FreeFrom,
		}
		for i, grams := range r.BandGrams {
			rate.WeightBands = append(rate.WeightBands, commerce.WeightBand{Currency: currency, UpToGrams: grams, PriceMinor: r.BandPrices[i]})
		}
		zone.Rates = append(zone.Rates, rate)
	}
	return zone
}

// nextDeliverySQL counts a change of a store's delivery settings, and holds other changes up until the transaction ends.
const nextDeliverySQL = `
INSERT INTO delivery_settings AS d (store_id) VALUES ($1)
ON CONFLICT (store_id) DO UPDATE SET version = d.version + 1, updated_at = now()
RETURNING d.version`

const clearPickupsSQL = `DELETE FROM pickup_locations WHERE store_id = $1`

// clearZonesSQL takes the areas and rates along.
const clearZonesSQL = `DELETE FROM delivery_zones WHERE store_id = $1`

const insertPickupsSQL = `
INSERT INTO pickup_locations (store_id, location_id, description)
SELECT $1, r.location, r.description FROM json_to_recordset($2::json) AS r (location bigint, description text)`

const insertZonesSQL = `
INSERT INTO delivery_zones (store_id, position, name)
SELECT $1, r.position, r.name FROM json_to_recordset($2::json) AS r (position integer, name text)`

const insertAreasSQL = `
INSERT INTO delivery_areas (store_id, country, province, zone, position)
SELECT $1, r.country, r.province, r.zone, r.position
FROM json_to_recordset($2::json) AS r (country text, province text, zone integer, position integer)`

const insertRatesSQL = `
INSERT INTO delivery_rates (store_id, handle, zone, position, title, description, price_minor, band_grams, band_prices, free_from_minor)
SELECT $1, r.handle, r.zone, r.position, r.title, r.description, r.price, r.band_grams, r.band_prices, r.free_from
FROM json_to_recordset($2::json) AS r (handle text, zone integer, position integer, title text, description text, price bigint, band_grams integer[],
    band_prices bigint[], free_from bigint)`

// SetDelivery replaces a store's delivery settings. Refusals; codes UNAVAILABLE.
func (d *DB) SetDelivery(ctx context.Context, by commerce.Author, store *commerce.Store, in commerce.DeliverySettingsSetInput) (*commerce.DeliverySettings, error) {
	s, err := in.Settings(store)
	if err != nil {
		return nil, err
	}
	var settings commerce.DeliverySettings
	err = mutate(ctx, d, store.ID, &settings, func(tx *sqlx.Tx) error {
		version, err := nextVersion(ctx, tx, nextDeliverySQL, store.ID, in.ExpectedVersion)
		if err != nil {
			return err
		}
		if err := checkPickups(ctx, tx, s); err != nil {
			return err
		}
		if err := writeDelivery(ctx, tx, s); err != nil {
			return err
		}
		now, err := priceSettingsIn(ctx, tx, store.ID)
		if err != nil {
			return err
		}
		settings = now.Delivery
		return audit(ctx, tx, auditEntry{
			store: store.ID, by: by, action: "deliverySettingsSet", detail: map[string]any{"version": version, "pickups": len(s.Pickups), "zones": len(s.Zones)},
		})
	})
	if err != nil {
		return nil, err
	}
	return &settings, nil
}

// nextVersion counts a change of a store's settings, which have to be at the version that the merchant expects.
func nextVersion(ctx context.Context, tx *sqlx.Tx, text string, store commerce.StoreID, expected *int, args ...any) (int, error) {
	var version int
	if err := tx.GetContext(ctx, &version, text, append([]any{int64(store)}, args...)...); err != nil {
		return 0, err
	}
	if expected != nil && *expected != version-1 {
		return 0, commerce.Refuse(commerce.RefusalStaleObject, []any{"input", "expectedVersion"},
			"The settings are at version %d, not %d: they were changed since. Read them again, and decide anew.", version-1, *expected)
	}
	return version, nil
}

// checkPickups refuses locations that the store does not have, or that are closed, and keeps the others open until the transaction ends.
func checkPickups(ctx context.Context, tx *sqlx.Tx, s *commerce.DeliverySettings) error {
	open := make(map[commerce.LocationID]bool, len(s.Pickups))
	err := scanIn(ctx, tx, func(r *row) { open[commerce.LocationID(r.int())] = r.bool() },
		sharedLocationsSQL, int64(s.StoreID), bigints(s.Pickups, func(p commerce.PickupLocation) int64 { return int64(p.Location) }))
	if err != nil {
		return err
	}
	var r commerce.Refusals
	for i, p := range s.Pickups {
		path := []any{"input", "pickups", i, "locationId"}
		switch active, found := open[p.Location]; {
		case !found:
			r.Add(commerce.RefusalNotFound, path, "The store has no such location.")
		case !active:
			r.Add(commerce.RefusalLocationInactive, path, "The location is closed: nobody can fetch anything there.")
		}
	}
	return r.Err()
}

// writeDelivery writes settings in the place of what there is, with one statement for each table.
func writeDelivery(ctx context.Context, tx *sqlx.Tx, s *commerce.DeliverySettings) error {
	for _, text := range []string{clearPickupsSQL, clearZonesSQL} {
		if _, err := tx.ExecContext(ctx, text, int64(s.StoreID)); err != nil {
			return err
		}
	}
	pickups, zones, areas, rates := deliveryRows(s)
	for _, write := range []struct {
		text string
		rows any
	}{{insertPickupsSQL, pickups}, {insertZonesSQL, zones}, {insertAreasSQL, areas}, {insertRatesSQL, rates}} {
		if err := execRows(ctx, tx, write.text, s.StoreID, write.rows); err != nil {
			return err
		}
	}
	return nil
}

func deliveryRows(s *commerce.DeliverySettings) (pickups []pickupRow, zones []zoneRow, areas []areaRow, rates []rateRow) {
	pickups, zones, areas, rates = []pickupRow{}, []zoneRow{}, []areaRow{}, []rateRow{}
	for _, p := range s.Pickups {
		pickups = append(pickups, pickupRow{Location: p.Location, Description: p.Description})
	}
	for i, z := range s.Zones {
		zones = append(zones, zoneRow{Position: i, Name: z.Name})
		if z.RestOfWorld {
			areas = append(areas, areaRow{Zone: i, Country: restOfWorld, Position: len(z.Areas)})
		}
		for j, a := range z.Areas {
			if len(a.Provinces) == 0 {
				areas = append(areas, areaRow{Zone: i, Position: j, Country: string(a.Country)})
			}
			for _, p := range a.Provinces {
				areas = append(areas, areaRow{Zone: i, Position: j, Country: string(a.Country), Province: p})
			}
		}
		for j, r := range z.Rates {
			one := rateRow{
				Zone: i, Position: j, Handle: r.Handle, Title: r.Title, Description: r.Description, Price: r.PriceMinor, FreeFrom: r.FreeFromMinor,
				BandGrams: []int{}, BandPrices: []int64{},
			}
			for _, b := range r.WeightBands {
				one.BandGrams, one.BandPrices = append(one.BandGrams, b.UpToGrams), append(one.BandPrices, b.PriceMinor)
			}
			rates = append(rates, one)
		}
	}
	return pickups, zones, areas, rates
}
