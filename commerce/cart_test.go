package commerce_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
)

// The variants of the stall: ten of one, none of the next, one that nobody counts, and one that sells on without stock.
const (
	ten commerce.VariantID = iota + 1
	none
	uncounted
	onOrder
)

// stall is what buyers can see of store 1.
func stall() map[commerce.VariantID]*commerce.ProductVariant {
	return map[commerce.VariantID]*commerce.ProductVariant{
		ten:       {StoreID: 1, ID: ten, InventoryQuantity: 10, InventoryTracked: true, InventoryPolicy: commerce.InventoryDeny},
		none:      {StoreID: 1, ID: none, InventoryTracked: true, InventoryPolicy: commerce.InventoryDeny},
		uncounted: {StoreID: 1, ID: uncounted, InventoryPolicy: commerce.InventoryDeny},
		onOrder:   {StoreID: 1, ID: onOrder, InventoryTracked: true, InventoryPolicy: commerce.InventoryContinue},
	}
}

func variantGID(store, id int64) string {
	return commerce.GlobalID{Kind: commerce.KindProductVariant, Store: commerce.StoreID(store), ID: id}.String()
}

func emptyCart() *commerce.Cart {
	return &commerce.Cart{StoreID: 1, ID: 5, Key: "SECRETSECRETSECRETSECRET"}
}

// wants is a line of so many units of a variant, noted about so: key, value, key, value.
func wants(v commerce.VariantID, quantity int, notes ...string) *commerce.CartLineInput {
	return &commerce.CartLineInput{MerchandiseID: variantGID(1, int64(v)), Quantity: &quantity, Attributes: attributes(notes...)}
}

func attributes(notes ...string) []*commerce.Attribute {
	list := make([]*commerce.Attribute, 0, len(notes)/2)
	for i := 0; i < len(notes); i += 2 {
		list = append(list, &commerce.Attribute{Key: notes[i], Value: notes[i+1]})
	}
	return list
}

func adding(lines ...*commerce.CartLineInput) commerce.CartChange {
	return commerce.AddCartLines([]any{"lines"}, lines)
}

func updating(lines ...*commerce.CartLineUpdateInput) commerce.CartChange {
	return commerce.UpdateCartLines([]any{"lines"}, lines)
}

// lineGID is the id of a line of emptyCart.
func lineGID(n int64) string { return fmt.Sprintf("gid://kirana/CartLine/1/%d?cart=5", n) }

// cartOf is a cart after changes that are all right.
func cartOf(t *testing.T, changes ...commerce.CartChange) *commerce.Cart {
	t.Helper()
	cart := emptyCart()
	for _, c := range changes {
		_, err := c.Apply(cart, stall())
		require.NoError(t, err)
	}
	return cart
}

// shown are the lines of a cart: id, variant, quantity and notes.
func shown(c *commerce.Cart) []string {
	list := make([]string, len(c.Lines))
	for i, l := range c.Lines {
		list[i] = fmt.Sprintf("%d: %d of %d", l.ID, l.Quantity, l.Variant)
		for _, a := range l.Attributes {
			list[i] += " " + a.Key + "=" + a.Value
		}
	}
	return list
}

// refused are the refusals of an error as paths and codes.
func refused(t *testing.T, err error) []string {
	t.Helper()
	refusals, ok := commerce.RefusalsOf(err)
	require.True(t, ok, "%v", err)
	list := make([]string, len(refusals))
	for i, r := range refusals {
		require.NotEmpty(t, r.Message)
		list[i] = strings.Join(r.Field, ".") + " " + string(r.Code)
	}
	return list
}

func manyNotes(n int) []*commerce.Attribute {
	notes := make([]string, 0, 2*n)
	for i := range n {
		notes = append(notes, fmt.Sprint(i), "v")
	}
	return attributes(notes...)
}

// Every change says what is wrong with it, and where.
func TestCartChangesAreRefused(t *testing.T) {
	t.Parallel()
	million := 1_000_000
	for name, c := range map[string]struct {
		change commerce.CartChange
		want   []string
	}{
		"none":                {adding(wants(uncounted, 0)), []string{"lines.0.quantity LESS_THAN"}},
		"fewer than none":     {adding(wants(uncounted, 1), wants(uncounted, -1)), []string{"lines.1.quantity LESS_THAN"}},
		"a thousand millions": {adding(wants(uncounted, 1_000_000_000)), []string{"lines.0.quantity MAXIMUM_EXCEEDED"}},
		"a million and one":   {adding(wants(uncounted, million+1)), []string{"lines.0.quantity MAXIMUM_EXCEEDED"}},
		"a million in two":    {adding(wants(onOrder, million), wants(onOrder, 1)), []string{"lines.1.quantity MAXIMUM_EXCEEDED"}},
		"a million on top":    {adding(wants(onOrder, 1, "gift", "yes"), wants(onOrder, million, "gift", "yes")), []string{"lines.1.quantity MAXIMUM_EXCEEDED"}},
		"two things wrong":    {adding(&commerce.CartLineInput{MerchandiseID: "x", Quantity: new(0)}), []string{"lines.0.merchandiseId INVALID", "lines.0.quantity LESS_THAN"}},
		"unknown variant":     {adding(wants(99, 1)), []string{"lines.0.merchandiseId INVALID"}},
		"foreign variant":     {adding(&commerce.CartLineInput{MerchandiseID: variantGID(2, 1)}), []string{"lines.0.merchandiseId INVALID"}},
		"no variant's id":     {adding(&commerce.CartLineInput{MerchandiseID: "gid://kirana/Product/1/1"}), []string{"lines.0.merchandiseId INVALID"}},
		"no id":               {adding(&commerce.CartLineInput{}), []string{"lines.0.merchandiseId INVALID"}},

		"update to fewer than none":  {updating(&commerce.CartLineUpdateInput{ID: lineGID(1), Quantity: new(-1)}), []string{"lines.0.quantity LESS_THAN"}},
		"update to too many":         {updating(&commerce.CartLineUpdateInput{ID: lineGID(1), Quantity: new(million + 1)}), []string{"lines.0.quantity MAXIMUM_EXCEEDED"}},
		"update onto too many":       {updating(&commerce.CartLineUpdateInput{ID: lineGID(1), Quantity: &million, Attributes: attributes("gift", "no")}), []string{"lines.0.quantity MAXIMUM_EXCEEDED"}},
		"update to unknown variant":  {updating(&commerce.CartLineUpdateInput{ID: lineGID(1), MerchandiseID: new(variantGID(1, 99))}), []string{"lines.0.merchandiseId INVALID"}},
		"update to foreign variant":  {updating(&commerce.CartLineUpdateInput{ID: lineGID(1), MerchandiseID: new(variantGID(2, 1))}), []string{"lines.0.merchandiseId INVALID"}},
		"update with bad attributes": {updating(&commerce.CartLineUpdateInput{ID: lineGID(1), Attributes: attributes("", "x")}), []string{"lines.0.attributes.0.key INVALID"}},
		"unknown line":               {updating(&commerce.CartLineUpdateInput{ID: lineGID(9)}), []string{"lines.0.id INVALID_MERCHANDISE_LINE"}},
		"line of another cart":       {updating(&commerce.CartLineUpdateInput{ID: "gid://kirana/CartLine/1/1?cart=6"}), []string{"lines.0.id INVALID_MERCHANDISE_LINE"}},
		"line of another store":      {updating(&commerce.CartLineUpdateInput{ID: "gid://kirana/CartLine/2/1?cart=5"}), []string{"lines.0.id INVALID_MERCHANDISE_LINE"}},
		"remove a line twice":        {commerce.RemoveCartLines([]any{"lineIds"}, []string{lineGID(1), lineGID(1)}), []string{"lineIds.1 INVALID_MERCHANDISE_LINE"}},
		"remove what is no line":     {commerce.RemoveCartLines([]any{"lineIds"}, []string{""}), []string{"lineIds.0 INVALID_MERCHANDISE_LINE"}},

		"a long list to add":    {adding(make([]*commerce.CartLineInput, 501)...), []string{"lines MAXIMUM_EXCEEDED"}},
		"a long list to update": {updating(make([]*commerce.CartLineUpdateInput, 501)...), []string{"lines MAXIMUM_EXCEEDED"}},
		"a long list to remove": {commerce.RemoveCartLines([]any{"lineIds"}, make([]string, 501)), []string{"lineIds MAXIMUM_EXCEEDED"}},

		"line attributes": {adding(wants(ten, 1, "", "a", strings.Repeat("k", 256), strings.Repeat("v", 2049), "z\x00", "\xff")), []string{
			"lines.0.attributes.0.key INVALID", "lines.0.attributes.1.key INVALID", "lines.0.attributes.1.value INVALID",
			"lines.0.attributes.2.key INVALID", "lines.0.attributes.2.value INVALID",
		}},
		"line attributes twice": {adding(wants(ten, 1, "b", "1", "a", "2", "b", "3")), []string{"lines.0.attributes INVALID"}},
		"many line attributes":  {adding(&commerce.CartLineInput{MerchandiseID: variantGID(1, 1), Attributes: manyNotes(51)}), []string{"lines.0.attributes MAXIMUM_EXCEEDED"}},
		"many attributes":       {commerce.SetCartAttributes([]any{"attributes"}, manyNotes(51)), []string{"attributes MAXIMUM_EXCEEDED"}},
		"attributes twice":      {commerce.SetCartAttributes([]any{"attributes"}, attributes("a", "1", "a", "1")), []string{"attributes INVALID"}},

		"long note":         {commerce.SetCartNote([]any{"note"}, strings.Repeat("न", 5001)), []string{"note NOTE_TOO_LONG"}},
		"note with a zero":  {commerce.SetCartNote([]any{"note"}, "a\x00b"), []string{"note INVALID"}},
		"note that is none": {commerce.SetCartNote([]any{"note"}, "\xc3"), []string{"note INVALID"}},

		"many codes":       {codes("1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11"), []string{"discountCodes MAXIMUM_EXCEEDED"}},
		"long code":        {codes("ok", strings.Repeat("x", 256)), []string{"discountCodes.1 INVALID"}},
		"code with a zero": {codes("a\x00"), []string{"discountCodes.0 INVALID"}},

		"unknown group": {commerce.SelectCartDelivery([]any{"o"}, []*commerce.CartSelectedDeliveryOptionInput{{"gid://kirana/CartDeliveryGroup/1/6", "x"}}), []string{"o.0.deliveryGroupId INVALID_DELIVERY_GROUP"}},
		"foreign group": {commerce.SelectCartDelivery([]any{"o"}, []*commerce.CartSelectedDeliveryOptionInput{{"gid://kirana/CartDeliveryGroup/2/5", "x"}}), []string{"o.0.deliveryGroupId INVALID_DELIVERY_GROUP"}},
		"no group":      {commerce.SelectCartDelivery([]any{"o"}, []*commerce.CartSelectedDeliveryOptionInput{{"", "x"}}), []string{"o.0.deliveryGroupId INVALID_DELIVERY_GROUP"}},
		"long handle":   {commerce.SelectCartDelivery([]any{"o"}, []*commerce.CartSelectedDeliveryOptionInput{{"gid://kirana/CartDeliveryGroup/1/5", strings.Repeat("x", 256)}}), []string{"o.0.deliveryOptionHandle INVALID_DELIVERY_OPTION"}},
		"zero handle":   {commerce.SelectCartDelivery([]any{"o"}, []*commerce.CartSelectedDeliveryOptionInput{{"gid://kirana/CartDeliveryGroup/1/5", "\x00"}}), []string{"o.0.deliveryOptionHandle INVALID"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cart := cartOf(t, adding(wants(uncounted, 7), wants(uncounted, 1, "gift", "no")))
			_, err := c.change.Apply(cart, stall())
			require.Equal(t, c.want, refused(t, err))
		})
	}
}

func codes(list ...string) commerce.CartChange {
	return commerce.SetCartDiscountCodes([]any{"discountCodes"}, list)
}

// What is just within the limits is fine, and characters count where characters are meant.
func TestCartLimits(t *testing.T) {
	t.Parallel()
	cart := cartOf(t,
		adding(wants(uncounted, 999_999), wants(uncounted, 1)),
		adding(wants(uncounted, 1, strings.Repeat("k", 255), strings.Repeat("v", 2048))),
		commerce.SetCartAttributes(nil, manyNotes(50)),
		commerce.SetCartNote(nil, strings.Repeat("न", 5000)),
		codes(" a ", "A", "", "  ", "b", "3", "4", "5", "6", "7", "8", "9", "10", "a"),
	)
	require.Equal(t, 1_000_000, cart.Lines[0].Quantity)
	require.Len(t, cart.Attributes, 50)
	require.Equal(t, []string{"a", "b", "3", "4", "5", "6", "7", "8", "9", "10"}, cart.DiscountCodes, "each once, as it was first written")
	require.Equal(t, "0", cart.Attributes[0].Key)
	require.Equal(t, "49", cart.Attributes[len(cart.Attributes)-6].Key, "in the order of the keys")
}

// A cart has 500 lines at most: another is refused, more units of one it has are not.
func TestCartOf500Lines(t *testing.T) {
	t.Parallel()
	lines := make([]*commerce.CartLineInput, 500)
	for i := range lines {
		lines[i] = wants(uncounted, 1, "for", fmt.Sprint(i))
	}
	cart := cartOf(t, adding(lines...), adding(lines...), adding(lines[499]))
	require.Len(t, cart.Lines, 500)
	require.Equal(t, []int{2, 3}, []int{cart.Lines[0].Quantity, cart.Lines[499].Quantity})
	_, err := adding(lines[0], wants(uncounted, 1)).Apply(cart, stall())
	require.Equal(t, []string{"lines.1 MAXIMUM_EXCEEDED"}, refused(t, err))
}

// All attributes together have 64 KiB, those of the lines included.
func TestCartTexts(t *testing.T) {
	t.Parallel()
	cart := emptyCart()
	long := strings.Repeat("v", 2047)
	for i := range 32 {
		_, err := adding(wants(uncounted, 1, "k", long[:2045]+fmt.Sprintf("%02d", i))).Apply(cart, stall())
		require.NoError(t, err, "32 × 2,048 bytes are 64 KiB")
	}
	_, err := commerce.SetCartAttributes(nil, attributes("k", "")).Apply(cart, stall())
	require.Equal(t, []string{" CART_TOO_LARGE"}, refused(t, err))
	cart = cartOf(t, commerce.CartChanges(adding(wants(uncounted, 1)), commerce.SetCartAttributes(nil, attributes("k", ""))))
	require.Equal(t, []commerce.Attribute{{Key: "k"}}, cart.Attributes)
}

// Equal lines become one, in whatever order their attributes are given; a number is never given twice.
func TestEqualLinesMerge(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		changes []commerce.CartChange
		want    []string
	}{
		"added twice":          {[]commerce.CartChange{adding(wants(uncounted, 1), wants(uncounted, 2))}, []string{"1: 3 of 3"}},
		"attributes in order":  {[]commerce.CartChange{adding(wants(uncounted, 1, "a", "1", "b", "2")), adding(wants(uncounted, 2, "b", "2", "a", "1"))}, []string{"1: 3 of 3 a=1 b=2"}},
		"other attributes":     {[]commerce.CartChange{adding(wants(uncounted, 1, "a", "1"), wants(uncounted, 2, "a", "2"), wants(uncounted, 3))}, []string{"1: 1 of 3 a=1", "2: 2 of 3 a=2", "3: 3 of 3"}},
		"default quantity":     {[]commerce.CartChange{adding(&commerce.CartLineInput{MerchandiseID: variantGID(1, 3)})}, []string{"1: 1 of 3"}},
		"update onto an equal": {[]commerce.CartChange{adding(wants(uncounted, 1, "a", "1"), wants(uncounted, 2)), updating(&commerce.CartLineUpdateInput{ID: lineGID(2), Attributes: attributes("a", "1")})}, []string{"2: 3 of 3 a=1"}},
		"update to another": {[]commerce.CartChange{adding(wants(uncounted, 1), wants(onOrder, 2)), updating(&commerce.CartLineUpdateInput{
			ID: lineGID(1), MerchandiseID: new(variantGID(1, 4)), Quantity: new(5),
		})}, []string{"1: 7 of 4"}},
		"update to itself":      {[]commerce.CartChange{adding(wants(uncounted, 4)), updating(&commerce.CartLineUpdateInput{ID: lineGID(1), Attributes: attributes()})}, []string{"1: 4 of 3"}},
		"attributes taken away": {[]commerce.CartChange{adding(wants(uncounted, 4, "a", "1")), updating(&commerce.CartLineUpdateInput{ID: lineGID(1), Attributes: attributes()})}, []string{"1: 4 of 3"}},
		"update to none":        {[]commerce.CartChange{adding(wants(uncounted, 1), wants(onOrder, 1)), updating(&commerce.CartLineUpdateInput{ID: lineGID(1), Quantity: new(0)})}, []string{"2: 1 of 4"}},
		"a number is not used again": {[]commerce.CartChange{
			adding(wants(uncounted, 1)), commerce.RemoveCartLines(nil, []string{lineGID(1)}), adding(wants(uncounted, 1)),
		}, []string{"2: 1 of 3"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, c.want, shown(cartOf(t, c.changes...)))
		})
	}
}

// A line has as many units as there are, beside the cart's other lines of the variant, and the buyer is told.
func TestCartKnowsTheStock(t *testing.T) {
	t.Parallel()
	few := func(n int64) string { return "MERCHANDISE_NOT_ENOUGH_STOCK " + lineGID(n) }
	out := func(v commerce.VariantID) string { return "MERCHANDISE_OUT_OF_STOCK " + variantGID(1, int64(v)) }
	for name, c := range map[string]struct {
		before   []*commerce.CartLineInput
		change   commerce.CartChange
		left     int
		want     []string
		warnings []string
	}{
		"enough":              {nil, adding(wants(ten, 10)), 10, []string{"1: 10 of 1"}, nil},
		"fewer":               {nil, adding(wants(ten, 11)), 10, []string{"1: 10 of 1"}, []string{few(1)}},
		"fewer on top":        {[]*commerce.CartLineInput{wants(ten, 8)}, adding(wants(ten, 8)), 10, []string{"1: 10 of 1"}, []string{few(1)}},
		"fewer by now":        {[]*commerce.CartLineInput{wants(ten, 8)}, adding(wants(ten, 1)), 3, []string{"1: 3 of 1"}, []string{few(1)}},
		"sold out":            {nil, adding(wants(none, 1)), 10, []string{}, []string{out(none)}},
		"sold out meanwhile":  {[]*commerce.CartLineInput{wants(ten, 8)}, adding(wants(ten, 1)), 0, []string{}, []string{out(ten)}},
		"sold too much":       {[]*commerce.CartLineInput{wants(ten, 8)}, adding(wants(ten, 1, "a", "b")), -3, []string{"1: 8 of 1"}, []string{out(ten)}},
		"the rest to another": {[]*commerce.CartLineInput{wants(ten, 8)}, adding(wants(ten, 8, "a", "b")), 10, []string{"1: 8 of 1", "2: 2 of 1 a=b"}, []string{few(2)}},
		"nothing for another": {[]*commerce.CartLineInput{wants(ten, 10)}, adding(wants(ten, 1, "a", "b"), wants(onOrder, 1)), 10, []string{"1: 10 of 1", "2: 1 of 4"}, []string{out(ten)}},
		"update to more":      {[]*commerce.CartLineInput{wants(ten, 8)}, updating(&commerce.CartLineUpdateInput{ID: lineGID(1), Quantity: new(100)}), 10, []string{"1: 10 of 1"}, []string{few(1)}},
		"update when none":    {[]*commerce.CartLineInput{wants(ten, 8)}, updating(&commerce.CartLineUpdateInput{ID: lineGID(1), Quantity: new(1)}), 0, []string{}, []string{out(ten)}},
		"update to sold out":  {[]*commerce.CartLineInput{wants(ten, 8)}, updating(&commerce.CartLineUpdateInput{ID: lineGID(1), MerchandiseID: new(variantGID(1, 2))}), 10, []string{}, []string{out(none)}},
		"sells on":            {nil, adding(wants(onOrder, 1000)), 10, []string{"1: 1000 of 4"}, nil},
		"not counted":         {nil, adding(wants(uncounted, 1000)), 10, []string{"1: 1000 of 3"}, nil},
		"another is left": {
			[]*commerce.CartLineInput{wants(ten, 8), wants(uncounted, 2)},
			updating(&commerce.CartLineUpdateInput{ID: lineGID(2), Quantity: new(3)}), 0,
			[]string{"1: 8 of 1", "2: 3 of 3"},
			nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cart := cartOf(t, adding(c.before...))
			known := stall()
			known[ten].InventoryQuantity = c.left
			warnings, err := c.change.Apply(cart, known)
			require.NoError(t, err)
			require.Equal(t, c.want, shown(cart))
			var got []string
			for _, w := range warnings {
				require.NotEmpty(t, w.Message)
				got = append(got, string(w.Code)+" "+w.Target.String())
			}
			require.Equal(t, c.warnings, got)
		})
	}
}

// A line that nobody can buy now stays as it is told, and can be taken out.
func TestHiddenLines(t *testing.T) {
	t.Parallel()
	cart := cartOf(t, adding(wants(ten, 2), wants(uncounted, 1)))
	known := stall()
	delete(known, ten)
	_, err := updating(&commerce.CartLineUpdateInput{ID: lineGID(1), Quantity: new(100)}).Apply(cart, known)
	require.NoError(t, err)
	require.Equal(t, []string{"1: 100 of 1", "2: 1 of 3"}, shown(cart))
	_, err = commerce.RemoveCartLines(nil, []string{lineGID(1)}).Apply(cart, known)
	require.NoError(t, err)
	require.Equal(t, []string{"2: 1 of 3"}, shown(cart))
}
