package db

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"

	"github.com/jmoiron/sqlx"

	"github.com/kirana-commerce/kirana/commerce"
)

// CompleteCart makes an order of a cart, in one transaction: the price is worked out, then the stock is locked, in the order of its
// ids as everywhere, and what follows is written in as few statements as there can be while others wait; the order's number comes
// last, as all orders of the store wait for it. Refusals; code UNAVAILABLE.
func (d *DB) CompleteCart(ctx context.Context, key commerce.CartKey, in *commerce.CartCompleteInput) (*commerce.Order, error) {
	var order *commerce.Order
	err := mutate(ctx, d, key.Store, &order, func(tx *sqlx.Tx) error {
		cart, err := lockCart(ctx, tx, key, "input", "cartId")
		if err != nil {
			return err
		}
		if cart.OrderID != 0 {
			order, err = orderOfCart(ctx, tx, cart)
			return err
		}
		checkout, err := commerce.NewCheckout(cart, in)
		if err != nil {
			return err
		}
		if err := d.takesPayment(ctx, tx, checkout); err != nil {
			return err
		}
		order, err = placeOrder(ctx, tx, checkout)
		return err
	})
	if err != nil {
		return nil, err
	}
	return order, nil
}

// orderOfCart is the order that a cart has become: whoever has the cart's secret may have the order's.
func orderOfCart(ctx context.Context, tx *sqlx.Tx, cart *commerce.Cart) (*commerce.Order, error) {
	var order *commerce.Order
	err := scanIn(ctx, tx, func(r *row) { order = scanOrder(r) }, orderSQL, int64(cart.StoreID), int64(cart.OrderID))
	return order, err
}

func placeOrder(ctx context.Context, tx *sqlx.Tx, c *commerce.Checkout) (*commerce.Order, error) {
	begun, err := beginOrder(ctx, tx, c.Cart)
	if err != nil {
		return nil, err
	}
	facts, err := cartFacts(inside(ctx, tx), []*commerce.Cart{c.Cart}, begun.products)
	if err != nil {
		return nil, err
	}
	f := facts[c.Cart]
	if f.Sold, err = lockSold(ctx, tx, c.Cart); err != nil {
		return nil, err
	}
	priced, err := c.Cart.Price(f)
	if err != nil {
		return nil, err
	}
	if err := c.Check(priced); err != nil {
		return nil, err
	}
	return writeOrder(ctx, tx, c, priced, begun)
}

func writeOrder(ctx context.Context, tx *sqlx.Tx, c *commerce.Checkout, priced *commerce.PricedCart, begun *begunOrder) (*commerce.Order, error) {
	levels, err := lockLevels(ctx, tx, c.Cart.StoreID, variantIDsOf(c.Cart))
	if err != nil {
		return nil, err
	}
	order, lines := c.Order(priced, begun.id, begun.names)
	promised, err := commerce.Reserve(priced, lines, levels, order.Delivery.Location)
	if err != nil {
		return nil, err
	}
	if err := promise(ctx, tx, order.Ref(), promised); err != nil {
		return nil, err
	}
	if err := spend(ctx, tx, c.Cart, order); err != nil {
		return nil, err
	}
	return order, numberOrder(ctx, tx, c.Cart, order, lines)
}

// spend counts the uses of the order's discounts. One that somebody else has used up meanwhile changes the price.
func spend(ctx context.Context, tx *sqlx.Tx, cart *commerce.Cart, o *commerce.Order) error {
	ids := make([]commerce.DiscountID, len(o.Discounts))
	for i, d := range o.Discounts {
		ids[i] = d.ID
	}
	err := useDiscounts(ctx, tx, o.StoreID, ids, customerOf(cart), int64(o.ID))
	if gone, is := errors.AsType[*commerce.DiscountUseError](err); is {
		i := slices.IndexFunc(o.Discounts, func(d commerce.OrderDiscount) bool { return d.ID == gone.Discount })
		return commerce.Refuse(commerce.RefusalPriceChanged, []any{"input", "expectedTotal"},
			"The code %q has just been used up. Ask for the cart again, show the buyer the new total, and send it as expectedTotal when they agree.", o.Discounts[i].Code)
	}
	return err
}

// lockSoldSQL is variantsByIDSQL; others of the rows wait until the transaction ends. A row that somebody held is read as they left it.
const lockSoldSQL = variantsByIDSQL + ` ORDER BY v.id FOR NO KEY UPDATE OF v`

func lockSold(ctx context.Context, tx *sqlx.Tx, cart *commerce.Cart) (map[commerce.VariantID]*commerce.ProductVariant, error) {
	return variantsIn(ctx, tx, lockSoldSQL, cart.StoreID, cart.Variants())
}

// beginOrderSQL takes the id of an order, and says why stock changes from here to the end of the transaction. With it comes what the
// cart's variants are called and look like, their own picture or the first of the product, and whether they are sold out.
const beginOrderSQL = kept + `
WITH o AS MATERIALIZED (SELECT nextval('orders_id_seq') AS id), begun AS MATERIALIZED (
    SELECT o.id, set_config('kirana.stock_reason', 'ORDER', true), set_config('kirana.stock_reference', 'gid://kirana/Order/' || $1::bigint || '/' || o.id, true)
    FROM o
)
SELECT begun.id, v.id AS variant_id, p.id AS product_id, p.title, coalesce(own.url, first.url, '') AS picture,
    v.inventory_tracked AND v.inventory_policy = 'DENY' AND v.inventory_quantity <= 0 AS sold_out
FROM begun, unnest($2::bigint[]) AS k (id)
CROSS JOIN LATERAL (
    SELECT v.id, v.product_id, v.image_id, v.inventory_tracked, v.inventory_policy, v.inventory_quantity
    FROM product_variants v WHERE v.store_id = $1 AND v.id = k.id OFFSET 0
) v
CROSS JOIN LATERAL (SELECT p.id, p.title FROM products p WHERE p.store_id = $1 AND p.id = v.product_id OFFSET 0) p
LEFT JOIN LATERAL (SELECT m.url FROM product_media m WHERE m.store_id = $1 AND m.id = v.image_id OFFSET 0) own ON true
LEFT JOIN LATERAL (
    SELECT m.url FROM product_media m WHERE m.store_id = $1 AND m.product_id = p.id ORDER BY m.position, m.id LIMIT 1
) first ON own.url IS NULL`

// begunOrder is what an order knows before it knows its price.
type begunOrder struct {
	id       commerce.OrderID
	names    map[commerce.VariantID]commerce.Sold
	products []commerce.ProductRef
}

// beginOrder waits for nobody: whoever comes when all is sold is told so at once, and does not stand in line behind those who still may
// buy. Of a cart whose variants are all gone it knows no id, and such a cart makes no order. Code MERCHANDISE_OUT_OF_STOCK.
func beginOrder(ctx context.Context, tx *sqlx.Tx, cart *commerce.Cart) (*begunOrder, error) {
	o := &begunOrder{names: make(map[commerce.VariantID]commerce.Sold)}
	var soldOut commerce.Refusals
	err := scanIn(ctx, tx, func(r *row) {
		o.id = commerce.OrderID(r.int())
		variant, product := commerce.VariantID(r.int()), commerce.ProductRef{Store: cart.StoreID, ID: commerce.ProductID(r.int())}
		o.names[variant] = commerce.Sold{Title: r.text(), ImageURL: r.text()}
		o.products = append(o.products, product)
		if r.bool() {
			soldOut.AddSoldOut(o.names[variant].Title)
		}
	}, beginOrderSQL, int64(cart.StoreID), variantIDsOf(cart))
	return o, cmp.Or(err, soldOut.Err())
}

func variantIDsOf(cart *commerce.Cart) string {
	return bigints(cart.Variants(), func(id commerce.VariantID) int64 { return int64(id) })
}

// lockStockSQL locks the levels of variants, which are locked already, in the order in which everybody does.
const lockStockSQL = kept + `
WITH l AS MATERIALIZED (
    SELECT l.variant_id, l.location_id, l.on_hand - l.reserved AS available FROM inventory_levels l
    WHERE l.store_id = $1 AND l.variant_id = ANY($2::bigint[]) ORDER BY l.variant_id, l.location_id FOR NO KEY UPDATE
)
SELECT l.variant_id, l.location_id, l.available, o.is_default
FROM l JOIN locations o ON o.store_id = $1 AND o.id = l.location_id WHERE o.active ORDER BY o.position, l.location_id, l.variant_id`

// lockLevels reads the stock of variants, in the order of the locations.
func lockLevels(ctx context.Context, tx *sqlx.Tx, store commerce.StoreID, variants string) ([]commerce.StockLevel, error) {
	var levels []commerce.StockLevel
	err := scanIn(ctx, tx, func(r *row) {
		levels = append(levels, commerce.StockLevel{
			Variant: commerce.VariantID(r.int()), Location: commerce.LocationID(r.int()), Available: int(r.int()), Default: r.bool(),
		})
	}, lockStockSQL, int64(store), variants)
	return levels, err
}

// promiseSQL goes to the rows by their places: they are locked, so they stay there, and a plan that expects a hundred lines would read all
// the stock of a store while others wait.
const promiseSQL = kept + `
WITH promised AS (
    SELECT r.line, r.location, r.variant, r.quantity
    FROM json_to_recordset($3::json) AS r (line bigint, location bigint, variant bigint, quantity integer)
), written AS (
    INSERT INTO stock_reservations (store_id, order_id, line_id, location_id, variant_id, quantity)
    SELECT $1, $2, r.line, r.location, r.variant, r.quantity FROM promised r
)
UPDATE inventory_levels l SET reserved = l.reserved + r.units
FROM (SELECT variant, location, sum(quantity) AS units FROM promised GROUP BY variant, location) r
CROSS JOIN LATERAL (
    SELECT l.ctid AS place FROM inventory_levels l WHERE l.store_id = $1 AND l.variant_id = r.variant AND l.location_id = r.location OFFSET 0
) at
WHERE l.store_id = $1 AND l.ctid = at.place`

type reservationRow struct {
	Line     int64               `json:"line"`
	Location commerce.LocationID `json:"location"`
	Variant  commerce.VariantID  `json:"variant"`
	Quantity int                 `json:"quantity"`
}

// promise writes down which stock is an order's from now on. The triggers of the levels do what follows from it.
func promise(ctx context.Context, tx *sqlx.Tx, order commerce.OrderRef, promised []commerce.Reservation) error {
	if len(promised) == 0 {
		return nil
	}
	rows := make([]reservationRow, len(promised))
	for i, p := range promised {
		rows[i] = reservationRow(p)
	}
	return execOrder(ctx, tx, promiseSQL, order, rows)
}

// execOrder runs a statement about an order with rows as its third parameter, and what else it takes.
func execOrder(ctx context.Context, tx *sqlx.Tx, text string, order commerce.OrderRef, rows any, more ...any) error {
	doc, err := json.Marshal(rows)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, text, append([]any{int64(order.Store), int64(order.ID), string(doc)}, more...)...)
	return err
}

type lineRow struct {
	ID               int64                `json:"id"`
	Product          commerce.ProductID   `json:"product"`
	Variant          commerce.VariantID   `json:"variant"`
	Title            string               `json:"title"`
	VariantTitle     string               `json:"variant_title"`
	SKU              string               `json:"sku"`
	ImageURL         string               `json:"image_url"`
	Attributes       []commerce.Attribute `json:"attributes"`
	Quantity         int                  `json:"quantity"`
	Price            int64                `json:"price"`
	Subtotal         int64                `json:"subtotal"`
	Discount         int64                `json:"discount"`
	Tax              int64                `json:"tax"`
	Total            int64                `json:"total"`
	RequiresShipping bool                 `json:"requires_shipping"`
	Stocked          bool                 `json:"stocked"`
}

func lineRows(lines []*commerce.OrderLine) []lineRow {
	rows := make([]lineRow, len(lines))
	for i, l := range lines {
		rows[i] = lineRow{
			ID: l.ID, Product: l.Product, Variant: l.Variant, Title: l.Title, VariantTitle: l.VariantTitle, SKU: l.SKU, ImageURL: l.ImageURL,
			Attributes: orEmpty(l.Attributes), Quantity: l.Quantity, Price: l.PriceMinor, Subtotal: l.SubtotalMinor, Discount: l.DiscountMinor,
			Tax: l.TaxMinor, Total: l.TotalMinor, RequiresShipping: l.RequiresShipping, Stocked: l.Stocked,
		}
	}
	return rows
}

// orEmpty is a list that is written as [] when it is empty.
func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// numberOrderSQL gives an order its number and writes everything that stands or falls with it.
const numberOrderSQL = kept + `
WITH counted AS (
    INSERT INTO order_counters AS c (store_id, last) VALUES ($1, 1001)
    ON CONFLICT (store_id) DO UPDATE SET last = c.last + 1 RETURNING last
), became AS (
    UPDATE carts SET order_id = $2 WHERE store_id = $1 AND id = $4
), told AS (
    INSERT INTO order_events (store_id, order_id, kind) VALUES ($1, $2, 'CREATED')
), heard AS (
    INSERT INTO outbox (store_id, topic, version, subject, payload)
    SELECT $1, 'order.created', 1, 'gid://kirana/Order/' || $1::bigint || '/' || $2::bigint, jsonb_build_object(
        'id', 'gid://kirana/Order/' || $1::bigint || '/' || $2::bigint, 'name', '#' || counted.last, 'currency', $5::text, 'totalMinor', $21::bigint)
    FROM counted
), lines AS (
    INSERT INTO order_lines (store_id, order_id, id, product_id, variant_id, title, variant_title, sku, image_url, attributes, quantity,
        price_minor, subtotal_minor, discount_minor, tax_minor, total_minor, requires_shipping, stocked)
    SELECT $1, $2, r.id, r.product, r.variant, r.title, r.variant_title, r.sku, r.image_url, r.attributes, r.quantity,
        r.price, r.subtotal, r.discount, r.tax, r.total, r.requires_shipping, r.stocked
    FROM json_to_recordset($25::json) AS r (id bigint, product bigint, variant bigint, title text, variant_title text, sku text,
        image_url text, attributes jsonb, quantity integer, price bigint, subtotal bigint, discount bigint, tax bigint, total bigint,
        requires_shipping boolean, stocked boolean)
)
INSERT INTO orders AS o (store_id, id, number, key, cart_id, currency, name, email, phone, address, note, attributes, delivery, discounts,
    taxes, taxes_included, payment_method, subtotal_minor, discount_minor, delivery_minor, tax_minor, total_minor, hold_expires_at)
SELECT $1, $2, counted.last, $3, $4, $5, $6, $7, $8, $9::jsonb, $10, $11::jsonb, $12::jsonb, $13::jsonb, $14::jsonb, $15, $16, $17, $18, $19, $20, $21,
    CASE WHEN $22 AND $16 = 'CARD' THEN now() + make_interval(secs => $24)
        WHEN $22 THEN now() + make_interval(hours => coalesce((SELECT p.hold_hours FROM payment_settings p WHERE p.store_id = $1), $23)) END
FROM counted
RETURNING ` + orderColumns

// numberOrder is the last statement of a new order: the row of the counter is what the orders of a store wait for.
func numberOrder(ctx context.Context, tx *sqlx.Tx, cart *commerce.Cart, o *commerce.Order, lines []*commerce.OrderLine) error {
	docs := make([]any, 0, 6)
	for _, v := range []any{o.Address, orEmpty(o.Attributes), o.Delivery, orEmpty(o.Discounts), orEmpty(o.Taxes), lineRows(lines)} {
		doc, err := json.Marshal(v)
		if err != nil {
			return err
		}
		docs = append(docs, string(doc))
	}
	if o.Address == nil {
		docs[0] = nil
	}
	return scanIn(ctx, tx, func(r *row) { *o = *scanOrder(r) }, numberOrderSQL,
		int64(o.StoreID), int64(o.ID), o.Key, int64(cart.ID), string(o.Currency), o.Contact.Name, o.Contact.Email, o.Contact.Phone,
		docs[0], o.BuyerNote, docs[1], docs[2], docs[3], docs[4], o.TaxesIncluded, string(o.PaymentMethod),
		o.SubtotalMinor, o.DiscountMinor, o.DeliveryMinor, o.TaxMinor, o.TotalMinor, o.Waits(), commerce.DefaultHoldHours,
		commerce.CardHold.Seconds(), docs[5])
}
