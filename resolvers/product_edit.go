package resolvers

import (
	"cmp"
	"context"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/dataloader"
	"github.com/kirana-commerce/kirana/graph/model"
	"github.com/kirana-commerce/kirana/internal/markup"
)

// editProduct changes one product of the current store, and reads what came of it.
func (r *Resolver) editProduct(ctx context.Context, edit func(*commerce.Store) commerce.ProductEdit) (*commerce.Product, []*commerce.Refusal, error) {
	ref, refused, err := change(ctx, func(by commerce.Author, store *commerce.Store) (commerce.ProductRef, error) {
		return r.ProductEditor.EditProduct(ctx, by, store, edit(store))
	})
	if err != nil || len(refused) > 0 {
		return nil, refused, err
	}
	product, err := dataloader.From(ctx).ProductByID.LoadOne(ctx, ref)
	return product, refused, err
}

// nobody is an id that nothing has.
const nobody = -1

// own reads the id of something of the store. What is no such id, or one of another store's, is an id that nothing has: a client
// cannot tell what it must not know.
func own(store *commerce.Store, text string, kind commerce.Kind) int64 {
	return cmp.Or(commerce.OwnID(store.ID, kind, text), nobody)
}

// ownOrNone is own for an id that can be left out, which is 0.
func ownOrNone(store *commerce.Store, text *string, kind commerce.Kind) int64 {
	if text == nil {
		return 0
	}
	return own(store, *text, kind)
}

func productSetting(store *commerce.Store, in model.ProductSetInput) commerce.ProductEdit {
	seo := value(in.Seo, model.SEOInput{})
	return commerce.ProductEdit{
		Action: "productSet", ID: commerce.ProductID(ownOrNone(store, in.ID, commerce.KindProduct)), Handle: value(in.Handle, ""),
		Expected: in.ExpectedVersion, UniqueSKUs: value(in.UniqueSkus, false),
		Patch: &commerce.ProductSetting{
			Currency: store.Currency,
			Product: commerce.ProductInput{
				Handle: value(in.Handle, ""), Title: in.Title, DescriptionHTML: markup.Clean(value(in.DescriptionHTML, "")),
				Vendor: value(in.Vendor, ""), ProductType: value(in.ProductType, ""), Tags: in.Tags, Status: value(in.Status, ""),
				PublishedAt: in.PublishedAt, IsGiftCard: value(in.GiftCard, false),
				SEOTitle: value(seo.Title, ""), SEODescription: value(seo.Description, ""),
			},
			Options: mapped(in.ProductOptions, func(o *model.ProductOptionInput) commerce.OptionChange {
				return commerce.OptionChange{ID: commerce.OptionID(ownOrNone(store, o.ID, commerce.KindProductOption)), Name: o.Name}
			}),
			Variants: variantChanges(store, in.Variants),
			Media:    mediaInputs(store, in.Media),
		},
	}
}

func productChange(store *commerce.Store, in model.ProductUpdateInput) commerce.ProductEdit {
	change := commerce.ProductChange{
		Handle: in.Handle, Title: in.Title, Vendor: in.Vendor, ProductType: in.ProductType, Tags: in.Tags, Status: in.Status, IsGiftCard: in.GiftCard,
	}
	if in.DescriptionHTML != nil {
		change.DescriptionHTML = new(markup.Clean(*in.DescriptionHTML))
	}
	if in.Seo != nil {
		change.SEOTitle, change.SEODescription = in.Seo.Title, in.Seo.Description
	}
	if in.Media != nil {
		change.Media = mediaInputs(store, in.Media)
	}
	return productEdit(store, "productUpdate", in.ID, in.ExpectedVersion, &change)
}

func productEdit(store *commerce.Store, action, id string, expected *int, patch commerce.ProductPatch) commerce.ProductEdit {
	return commerce.ProductEdit{Action: action, ID: commerce.ProductID(own(store, id, commerce.KindProduct)), Expected: expected, Patch: patch}
}

func optionRenaming(store *commerce.Store, in model.ProductOptionUpdateInput) commerce.ProductEdit {
	return productEdit(store, "productOptionUpdate", in.ProductID, in.ExpectedVersion, &commerce.OptionRenaming{
		Option: commerce.OptionID(own(store, in.OptionID, commerce.KindProductOption)), Name: in.Name,
		Values: mapped(in.Values, func(v *model.ProductOptionValueRenameInput) commerce.ValueRenaming {
			return commerce.ValueRenaming{From: v.From, To: v.To}
		}),
	})
}

func variantsChange(store *commerce.Store, in model.ProductVariantsBulkUpdateInput) commerce.ProductEdit {
	edit := productEdit(store, "productVariantsBulkUpdate", in.ProductID, in.ExpectedVersion,
		&commerce.VariantsChange{Currency: store.Currency, Variants: variantChanges(store, in.Variants)})
	edit.UniqueSKUs = value(in.UniqueSkus, false)
	return edit
}

func variantChanges(store *commerce.Store, in []*model.ProductVariantInput) []commerce.VariantChange {
	return mapped(in, func(v *model.ProductVariantInput) commerce.VariantChange {
		change := commerce.VariantChange{
			ID: commerce.VariantID(ownOrNone(store, v.ID, commerce.KindProductVariant)), Price: v.Price, SKU: v.Sku, Barcode: v.Barcode,
			Weight: v.Weight, WeightUnit: v.WeightUnit, Quantity: v.InventoryQuantity, Tracked: v.InventoryTracked, Policy: v.InventoryPolicy,
			Shipping: v.RequiresShipping, Taxable: v.Taxable, MediaURL: v.MediaURL,
			OptionValues: mapped(v.OptionValues, func(o *model.VariantOptionValueInput) commerce.SelectedOption {
				return commerce.SelectedOption{Name: o.OptionName, Value: o.Name}
			}),
		}
		if before, given := v.CompareAtPrice.ValueOK(); given {
			change.CompareAtPrice = new(value(before, ""))
		}
		if v.MediaID != nil {
			change.MediaID = new(commerce.MediaID(own(store, *v.MediaID, commerce.KindMediaImage)))
		}
		return change
	})
}

// mediaInputs reads pictures. The list is not nil: an empty one says that there are none.
func mediaInputs(store *commerce.Store, in []*model.ProductMediaInput) []commerce.MediaInput {
	return mapped(in, func(m *model.ProductMediaInput) commerce.MediaInput {
		return commerce.MediaInput{
			ID: commerce.MediaID(ownOrNone(store, m.ID, commerce.KindMediaImage)), URL: value(m.URL, ""), Alt: value(m.Alt, ""),
			Width: value(m.Width, 0), Height: value(m.Height, 0),
		}
	})
}

// deleteProduct deletes a product of the current store.
func (r *Resolver) deleteProduct(ctx context.Context, in model.ProductDeleteInput) (*model.ProductDeletePayload, error) {
	_, refused, err := change(ctx, func(by commerce.Author, store *commerce.Store) (struct{}, error) {
		id := commerce.ProductID(own(store, in.ID, commerce.KindProduct))
		return struct{}{}, r.ProductEditor.DeleteProduct(ctx, by, store, id, in.ExpectedVersion)
	})
	return &model.ProductDeletePayload{DeletedProductID: done(in.ID, refused), UserErrors: refused}, err
}

// updateVariants changes variants of a product of the current store, and reads what came of it.
func (r *Resolver) updateVariants(ctx context.Context, in model.ProductVariantsBulkUpdateInput) (*model.ProductVariantsBulkUpdatePayload, error) {
	product, refused, err := r.editProduct(ctx, func(s *commerce.Store) commerce.ProductEdit { return variantsChange(s, in) })
	payload := &model.ProductVariantsBulkUpdatePayload{Product: product, UserErrors: refused}
	if err != nil || product == nil {
		return payload, err
	}
	payload.ProductVariants, err = loadEach(ctx, &dataloader.From(ctx).VariantByID, in.Variants, func(v *model.ProductVariantInput) commerce.VariantRef {
		id, _ := commerce.ParseGlobalID(value(v.ID, ""))
		return commerce.VariantRef{Store: product.StoreID, ID: commerce.VariantID(id.ID)}
	})
	return payload, err
}
