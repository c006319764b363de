package auth

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/kirana-commerce/kirana/commerce"
)

// The paths of a store's pages. They are short because they are typed, printed and read out: a letter for the kind of
// page, so that no handle can ever stand where a route of the server does.
const (
	storePath      = "/s/"
	productPath    = "/p/"
	collectionPath = "/c/"
	textPath       = "/t/"
	checkoutPath   = "/b/"
	orderPath      = "/o/"
)

// StorePath is the path of a store's front on a host that is not its own.
func StorePath(handle string) string { return storePath + url.PathEscape(handle) }

// ProductPath is the path of a product's page below its store's front.
func ProductPath(handle string) string { return productPath + url.PathEscape(handle) }

// CollectionPath is the path of a collection's page below its store's front.
func CollectionPath(handle string) string { return collectionPath + url.PathEscape(handle) }

// TextPath is the path of a page of text below its store's front.
func TextPath(handle string) string { return textPath + url.PathEscape(handle) }

// CheckoutPath is the path of the page that completes a cart, below its store's front. Whoever knows it may: it carries the cart's
// secret.
func CheckoutPath(cart commerce.CartKey) string {
	return checkoutPath + strconv.FormatInt(int64(cart.ID), 10) + "-" + url.PathEscape(cart.Key)
}

// OrderPath is the path of the page that tells the buyer how far an order is, below its store's front. It carries the order's secret.
func OrderPath(order commerce.OrderKey) string {
	return orderPath + strconv.FormatInt(int64(order.ID), 10) + "-" + url.PathEscape(order.Key)
}

// StoreURL is the address of a store's front, without a final slash: on the store's own host where stores have one, below
// /s/ on the server otherwise. The addresses of its other pages begin with it. A page has this one address for links,
// previews and search engines, whatever it was asked under.
func (r Request) StoreURL(handle string) string {
	if r.BaseDomain == "" {
		return r.BaseURL + StorePath(handle)
	}
	scheme, host, _ := strings.Cut(r.BaseURL, "://")
	port := ""
	if u, err := url.Parse(scheme + "://" + host); err == nil && u.Port() != "" {
		port = ":" + u.Port()
	}
	return scheme + "://" + handle + "." + r.BaseDomain + port
}
