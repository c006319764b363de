package db

import (
	"context"

	"github.com/jmoiron/sqlx"

	"github.com/kirana-commerce/kirana/commerce"
)

type taxRow struct {
	Product  commerce.ProductID `json:"product"`
	Country  string             `json:"country"`
	Province string             `json:"province"`
	Title    string             `json:"title"`
	Rate     commerce.Rate      `json:"rate"`
}

func (t taxRow) taxRate() commerce.TaxRate {
	return commerce.TaxRate{Country: commerce.CountryCode(t.Country), Province: t.Province, Title: t.Title, Rate: t.Rate}
}

func newTaxRow(product commerce.ProductID, r commerce.TaxRate) taxRow {
	return taxRow{Product: product, Country: string(r.Country), Province: r.Province, Title: r.Title, Rate: r.Rate}
}

// scanTaxes reads a store's tax settings. A store that has set nothing is where its currency is from.
func scanTaxes(r *row, store commerce.StoreID, currency commerce.Currency) commerce.TaxSettings {
	s := commerce.TaxSettings{
		StoreID: store, Version: r.version(), UpdatedAt: r.optionalMoment(), PricesIncludeTax: r.bool(), TaxDelivery: r.bool(),
		Country: commerce.CountryCode(r.text()), Province: r.text(),
	}
	if s.Country == "" {
		s.Country = currency.Country()
	}
	for _, t := range document[[]taxRow](r) {
		s.Rates = append(s.Rates, t.taxRate())
	}
	return s
}

const productTaxRatesSQL = kept + `
SELECT r.store_id, r.product_id, r.country, r.province, r.title, r.rate
FROM unnest($1::bigint[], $2::bigint[]) AS k (store_id, id)
JOIN product_tax_rates r ON r.store_id = k.store_id AND r.product_id = k.id
ORDER BY r.store_id, r.product_id, r.country, r.province`

// ProductTaxRates reads the rates that products have of their own.
func (v View) ProductTaxRates(ctx context.Context, refs []commerce.ProductRef) (map[commerce.ProductRef][]commerce.TaxRate, error) {
	return productTaxRates(func(scan scanner, text string, args ...any) error { return v.each(ctx, scan, text, args...) }, refs)
}

func productTaxRates(read rowsOf, refs []commerce.ProductRef) (map[commerce.ProductRef][]commerce.TaxRate, error) {
	found := make(map[commerce.ProductRef][]commerce.TaxRate, len(refs))
	err := read(func(r *row) {
		ref := commerce.ProductRef{Store: commerce.StoreID(r.int()), ID: commerce.ProductID(r.int())}
		rate := commerce.TaxRate{Country: commerce.CountryCode(r.text()), Province: r.text(), Title: r.text(), Rate: commerce.Rate(r.int())}
		found[ref] = append(found[ref], rate)
	}, productTaxRatesSQL,
		bigints(refs, func(r commerce.ProductRef) int64 { return int64(r.Store) }),
		bigints(refs, func(r commerce.ProductRef) int64 { return int64(r.ID) }))
	return found, err
}

const nextTaxesSQL = `
INSERT INTO tax_settings AS t (store_id, prices_include_tax, tax_delivery, country, province) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (store_id) DO UPDATE SET prices_include_tax = EXCLUDED.prices_include_tax, tax_delivery = EXCLUDED.tax_delivery,
    country = EXCLUDED.country, province = EXCLUDED.province, version = t.version + 1, updated_at = now()
RETURNING t.version`

const clearTaxRatesSQL = `DELETE FROM tax_rates WHERE store_id = $1`

const insertTaxRatesSQL = `
INSERT INTO tax_rates (store_id, country, province, title, rate)
SELECT $1, r.country, r.province, r.title, r.rate
FROM json_to_recordset($2::json) AS r (country text, province text, title text, rate integer)`

// SetTaxes replaces a store's tax settings. Refusals; codes UNAVAILABLE.
func (d *DB) SetTaxes(ctx context.Context, by commerce.Author, store *commerce.Store, in commerce.TaxSettingsSetInput) (*commerce.TaxSettings, error) {
	s, err := in.Settings(store.ID)
	if err != nil {
		return nil, err
	}
	var settings commerce.TaxSettings
	err = mutate(ctx, d, store.ID, &settings, func(tx *sqlx.Tx) error {
		version, err := nextVersion(ctx, tx, nextTaxesSQL, store.ID, in.ExpectedVersion, s.PricesIncludeTax, s.TaxDelivery, string(s.Country), s.Province)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, clearTaxRatesSQL, int64(store.ID)); err != nil {
			return err
		}
		rows := make([]taxRow, len(s.Rates))
		for i, r := range s.Rates {
			rows[i] = newTaxRow(0, r)
		}
		if err := execRows(ctx, tx, insertTaxRatesSQL, store.ID, rows); err != nil {
			return err
		}
		now, err := priceSettingsIn(ctx, tx, store.ID)
		if err != nil {
			return err
		}
		settings = now.Tax
		return audit(ctx, tx, auditEntry{store: store.ID, by: by, action: "taxSettingsSet", detail: map[string]any{"version": version, "rates": len(s.Rates)}})
	})
	if err != nil {
		return nil, err
	}
	return &settings, nil
}

// lockTaxedSQL lets one change of a product's rates run at a time.
const lockTaxedSQL = `SELECT id FROM products WHERE store_id = $1 AND id = ANY($2::bigint[]) ORDER BY id FOR NO KEY UPDATE`

const clearProductTaxRatesSQL = `DELETE FROM product_tax_rates WHERE store_id = $1 AND product_id = ANY($2::bigint[])`

const insertProductTaxRatesSQL = `
INSERT INTO product_tax_rates (store_id, product_id, country, province, title, rate)
SELECT $1, r.product, r.country, r.province, r.title, r.rate
FROM json_to_recordset($2::json) AS r (product bigint, country text, province text, title text, rate integer)`

// SetProductTaxRates replaces the rates of some products. Refusals; codes UNAVAILABLE.
func (d *DB) SetProductTaxRates(ctx context.Context, by commerce.Author, store *commerce.Store, in commerce.ProductTaxRatesSetInput) ([]*commerce.ProductTaxRates, error) {
	taxed, err := in.Taxed(store.ID)
	if err != nil {
		return nil, err
	}
	things := make([]thing, len(taxed))
	rows := []taxRow{}
	for i, p := range taxed {
		things[i] = thing{commerce.GlobalID{Kind: commerce.KindProduct, Store: store.ID, ID: int64(p.Product)}, []any{"input", "products", i, "productId"}}
		for _, r := range p.Rates {
			rows = append(rows, newTaxRow(p.Product, r))
		}
	}
	ids := bigints(taxed, func(p *commerce.ProductTaxRates) int64 { return int64(p.Product) })
	err = mutate(ctx, d, store.ID, &taxed, func(tx *sqlx.Tx) error {
		for _, text := range []string{lockTaxedSQL, clearProductTaxRatesSQL} {
			if _, err := tx.ExecContext(ctx, text, int64(store.ID), ids); err != nil {
				return err
			}
		}
		if err := refuseMissing(ctx, tx, store.ID, things); err != nil {
			return err
		}
		if err := execRows(ctx, tx, insertProductTaxRatesSQL, store.ID, rows); err != nil {
			return err
		}
		return audit(ctx, tx, auditEntry{
			store: store.ID, by: by, action: "productTaxRatesSet", detail: map[string]any{"products": len(taxed), "rates": len(rows)},
		})
	})
	if err != nil {
		return nil, err
	}
	return taxed, nil
}
