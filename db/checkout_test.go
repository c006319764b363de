package db_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
)

// cash completes a cart for a buyer who pays in cash and takes the total to be this.
func cash(total string) *commerce.CartCompleteInput {
	return &commerce.CartCompleteInput{
		ExpectedTotal: &commerce.MoneyInput{Amount: commerce.DecimalText(total), CurrencyCode: "INR"},
		Contact:       &commerce.ContactInput{Name: new("Asha"), Phone: new("+91 98765 43210")},
	}
}

// wanted is some units of a variant.
func wanted(variant string, quantity int) *commerce.CartLineInput {
	return &commerce.CartLineInput{MerchandiseID: variant, Quantity: &quantity}
}

func TestCompleteCart(t *testing.T) {
	t.Parallel()
	s := newStockroom(t)
	cart, err := s.CreateCart(t.Context(), s.store, commerce.AddCartLines(nil, []*commerce.CartLineInput{wanted(s.variants[2], 2)}))
	require.NoError(t, err)
	require.Empty(t, cart.Warnings)
	priced, err := s.PriceCarts(t.Context(), []*commerce.Cart{cart.Cart})
	require.NoError(t, err)
	total := priced[cart.Cart].Cost.TotalAmount
	order, err := s.CompleteCart(t.Context(), cart.Cart.Ref(), cash(total.Amount().String()))
	require.NoError(t, err)
	require.Equal(t, "#1001", order.Name())
	require.Equal(t, total, order.TotalPrice())
	again, err := s.CompleteCart(t.Context(), cart.Cart.Ref(), cash("1.00"))
	require.NoError(t, err)
	require.Equal(t, order, again)
	t.Log(queryRows(t, s.Database, `SELECT l.*, v.inventory_quantity FROM inventory_levels l JOIN product_variants v ON v.id = l.variant_id ORDER BY 2, 3`))
	t.Log(queryRows(t, s.Database, `SELECT * FROM stock_reservations`))
	t.Log(queryRows(t, s.Database, `SELECT * FROM order_lines`))
	t.Log(queryRows(t, s.Database, `SELECT * FROM outbox`))
	differences, err := s.CheckInventory(t.Context(), 0)
	require.NoError(t, err)
	require.Empty(t, differences)
}
