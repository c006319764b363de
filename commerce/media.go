package commerce

import "context"

// Image is a picture. URL may be a path on the server itself; whoever shows it to a client makes it absolute.
type Image struct {
	StoreID StoreID
	MediaID MediaID
	URL     string
	AltText *string
	Width   *int
	Height  *int
}

// MediaImage is a picture that belongs to a product.
type MediaImage struct {
	StoreID   StoreID
	ProductID ProductID
	ID        MediaID
	Position  int
	// Image is the picture itself. It names its store and medium too, for it is shown without them as well.
	Image Image
}

// Alt is what the picture shows, in words, nil where the merchant wrote nothing.
func (m *MediaImage) Alt() *string { return m.Image.AltText }

// NodeID is the picture's global id.
func (m *MediaImage) NodeID() GlobalID {
	return GlobalID{Kind: KindMediaImage, Store: m.StoreID, ID: int64(m.ID)}
}

// IsNode marks MediaImage as a node of the API.
func (*MediaImage) IsNode() {}

// IsMedia marks MediaImage as one kind of media.
func (*MediaImage) IsMedia() {}

// MediaContentType is the kind of media.
func (m *MediaImage) MediaContentType() MediaContentType { return MediaContentImage }

// MediaContentType is a kind of media.
type MediaContentType string

// MediaContentImage is the only kind of media there is so far: pictures.
const MediaContentImage MediaContentType = "IMAGE"

// PreviewImage is the picture shown in place of the media: the picture itself.
func (m *MediaImage) PreviewImage() *Image { return &m.Image }

// ID is the picture's global id, nil for a picture that is not a product's media.
func (i *Image) ID() *GlobalID {
	if i.MediaID == 0 {
		return nil
	}
	return &GlobalID{Kind: KindMediaImage, Store: i.StoreID, ID: int64(i.MediaID)}
}

// The orders of a product's pictures.
const (
	MediaSortPosition SortKey = "POSITION"
	MediaSortID       SortKey = "ID"
)

// MediaReader reads the pictures of products buyers can see. A key without one is missing from the answer.
type MediaReader interface {
	MediaByID(ctx context.Context, refs []MediaRef) (map[MediaRef]*MediaImage, error)
	// VariantImages finds the picture of each variant: its own, else its product's first.
	VariantImages(ctx context.Context, refs []VariantRef) (map[VariantRef]*MediaImage, error)
	MediaLists(ctx context.Context, keys []ProductPageKey) (map[ProductPageKey]List[*MediaImage], error)
}
