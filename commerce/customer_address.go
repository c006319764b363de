package commerce

import (
	"context"
	"strings"
)

// MaxCustomerAddresses is how many addresses a customer has at most.
const MaxCustomerAddresses = 50

// maxPersonName bounds a first or a last name.
const maxPersonName = 255 // characters

// CustomerAddressID identifies an address among those of its store's customers.
type CustomerAddressID int64

// CustomerAddressSortID is the order of a customer's addresses: in which they came.
const CustomerAddressSortID SortKey = "ID"

// SavedAddress is the global id of an address that a customer keeps.
func SavedAddress(store StoreID, id CustomerAddressID) GlobalID {
	return GlobalID{Kind: KindMailingAddress, Store: store, ID: int64(id)}
}

// Edit is the address with what the input says; nil keeps what there is, and an empty text takes it away. Refusals.
func (a *MailingAddress) Edit(path []any, in *MailingAddressInput) (*MailingAddress, error) {
	var r Refusals
	given := in.address(&r, path)
	edited := *a
	for _, part := range []struct {
		said     bool
		to, from **string
	}{
		{in.Address1 != nil, &edited.Address1, &given.Address1},
		{in.Address2 != nil, &edited.Address2, &given.Address2},
		{in.City != nil, &edited.City, &given.City},
		{in.Company != nil, &edited.Company, &given.Company},
		{in.FirstName != nil, &edited.FirstName, &given.FirstName},
		{in.LastName != nil, &edited.LastName, &given.LastName},
		{in.Phone != nil, &edited.Phone, &given.Phone},
		{in.ProvinceCode != nil, &edited.ProvinceCode, &given.ProvinceCode},
		{in.Zip != nil, &edited.Zip, &given.Zip},
	} {
		if part.said {
			*part.to = *part.from
		}
	}
	if in.CountryCode != nil {
		edited.Country = in.CountryCode
	}
	if len(r) == 0 && edited.empty() {
		r.Add(RefusalBlank, path, "An address says something.")
	}
	for i := range r { // of carts the API has a word of its own for it
		if r[i].Code == RefusalAddressTooLong {
			r[i].Code = RefusalTooLong
		}
	}
	return &edited, r.Err()
}

// empty reports whether the address says nothing.
func (a *MailingAddress) empty() bool {
	b := *a
	b.Saved = nil
	return b == MailingAddress{}
}

// CustomerUpdateInput is what is to be different about a customer; nil keeps what there is, and an empty text takes it away. What was
// proved is not among it: whoever has another address or number signs in with that.
type CustomerUpdateInput struct{ FirstName, LastName *string }

// Check takes the white space around the names off. Refusals.
func (in *CustomerUpdateInput) Check() error {
	var r Refusals
	for _, name := range []struct {
		field string
		text  **string
	}{{"firstName", &in.FirstName}, {"lastName", &in.LastName}} {
		if *name.text == nil {
			continue
		}
		path, text := []any{"customer", name.field}, strings.TrimSpace(**name.text)
		r.storable(path, text)
		if Characters(maxPersonName).Exceeded(text) {
			r.Add(RefusalTooLong, path, "This is longer than %s.", Characters(maxPersonName))
		}
		*name.text = &text
	}
	return r.Err()
}

// RefuseCustomerToken says that a token opens nothing, whatever the reason.
func RefuseCustomerToken(path ...any) error { return Refuse(RefusalTokenInvalid, path, tokenProblem) }

const tokenProblem = "This token opens nothing: it was ended, has expired, or is another store's."

// ChangedCustomer is a customer after a change of their own.
type ChangedCustomer struct {
	Customer *Customer `json:"-"`
	// AddressID is the address that the change was about, 0 for none; Address is nil when there is none any more.
	AddressID CustomerAddressID
	Address   *MailingAddress `json:"-"`
}

// CustomerEditor lets customers who show a token change what the store knows of them. What is wrong comes back as Refusals, and then
// nothing was written.
type CustomerEditor interface {
	UpdateCustomer(ctx context.Context, who CustomerTokenKey, in *CustomerUpdateInput) (*ChangedCustomer, error)
	AddCustomerAddress(ctx context.Context, who CustomerTokenKey, in *MailingAddressInput) (*ChangedCustomer, error)
	EditCustomerAddress(ctx context.Context, who CustomerTokenKey, id CustomerAddressID, in *MailingAddressInput) (*ChangedCustomer, error)
	DeleteCustomerAddress(ctx context.Context, who CustomerTokenKey, id CustomerAddressID) (*ChangedCustomer, error)
	SetDefaultCustomerAddress(ctx context.Context, who CustomerTokenKey, id CustomerAddressID) (*ChangedCustomer, error)
}

// CustomerPartKey asks for something of a customer.
type CustomerPartKey struct {
	CustomerRef
	// Own says that the customer asks. Nobody else sees what is a customer's of a store that is not their own.
	Own bool
}

// Part asks for something of the customer.
func (c *Customer) Part() CustomerPartKey { return CustomerPartKey{c.Ref(), c.Own} }

// CustomerAddressKey asks for an address of a customer.
type CustomerAddressKey struct {
	CustomerPartKey
	ID CustomerAddressID
}

// CustomerAddressListKey asks for one page of the addresses of a customer.
type CustomerAddressListKey struct {
	CustomerPartKey
	Page Page
}

// Counting asks for the number of items of the list.
func (k CustomerAddressListKey) Counting() CustomerAddressListKey {
	k.Page = k.Page.Counting()
	return k
}

// CustomerAddressReader reads where customers have goods sent.
type CustomerAddressReader interface {
	// CustomerAddresses finds addresses; those with the id 0 are the default ones.
	CustomerAddresses(ctx context.Context, keys []CustomerAddressKey) (map[CustomerAddressKey]*MailingAddress, error)
	CustomerAddressLists(ctx context.Context, keys []CustomerAddressListKey) (map[CustomerAddressListKey]List[*MailingAddress], error)
}
