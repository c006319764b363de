package commerce

import (
	"slices"
	"strings"
)

// maxAddressField bounds a line of an address and a name, in bytes.
const maxAddressField = 255

// The codes of refusals that are about addresses, as the Storefront API has them.
const (
	RefusalAddressField   RefusalCode = "ADDRESS_FIELD_IS_REQUIRED"
	RefusalAddressTooLong RefusalCode = "ADDRESS_FIELD_IS_TOO_LONG"
)

// MailingAddress is where goods go. Its parts are nil where nobody wrote anything, and never empty.
type MailingAddress struct {
	FirstName    *string      `json:"firstName,omitempty"`
	LastName     *string      `json:"lastName,omitempty"`
	Company      *string      `json:"company,omitempty"`
	Address1     *string      `json:"address1,omitempty"`
	Address2     *string      `json:"address2,omitempty"`
	City         *string      `json:"city,omitempty"`
	ProvinceCode *string      `json:"provinceCode,omitempty"`
	Zip          *string      `json:"zip,omitempty"`
	Country      *CountryCode `json:"country,omitempty"`
	Phone        *string      `json:"phone,omitempty"`

	// Saved is the global id of an address that a customer keeps, nil for one of a cart or an order, which is a part of it.
	Saved *GlobalID `json:"-"`
}

// MailingAddressInput is where goods are to go.
type MailingAddressInput struct {
	FirstName, LastName, Company, Address1, Address2, City, ProvinceCode, Zip, Phone *string
	CountryCode                                                                      *CountryCode
}

// IsCartAddress marks MailingAddress as somewhere the goods of a cart can go.
func (*MailingAddress) IsCartAddress() {}

// Name is the full name, nil where it is not known.
func (a *MailingAddress) Name() *string {
	if a == nil {
		return nil
	}
	return optional(strings.TrimSpace(value(a.FirstName) + " " + value(a.LastName)))
}

// CountryText is the code of the country, nil where it is not known.
func (a *MailingAddress) CountryText() *string { return (*string)(a.Country) }

// Formatted is the address in lines.
func (a *MailingAddress) Formatted(withName, withCompany *bool) []string {
	var lines []string
	add := func(parts ...*string) {
		var known []string
		for _, p := range parts {
			if p != nil {
				known = append(known, *p)
			}
		}
		if len(known) > 0 {
			lines = append(lines, strings.Join(known, " "))
		}
	}
	if withName != nil && *withName {
		add(a.Name())
	}
	if withCompany == nil || *withCompany {
		add(a.Company)
	}
	add(a.Address1)
	add(a.Address2)
	add(a.City, a.ProvinceCode, a.Zip)
	add(a.CountryText())
	return lines
}

// address checks an address and takes the white space around its parts off.
func (in *MailingAddressInput) address(r *Refusals, path []any) *MailingAddress {
	a := &MailingAddress{Country: in.CountryCode}
	for _, part := range []struct {
		name     string
		to, from **string
	}{
		{"address1", &a.Address1, &in.Address1},
		{"address2", &a.Address2, &in.Address2},
		{"city", &a.City, &in.City},
		{"company", &a.Company, &in.Company},
		{"firstName", &a.FirstName, &in.FirstName},
		{"lastName", &a.LastName, &in.LastName},
		{"provinceCode", &a.ProvinceCode, &in.ProvinceCode},
		{"zip", &a.Zip, &in.Zip},
	} {
		*part.to = r.addressField(under(path, part.name), *part.from)
	}
	if a.Phone = in.Phone; a.Phone != nil {
		a.Phone = optional(r.phone(under(path, "phone"), *in.Phone))
	}
	return a
}

// addressField is a line of an address, nil for an empty one.
func (r *Refusals) addressField(path []any, text *string) *string {
	t := strings.TrimSpace(value(text))
	r.storable(path, t)
	if Characters(maxAddressField).Exceeded(t) {
		r.Add(RefusalAddressTooLong, path, "This is longer than %s.", Characters(maxAddressField))
	}
	return optional(t)
}

// complete refuses an address that nothing can be sent to. name is who else is known to live there.
func (a *MailingAddress) complete(r *Refusals, path []any, name string) {
	if a == nil {
		r.Add(RefusalAddressField, path, "Say where to deliver.")
		return
	}
	for _, f := range []struct {
		field string
		known bool
	}{
		{"address1", a.Address1 != nil}, {"city", a.City != nil}, {"countryCode", a.Country != nil}, {"lastName", a.Name() != nil || name != ""},
	} {
		if !f.known {
			r.Add(RefusalAddressField, under(path, f.field), "The address needs this.")
		}
	}
}

// maxCartAddresses is how many addresses a cart may have.
const maxCartAddresses = 10

// CartAddress is somewhere the goods of a cart can go.
type CartAddress interface{ IsCartAddress() }

// CartPlace is an address of a cart.
type CartPlace struct {
	// ID is the address's number in its cart. It is never given twice.
	ID         int64          `json:"id"`
	Selected   bool           `json:"selected,omitempty"`
	OneTimeUse bool           `json:"oneTimeUse,omitempty"`
	Address    MailingAddress `json:"address"`

	// Cart is given to the address when its cart is read.
	Cart CartKey `json:"-"`
}

// NodeID is the address's global id.
func (p *CartPlace) NodeID() GlobalID { return p.Cart.part(KindCartAddress, p.ID) }

// CartAddress is the address itself.
func (p *CartPlace) CartAddress() CartAddress { return &p.Address }

// CartDelivery is where the goods of a cart are to go.
type CartDelivery struct{ places []*CartPlace }

// Destinations are where the goods are to go.
func (c *Cart) Destinations() *CartDelivery { return &CartDelivery{c.Places} }

// Addresses are all of them, or the selected one alone.
func (d *CartDelivery) Addresses(selected *bool) []*CartPlace {
	if selected == nil || !*selected {
		return orEmpty(d.places)
	}
	return orEmpty(slices.DeleteFunc(slices.Clone(d.places), func(one *CartPlace) bool { return !one.Selected }))
}

// CartAddressInput is where goods can go: an address, or one that the customer keeps who shows a token.
type CartAddressInput struct {
	DeliveryAddress           *MailingAddressInput
	CopyFromCustomerAddressID *string
}

// copied adds what the input copies to ids.
func (in *CartAddressInput) copied(ids []string) []string {
	if in == nil || in.CopyFromCustomerAddressID == nil {
		return ids
	}
	return append(ids, *in.CopyFromCustomerAddressID)
}

// CartSelectableAddressInput is an address for a cart.
type CartSelectableAddressInput struct {
	Address              *CartAddressInput
	OneTimeUse, Selected *bool
}

// CartSelectableAddressUpdateInput is what is to be different about an address of a cart; nil keeps what there is.
type CartSelectableAddressUpdateInput struct {
	ID                   string
	Address              *CartAddressInput
	OneTimeUse, Selected *bool
}

// AddCartAddresses adds addresses. path leads to the list.
func AddCartAddresses(path []any, in []*CartSelectableAddressInput) CartChange {
	c := CartChange{apply: func(e *cartEdit) {
		if n := len(e.Places) + len(in); n > maxCartAddresses {
			e.refusals.Add(RefusalMaximumExceeded, path, "%d addresses are too many: %d are the most.", n, maxCartAddresses)
			return
		}
		for i, one := range in {
			e.LastPlace++
			p := &CartPlace{ID: e.LastPlace, Cart: e.Ref()}
			e.Places = append(e.Places, p)
			e.place(under(path, i), p, one.Address, one.OneTimeUse, one.Selected)
		}
	}}
	for _, one := range in {
		c.Copied = one.Address.copied(c.Copied)
	}
	return c
}

// UpdateCartAddresses changes addresses. path leads to the list.
func UpdateCartAddresses(path []any, in []*CartSelectableAddressUpdateInput) CartChange {
	c := CartChange{apply: func(e *cartEdit) {
		for i, one := range in {
			if p := e.placeOf(under(path, i, "id"), one.ID); p != nil {
				e.place(under(path, i), p, one.Address, one.OneTimeUse, one.Selected)
			}
		}
	}}
	for _, one := range in {
		c.Copied = one.Address.copied(c.Copied)
	}
	return c
}

// RemoveCartAddresses takes addresses out. path leads to the list.
func RemoveCartAddresses(path []any, ids []string) CartChange {
	return CartChange{apply: func(e *cartEdit) {
		for i, id := range ids {
			if gone := e.placeOf(under(path, i), id); gone != nil {
				e.Places = slices.DeleteFunc(e.Places, func(p *CartPlace) bool { return p == gone })
				e.selectOne()
			}
		}
	}}
}

func (e *cartEdit) place(path []any, p *CartPlace, in *CartAddressInput, oneTime, selected *bool) {
	switch {
	case in == nil:
	case in.CopyFromCustomerAddressID != nil:
		e.copyAddress(under(path, "address"), p, in)
	case in.DeliveryAddress != nil:
		p.Address = *in.DeliveryAddress.address(&e.refusals, under(path, "address", "deliveryAddress"))
	}
	if oneTime != nil {
		p.OneTimeUse = *oneTime
	}
	if selected != nil && *selected {
		for _, other := range e.Places {
			other.Selected = other == p
		}
	}
	e.selectOne()
}

// copyAddress takes an address that the customer keeps who has shown a token with the change: a cart is passed on more lightly. It is the
// cart's own from then on.
func (e *cartEdit) copyAddress(path []any, p *CartPlace, in *CartAddressInput) {
	saved := e.saved[CustomerAddressID(OwnID(e.StoreID, KindMailingAddress, *in.CopyFromCustomerAddressID))]
	switch {
	case in.DeliveryAddress != nil:
		e.refusals.Add(RefusalInvalid, path, "Give an address, or one to copy, not both.")
	case saved == nil:
		e.refusals.Add(RefusalAddressID, under(path, "copyFromCustomerAddressId"),
			"The customer whose token is shown keeps no address with the id %.100q.", *in.CopyFromCustomerAddressID)
	default:
		p.Address = *saved
		p.Address.Saved = nil
	}
}

// selectOne selects the first address when none is.
func (e *cartEdit) selectOne() {
	if len(e.Places) > 0 && e.Address() == nil {
		e.Places[0].Selected = true
	}
}

func (e *cartEdit) placeOf(path []any, id string) *CartPlace {
	for _, p := range e.Places {
		if p.NodeID().String() == id {
			return p
		}
	}
	e.refusals.Add(RefusalAddressID, path, "The cart has no address with the id %.100q.", id)
	return nil
}
