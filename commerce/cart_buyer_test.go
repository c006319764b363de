package commerce_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
)

func TestCartBuyer(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"+91 98765 43210": "+919876543210", "098765-43210": "09876543210", " (0471) 234.5678 ": "04712345678", "12345": "12345", "": "",
		"+123456789012345": "+123456789012345", "1234": "no", "1234567890123456": "no", "call me": "no", "12+345": "no", "+": "no", "98765\x0043210": "no",
		"98765\xff43210": "no", "९८७६५४३२१०": "no", " ": "no",
	} {
		cart := emptyCart()
		_, err := commerce.SetCartBuyer([]any{"b"}, &commerce.CartBuyerIdentityInput{Phone: &text}).Apply(cart, nil)
		if want == "no" {
			require.Equal(t, []string{"b.phone INVALID"}, refused(t, err), "%q", text)
			continue
		}
		require.NoError(t, err, "%q", text)
		require.Equal(t, want, cart.Buyer.Phone)
	}
	for text, want := range map[string]string{
		" Asha@Example.COM ": "asha@example.com", "": "", "a@b": "no", "asha": "no", "a@b.c\x00": "no", "a\xff@b.c": "no", "a b@c.d": "no",
		strings.Repeat("a", 250) + "@b.cd": "no",
	} {
		cart := emptyCart()
		_, err := commerce.SetCartBuyer([]any{"b"}, &commerce.CartBuyerIdentityInput{Email: &text}).Apply(cart, nil)
		if want == "no" {
			require.Equal(t, []string{"b.email INVALID"}, refused(t, err), "%q", text)
			continue
		}
		require.NoError(t, err, "%q", text)
		require.Equal(t, want, cart.Buyer.Email)
	}
}

// What is left out stays.
func TestCartBuyerKeeps(t *testing.T) {
	t.Parallel()
	country := commerce.CountryCode("IN")
	cart := emptyCart()
	for _, in := range []commerce.CartBuyerIdentityInput{{Email: new("a@b.cd"), CountryCode: &country}, {Phone: new("12345")}, {}} {
		_, err := commerce.SetCartBuyer(nil, &in).Apply(cart, nil)
		require.NoError(t, err)
	}
	require.Equal(t, commerce.CartBuyer{Email: "a@b.cd", Phone: "12345", Country: "IN"}, cart.Buyer)
	_, err := commerce.SetCartBuyer(nil, &commerce.CartBuyerIdentityInput{Email: new("")}).Apply(cart, nil)
	require.NoError(t, err)
	require.Nil(t, cart.Buyer.ShownEmail())
}

func placeAt(address string, selected bool) *commerce.CartSelectableAddressInput {
	in := &commerce.CartAddressInput{DeliveryAddress: &commerce.MailingAddressInput{Address1: &address}}
	return &commerce.CartSelectableAddressInput{Address: in, Selected: &selected}
}

func addressGID(n int) string {
	return fmt.Sprintf("gid://kirana/CartSelectableAddress/1/%d?cart=5", n)
}

// addressesOf are the numbers and streets of a cart's addresses; the selected one is marked.
func addressesOf(c *commerce.Cart) []string {
	list := make([]string, len(c.Places))
	for i, p := range c.Places {
		list[i] = fmt.Sprint(p.ID)
		if p.Address.Address1 != nil {
			list[i] += " " + *p.Address.Address1
		}
		if p.Selected {
			list[i] += "!"
		}
	}
	return list
}

// One address is selected as long as there is any.
func TestCartAddresses(t *testing.T) {
	t.Parallel()
	add := func(in ...*commerce.CartSelectableAddressInput) commerce.CartChange {
		return commerce.AddCartAddresses(nil, in)
	}
	update := func(in commerce.CartSelectableAddressUpdateInput) commerce.CartChange {
		return commerce.UpdateCartAddresses(nil, []*commerce.CartSelectableAddressUpdateInput{&in})
	}
	remove := func(ids ...string) commerce.CartChange { return commerce.RemoveCartAddresses(nil, ids) }
	for name, c := range map[string]struct {
		changes []commerce.CartChange
		want    []string
	}{
		"the first":          {[]commerce.CartChange{add(placeAt("A", false), placeAt(" B ", false))}, []string{"1 A!", "2 B"}},
		"one that says so":   {[]commerce.CartChange{add(placeAt("A", false), placeAt("B", true))}, []string{"1 A", "2 B!"}},
		"two that say so":    {[]commerce.CartChange{add(placeAt("A", true), placeAt("B", true))}, []string{"1 A", "2 B!"}},
		"selected later":     {[]commerce.CartChange{add(placeAt("A", false), placeAt("B", false)), update(commerce.CartSelectableAddressUpdateInput{ID: addressGID(2), Selected: new(true)})}, []string{"1 A", "2 B!"}},
		"never none":         {[]commerce.CartChange{add(placeAt("A", true)), update(commerce.CartSelectableAddressUpdateInput{ID: addressGID(1), Selected: new(false)})}, []string{"1 A!"}},
		"the next":           {[]commerce.CartChange{add(placeAt("A", true), placeAt("B", false)), remove(addressGID(1))}, []string{"2 B!"}},
		"all gone, one new":  {[]commerce.CartChange{add(placeAt("A", true)), remove(addressGID(1)), add(placeAt("B", false))}, []string{"2 B!"}},
		"ten":                {[]commerce.CartChange{add(slicesOf(10, placeAt("A", false))...), remove(addressGID(1), addressGID(2)), add(slicesOf(2, placeAt("B", false))...)}, []string{"3 A!", "4 A", "5 A", "6 A", "7 A", "8 A", "9 A", "10 A", "11 B", "12 B"}},
		"nothing is changed": {[]commerce.CartChange{add(placeAt("A", true)), update(commerce.CartSelectableAddressUpdateInput{ID: addressGID(1)})}, []string{"1 A!"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, c.want, addressesOf(cartOf(t, c.changes...)))
		})
	}
}

func slicesOf[T any](n int, one T) []T {
	list := make([]T, n)
	for i := range list {
		list[i] = one
	}
	return list
}

func TestCartAddressesAreRefused(t *testing.T) {
	t.Parallel()
	path := []any{"addresses"}
	long, zero, words := strings.Repeat("x", 256), "a\x00", "call me"
	all := &commerce.CartAddressInput{DeliveryAddress: &commerce.MailingAddressInput{
		FirstName: &long, LastName: &zero, Company: &long, Address1: &long, Address2: &zero, City: &long, ProvinceCode: &long, Zip: &long, Phone: &words,
	}}
	wrong := func(n int) []string {
		at := fmt.Sprintf("addresses.%d.address.deliveryAddress.", n)
		return []string{
			at + "address1 ADDRESS_FIELD_IS_TOO_LONG", at + "address2 INVALID", at + "city ADDRESS_FIELD_IS_TOO_LONG", at + "company ADDRESS_FIELD_IS_TOO_LONG",
			at + "firstName ADDRESS_FIELD_IS_TOO_LONG", at + "lastName INVALID", at + "provinceCode ADDRESS_FIELD_IS_TOO_LONG", at + "zip ADDRESS_FIELD_IS_TOO_LONG",
			at + "phone INVALID",
		}
	}
	for name, c := range map[string]struct {
		change commerce.CartChange
		want   []string
	}{
		"too many at once":  {commerce.AddCartAddresses(path, slicesOf(11, placeAt("A", false))), []string{"addresses MAXIMUM_EXCEEDED"}},
		"too many together": {commerce.AddCartAddresses(path, slicesOf(10, placeAt("A", false))), []string{"addresses MAXIMUM_EXCEEDED"}},
		"added":             {commerce.AddCartAddresses(path, []*commerce.CartSelectableAddressInput{placeAt("A", true), {Address: all}}), wrong(1)},
		"updated":           {commerce.UpdateCartAddresses(path, []*commerce.CartSelectableAddressUpdateInput{{ID: addressGID(1), Address: all}}), wrong(0)},
		"unknown":           {commerce.UpdateCartAddresses(path, []*commerce.CartSelectableAddressUpdateInput{{ID: addressGID(1)}, {ID: addressGID(2)}}), []string{"addresses.1.id INVALID_DELIVERY_ADDRESS_ID"}},
		"of another cart":   {commerce.RemoveCartAddresses([]any{"addressIds"}, []string{"gid://kirana/CartSelectableAddress/1/1?cart=6"}), []string{"addressIds.0 INVALID_DELIVERY_ADDRESS_ID"}},
		"of another store":  {commerce.RemoveCartAddresses([]any{"addressIds"}, []string{"gid://kirana/CartSelectableAddress/2/1?cart=5"}), []string{"addressIds.0 INVALID_DELIVERY_ADDRESS_ID"}},
		"twice":             {commerce.RemoveCartAddresses([]any{"addressIds"}, []string{addressGID(1), addressGID(1)}), []string{"addressIds.1 INVALID_DELIVERY_ADDRESS_ID"}},
		"no id":             {commerce.RemoveCartAddresses([]any{"addressIds"}, []string{"1"}), []string{"addressIds.0 INVALID_DELIVERY_ADDRESS_ID"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cart := cartOf(t, commerce.AddCartAddresses(nil, []*commerce.CartSelectableAddressInput{placeAt("A", false)}))
			_, err := c.change.Apply(cart, nil)
			require.Equal(t, c.want, refused(t, err))
		})
	}
}

func TestAddressFormatted(t *testing.T) {
	t.Parallel()
	country := commerce.CountryCode("IN")
	a := &commerce.MailingAddress{
		FirstName: new("Asha"), LastName: new("Nair"), Company: new("Tea & Co"), Address1: new("7 MG Road"), City: new("Kochi"), ProvinceCode: new("KL"),
		Zip: new("682001"), Country: &country,
	}
	require.Equal(t, []string{"Tea & Co", "7 MG Road", "Kochi KL 682001", "IN"}, a.Formatted(nil, nil))
	require.Equal(t, []string{"Asha Nair", "7 MG Road", "Kochi KL 682001", "IN"}, a.Formatted(new(true), new(false)))
	require.Empty(t, (&commerce.MailingAddress{}).Formatted(new(true), nil))
}
