package main

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// but is an object with some values changed; what is nil is left out.
func but(o, more object) object {
	changed := maps.Clone(o)
	maps.Copy(changed, more)
	maps.DeleteFunc(changed, func(_ string, v any) bool { return v == nil })
	return changed
}

// times is a list of n things.
func times(n int, thing func(i int) any) []any {
	list := make([]any, n)
	for i := range list {
		list[i] = thing(i)
	}
	return list
}

// requireRefusals asks for each change of an input that could be carried out, and wants its refusals, path and code; nothing is written.
func (p *priced) requireRefusals(t *testing.T, mutation string, cases map[string]refusal) {
	t.Helper()
	before := p.prices(t)
	for name, c := range cases {
		r := p.mine.ask(t, mutationText(mutation, ""), object{"input": c.input})
		require.Equal(t, c.want, r.refusals(t, mutation), "%s: %s", name, r.text)
		require.Equal(t, before, p.prices(t), name)
	}
}

type refusal struct {
	input object
	want  []string
}

var long = strings.Repeat("x", 256)

func TestDeliverySettingsRefusals(t *testing.T) {
	t.Parallel()
	p := newPriced(t)
	rate := object{"title": "Standard", "price": "40"}
	zone := object{"name": "India", "areas": []any{object{"country": "IN"}}, "rates": []any{rate}}
	settings := func(zones ...any) object { return object{"pickups": []any{}, "zones": append([]any{}, zones...)} }
	rated := func(rates ...object) object {
		return settings(but(zone, object{"rates": append([]object{}, rates...)}))
	}
	areas := func(areas ...object) object {
		return settings(but(zone, object{"areas": append([]object{}, areas...)}))
	}
	banded := func(bands ...object) object {
		return rated(but(rate, object{"price": nil, "weightBands": bands}))
	}
	pickups := func(ids ...string) object {
		return object{"zones": []any{}, "pickups": times(len(ids), func(i int) any { return object{"locationId": ids[i]} })}
	}
	band := object{"upToGrams": 500, "price": "30"}
	const at = "input.zones.0.rates.0."
	p.requireRefusals(t, "deliverySettingsSet", map[string]refusal{
		"another version":        {but(settings(), object{"expectedVersion": 1}), []string{"input.expectedVersion STALE_OBJECT"}},
		"another's location":     {pickups(p.location, p.theirLocation), []string{"input.pickups.1.locationId NOT_FOUND"}},
		"no location":            {pickups("gid://kirana/Location/1/999", "x"), []string{"input.pickups.1.locationId NOT_FOUND"}},
		"no location of its own": {pickups("gid://kirana/Location/1/999"), []string{"input.pickups.0.locationId NOT_FOUND"}},
		"a location twice":       {pickups(p.location, p.location), []string{"input.pickups.1.locationId DUPLICATE"}},
		"too many locations":     {pickups(strings.Split(strings.Repeat("x,", 200), ",")...), []string{"input.pickups TOO_MANY"}},
		"too many zones":         {settings(times(101, func(int) any { return zone })...), []string{"input.zones TOO_MANY"}},
		"no name":                {settings(but(zone, object{"name": " "})), []string{"input.zones.0.name BLANK"}},
		"a long name":            {settings(but(zone, object{"name": long})), []string{"input.zones.0.name TOO_LONG"}},
		"nowhere":                {areas(), []string{"input.zones.0.areas BLANK"}},
		"an unknown country":     {areas(object{"country": "ZZ"}), []string{"input.zones.0.areas.0.country INVALID"}},
		"too many areas":         {settings(but(zone, object{"areas": times(251, func(int) any { return object{"country": "IN"} })})), []string{"input.zones.0.areas TOO_MANY"}},
		"no province":            {areas(object{"country": "IN", "provinces": []any{"KL", "Kerala!"}}), []string{"input.zones.0.areas.0.provinces.1 INVALID"}},
		"too many provinces": {
			areas(object{"country": "IN", "provinces": times(101, func(i int) any { return fmt.Sprint(i) })}), []string{"input.zones.0.areas.0.provinces TOO_MANY"},
		},
		"a country twice":  {settings(zone, but(zone, object{"name": "Again"})), []string{"input.zones.1.areas.0 DUPLICATE"}},
		"a province twice": {areas(object{"country": "IN", "provinces": []any{"KL", "kl"}}), []string{"input.zones.0.areas.0.provinces.1 DUPLICATE"}},
		"two rests of the world": {
			settings(but(zone, object{"areas": []any{}, "restOfWorld": true}), but(zone, object{"restOfWorld": true})), []string{"input.zones.1.restOfWorld DUPLICATE"},
		},
		"no rates":               {rated(), []string{"input.zones.0.rates BLANK"}},
		"too many rates":         {settings(but(zone, object{"rates": times(101, func(int) any { return rate })})), []string{"input.zones.0.rates TOO_MANY"}},
		"no title":               {rated(but(rate, object{"title": ""})), []string{at + "title BLANK"}},
		"a long description":     {rated(but(rate, object{"description": long})), []string{at + "description TOO_LONG"}},
		"no handle":              {rated(but(rate, object{"handle": "a/b"})), []string{at + "handle INVALID"}},
		"a long handle":          {rated(but(rate, object{"handle": long})), []string{at + "handle TOO_LONG"}},
		"a handle twice":         {rated(but(rate, object{"handle": "a"}), but(rate, object{"handle": "a"})), []string{"input.zones.0.rates.1.handle DUPLICATE"}},
		"no price":               {rated(but(rate, object{"price": nil})), []string{at + "price BLANK"}},
		"two kinds of price":     {rated(but(rate, object{"weightBands": []any{band}})), []string{at + "price INVALID"}},
		"too many digits":        {rated(but(rate, object{"price": "1.005"})), []string{at + "price INVALID"}},
		"below zero":             {rated(but(rate, object{"price": "-1"})), []string{at + "price INVALID"}},
		"beyond any price":       {rated(but(rate, object{"freeFrom": "99999999999999999999"})), []string{at + "freeFrom INVALID"}},
		"no weight":              {banded(but(band, object{"upToGrams": 0})), []string{at + "weightBands.0.upToGrams INVALID"}},
		"bands that do not grow": {banded(band, band), []string{at + "weightBands.1.upToGrams INVALID"}},
		"a band's price":         {banded(but(band, object{"price": "0.001"})), []string{at + "weightBands.0.price INVALID"}},
		"too many bands": {
			rated(but(rate, object{"price": nil, "weightBands": times(51, func(i int) any { return but(band, object{"upToGrams": i + 1}) })})), []string{at + "weightBands TOO_MANY"},
		},
	})
}

func TestTaxRefusals(t *testing.T) {
	t.Parallel()
	p := newPriced(t)
	rate := object{"country": "IN", "title": "GST", "percentage": "18"}
	settings := object{"pricesIncludeTax": true, "taxDelivery": false, "country": "IN", "rates": []any{}}
	rated := func(rates ...any) object { return but(settings, object{"rates": rates}) }
	wrongRates := map[string]struct {
		rates []any
		want  string
	}{
		"no title":            {[]any{but(rate, object{"title": " "})}, ".0.title BLANK"},
		"a long title":        {[]any{but(rate, object{"title": long})}, ".0.title TOO_LONG"},
		"an unknown country":  {[]any{but(rate, object{"country": "ZZ"})}, ".0.country INVALID"},
		"no province":         {[]any{but(rate, object{"province": "?"})}, ".0.province INVALID"},
		"below zero":          {[]any{but(rate, object{"percentage": "-1"})}, ".0.percentage INVALID"},
		"more than ten times": {[]any{but(rate, object{"percentage": "1000.0001"})}, ".0.percentage INVALID"},
		"too fine":            {[]any{but(rate, object{"percentage": "0.00001"})}, ".0.percentage INVALID"},
		"a country twice":     {[]any{rate, but(rate, object{"province": ""})}, ".1 DUPLICATE"},
		"a province twice":    {[]any{but(rate, object{"province": "KL"}), but(rate, object{"province": "kl"})}, ".1 DUPLICATE"},
		"as many as 1001":     {times(1001, func(int) any { return rate }), " TOO_MANY"},
	}
	cases := map[string]refusal{
		"another version": {but(settings, object{"expectedVersion": 7}), []string{"input.expectedVersion STALE_OBJECT"}},
		"no country":      {but(settings, object{"country": "ZZ"}), []string{"input.country INVALID"}},
		"not a province":  {but(settings, object{"province": "Kerala, by the sea"}), []string{"input.province INVALID"}},
	}
	products := map[string]refusal{}
	taxed := func(id string, rates ...any) object {
		return object{"productId": id, "rates": append([]any{}, rates...)}
	}
	for name, c := range wrongRates {
		cases[name] = refusal{rated(c.rates...), []string{"input.rates" + c.want}}
		products[name] = refusal{object{"products": []any{taxed(p.product, c.rates...)}}, []string{"input.products.0.rates" + c.want}}
	}
	p.requireRefusals(t, "taxSettingsSet", cases)
	products["no products"] = refusal{object{"products": []any{}}, []string{"input.products BLANK"}}
	products["too many products"] = refusal{object{"products": times(251, func(int) any { return taxed(p.product) })}, []string{"input.products TOO_MANY"}}
	products["a product twice"] = refusal{object{"products": []any{taxed(p.product), taxed(p.product)}}, []string{"input.products.1.productId DUPLICATE"}}
	products["another's product"] = refusal{object{"products": []any{taxed(p.product, rate), taxed(p.theirProduct, rate)}}, []string{"input.products.1.productId NOT_FOUND"}}
	products["none"] = refusal{object{"products": []any{taxed("gid://kirana/Product/1/999", rate)}}, []string{"input.products.0.productId NOT_FOUND"}}
	p.requireRefusals(t, "productTaxRatesSet", products)
}

func TestPaymentRefusals(t *testing.T) {
	t.Parallel()
	p := newPriced(t)
	p.requireRefusals(t, "paymentSettingsSet", map[string]refusal{
		"another version":     {object{"expectedVersion": 3}, []string{"input.expectedVersion STALE_OBJECT"}},
		"no UPI ID":           {object{"upiId": "corner", "payeeName": "Corner"}, []string{"input.upiId INVALID"}},
		"nobody's account":    {object{"upiId": "corner@bank"}, []string{"input.payeeName BLANK"}},
		"a long name":         {object{"payeeName": long}, []string{"input.payeeName TOO_LONG"}},
		"a long text":         {object{"instructions": strings.Repeat(long, 8)}, []string{"input.instructions TOO_LONG"}},
		"no time":             {object{"holdHours": 0}, []string{"input.holdHours INVALID"}},
		"no Stripe account":   {object{"stripeAccountId": "corner"}, []string{"input.stripeAccountId INVALID"}},
		"more than two weeks": {object{"holdHours": 337}, []string{"input.holdHours INVALID"}},
	})
}

func TestDiscountRefusals(t *testing.T) {
	t.Parallel()
	p := newPriced(t)
	var made, theirs struct{ DiscountCode struct{ ID string } }
	ten := object{"code": "TEN", "type": "PERCENTAGE", "percentage": "10"}
	p.mine.run(t, "discountCodeCreate", object{"discountCode": ten}, "discountCode { id }", &made)
	p.mine.run(t, "discountCodeCreate", object{"discountCode": but(ten, object{"code": "OTHER"})}, "", &struct{}{})
	p.theirs.run(t, "discountCodeCreate", object{"discountCode": ten}, "discountCode { id }", &theirs)
	more := func(changes object) object { return but(ten, but(object{"code": "NEW"}, changes)) }
	sets := func(changes object) object {
		return but(object{"code": "NEW", "type": "BUY_X_GET_Y", "buysQuantity": 2, "getsQuantity": 1}, changes)
	}
	items := func(ids ...string) object {
		return more(object{"items": object{"productIds": append([]string{}, ids...)}})
	}
	cases := map[string]struct {
		discount object
		want     []string
	}{
		"no code":              {more(object{"code": " "}), []string{"code BLANK"}},
		"a long code":          {more(object{"code": long}), []string{"code TOO_LONG"}},
		"a code of two lines":  {more(object{"code": "a\nb"}), []string{"code INVALID"}},
		"a code there is":      {more(object{"code": "other"}), []string{"code TAKEN"}},
		"no percentage":        {but(more(nil), object{"percentage": nil}), []string{"percentage BLANK"}},
		"nothing off":          {more(object{"percentage": "0"}), []string{"percentage INVALID"}},
		"more than everything": {more(object{"percentage": "100.5"}), []string{"percentage INVALID"}},
		"too fine":             {more(object{"percentage": "1.00001"}), []string{"percentage INVALID"}},
		"a second value":       {more(object{"amount": "5"}), []string{"amount INVALID"}},
		"no amount":            {but(more(object{"type": "FIXED_AMOUNT"}), object{"percentage": nil}), []string{"amount BLANK"}},
		"an amount of nothing": {but(more(object{"type": "FIXED_AMOUNT", "amount": "0"}), object{"percentage": nil}), []string{"amount INVALID"}},
		"an amount too fine":   {but(more(object{"type": "FIXED_AMOUNT", "amount": "0.005"}), object{"percentage": nil}), []string{"amount INVALID"}},
		"a rate of an amount":  {more(object{"type": "FIXED_AMOUNT", "amount": "5"}), []string{"percentage INVALID"}},
		"delivery of some": {
			object{"code": "NEW", "type": "FREE_SHIPPING", "items": object{"productIds": []any{p.product}}}, []string{"items INVALID"},
		},
		"half of delivery":          {object{"code": "NEW", "type": "FREE_SHIPPING", "percentage": "50"}, []string{"percentage INVALID"}},
		"buy how many":              {but(sets(nil), object{"buysQuantity": nil}), []string{"buysQuantity BLANK"}},
		"get how many":              {but(sets(nil), object{"getsQuantity": nil}), []string{"getsQuantity BLANK"}},
		"buy none":                  {sets(object{"buysQuantity": 0}), []string{"buysQuantity INVALID"}},
		"get a great many":          {sets(object{"getsQuantity": 1_000_001}), []string{"getsQuantity INVALID"}},
		"no use in an order":        {sets(object{"usesPerOrder": 0}), []string{"usesPerOrder INVALID"}},
		"sets with minimums":        {sets(object{"minimumSubtotal": "5", "minimumQuantity": 1}), []string{"minimumSubtotal INVALID"}},
		"sets with a minimum":       {sets(object{"minimumQuantity": 1}), []string{"minimumQuantity INVALID"}},
		"sets of a percentage":      {more(object{"buysQuantity": 1, "usesPerOrder": 1}), []string{"buysQuantity INVALID", "usesPerOrder INVALID"}},
		"what is bought, in none":   {more(object{"buysItems": object{"productIds": []any{p.product}}}), []string{"buysItems INVALID"}},
		"no items":                  {items(), []string{"items BLANK"}},
		"another's product":         {items(p.product, p.theirProduct), []string{"items.productIds.1 NOT_FOUND"}},
		"a product there is none":   {items(p.product, "gid://kirana/Product/1/999"), []string{"items.productIds.1 NOT_FOUND"}},
		"a product twice":           {items(p.product, p.product), []string{"items.productIds.1 DUPLICATE"}},
		"too many products":         {items(strings.Split(strings.Repeat("x,", 250), ",")...), []string{"items.productIds TOO_MANY"}},
		"no collection":             {more(object{"items": object{"collectionIds": []any{p.product}}}), []string{"items.collectionIds.0 NOT_FOUND"}},
		"what is bought, another's": {sets(object{"buysItems": object{"productIds": []any{p.theirProduct}}}), []string{"buysItems.productIds.0 NOT_FOUND"}},
		"a minimum too fine":        {more(object{"minimumSubtotal": "0.001"}), []string{"minimumSubtotal INVALID"}},
		"a minimum of none":         {more(object{"minimumQuantity": 0}), []string{"minimumQuantity INVALID"}},
		"no use at all":             {more(object{"usageLimit": 0}), []string{"usageLimit INVALID"}},
		"an end before its start":   {more(object{"startsAt": "2026-02-01T00:00:00Z", "endsAt": "2026-02-01T00:00:00Z"}), []string{"endsAt INVALID"}},
		"a time long ago":           {more(object{"startsAt": "1999-12-31T23:59:59Z"}), []string{"startsAt INVALID"}},
	}
	create, update := map[string]refusal{}, map[string]refusal{
		"another's": {object{"id": theirs.DiscountCode.ID, "discountCode": more(nil)}, []string{"input.id NOT_FOUND"}},
		"none":      {object{"id": "gid://kirana/DiscountCode/1/999", "discountCode": more(nil)}, []string{"input.id NOT_FOUND"}},
		"no id":     {object{"id": "7", "discountCode": more(nil)}, []string{"input.id NOT_FOUND"}},
		"stale":     {object{"id": made.DiscountCode.ID, "expectedVersion": 2, "discountCode": more(nil)}, []string{"input.expectedVersion STALE_OBJECT"}},
	}
	for name, c := range cases {
		want := make([]string, len(c.want))
		for i, w := range c.want {
			want[i] = "input.discountCode." + w
		}
		create[name] = refusal{object{"discountCode": c.discount}, want}
		update[name] = refusal{object{"id": made.DiscountCode.ID, "discountCode": c.discount}, want}
	}
	create["sets with minimums"] = refusal{object{"discountCode": cases["sets with minimums"].discount}, []string{"input.discountCode.minimumSubtotal INVALID"}}
	p.requireRefusals(t, "discountCodeCreate", create)
	p.requireRefusals(t, "discountCodeUpdate", update)
	p.requireRefusals(t, "discountCodeDelete", map[string]refusal{
		"another's": {object{"id": theirs.DiscountCode.ID}, []string{"input.id NOT_FOUND"}},
		"none":      {object{"id": "gid://kirana/DiscountCode/1/999"}, []string{"input.id NOT_FOUND"}},
		"no id":     {object{"id": "x"}, []string{"input.id NOT_FOUND"}},
	})
}
