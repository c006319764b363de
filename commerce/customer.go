package commerce

import "context"

// MaxCustomerDocuments bounds the orders, and the carts, that are shown of a customer at once.
const MaxCustomerDocuments = 250

// CustomerContact is an e-mail address, a phone number or both, in their one spelling. What is a customer's is what was ordered, or lies in
// a cart, under one of the two.
type CustomerContact struct{ Email, Phone string }

// CustomerEraseInput says whom to forget.
type CustomerEraseInput struct{ Email, Phone *string }

// Contact is who is meant. Refusals.
func (in *CustomerEraseInput) Contact() (CustomerContact, error) {
	var r Refusals
	c := CustomerContact{Email: r.email([]any{"input", "email"}, value(in.Email)), Phone: r.phone([]any{"input", "phone"}, value(in.Phone))}
	if len(r) == 0 && c == (CustomerContact{}) {
		r.Add(RefusalBlank, []any{"input"}, "Give an e-mail address or a phone number.")
	}
	return c, r.Err()
}

// CustomerDataKey asks for what a store holds about a customer.
type CustomerDataKey struct {
	Store StoreID
	CustomerContact
	// Before leaves out the orders with this number and the later ones; 0 for none.
	Before int64
}

// NewCustomerContact is who is asked about. Code BAD_USER_INPUT.
func NewCustomerContact(email, phone *string) (CustomerContact, error) {
	c, err := (&CustomerEraseInput{email, phone}).Contact()
	if refusals, refused := RefusalsOf(err); refused {
		argument := "email" // which stands for both
		if path := refusals[0].Field; len(path) > 1 {
			argument = path[1]
		}
		return c, BadInput(argument, "%s", refusals[0].Message)
	}
	return c, err
}

// CustomerData is what a store holds about a customer.
type CustomerData struct {
	OrdersCount, CartsCount int
	// Orders and Carts are JSON, the newest first, at most MaxCustomerDocuments of each.
	Orders, Carts []string
	// Accounts are those who have signed in, as JSON.
	Accounts []string
}

// The orders of a list of customers.
const (
	CustomerSortID        SortKey = "ID"
	CustomerSortName      SortKey = "NAME"
	CustomerSortUpdatedAt SortKey = "UPDATED_AT"
)

// CustomerContactKey asks who has proved a contact to a store.
type CustomerContactKey struct {
	Store StoreID
	CustomerContact
}

// CustomerListKey asks for one page of those who have signed in to a store.
type CustomerListKey struct {
	Store StoreID
	Page  Page
	Words string
}

// Counting asks for the number of items of the list.
func (k CustomerListKey) Counting() CustomerListKey {
	k.Page = k.Page.Counting()
	return k
}

// CustomerReader reads what stores hold about customers.
type CustomerReader interface {
	// CustomerData reads of the stores alone in which the viewer may.
	CustomerData(ctx context.Context, keys []CustomerDataKey) (map[CustomerDataKey]*CustomerData, error)
	// Customers finds customers of the stores in which the viewer may see who buys, and those whom a cart has shown.
	Customers(ctx context.Context, keys []CustomerKey) (map[CustomerKey]*Customer, error)
	// CustomersByContact finds the customers of those stores who have proved an e-mail address, or else a phone number.
	CustomersByContact(ctx context.Context, keys []CustomerContactKey) (map[CustomerContactKey]*Customer, error)
	CustomerLists(ctx context.Context, keys []CustomerListKey) (map[CustomerListKey]List[*Customer], error)
	// CustomersByToken finds customers by what they have signed in for, whoever asks: the token is the right.
	CustomersByToken(ctx context.Context, keys []CustomerTokenKey) (map[CustomerTokenKey]*Customer, error)
}

// CustomerRetention says why something of a customer was not erased.
type CustomerRetention string

// CustomerOrderUnderWay is an order that is not over: the merchant needs to know whom to deliver to, and who still has to pay.
const CustomerOrderUnderWay CustomerRetention = "ORDER_UNDER_WAY"

// Valid reports whether there is such a reason.
func (r CustomerRetention) Valid() bool { return r == CustomerOrderUnderWay }

// CustomerErasure is what became of forgetting a customer, in numbers: nothing in it tells who it was.
type CustomerErasure struct {
	OrdersErased, OrdersRetained, CartsDeleted int
}

// RetainedBecause is why orders were left as they are, nil when none were.
func (e *CustomerErasure) RetainedBecause() *CustomerRetention {
	if e.OrdersRetained == 0 {
		return nil
	}
	return new(CustomerOrderUnderWay)
}

// OrderProgress is how far an order is.
type OrderProgress struct {
	Cancelled bool
	Financial FinancialStatus
	// Open is the units that are still to leave.
	Open int64
	// Disputed says that a dispute about the payment is open.
	Disputed bool
}

// Over reports whether nobody owes anybody anything any more: the order was canceled or its money went back, or it was paid and all has left.
// While a dispute is open the merchant needs what shows to whom the order went.
func (p OrderProgress) Over() bool {
	if p.Disputed {
		return false
	}
	switch p.Financial {
	case FinancialRefunded, FinancialVoided:
		return true
	case FinancialPaid, FinancialPartiallyRefunded:
		return p.Cancelled || p.Open == 0
	case FinancialPending, FinancialAuthorized:
	}
	return p.Cancelled
}

// CustomerEraser forgets customers. What is wrong comes back as Refusals, and then nothing was written.
type CustomerEraser interface {
	EraseCustomer(ctx context.Context, by Author, store *Store, in *CustomerEraseInput) (*CustomerErasure, error)
}
