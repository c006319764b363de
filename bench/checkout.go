package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/lib/pq"
)

// checkout makes carts of one unit and asks for them to be completed.
type checkout struct {
	s *system
	// store, cart and key are those of the cart that the others are copies of, total is what each costs.
	store, cart int64
	key, total  string
}

// carts are some whose numbers follow each other.
type carts struct{ first, n int64 }

const createDocument = `mutation { cartCreate(input: {lines: [{merchandiseId: "gid://kirana/ProductVariant/%d/%d"}]}) {
  cart { id cost { totalAmount { amount } } } userErrors { message } } }`

// newCheckout makes the first cart through the API.
func newCheckout(ctx context.Context, s *system, store, variant int64) (*checkout, error) {
	var made struct {
		CartCreate struct {
			Cart struct {
				ID   string
				Cost struct{ TotalAmount struct{ Amount string } }
			}
		}
	}
	buyer := &merchant{s: s} // who has not signed in
	if err := buyer.ask(ctx, benchHandle, fmt.Sprintf(createDocument, store, variant), &made); err != nil {
		return nil, err
	}
	c := &checkout{s: s, store: store, total: made.CartCreate.Cart.Cost.TotalAmount.Amount}
	id, key, _ := strings.Cut(made.CartCreate.Cart.ID, "?key=")
	c.key = key
	_, err := fmt.Sscanf(id, fmt.Sprintf("gid://kirana/Cart/%d/%%d", store), &c.cart)
	return c, err
}

// copyCartsSQL numbers the copies as they come, since nobody else makes carts. They have the first one's secret, too.
const copyCartsSQL = `
WITH made AS (
    INSERT INTO carts (store_id, key, content)
    SELECT c.store_id, c.key, jsonb_set(c.content, '{lines,0,variant}', to_jsonb(($3::bigint[])[1 + n % cardinality($3::bigint[])]))
    FROM carts c, generate_series(0, $4::bigint - 1) n WHERE c.store_id = $1 AND c.id = $2 ORDER BY n
    RETURNING id
)
SELECT min(id), count(*) FROM made`

// carts makes n more, each with a unit of one of the variants in turn.
func (c *checkout) carts(ctx context.Context, n int, variants ...int64) (made carts, err error) {
	err = c.s.db.QueryRowContext(ctx, copyCartsSQL, c.store, c.cart, pq.Array(variants), n).Scan(&made.first, &made.n)
	return made, err
}

const completeDocument = `mutation($input: CartCompleteInput!, $key: String!) { cartComplete(input: $input) @idempotent(key: $key) {
  order { id name } userErrors { code } } }`

// request asks for a cart to be completed, under a key of its own.
func (c *checkout) request(cart int64) ([]byte, error) {
	body, err := json.Marshal(map[string]any{"query": completeDocument, "variables": map[string]any{
		"key": rand.Text(),
		"input": map[string]any{
			"cartId":        fmt.Sprintf("gid://kirana/Cart/%d/%d?key=%s", c.store, cart, c.key),
			"expectedTotal": map[string]string{"amount": c.total, "currencyCode": "INR"},
			"contact":       map[string]string{"name": "Asha", "phone": "+919876543210"},
		},
	}})
	return postRequest(body, "Kirana-Store: "+benchHandle+"\r\n"), err
}

// verdict is what becomes of a cart.
type verdict int

const (
	undecided verdict = iota // ask again
	ordered
	soldOut
)

// judge reads the answer to a request for a cart, and the order's id. Anything but an order, a shortage and what asks for patience is an error.
func judge(status int, body []byte) (verdict, string, error) {
	var said struct {
		Data struct {
			CartComplete *struct {
				Order *struct {
					ID string `json:"id"`
				} `json:"order"`
				UserErrors []struct {
					Code string `json:"code"`
				} `json:"userErrors"`
			} `json:"cartComplete"`
		} `json:"data"`
		Errors []struct {
			Extensions struct {
				Code string `json:"code"`
			} `json:"extensions"`
		} `json:"errors"`
	}
	wrong := fmt.Errorf("answer %d: %.300s", status, body)
	if err := json.Unmarshal(body, &said); err != nil {
		if status == http.StatusServiceUnavailable {
			return undecided, "", nil
		}
		return undecided, "", errors.Join(wrong, err)
	}
	for _, e := range said.Errors {
		if code := e.Extensions.Code; code != "UNAVAILABLE" && code != "IDEMPOTENCY_IN_PROGRESS" {
			return undecided, "", wrong
		}
	}
	answer := said.Data.CartComplete
	switch {
	case len(said.Errors) > 0:
		return undecided, "", nil
	case answer == nil:
		return undecided, "", wrong
	case answer.Order != nil && answer.Order.ID != "" && len(answer.UserErrors) == 0:
		return ordered, answer.Order.ID, nil
	case answer.Order == nil && len(answer.UserErrors) == 1 && answer.UserErrors[0].Code == "MERCHANDISE_OUT_OF_STOCK":
		return soldOut, "", nil
	}
	return undecided, "", wrong
}

// hostOf is where a server at a URL listens.
func hostOf(address string) (string, error) {
	u, err := url.Parse(address)
	if err != nil {
		return "", err
	}
	return u.Host, nil
}
