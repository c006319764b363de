package commerce_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
)

func TestPublicURL(t *testing.T) {
	t.Parallel()
	for _, url := range []string{
		"https://img.test/a.jpg", "http://img.test/a.jpg", "HTTPS://IMG.TEST/a.jpg", "https://img.test:8443/a.jpg", "https://img.test./a.jpg", "/pictures/rice.svg",
		"https://93.184.216.34/a.jpg", "https://[2606:2800:220:1:248:1893:25c8:1946]/", "https://bücher.test/चाय.jpg", "https://local.test/", "https://127.0.0.1.test/",
	} {
		require.True(t, commerce.PublicURL(url), url)
	}
	for _, url := range []string{
		"", "a.jpg", "//img.test/a.jpg", `/\img.test/a.jpg`, "ftp://img.test/", "javascript:alert(1)", "data:image/png;base64,AAAA", "https:///a.jpg", "https:a.jpg",
		"https://me@img.test/", "https://me:secret@img.test/", "https://localhost/", "http://LOCALHOST./", "http://a.localhost/", "http://intranet/", "http://printer.local/",
		"http://metadata.google.internal/", "http://router.home.arpa/", "http://127.0.0.1/", "http://127.1/", "http://2130706433/", "http://0x7f000001/", "http://0177.0.0.1/",
		"http://10.1.2.3/", "http://172.16.0.1/", "http://192.168.0.1/", "http://100.64.0.1/", "http://169.254.169.254/", "http://0.0.0.0/", "http://224.0.0.1/", "http://255.255.255.255/",
		"http://[::1]/", "http://[::]/", "http://[fe80::1]/", "http://[fe80::1%25eth0]/", "http://[fd00::1]/", "http://[::ffff:127.0.0.1]/", "http://[::ffff:10.0.0.1]/",
		"http://[64:ff9b::7f00:1]/", "http://[2002:7f00:1::]/", "http://[ff02::1]/", "http://%zz/",
	} {
		require.False(t, commerce.PublicURL(url), url)
	}
}

func TestDecimalTextMinor(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text     commerce.DecimalText
		currency commerce.Currency
		want     int64
		refusal  string
	}{
		{"50", "INR", 5000, ""},
		{"50.00", "INR", 5000, ""},
		{"0.05", "INR", 5, ""},
		{"-0", "INR", 0, ""},
		{"00012.5", "INR", 1250, ""},
		{"12.500", "INR", 1250, ""},
		{"1.2345e2", "INR", 12345, ""},
		{"1250e-2", "INR", 1250, ""},
		{"5e+3", "JPY", 5000, ""},
		{"1.234", "KWD", 1234, ""},
		{"0e999999999999", "INR", 0, ""},
		{"10000000000000.00", "INR", 1_000_000_000_000_000, ""},
		{"10000000000000.01", "INR", 0, `"10000000000000.01" is too large for a price`},
		{"99999999999999999999", "INR", 0, `"99999999999999999999" is too large for a price`},
		{"1e999", "INR", 0, `"1e999" is too large for a price`},
		{"1e99999999999999999999", "INR", 0, `"1e99999999999999999999" is no amount of INR`},
		{"1e-9999", "INR", 0, `"1e-9999" is no amount of INR`},
		{"1.234", "INR", 0, `"1.234" has more than the 2 decimal digits of INR`},
		{"0.001", "INR", 0, `"0.001" has more than the 2 decimal digits of INR`},
		{"1e-3", "INR", 0, `"1e-3" has more than the 2 decimal digits of INR`},
		{"0.5", "JPY", 0, `"0.5" has more than the 0 decimal digits of JPY`},
		{"-1", "INR", 0, `"-1" is below zero`},
		{"x", "INR", 0, `"x" is no decimal number`},
	} {
		minor, err := c.text.Minor(c.currency)
		if c.refusal != "" {
			require.EqualError(t, err, c.refusal)
			continue
		}
		require.NoError(t, err, c.text)
		require.Equal(t, c.want, minor, c.text)
	}
	for _, text := range []commerce.DecimalText{"", " 1", "1 ", "1,000", "+1", ".5", "5.", "1e", "1e+", "0x1", "NaN", "Inf", "१", "1\n"} {
		require.False(t, text.Valid(), "%q", text)
	}
}

// Whatever a decimal text is, it is refused or exact: what comes out, written with the currency's digits, is the same number.
func FuzzDecimalText(f *testing.F) {
	for _, text := range []string{"50", "12.50", "1e2", "1250e-2", "0.001", "-1", "99999999999999999999", "1e999"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		minor, err := commerce.DecimalText(text).Minor("INR")
		if err != nil {
			return
		}
		written := commerce.DecimalText(commerce.Money{Minor: minor, Currency: "INR"}.Amount().String())
		again, err := written.Minor("INR")
		require.NoError(t, err)
		require.Equal(t, minor, again)
		plain := !strings.ContainsAny(text, "eE-")
		if whole, _, _ := strings.Cut(text, "."); plain && len(whole) < 15 {
			parsed, err := commerce.ParseMinor(text, "INR")
			require.NoError(t, err)
			require.Equal(t, parsed, minor)
		}
	})
}

func TestMadeHandle(t *testing.T) {
	t.Parallel()
	for title, want := range map[string]string{"Basmati Rice 5 kg": "basmati-rice-5-kg", "चाय": "चाय", "שלום עולם": "שלום-עולם"} {
		require.Equal(t, want, commerce.MadeHandle("product", title))
	}
	require.Equal(t, "product-obeb0r", commerce.MadeHandle("product", "🙂"))
	require.NotEqual(t, commerce.MadeHandle("product", "🙂"), commerce.MadeHandle("product", "🙃"))
	for _, title := range []string{strings.Repeat("अ ", 200), strings.Repeat("a", 246) + " b c", "!?"} {
		handle := commerce.MadeHandle("product", title)
		require.True(t, utf8.ValidString(handle))
		require.LessOrEqual(t, len(handle), commerce.MaxHandle-8)
		require.False(t, strings.HasSuffix(handle, "-"), handle)
	}
}

// Every reason names the field that a merchant filled in.
func TestProductInputCheckNamesFields(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		change func(*commerce.ProductInput)
		want   string
	}{
		{func(p *commerce.ProductInput) { p.Title = "\x00" }, "title INVALID"},
		{func(p *commerce.ProductInput) { p.DescriptionHTML = long(commerce.MaxHTML + 1) }, "descriptionHtml TOO_LONG"},
		{func(p *commerce.ProductInput) { p.SEODescription = "\xff" }, "seo.description INVALID"},
		{func(p *commerce.ProductInput) { p.Tags[1] = "\x00" }, "tags.1 INVALID"},
		{func(p *commerce.ProductInput) { p.Collections[1] = "!" }, "collections.1 INVALID"},
		{func(p *commerce.ProductInput) { p.Options[1] = "" }, "productOptions.1.name BLANK"},
		{func(p *commerce.ProductInput) { p.Media[1].URL = "/front.svg" }, "media.1.url DUPLICATE"},
		{func(p *commerce.ProductInput) { p.Media[1].URL = "http://localhost/" }, "media.1.url INVALID"},
		{func(p *commerce.ProductInput) { p.Media[1].ID, p.Media[1].URL = 7, "http://localhost/" }, ""},
		{func(p *commerce.ProductInput) { p.Media[1].Height = -1 }, "media.1.height INVALID"},
		{func(p *commerce.ProductInput) { p.Variants[1].PriceMinor = -1 }, "variants.1.price INVALID"},
		{func(p *commerce.ProductInput) { p.Variants[1].Options[0] = "S" }, "variants.1.optionValues DUPLICATE"},
		{func(p *commerce.ProductInput) { p.Variants[1].InventoryPolicy = "" }, "variants.1.inventoryPolicy INVALID"},
	} {
		in := kurta()
		c.change(&in)
		var got []string
		for _, r := range in.Check() {
			got = append(got, strings.Join(r.Field, ".")+" "+string(r.Code))
		}
		require.Equal(t, c.want, strings.Join(got, ", "))
	}
}
