package commerce

import (
	"context"
	"slices"
	"strconv"
	"time"
)

// FirstOrderNumber is the number of a store's first order.
const FirstOrderNumber = 1001

// OrderKey names an order: by its secret for the buyer, without one for those who may read the store's orders.
type OrderKey struct {
	Store StoreID
	ID    OrderID
	Key   string
}

// FinancialStatus says how far an order is paid.
type FinancialStatus string

// The states of payment.
const (
	FinancialPending           FinancialStatus = "PENDING"
	FinancialAuthorized        FinancialStatus = "AUTHORIZED"
	FinancialPaid              FinancialStatus = "PAID"
	FinancialPartiallyRefunded FinancialStatus = "PARTIALLY_REFUNDED"
	FinancialRefunded          FinancialStatus = "REFUNDED"
	FinancialVoided            FinancialStatus = "VOIDED"
)

// FulfillmentStatus says how much of an order has left.
type FulfillmentStatus string

// The states of fulfilment.
const (
	FulfillmentNone    FulfillmentStatus = "UNFULFILLED"
	FulfillmentPartial FulfillmentStatus = "PARTIALLY_FULFILLED"
	FulfillmentDone    FulfillmentStatus = "FULFILLED"
)

// OrderCancelReason says why an order was canceled.
type OrderCancelReason string

// The reasons for a cancellation.
const (
	CancelCustomer  OrderCancelReason = "CUSTOMER"
	CancelDeclined  OrderCancelReason = "DECLINED"
	CancelFraud     OrderCancelReason = "FRAUD"
	CancelInventory OrderCancelReason = "INVENTORY"
	CancelStaff     OrderCancelReason = "STAFF"
	CancelOther     OrderCancelReason = "OTHER"
	// CancelPaymentLapsed is the system's own: the payment did not come in time.
	CancelPaymentLapsed OrderCancelReason = "PAYMENT_LAPSED"
)

// PaymentMethod says how the buyer pays.
type PaymentMethod string

// The ways to pay: to whoever brings the goods, by a transfer that the merchant sees arrive, or by card, which the provider tells of.
const (
	PaymentCashOnDelivery PaymentMethod = "CASH_ON_DELIVERY"
	PaymentManual         PaymentMethod = "MANUAL"
	PaymentCard           PaymentMethod = "CARD"
)

// Valid reports whether there is such a reason.
func (r OrderCancelReason) Valid() bool {
	return slices.Contains([]OrderCancelReason{
		CancelCustomer, CancelDeclined, CancelFraud, CancelInventory, CancelStaff, CancelOther, CancelPaymentLapsed,
	}, r)
}

// Valid reports whether there is such a method.
func (m PaymentMethod) Valid() bool {
	return m == PaymentCashOnDelivery || m == PaymentManual || m == PaymentCard
}

// Order is what a cart became. Amounts are in minor units and do not change.
type Order struct {
	StoreID StoreID
	ID      OrderID
	Number  int64
	// Key is the buyer's secret; empty when the order is shown to somebody else.
	Key       string
	Currency  Currency
	CreatedAt time.Time
	UpdatedAt time.Time
	// ConfirmedAt is when the merchant accepted the order, CancelledAt when it was canceled; nil before.
	ConfirmedAt, CancelledAt *time.Time
	CancelReason             *OrderCancelReason
	// PaymentDueAt is until when the order waits for its payment and holds its stock; nil when it waits for none.
	PaymentDueAt      *time.Time
	FinancialStatus   FinancialStatus
	FulfillmentStatus FulfillmentStatus
	Contact           Contact
	// Address is where the goods go, nil when nothing is sent.
	Address       *MailingAddress
	BuyerNote     string
	Attributes    []Attribute
	Delivery      OrderDelivery
	Discounts     []OrderDiscount
	Taxes         []OrderTax
	TaxesIncluded bool
	PaymentMethod PaymentMethod
	// Dispute is how far what the buyer disputes is: open before lost, lost before won; empty when they dispute nothing.
	Dispute DisputeStatus

	SubtotalMinor, DiscountMinor, DeliveryMinor, TaxMinor, TotalMinor int64
	PaidMinor, RefundedMinor                                          int64
}

// Contact is how the merchant reaches whoever buys.
type Contact struct {
	Name, Email, Phone string
}

// OrderDelivery is how the goods reach the buyer.
type OrderDelivery struct {
	// Price is what it cost, before discounts and added tax; Discount is what they took off.
	Price    int64              `json:"price"`
	Discount int64              `json:"discount,omitempty"`
	Handle   string             `json:"handle"`
	Title    string             `json:"title"`
	Method   DeliveryMethodType `json:"method"`
	Location LocationID         `json:"location,omitempty"`
}

// OrderDiscount is a code that took something off.
type OrderDiscount struct {
	ID     DiscountID `json:"id"`
	Code   string     `json:"code"`
	Amount int64      `json:"amount"`
}

// OrderTax is a tax with its name, its rate and its amount.
type OrderTax struct {
	Title  string `json:"title"`
	Rate   Rate   `json:"rate"`
	Amount int64  `json:"amount"`
}

// OrderLine is some units of something that was bought, as it was then.
type OrderLine struct {
	Order            OrderRef
	ID               int64
	Currency         Currency
	Product          ProductID
	Variant          VariantID
	Title            string
	VariantTitle     string
	SKU              string
	ImageURL         string
	Attributes       []Attribute
	Quantity         int
	PriceMinor       int64
	SubtotalMinor    int64
	DiscountMinor    int64
	TaxMinor         int64
	TotalMinor       int64
	RequiresShipping bool
	// Stocked says that stock was promised for the line.
	Stocked bool
	// PaymentDueAt is that of the order.
	PaymentDueAt *time.Time
	// Fulfilled units have left, Removed ones never will; Refunded are those whose money went back, of either kind.
	Fulfilled, Removed, Refunded int
}

// Ref is the order's full key.
func (o *Order) Ref() OrderRef { return OrderRef{o.StoreID, o.ID} }

// NodeID is the order's global id, with the buyer's secret for the buyer.
func (o *Order) NodeID() GlobalID {
	return GlobalID{Kind: KindOrder, Store: o.StoreID, ID: int64(o.ID), Key: o.Key}
}

// IsNode marks Order as a node of the API.
func (*Order) IsNode() {}

// Tenant is the store that the order is of.
func (o *Order) Tenant() StoreID { return o.StoreID }

// Name is what people call the order: #1001.
func (o *Order) Name() string { return "#" + strconv.FormatInt(o.Number, 10) }

func (o *Order) money(minor int64) Money { return Money{minor, o.Currency} }

// OrderNumber is the number in the name.
func (o *Order) OrderNumber() int { return int(o.Number) }

// ShownDiscount is a code that took something off, with its amount.
type ShownDiscount struct {
	Code   string
	Amount Money
}

// ShownDiscounts are the codes that took something off.
func (o *Order) ShownDiscounts() []*ShownDiscount {
	shown := make([]*ShownDiscount, len(o.Discounts))
	for i, d := range o.Discounts {
		shown[i] = &ShownDiscount{d.Code, o.money(d.Amount)}
	}
	return shown
}

// ShownTax is a tax with its name, its rate and its amount.
type ShownTax struct {
	Title          string
	RatePercentage Decimal
	Price          Money
}

// ShownTaxes are the taxes by name and rate.
func (o *Order) ShownTaxes() []*ShownTax {
	shown := make([]*ShownTax, len(o.Taxes))
	for i, t := range o.Taxes {
		shown[i] = &ShownTax{t.Title, t.Rate.Percentage(), o.money(t.Amount)}
	}
	return shown
}

// DisputeStatus is how far what the buyer disputes is, nil when they dispute nothing.
func (o *Order) DisputeStatus() *DisputeStatus {
	if o.Dispute == "" {
		return nil
	}
	return &o.Dispute
}

// SubtotalPrice is that of the lines, with what discounts take off them, before delivery and added tax.
func (o *Order) SubtotalPrice() Money {
	return o.money(o.SubtotalMinor - o.DiscountMinor + o.Delivery.Discount)
}

// TotalDiscounts is what discounts take off.
func (o *Order) TotalDiscounts() Money { return o.money(o.DiscountMinor) }

// TotalShippingPrice is what is paid for delivery.
func (o *Order) TotalShippingPrice() Money { return o.money(o.DeliveryMinor) }

// TotalTax is the tax, included or added.
func (o *Order) TotalTax() Money { return o.money(o.TaxMinor) }

// TotalPrice is what the buyer pays.
func (o *Order) TotalPrice() Money { return o.money(o.TotalMinor) }

// TotalRefunded is what the buyer got back.
func (o *Order) TotalRefunded() Money { return o.money(o.RefundedMinor) }

// TotalReceived is what the buyer has paid.
func (o *Order) TotalReceived() Money { return o.money(o.PaidMinor) }

// Note is what the buyer told the merchant, nil when it is nothing.
func (o *Order) Note() *string { return optional(o.BuyerNote) }

// Email is the buyer's address, nil where it is not known.
func (o *Order) Email() *string { return optional(o.Contact.Email) }

// Phone is the buyer's number, nil where it is not known.
func (o *Order) Phone() *string { return optional(o.Contact.Phone) }

// CustomerName is what the buyer is called, nil where it is not known.
func (o *Order) CustomerName() *string { return optional(o.Contact.Name) }

// NodeID is the line's global id.
func (l *OrderLine) NodeID() GlobalID { return l.Order.line(l.ID) }

// Tenant is the store that the line is of.
func (l *OrderLine) Tenant() StoreID { return l.Order.Store }

// VariantRef is the full key of what was bought.
func (l *OrderLine) VariantRef() VariantRef { return VariantRef{l.Order.Store, l.Variant} }

func (l *OrderLine) money(minor int64) Money { return Money{minor, l.Currency} }

// UnitPrice is the price of one unit.
func (l *OrderLine) UnitPrice() Money { return l.money(l.PriceMinor) }

// OriginalTotalPrice is the price of all units before discounts.
func (l *OrderLine) OriginalTotalPrice() Money { return l.money(l.SubtotalMinor) }

// DiscountedTotalPrice is the price of all units behind discounts.
func (l *OrderLine) DiscountedTotalPrice() Money { return l.money(l.SubtotalMinor - l.DiscountMinor) }

// TotalPrice is what is paid for the line, with its tax.
func (l *OrderLine) TotalPrice() Money { return l.money(l.TotalMinor) }

// CurrentQuantity is the units that were not refunded.
func (l *OrderLine) CurrentQuantity() int { return l.Quantity - l.Refunded }

// Open is the units that are still to leave.
func (l *OrderLine) Open() int { return l.Quantity - l.Fulfilled - l.Removed }

// SKUText is the line's SKU, nil without one.
func (l *OrderLine) SKUText() *string { return optional(l.SKU) }

// VariantName is the title of the variant, nil for the only one of a product.
func (l *OrderLine) VariantName() *string {
	if l.VariantTitle == DefaultOptionValue {
		return nil
	}
	return &l.VariantTitle
}

// Image is the picture that showed the line, nil without one.
func (l *OrderLine) Image() *Image {
	if l.ImageURL == "" {
		return nil
	}
	return &Image{URL: l.ImageURL}
}

// OrderEventKind says what happened to an order.
type OrderEventKind string

// What can happen to an order.
const (
	OrderCreated   OrderEventKind = "CREATED"
	OrderConfirmed OrderEventKind = "CONFIRMED"
	OrderPaid      OrderEventKind = "PAID"
	OrderFulfilled OrderEventKind = "FULFILLED"
	OrderRefunded  OrderEventKind = "REFUNDED"
	OrderCancelled OrderEventKind = "CANCELLED"
	OrderEdited    OrderEventKind = "EDITED"
	// OrderRefundDue is a payment by card that did not count, and goes back; the others say that money has gone back, or cannot.
	OrderRefundDue     OrderEventKind = "REFUND_DUE"
	OrderRefundSettled OrderEventKind = "REFUND_SETTLED"
	OrderRefundFailed  OrderEventKind = "REFUND_FAILED"
	// OrderDisputeOpened is a buyer who wants their money back through their bank; the others say how that has ended.
	OrderDisputeOpened OrderEventKind = "DISPUTE_OPENED"
	OrderDisputeWon    OrderEventKind = "DISPUTE_WON"
	OrderDisputeLost   OrderEventKind = "DISPUTE_LOST"
)

// OrderEventKinds lists everything that can happen to an order.
func OrderEventKinds() []OrderEventKind {
	return []OrderEventKind{
		OrderCreated, OrderConfirmed, OrderPaid, OrderFulfilled, OrderRefunded, OrderCancelled, OrderEdited,
		OrderRefundDue, OrderRefundSettled, OrderRefundFailed, OrderDisputeOpened, OrderDisputeWon, OrderDisputeLost,
	}
}

// OrderEvent is something that happened to an order.
type OrderEvent struct {
	Order  OrderRef
	At     time.Time
	Kind   OrderEventKind
	Detail *string
	// Author is the name of whoever did it, nil for the buyer and the system.
	Author *string
}

// Tenant is the store that the order is of.
func (e *OrderEvent) Tenant() StoreID { return e.Order.Store }

// Fulfillment is goods of an order that left together.
type Fulfillment struct {
	Order                                        OrderRef
	ID                                           int64
	CreatedAt                                    time.Time
	TrackingCompany, TrackingNumber, TrackingURL *string
	Lines                                        []*FulfillmentLine
}

// Number tells the lines which order they are of.
func (f *Fulfillment) Number() {
	for _, l := range f.Lines {
		l.Order = f.Order
	}
}

// NodeID is the fulfilment's global id.
func (f *Fulfillment) NodeID() GlobalID {
	return GlobalID{Kind: KindFulfillment, Store: f.Order.Store, ID: f.ID}
}

// FulfillmentLine is units of a line that left.
type FulfillmentLine struct {
	Line     int64 `json:"line"`
	Quantity int   `json:"quantity"`

	// Order is given to the line when it is read.
	Order OrderRef `json:"-"`
}

// NodeID is the global id of the order's line.
func (l *FulfillmentLine) NodeID() GlobalID { return l.Order.line(l.Line) }

// Refund is money that went back to the buyer.
type Refund struct {
	Order     OrderRef
	ID        int64
	CreatedAt time.Time
	Amount    Money
	Note      string
	Lines     []*RefundLine
	// Elsewhere says that the money has gone back already: nothing is to be sent.
	Elsewhere bool `json:"-"`
}

// Number tells the lines which order they are of.
func (r *Refund) Number() {
	for _, l := range r.Lines {
		l.Order = r.Order
	}
}

// NodeID is the refund's global id.
func (r *Refund) NodeID() GlobalID {
	return GlobalID{Kind: KindRefund, Store: r.Order.Store, ID: r.ID}
}

// ShownNote is why, nil where nobody said.
func (r *Refund) ShownNote() *string { return optional(r.Note) }

// RefundLine is units of a line that were refunded.
type RefundLine struct {
	Line      int64 `json:"line"`
	Quantity  int   `json:"quantity"`
	Restocked bool  `json:"restocked,omitempty"`

	// Order is given to the line when it is read.
	Order OrderRef `json:"-"`
}

// NodeID is the global id of the order's line.
func (l *RefundLine) NodeID() GlobalID { return l.Order.line(l.Line) }

// line is the global id of a line of the order.
func (o OrderRef) line(n int64) GlobalID {
	return GlobalID{Kind: KindOrderLine, Store: o.Store, ID: int64(o.ID), Key: strconv.FormatInt(n, 10)}
}

// The orders of a list of orders.
const (
	OrderSortNumber SortKey = "NUMBER"
	OrderSortTotal  SortKey = "TOTAL_PRICE"
)

// OrderListKey asks for one page of a store's orders.
type OrderListKey struct {
	Store StoreID
	Page  Page
	Words string
}

// Counting asks for the number of items of the list.
func (k OrderListKey) Counting() OrderListKey {
	k.Page = k.Page.Counting()
	return k
}

// OrderReader reads orders: by their secrets for anybody, all of a store for those who may read them.
type OrderReader interface {
	Orders(ctx context.Context, keys []OrderKey) (map[OrderKey]*Order, error)
	OrderLists(ctx context.Context, keys []OrderListKey) (map[OrderListKey]List[*Order], error)
	OrderPartReader
	DisputeReader
}

// OrderPartReader reads what belongs to orders, which whoever asks has read.
type OrderPartReader interface {
	OrderLines(ctx context.Context, orders []OrderRef) (map[OrderRef][]*OrderLine, error)
	OrderEvents(ctx context.Context, orders []OrderRef) (map[OrderRef][]*OrderEvent, error)
	Fulfillments(ctx context.Context, orders []OrderRef) (map[OrderRef][]*Fulfillment, error)
	Refunds(ctx context.Context, orders []OrderRef) (map[OrderRef][]*Refund, error)
	CardRefunds(ctx context.Context, orders []OrderRef) (map[OrderRef][]*CardRefund, error)
}

// BookDifference is something that does not follow from the orders as it should.
type BookDifference struct {
	Store    string `json:"store"`
	About    string `json:"about"`
	What     string `json:"what"`
	Stored   int64  `json:"stored"`
	Expected int64  `json:"expected"`
}
