package commerce

import (
	"net/url"
	"strconv"
	"strings"
)

// ShareText is the order as a message for a chat: what was bought, what it costs, how it gets there. store is the store's name, empty
// where it is not known.
func (o *Order) ShareText(store string, lines []*OrderLine) string {
	var b strings.Builder
	b.WriteString("*" + strings.TrimSpace(store+" "+o.Name()) + "*\n")
	for _, l := range lines {
		title := l.Title
		if l.VariantName() != nil {
			title += " (" + l.VariantTitle + ")"
		}
		b.WriteString(strconv.Itoa(l.Quantity) + " × " + title + ": " + l.money(l.SubtotalMinor-l.DiscountMinor).shown() + "\n")
	}
	if o.DeliveryMinor > 0 {
		b.WriteString(o.Delivery.Title + ": " + o.TotalShippingPrice().shown() + "\n")
	}
	b.WriteString("*Total: " + o.TotalPrice().shown() + "*\n")
	if o.DeliveryMinor == 0 && o.Delivery.Method != DeliveryNone {
		b.WriteString(o.Delivery.Title + "\n")
	}
	if o.Contact.Name != "" {
		b.WriteString(o.Contact.Name + "\n")
	}
	if o.Address != nil {
		b.WriteString(strings.Join(o.Address.Formatted(nil, nil), ", ") + "\n")
	}
	if o.Contact.Phone != "" {
		b.WriteString(o.Contact.Phone + "\n")
	}
	if o.BuyerNote != "" {
		b.WriteString("\n" + o.BuyerNote + "\n")
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// ChatURL opens a chat with the buyer, with a text to send; nil without a phone number that says its country.
func (o *Order) ChatURL(text string) *string {
	digits, international := strings.CutPrefix(o.Contact.Phone, "+")
	if !international {
		return nil
	}
	link := "https://wa.me/" + digits + "?text=" + url.QueryEscape(text)
	return &link
}

// shown is the amount as people write it: the currency's sign, or its code, and the number.
func (m Money) shown() string {
	if sign := m.Currency.Symbol(); sign != string(m.Currency) {
		return sign + m.Amount().String()
	}
	return string(m.Currency) + " " + m.Amount().String()
}

// KeyRef names the order by its secret.
func (o *Order) KeyRef() OrderKey { return OrderKey{o.StoreID, o.ID, o.Key} }
