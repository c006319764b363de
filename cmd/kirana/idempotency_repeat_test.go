package main

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

// unrepeatable are the mutations that nobody can ask again, and why.
func unrepeatable() map[string]string {
	return map[string]string{
		"merchantSignOut": "it ends the session that asks: whoever sends it again is nobody",
	}
}

// trial is two stores in which something is tried.
type trial struct {
	*stocked

	t *testing.T
}

// prepared makes what a mutation needs, and returns its variables.
type prepared func(s trial) map[string]any

// repeats say for every mutation who asks it with which input, so that it changes something. A new mutation needs a line in one of the
// lists below: what it answers is then asked again under the same key, and has to be the same, with nothing changed.
func repeats() map[string]func(s trial) (client, map[string]any) {
	each := repeatedByOthers()
	for _, list := range []map[string]prepared{
		repeatedCatalogue(), repeatedContent(), repeatedStore(), repeatedCart(), repeatedOrder(), repeatedPricing(),
	} {
		for name, prepare := range list {
			each[name] = func(s trial) (client, map[string]any) { return s.mine, prepare(s) }
		}
	}
	return each
}

// plain is for a mutation whose input needs nothing to be there.
func plain(pairs ...any) prepared {
	return func(trial) map[string]any { return input(pairs...) }
}

// made carries out a mutation and returns the id of what it made.
func (s trial) made(mutation, field string, pairs ...any) string {
	var payload map[string]json.RawMessage
	s.mine.run(s.t, mutation, input(pairs...)["input"].(map[string]any), field+" { id }", &payload)
	var made struct{ ID string }
	require.NoError(s.t, json.Unmarshal(payload[field], &made))
	return made.ID
}

// open opens the store, or closes it.
func (s trial) open(mutation string) {
	require.Empty(s.t, s.mine.ask(s.t, `mutation { `+mutation+` { userErrors { code } } }`, nil).codes())
}

func (s trial) product() string {
	return s.made("productSet", "product", "title", "Rice", "variants", []any{map[string]any{"price": "10"}})
}

func (s trial) collection() string {
	return s.made("collectionSet", "collection", "title", "Staples", "sortOrder", "MANUAL")
}

// filled is a collection with two products.
func (s trial) filled() (id string, products []string) {
	id, products = s.collection(), []string{s.product(), s.product()}
	s.mine.run(s.t, "collectionAddProducts", map[string]any{"id": id, "productIds": products}, "", &struct{}{})
	return id, products
}

// shirt is a product with an option and a variant.
func (s trial) shirt() (product, option, variant string) {
	var made struct {
		Product struct {
			ID       string
			Options  []struct{ ID string }
			Variants struct{ Nodes []struct{ ID string } }
		}
	}
	s.mine.run(s.t, "productSet", shirt(), "product { id options { id } variants(first: 1) { nodes { id } } }", &made)
	return made.Product.ID, made.Product.Options[0].ID, made.Product.Variants.Nodes[0].ID
}

func (s trial) location(name string) string {
	return s.made("locationAdd", "location", "name", name)
}

func repeatedCatalogue() map[string]prepared {
	return map[string]prepared{
		"collectionSet":         plain("title", "Summer"),
		"collectionDelete":      func(s trial) map[string]any { return input("id", s.collection()) },
		"collectionAddProducts": func(s trial) map[string]any { return input("id", s.collection(), "productIds", []string{s.product()}) },
		"collectionRemoveProducts": func(s trial) map[string]any {
			id, products := s.filled()
			return input("id", id, "productIds", products[:1])
		},
		"collectionReorderProducts": func(s trial) map[string]any {
			id, products := s.filled()
			return input("id", id, "moves", []any{map[string]any{"id": products[1], "newPosition": 0}})
		},
		"productSet":       plain("title", "Wheat", "variants", []any{map[string]any{"price": "20"}}),
		"productUpdate":    func(s trial) map[string]any { return input("id", s.product(), "title", "Brown rice") },
		"productDelete":    func(s trial) map[string]any { return input("id", s.product()) },
		"productPublish":   func(s trial) map[string]any { return input("id", s.product(), "publishedAt", "2030-01-01T00:00:00Z") },
		"productUnpublish": func(s trial) map[string]any { return input("id", s.product()) },
		"productOptionUpdate": func(s trial) map[string]any {
			product, option, _ := s.shirt()
			return input("productId", product, "optionId", option, "name", "Width")
		},
		"productVariantsBulkUpdate": func(s trial) map[string]any {
			product, _, variant := s.shirt()
			return input("productId", product, "variants", []any{map[string]any{"id": variant, "price": "1"}})
		},
		"inventorySetQuantities": func(s trial) map[string]any {
			return input("name", "ON_HAND", "reason", "CYCLE_COUNT", "ignoreCompareQuantity", true,
				"quantities", []any{line(s.variants[0], s.stocked.location, map[string]any{"quantity": 70})})
		},
		"inventoryAdjustQuantities": func(s trial) map[string]any {
			return input("name", "ON_HAND", "reason", "RECEIVED",
				"changes", []any{line(s.variants[0], s.stocked.location, map[string]any{"delta": 3})})
		},
	}
}

func repeatedContent() map[string]prepared {
	metafield := func(s trial, key string) map[string]any {
		return map[string]any{"ownerId": s.variants[0], "key": key, "type": "single_line_text_field", "value": "Assam"}
	}
	return map[string]prepared{
		"menuSet": plain("handle", "footer", "title", "Below", "items", []any{}),
		"menuDelete": func(s trial) map[string]any {
			return input("id", s.made("menuSet", "menu", "handle", "m", "title", "M", "items", []any{}))
		},
		"pageSet":       plain("title", "Returns"),
		"pageDelete":    func(s trial) map[string]any { return input("id", s.made("pageSet", "page", "title", "About")) },
		"metafieldsSet": func(s trial) map[string]any { return input("metafields", []any{metafield(s, "origin")}) },
		"metafieldsDelete": func(s trial) map[string]any {
			s.mine.run(s.t, "metafieldsSet", map[string]any{"metafields": []any{metafield(s, "grade")}}, "", &struct{}{})
			return input("metafields", []any{map[string]any{"ownerId": s.variants[0], "key": "grade"}, map[string]any{"ownerId": s.variants[0], "key": "none"}})
		},
		"stagedUploadCreate": plain("filename", "a.csv", "size", 3),
		"productsImport":     plain("csv", catalogueFile(1)),
		"productsExport":     plain(),
		"jobCancel": func(s trial) map[string]any {
			return input("id", s.made("productsImport", "job", "csv", catalogueFile(1)))
		},
	}
}

func repeatedStore() map[string]prepared {
	return map[string]prepared{
		"locationAdd":        plain("name", "Cellar"),
		"locationEdit":       func(s trial) map[string]any { return input("id", s.location("Attik"), "name", "Attic") },
		"locationDeactivate": func(s trial) map[string]any { return input("id", s.location("Yard")) },
		"locationActivate": func(s trial) map[string]any {
			id := s.location("Shed")
			s.mine.run(s.t, "locationDeactivate", map[string]any{"id": id}, "", &struct{}{})
			return input("id", id)
		},
		"storeUpdate": plain("description", "Tea from the hills"),
		"storePublish": func(s trial) map[string]any {
			s.open("storeUnpublish")
			return input()
		},
		"storeUnpublish": func(s trial) map[string]any {
			s.open("storePublish")
			return input()
		},
		"apiKeyCreate":      plain("name", "till", "scopes", []string{"catalog:read"}),
		"apiKeyRotate":      func(s trial) map[string]any { return input("id", s.mine.issue(s.t, "catalog:read").APIKey.ID) },
		"apiKeyRevoke":      func(s trial) map[string]any { return input("id", s.mine.issue(s.t, "catalog:read").APIKey.ID) },
		"searchFacetsSet":   plain("filters", []string{"filter.p.vendor"}),
		"searchSynonymsSet": plain("rules", []string{"chai, tea"}),
		"searchRuleSet": func(s trial) map[string]any {
			return input("rule", object{"title": "Tea", "pinned": s.mine.products(s.t)})
		},
		"searchRuleDelete": func(s trial) map[string]any {
			return input("id", s.mine.rule(s.t, object{"title": "Gone", "pinned": s.mine.products(s.t)}))
		},
		"webhookSubscriptionCreate": plain("url", "https://hooks.example.com/orders"),
		"webhookSubscriptionDelete": func(s trial) map[string]any {
			return input("id", s.made("webhookSubscriptionCreate", "webhookSubscription", "url", "https://hooks.example.com/gone"))
		},
		"staffInvite": plain("email", "new@example.com", "role", "PACKER"),
		"staffInvitationRevoke": func(s trial) map[string]any {
			return input("id", s.mine.invite(s.t, "wrong@example.com", "PACKER").Invitation.ID)
		},
		"staffRoleUpdate": func(s trial) map[string]any {
			s.mine.join(s.t, s.signUp(s.t, "up@example.com"), "up@example.com", "PACKER")
			return input("id", s.mine.staff(s.t)["up@example.com"].ID, "role", "MANAGER")
		},
		"staffRemove": func(s trial) map[string]any {
			s.mine.join(s.t, s.signUp(s.t, "off@example.com"), "off@example.com", "PACKER")
			return input("id", s.mine.staff(s.t)["off@example.com"].ID)
		},
		"storeCreate": plain("name", "Second", "currencyCode", "INR"),
	}
}

// repeatedByOthers are the mutations that somebody else asks than the merchant of the first store.
func repeatedByOthers() map[string]func(s trial) (client, map[string]any) {
	return map[string]func(s trial) (client, map[string]any){
		"merchantSignUp": func(s trial) (client, map[string]any) {
			return s.as(""), input("email", "fresh@example.com", "password", goodPassword, "name", "Fresh")
		},
		"merchantSignIn": func(s trial) (client, map[string]any) {
			return s.as(""), input("email", "a@example.com", "password", goodPassword)
		},
		"searchEventsRecord": func(s trial) (client, map[string]any) {
			s.open("storePublish")
			return s.as("").in(s.mine.store), input("events", []any{clicked(s.mine.products(s.t)[0], "tea", 1)})
		},
		"customerCodeSend": func(s trial) (client, map[string]any) { return s.mine, input("email", "asha@example.com") },
		"customerSignIn": func(s trial) (client, map[string]any) {
			return s.mine, input("email", "asha@example.com", "code", s.mine.code(s.t, "asha@example.com"))
		},
		"customerAccessTokenDelete": func(s trial) (client, map[string]any) {
			return s.mine, map[string]any{"customerAccessToken": s.mine.visit(s.t, "asha@example.com")}
		},
		"customerUpdate": func(s trial) (client, map[string]any) {
			return s.mine, s.visitor("customer", object{"firstName": "Asha"})
		},
		"customerAddressCreate": func(s trial) (client, map[string]any) {
			return s.mine, s.visitor("address", object{"address1": "7 MG Road"})
		},
		"customerAddressUpdate": func(s trial) (client, map[string]any) {
			v := s.visitor("address", object{"city": "Kochi"})
			v["id"] = s.keep(v["customerAccessToken"], object{"address1": "7 MG Road"})
			return s.mine, v
		},
		"customerAddressDelete": func(s trial) (client, map[string]any) {
			v := s.visitor("id", "")
			v["id"] = s.keep(v["customerAccessToken"], object{"address1": "7 MG Road"})
			return s.mine, v
		},
		"customerDefaultAddressUpdate": func(s trial) (client, map[string]any) {
			v := s.visitor("addressId", "")
			s.keep(v["customerAccessToken"], object{"address1": "7 MG Road"})
			v["addressId"] = s.keep(v["customerAccessToken"], object{"address1": "8 MG Road"})
			return s.mine, v
		},
		"merchantPasswordChange": func(s trial) (client, map[string]any) {
			return s.as(s.signUp(s.t, "change@example.com")), input("currentPassword", goodPassword, "newPassword", "three green parrots")
		},
		"merchantSessionRevoke": func(s trial) (client, map[string]any) {
			who := s.as(s.signUp(s.t, "twice@example.com"))
			s.signIn(s.t, "twice@example.com", goodPassword)
			var viewer struct{ Sessions []struct{ ID string } }
			who.ask(s.t, `{ viewer { sessions { id } } }`, nil).field(s.t, "viewer", &viewer)
			return who, input("id", viewer.Sessions[0].ID)
		},
		"staffInvitationAccept": func(s trial) (client, map[string]any) {
			token := s.mine.invite(s.t, "packer@example.com", "PACKER").Token
			return s.as(s.signUp(s.t, "packer@example.com")), input("token", token)
		},
	}
}
