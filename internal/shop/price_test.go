package shop

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
)

func TestAmount(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		minor    int64
		currency commerce.Currency
		want     string
	}{
		{42000, "INR", "₹420"}, {42050, "INR", "₹420.50"}, {5, "INR", "₹0.05"}, {0, "INR", "₹0"}, {99900, "INR", "₹999"}, {100000, "INR", "₹1,000"},
		{12990000, "INR", "₹1,29,900"}, {1234567800, "INR", "₹1,23,45,678"}, {123456789, "USD", "$1,234,567.89"}, {1500, "JPY", "¥1,500"},
		{1250, "KWD", "KWD\u00a01.250"}, {1000, "KWD", "KWD\u00a01"},
	} {
		require.Equal(t, c.want, amount(commerce.Money{Minor: c.minor, Currency: c.currency}))
	}
}

func TestPriceAndStock(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		summary commerce.ProductSummary
		price   price
		note    string
	}{
		{commerce.ProductSummary{}, price{}, "Not for sale yet"},
		{commerce.ProductSummary{VariantsCount: 1, PriceMin: 100, PriceMax: 100, AvailableForSale: true}, price{Text: "₹1"}, ""},
		{commerce.ProductSummary{VariantsCount: 2, PriceMin: 100, PriceMax: 200, CompareAtMin: 300, CompareAtMax: 300}, price{Text: "from ₹1"}, "Sold out"},
		{commerce.ProductSummary{VariantsCount: 2, PriceMin: 100, PriceMax: 100, CompareAtMin: 300, CompareAtMax: 300, AvailableForSale: true}, price{"₹1", "₹3"}, ""},
		{commerce.ProductSummary{VariantsCount: 2, PriceMin: 100, PriceMax: 100, CompareAtMin: 50, CompareAtMax: 50, AvailableForSale: true}, price{Text: "₹1"}, ""},
	} {
		require.Equal(t, c.price, productPrice(c.summary, "INR"))
		require.Equal(t, c.note, note(c.summary))
	}
	for _, c := range []struct {
		variant commerce.ProductVariant
		want    string
	}{
		{commerce.ProductVariant{}, "In stock"},
		{commerce.ProductVariant{InventoryTracked: true, InventoryQuantity: 6}, "In stock"},
		{commerce.ProductVariant{InventoryTracked: true, InventoryQuantity: 5}, "5 left"},
		{commerce.ProductVariant{InventoryTracked: true, InventoryQuantity: 1}, "1 left"},
		{commerce.ProductVariant{InventoryTracked: true, InventoryPolicy: commerce.InventoryDeny}, "Sold out"},
		{commerce.ProductVariant{InventoryTracked: true, InventoryQuantity: -3, InventoryPolicy: commerce.InventoryContinue}, "Out of stock just now, sent when it is back"},
	} {
		require.Equal(t, c.want, stock(&c.variant))
	}
	reduced := commerce.ProductVariant{Currency: "INR", PriceMinor: 100, CompareAtMinor: new(int64(150))}
	require.Equal(t, price{"₹1", "₹1.50"}, variantPrice(&reduced))
	reduced.CompareAtMinor = new(int64(100))
	require.Equal(t, price{Text: "₹1"}, variantPrice(&reduced))
}

func TestPictureURL(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]bool{
		"https://cdn.test/a.jpg": true, "http://cdn.test/a.jpg": true, "/pictures/a.svg?label=x": true,
		"": false, "javascript:alert(1)": false, "JavaScript:alert(1)": false, "data:image/svg+xml,x": false, "//evil.test/a": false, "/\\evil.test": false,
		"\thttps://x": false, "java\nscript:x": false, "https:": false, "a.jpg": false, "https://%zz": false, "file:///etc/passwd": false,
	} {
		require.Equal(t, want, pictureURL(address) != "", address)
	}
}

func TestSrcset(t *testing.T) {
	t.Parallel()
	require.Empty(t, srcset("https://img.test/a.jpg"))
	require.Empty(t, srcset("/pictures/a.svg"))
	set := srcset("https://cdn.shopify.com/s/a,b.jpg?v=1")
	require.Len(t, strings.Split(set, ", "), 5)
	require.True(t, strings.HasPrefix(set, "https://cdn.shopify.com/s/a%2Cb.jpg?v=1&width=200 200w, "), set)
}

func TestInitial(t *testing.T) {
	t.Parallel()
	for title, want := range map[string]string{"tea": "T", "हिमालय": "हि", "<b>x": "B", "  7 seeds": "7", "تمر": "ت", "🙂": "", "": "", "é": "É"} {
		require.Equal(t, want, initial(title), title)
	}
}

func TestDescription(t *testing.T) {
	t.Parallel()
	require.Empty(t, description(" <p> </p> "))
	require.EqualValues(t, "<p>a <b>b</b></p>", description("<p onclick=\"x()\">a <b>b</b></p><script>alert(1)</script>"))
	require.EqualValues(t, `<h3>A</h3><h4>B</h4><p>h1</p><img src="https://x.test/a.jpg" alt="" loading="lazy"><img src="https://x.test/a.jpg" alt="a cup" loading="lazy">`,
		description(`<h1>A</h1><h4>B</h4><p>h1</p><img src="https://x.test/a.jpg"><img src="https://x.test/a.jpg" alt="a cup">`))
	require.EqualValues(t, "it&#39;s &lt;b&gt; &amp; 1 &lt; 2", description("it's &lt;b&gt; & 1 < 2"))
	require.NotContains(t, description(`<a href="javascript:alert(1)">x</a><img src="data:text/html,x"><style>*{}</style>`), "javascript")
}

// Any colour of a merchant can be read as a text on the page, and the page's own colour can be read on it.
func TestTheme(t *testing.T) {
	t.Parallel()
	sheet := string(styleSheet)
	for _, own := range []string{"--page: #fff; --surface: " + lightSurface, "--page: #151618; --surface: " + darkSurface} {
		require.Contains(t, sheet, own, "the surfaces are those of the style sheet")
	}
	for _, accent := range []string{"", "#ffffff", "#000000", "#ffff00", "#0000ff", "#777777", "red;}*{color:red", "#FFFFFF"} {
		parts := strings.SplitN(string(theme(accent)), "--accent:", 3)
		for i, behind := range [][]string{{"#ffffff", lightSurface}, {"#151618", darkSurface}} {
			shade, ok := commerce.ParseColour(parts[i+1][:7])
			require.True(t, ok, accent)
			for _, b := range behind {
				background, _ := commerce.ParseColour(b)
				require.GreaterOrEqual(t, shade.Contrast(background), commerce.LegibleContrast, "%s on %s", accent, b)
			}
		}
	}
}
