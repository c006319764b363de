package db_test

import (
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/db"
	"github.com/kirana-commerce/kirana/db/dbtest"
)

// requireRefused wants an error to be these refusals, as path and code.
func requireRefused(t *testing.T, err error, want ...[2]string) {
	t.Helper()
	refusals, ok := commerce.RefusalsOf(err)
	require.True(t, ok, "%v", err)
	got := make([][2]string, len(refusals))
	for i, r := range refusals {
		path := ""
		for _, part := range r.Field {
			path += "/" + part
		}
		got[i] = [2]string{path, string(r.Code)}
	}
	require.Equal(t, want, got)
}

// defaultLocation is the location that every store has.
func defaultLocation(t *testing.T, d *dbtest.Database, store commerce.StoreID) commerce.LocationRef {
	t.Helper()
	id, err := strconv.ParseInt(queryRows(t, d, `SELECT id FROM locations WHERE store_id = $1 AND is_default`, int64(store))[0][0], 10, 64)
	require.NoError(t, err)
	return commerce.LocationRef{Store: store, ID: commerce.LocationID(id)}
}

func locationID(ref commerce.LocationRef) string {
	return commerce.GlobalID{Kind: commerce.KindLocation, Store: ref.Store, ID: int64(ref.ID)}.String()
}

// settingsOf reads what stores have decided, for buyers.
func settingsOf(t *testing.T, d *db.DB, stores ...commerce.StoreID) map[commerce.StoreID]*commerce.PriceSettings {
	t.Helper()
	found, err := d.PriceSettings(t.Context(), stores)
	require.NoError(t, err)
	return found
}

func delivery(location commerce.LocationRef) commerce.DeliverySettingsSetInput {
	price, free := commerce.DecimalText("40"), commerce.DecimalText("500.00")
	return commerce.DeliverySettingsSetInput{
		Pickups: []*commerce.PickupLocationInput{{LocationID: locationID(location), Description: new(" From 9 to 6 ")}},
		Zones: []*commerce.DeliveryZoneInput{
			{
				Name: "South", Areas: []*commerce.DeliveryAreaInput{{Country: "IN", Provinces: []string{"kl", "TN"}}, {Country: "LK"}},
				Rates: []*commerce.DeliveryRateInput{
					{Title: "Standard", Price: &price, FreeFrom: &free},
					{Title: "Parcel", Handle: new("by-weight"), WeightBands: []*commerce.WeightBandInput{{UpToGrams: 500, Price: "30"}, {UpToGrams: 2000, Price: "55.50"}}},
				},
			},
			{Name: "World", RestOfWorld: new(true), Rates: []*commerce.DeliveryRateInput{{Title: "Air", Price: &price}, {Title: "Air", Price: &price}}},
		},
	}
}

// A store that has set nothing lets goods be fetched where it is, and collects no tax.
func TestPriceSettingsOfNewStore(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	one, other := openStore(t, d.DB, "one"), openStore(t, d.DB, "other")
	found := settingsOf(t, d.DB, one.ID, other.ID, 999)
	require.Len(t, found, 2)
	for _, s := range []*commerce.Store{one, other} {
		require.Equal(t, &commerce.PriceSettings{
			Currency: "INR", ReadAt: found[s.ID].ReadAt,
			Delivery: commerce.DeliverySettings{
				StoreID: s.ID, Pickups: []commerce.PickupLocation{{StoreID: s.ID, Location: defaultLocation(t, d, s.ID).ID, Name: s.Name}},
			},
			Tax: commerce.TaxSettings{StoreID: s.ID, PricesIncludeTax: true, Country: "IN"},
		}, found[s.ID])
	}
}

func TestSetDelivery(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	store, other := openStore(t, d.DB, "one"), openStore(t, d.DB, "other")
	at := defaultLocation(t, d, store.ID)
	set, err := d.SetDelivery(t.Context(), commerce.Author{}, store, delivery(at))
	require.NoError(t, err)
	require.Equal(t, set, &settingsOf(t, d.DB, store.ID)[store.ID].Delivery, "buyers read what was set")
	require.NotNil(t, set.UpdatedAt)
	set.UpdatedAt = nil
	free := int64(50000)
	require.Equal(t, &commerce.DeliverySettings{
		StoreID: store.ID, Version: 1,
		Pickups: []commerce.PickupLocation{{StoreID: store.ID, Location: at.ID, Name: store.Name, Description: "From 9 to 6"}},
		Zones: []commerce.DeliveryZone{
			{
				Name: "South", Areas: []commerce.DeliveryArea{{Country: "IN", Provinces: []string{"KL", "TN"}}, {Country: "LK"}},
				Rates: []commerce.DeliveryRate{
					{Currency: "INR", Handle: "south-standard", Title: "Standard", PriceMinor: 4000, FreeFromMinor: &free},
					{Currency: "INR", Handle: "by-weight", Title: "Parcel", WeightBands: []commerce.WeightBand{band(500, 3000), band(2000, 5550)}},
				},
			},
			{Name: "World", RestOfWorld: true, Rates: []commerce.DeliveryRate{
				{Currency: "INR", Handle: "world-air", Title: "Air", PriceMinor: 4000}, {Currency: "INR", Handle: "world-air-2", Title: "Air", PriceMinor: 4000},
			}},
		},
	}, set)
	require.Zero(t, settingsOf(t, d.DB, other.ID)[other.ID].Delivery.Version, "another store is left alone")

	next := delivery(at)
	next.ExpectedVersion, next.Zones = new(1), nil
	set, err = d.SetDelivery(t.Context(), commerce.Author{}, store, next)
	require.NoError(t, err)
	require.Equal(t, 2, set.Version)
	require.Empty(t, set.Zones)
	_, err = d.SetDelivery(t.Context(), commerce.Author{}, store, next)
	requireRefused(t, err, [2]string{"/input/expectedVersion", "STALE_OBJECT"})
	require.Equal(t, [][]string{{"2"}}, queryRows(t, d, `SELECT count(*) FROM audit_log WHERE action = 'deliverySettingsSet' AND store_id = $1`, int64(store.ID)))

	none, err := d.SetDelivery(t.Context(), commerce.Author{}, store, commerce.DeliverySettingsSetInput{})
	require.NoError(t, err)
	require.Empty(t, none.Pickups, "whoever wants nobody to come has said so")
}

// A location that closes is not where goods are fetched any more.
func TestSetDeliveryLocations(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	store, other := openStore(t, d.DB, "one"), openStore(t, d.DB, "other")
	shelf, err := d.AddLocation(t.Context(), commerce.Author{}, store, commerce.LocationInput{Name: new("Shelf")})
	require.NoError(t, err)
	_, err = d.SetDelivery(t.Context(), commerce.Author{}, store, delivery(shelf.Ref()))
	require.NoError(t, err)
	_, err = d.SetLocationActive(t.Context(), commerce.Author{}, store, shelf.NodeID().String(), false)
	require.NoError(t, err)
	require.Empty(t, settingsOf(t, d.DB, store.ID)[store.ID].Delivery.Pickups)
	for name, c := range map[string]struct {
		location commerce.LocationRef
		code     string
	}{
		"closed":            {shelf.Ref(), "LOCATION_INACTIVE"},
		"another store's":   {defaultLocation(t, d, other.ID), "NOT_FOUND"},
		"one there is none": {commerce.LocationRef{Store: store.ID, ID: 1 << 40}, "NOT_FOUND"},
	} {
		_, err = d.SetDelivery(t.Context(), commerce.Author{}, store, delivery(c.location))
		requireRefused(t, err, [2]string{"/input/pickups/0/locationId", c.code})
		require.Equal(t, 1, settingsOf(t, d.DB, store.ID)[store.ID].Delivery.Version, "%s: nothing was written", name)
	}
}

func taxes() commerce.TaxSettingsSetInput {
	return commerce.TaxSettingsSetInput{
		TaxDelivery: true, Country: "IN", Province: new("kl"),
		Rates: []*commerce.TaxRateInput{{Country: "IN", Title: " GST ", Percentage: "18"}, {Country: "IN", Province: new("kl"), Title: "GST and cess", Percentage: "18.25"}},
	}
}

func TestSetTaxes(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	store, other := openStore(t, d.DB, "one"), openStore(t, d.DB, "other")
	for version := range 2 {
		in := taxes()
		in.ExpectedVersion = &version
		set, err := d.SetTaxes(t.Context(), commerce.Author{}, store, in)
		require.NoError(t, err)
		require.Equal(t, set, &settingsOf(t, d.DB, store.ID)[store.ID].Tax, "buyers read what was set")
		set.UpdatedAt = nil
		require.Equal(t, &commerce.TaxSettings{
			StoreID: store.ID, TaxDelivery: true, Country: "IN", Province: "KL", Version: version + 1,
			Rates: []commerce.TaxRate{{Country: "IN", Title: "GST", Rate: 180_000}, {Country: "IN", Province: "KL", Title: "GST and cess", Rate: 182_500}},
		}, set)
	}
	stale := taxes()
	stale.ExpectedVersion, stale.Rates = new(1), nil
	_, err := d.SetTaxes(t.Context(), commerce.Author{}, store, stale)
	requireRefused(t, err, [2]string{"/input/expectedVersion", "STALE_OBJECT"})
	require.Len(t, settingsOf(t, d.DB, store.ID)[store.ID].Tax.Rates, 2, "nothing was written")
	require.Empty(t, settingsOf(t, d.DB, other.ID)[other.ID].Tax.Rates, "another store is left alone")
}

// Products have rates of their own, which end with them.
func TestSetProductTaxRates(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	store, other := openStore(t, d.DB, "one"), openStore(t, d.DB, "other")
	upsert(t, d.DB, store, products(2)...)
	upsert(t, d.DB, other, product("theirs"))
	refs := func(s *commerce.Store) []commerce.ProductRef {
		var refs []commerce.ProductRef
		for _, row := range queryRows(t, d, `SELECT id FROM products WHERE store_id = $1 ORDER BY handle`, int64(s.ID)) {
			id, err := strconv.ParseInt(row[0], 10, 64)
			require.NoError(t, err)
			refs = append(refs, commerce.ProductRef{Store: s.ID, ID: commerce.ProductID(id)})
		}
		return refs
	}
	mine, theirs := refs(store), refs(other)
	rates := func(ref commerce.ProductRef, percentages ...commerce.DecimalText) *commerce.ProductTaxRatesInput {
		in := &commerce.ProductTaxRatesInput{ProductID: commerce.GlobalID{Kind: commerce.KindProduct, Store: ref.Store, ID: int64(ref.ID)}.String()}
		for i, p := range percentages {
			in.Rates = append(in.Rates, &commerce.TaxRateInput{Country: []commerce.CountryCode{"IN", "US"}[i], Title: "GST", Percentage: p})
		}
		return in
	}
	set := func(in ...*commerce.ProductTaxRatesInput) error {
		_, err := d.SetProductTaxRates(t.Context(), commerce.Author{}, store, commerce.ProductTaxRatesSetInput{Products: in})
		return err
	}
	read := func() map[commerce.ProductRef][]commerce.TaxRate {
		found, err := d.ProductTaxRates(t.Context(), append(mine, theirs...))
		require.NoError(t, err)
		return found
	}
	require.NoError(t, set(rates(mine[0], "5", "8.875"), rates(mine[1], "0")))
	zero := []commerce.TaxRate{{Country: "IN", Title: "GST"}}
	want := map[commerce.ProductRef][]commerce.TaxRate{
		mine[0]: {{Country: "IN", Title: "GST", Rate: 50_000}, {Country: "US", Title: "GST", Rate: 88_750}}, mine[1]: zero,
	}
	require.Equal(t, want, read())
	requireRefused(t, set(rates(mine[0]), rates(theirs[0], "5")), [2]string{"/input/products/1/productId", "NOT_FOUND"})
	requireRefused(t, set(rates(mine[0]), rates(commerce.ProductRef{Store: store.ID, ID: 1 << 40}, "5")), [2]string{"/input/products/1/productId", "NOT_FOUND"})
	require.Equal(t, want, read(), "nothing was written")
	require.NoError(t, set(rates(mine[0])))
	require.Equal(t, map[commerce.ProductRef][]commerce.TaxRate{mine[1]: zero}, read())
	run(t, d, `DELETE FROM products WHERE store_id = $1`, int64(store.ID))
	require.Empty(t, read())
}

// Orders read the same within their transaction as carts do outside of it.
func TestPricesInTransaction(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	store := openStore(t, d.DB, "one")
	_, err := d.SetDelivery(t.Context(), commerce.Author{}, store, delivery(defaultLocation(t, d, store.ID)))
	require.NoError(t, err)
	code := commerce.DiscountRef{Store: store.ID, Code: commerce.DiscountKey(addDiscount(t, d.DB, store, tenOff("Ten")).Code)}
	settings, discounts, rates, err := d.Prices(t.Context(), store.ID, []commerce.DiscountRef{code}, []commerce.ProductRef{{Store: store.ID, ID: 1}})
	require.NoError(t, err)
	before := settingsOf(t, d.DB, store.ID)[store.ID]
	before.ReadAt = settings.ReadAt
	require.Equal(t, before, settings)
	outside, err := d.DiscountsByCode(t.Context(), []commerce.DiscountRef{code})
	require.NoError(t, err)
	require.Len(t, outside, 1)
	require.Equal(t, outside, discounts)
	require.Empty(t, rates)
}

func band(grams int, price int64) commerce.WeightBand {
	return commerce.WeightBand{Currency: "INR", UpToGrams: grams, PriceMinor: price}
}

// Which of the collections that discounts are about a product is in.
func TestCollectionsOf(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	store, other := openStore(t, d.DB, "one"), openStore(t, d.DB, "other")
	mine, theirs := newMembership(t, d, store), newMembership(t, d, other)
	products := []commerce.ProductRef{mine.product, theirs.product, {Store: store.ID, ID: theirs.product.ID}}
	for name, c := range map[string]struct {
		collections []commerce.CollectionRef
		want        map[commerce.ProductRef][]commerce.CollectionID
	}{
		"none":      {nil, map[commerce.ProductRef][]commerce.CollectionID{}},
		"mine":      {[]commerce.CollectionRef{mine.collection}, map[commerce.ProductRef][]commerce.CollectionID{mine.product: {mine.collection.ID}}},
		"another's": {[]commerce.CollectionRef{{Store: store.ID, ID: theirs.collection.ID}}, map[commerce.ProductRef][]commerce.CollectionID{}},
		"of each store": {
			[]commerce.CollectionRef{mine.collection, theirs.collection},
			map[commerce.ProductRef][]commerce.CollectionID{mine.product: {mine.collection.ID}, theirs.product: {theirs.collection.ID}},
		},
	} {
		found, err := d.CollectionsOf(t.Context(), products, c.collections)
		require.NoError(t, err)
		require.Equal(t, c.want, found, name)
		found, err = d.CollectionsOfIn(t.Context(), products, c.collections)
		require.NoError(t, err)
		require.Equal(t, c.want, found, name)
	}
}

type membership struct {
	product    commerce.ProductRef
	collection commerce.CollectionRef
}

// newMembership gives a store a product in a collection.
func newMembership(t *testing.T, d *dbtest.Database, store *commerce.Store) membership {
	t.Helper()
	upsert(t, d.DB, store, product("shirt"))
	m := membership{commerce.ProductRef{Store: store.ID}, commerce.CollectionRef{Store: store.ID}}
	require.NoError(t, d.SQL.QueryRowContext(t.Context(), `SELECT product_id, collection_id FROM collection_products WHERE store_id = $1`, int64(store.ID)).
		Scan(&m.product.ID, &m.collection.ID))
	return m
}
