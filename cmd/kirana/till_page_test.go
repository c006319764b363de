package main

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
)

// shopper is somebody who buys on the pages: it keeps the cookies that it is given.
type shopper struct {
	*office

	cookies map[string]*http.Cookie
}

// visit asks for a page, or sends a form where there is one.
func (s *shopper) visit(t *testing.T, path string, form url.Values) *httptest.ResponseRecorder {
	t.Helper()
	method := http.MethodGet
	if form != nil {
		method = http.MethodPost
	}
	req := httptest.NewRequestWithContext(context.WithoutCancel(t.Context()), method, path, strings.NewReader(form.Encode()))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	for _, c := range s.cookies {
		if strings.HasPrefix(path, c.Path) {
			req.AddCookie(c)
		}
	}
	rec := httptest.NewRecorder()
	s.handler.ServeHTTP(rec, req)
	for _, c := range rec.Result().Cookies() {
		s.cookies[c.Path] = c
		if c.MaxAge < 0 {
			delete(s.cookies, c.Path)
		}
	}
	return rec
}

// goes is where a form leads to.
func (s *shopper) goes(t *testing.T, path string, form url.Values) string {
	t.Helper()
	rec := s.visit(t, path, form)
	require.Equal(t, http.StatusSeeOther, rec.Code, rec.Body.String())
	return rec.Header().Get("Location")
}

// shelves opens a published store with two units of one product, and says which variant that is.
func (o *office) shelves(t *testing.T, handle string) string {
	t.Helper()
	store, _, err := o.database.UpsertStore(t.Context(), commerce.StoreInput{Handle: handle, Name: handle, Currency: "INR", Status: commerce.StorePublished})
	require.NoError(t, err)
	_, err = o.database.UpsertProducts(t.Context(), store, []commerce.ProductInput{{
		Handle: "tea", Title: "Tea <b>", Status: commerce.ProductActive, Published: true,
		Variants: []commerce.VariantInput{{
			PriceMinor: 42000, InventoryQuantity: 2, InventoryTracked: true, InventoryPolicy: commerce.InventoryDeny, RequiresShipping: true, Taxable: true,
			WeightUnit: commerce.WeightGrams,
		}},
	}})
	require.NoError(t, err)
	var id int64
	require.NoError(t, o.database.SQL.QueryRowContext(t.Context(), `SELECT id FROM product_variants WHERE store_id = $1`, int64(store.ID)).Scan(&id))
	return strconv.FormatInt(id, 10)
}

var hiddenTotal = regexp.MustCompile(`name="total" value="([^"]*)"`)

// From a product to the status of its order on a real database; the stock is promised once, however often the form is sent.
func TestBuyOnPages(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	variant := o.shelves(t, "corner")
	other := o.shelves(t, "market")
	s := &shopper{o, map[string]*http.Cookie{}}
	require.Contains(t, s.visit(t, "/s/corner/p/tea", nil).Body.String(), `name="add" value="`+variant+`"`)
	require.Equal(t, http.StatusUnprocessableEntity, s.visit(t, "/s/corner/cart", url.Values{"add": {other}}).Code, "a variant of another store")
	require.Empty(t, s.cookies)

	require.Equal(t, "/s/corner/cart", s.goes(t, "/s/corner/cart", url.Values{"add": {variant}}))
	checkout := s.goes(t, "/s/corner/cart", url.Values{"q.1": {"2"}, "do": {"checkout"}})
	require.Contains(t, s.visit(t, "/s/corner/cart", nil).Body.String(), "Tea &lt;b&gt;")
	require.NotContains(t, s.visit(t, "/s/market/cart", nil).Body.String(), "Tea")
	require.Equal(t, http.StatusNotFound, s.visit(t, strings.Replace(checkout, "corner", "market", 1), nil).Code)

	form := url.Values{"do": {"order"}, "name": {"Asha"}, "phone": {"98765 43210"}, "payment": {"CASH_ON_DELIVERY"}}
	form.Set("total", hiddenTotal.FindStringSubmatch(s.visit(t, checkout, nil).Body.String())[1])
	require.Equal(t, "840.00", form.Get("total"))
	_, err := o.database.SQL.ExecContext(t.Context(), `UPDATE product_variants SET price_minor = 43000 WHERE id = `+variant)
	require.NoError(t, err)
	dearer := s.visit(t, checkout, form)
	require.Equal(t, http.StatusUnprocessableEntity, dearer.Code)
	require.Contains(t, dearer.Body.String(), "The total is now ₹860.")
	require.Contains(t, dearer.Body.String(), `value="Asha"`)
	form.Set("total", hiddenTotal.FindStringSubmatch(dearer.Body.String())[1])

	var group sync.WaitGroup
	orders := make([]string, 4)
	for i := range orders {
		group.Go(func() {
			one := &shopper{o, map[string]*http.Cookie{}}
			orders[i] = one.visit(t, checkout, form).Header().Get("Location")
		})
	}
	group.Wait()
	for _, order := range orders {
		require.Equal(t, orders[0], order)
		require.True(t, strings.HasPrefix(order, "/s/corner/o/"), order)
	}
	require.Equal(t, orders[0], s.goes(t, checkout, form))
	require.Equal(t, orders[0], s.visit(t, checkout, nil).Header().Get("Location"))
	var placed, reserved int
	require.NoError(t, o.database.SQL.QueryRowContext(t.Context(), `SELECT (SELECT count(*) FROM orders), (SELECT sum(reserved) FROM inventory_levels)`).Scan(&placed, &reserved))
	require.Equal(t, []int{1, 2}, []int{placed, reserved})

	status := s.visit(t, orders[0], nil)
	require.Equal(t, http.StatusOK, status.Code)
	for _, part := range []string{"Order #1001", "Tea &lt;b&gt;", "2 × ₹430", "₹860 in cash, when you get it.", "Asha"} {
		require.Contains(t, status.Body.String(), part)
	}
	require.Equal(t, "no-referrer", status.Header().Get("Referrer-Policy"))
	require.Equal(t, "private, no-store", status.Header().Get("Cache-Control"))
	never := s.visit(t, "/s/corner/o/999999-AAAA", nil)
	for _, wrong := range []string{orders[0] + "A", strings.TrimSuffix(orders[0], orders[0][len(orders[0])-1:]), "/s/corner/o/1-"} {
		rec := s.visit(t, wrong, nil)
		require.Equal(t, http.StatusNotFound, rec.Code)
		require.True(t, bytes.Equal(never.Body.Bytes(), rec.Body.Bytes()))
	}
	require.Equal(t, http.StatusNotFound, s.visit(t, strings.Replace(orders[0], "corner", "market", 1), nil).Code)

	// The next buyer finds it sold out.
	next := &shopper{o, map[string]*http.Cookie{}}
	require.Contains(t, next.visit(t, "/s/corner/p/tea", nil).Body.String(), "Sold out")
	require.Equal(t, "/s/corner/cart?gone=1", next.goes(t, "/s/corner/cart", url.Values{"add": {variant}}))
	require.NotContains(t, o.log.String(), "Asha")
	require.NotContains(t, o.log.String(), "43210")
}
