package commerce_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kirana-commerce/kirana/commerce"
)

func TestProduct(t *testing.T) {
	t.Parallel()
	p := commerce.Product{StoreID: 1, ID: 2}
	require.Equal(t, commerce.ProductRef{Store: 1, ID: 2}, p.Ref())
	require.Equal(t, commerce.SEO{}, p.SEO(), "null where the merchant wrote nothing")
	p.SEOTitle, p.SEODescription = "Tea", "Of Assam"
	require.Equal(t, commerce.SEO{Title: new("Tea"), Description: new("Of Assam")}, p.SEO())
}

func TestProductOptionValues(t *testing.T) {
	t.Parallel()
	o := commerce.ProductOption{Values: []string{"S", "M"}}
	require.Equal(t, []commerce.ProductOptionValue{{Name: "S"}, {Name: "M"}}, o.OptionValues())
	require.NotNil(t, (&commerce.ProductOption{}).OptionValues(), "an empty list, not null")
}

func TestMediaImage(t *testing.T) {
	t.Parallel()
	want := &commerce.Image{StoreID: 1, MediaID: 3, URL: "/a", AltText: new("a"), Width: new(4), Height: new(5)}
	m := commerce.MediaImage{StoreID: 1, ProductID: 2, ID: 3, Image: *want}
	require.Equal(t, new("a"), m.Alt())
	require.Equal(t, want, m.PreviewImage())
	require.Equal(t, "gid://kirana/MediaImage/1/3", want.ID().String())
	require.Equal(t, commerce.MediaContentImage, m.MediaContentType())
}

func TestCollection(t *testing.T) {
	t.Parallel()
	c := commerce.Collection{StoreID: 1, ID: 2}
	require.Equal(t, commerce.CollectionRef{Store: 1, ID: 2}, c.Ref())
	require.Nil(t, c.Image())
	c.ImageURL, c.ImageAlt = "/a", new("a")
	require.Equal(t, &commerce.Image{StoreID: 1, URL: "/a", AltText: new("a")}, c.Image())
	require.Nil(t, c.Image().ID(), "it is no product's media")
}
