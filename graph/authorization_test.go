package graph

import (
	"context"
	"encoding/json"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/dataloader"
	"github.com/kirana-commerce/kirana/graph/generated"
	"github.com/kirana-commerce/kirana/internal/auth"
	"github.com/kirana-commerce/kirana/resolvers"
)

// publicMutations are those that anybody may ask for, and why.
func publicMutations() map[string]string {
	public := map[string]string{
		"merchantSignUp": "whoever signs up is nobody yet",
		"merchantSignIn": "whoever signs in is nobody yet",
		"cartCreate":     "buyers are nobody, and a new cart is nobody else's",

		"customerCodeSend":          "whoever signs in is nobody yet",
		"customerSignIn":            "the code is the right",
		"customerAccessTokenDelete": "the token is the right",
	}
	for _, name := range []string{
		"customerAddressCreate", "customerAddressDelete", "customerAddressUpdate", "customerDefaultAddressUpdate", "customerUpdate",
	} {
		public[name] = "the token is the right"
	}
	for _, name := range []string{
		"cartAttributesUpdate", "cartBuyerIdentityUpdate", "cartComplete", "cartDeliveryAddressesAdd", "cartDeliveryAddressesRemove",
		"cartDeliveryAddressesUpdate", "cartDiscountCodesUpdate", "cartLinesAdd", "cartLinesRemove", "cartLinesUpdate", "cartNoteUpdate",
		"cartSelectedDeliveryOptionsUpdate",
	} {
		public[name] = "the secret in the cart's id is the right"
	}
	public["searchEventsRecord"] = "buyers are nobody, and it says nothing of anybody"
	public["orderPaymentCreate"] = "the secret in the order's id is the right"
	return public
}

// privateTypes are what no buyer ever sees. With each come its connection and its edges.
func privateTypes() []string {
	return []string{
		"ApiKey", "AuditEntry", "CardRefund", "Customer", "CustomerData", "DiscountCode", "Merchant", "OrderEvent", "SearchAnalytics", "SearchText", "Session", "StaffInvitation", "StaffMember", "StoreGrant", "Viewer",
	}
}

// openDoors are the fields that lead to private types without a guard, and why.
func openDoors() map[string]string {
	return map[string]string{
		"Query.viewer":                   "it shows whoever asks what is their own, and nothing to anybody else",
		"Query.customer":                 "whoever has the token is the customer",
		"CustomerSignInPayload.customer": "whoever knows the code is the customer",
		"CartBuyerIdentity.customer":     "whoever knows the cart's secret knows who fills it; orders and addresses are not shown",
		"CustomerUpdatePayload.customer": "whoever has the token is the customer",

		"CustomerDefaultAddressUpdatePayload.customer": "whoever has the token is the customer",

		"MerchantSignUpPayload.merchant": "whoever signs up is the merchant",
		"MerchantSignInPayload.merchant": "whoever knows the password is the merchant",
	}
}

// privateNodes are the private types that node finds. That it finds them for those alone who may see them is tested in
// resolvers, by TestNodesThatAreNotForEverybody: a type that comes in here goes in there.
func privateNodes() []string {
	return []string{"ApiKey", "Customer", "DiscountCode", "StaffInvitation", "StaffMember"}
}

func isPrivate(typ string) bool {
	return slices.Contains(privateTypes(), strings.TrimSuffix(strings.TrimSuffix(typ, "Connection"), "Edge"))
}

func TestEveryMutationIsGuarded(t *testing.T) {
	t.Parallel()
	public := publicMutations()
	for _, f := range parsedSDL(t).Mutation.Fields {
		guarded := f.Directives.ForName("auth") != nil
		require.NotEqual(t, guarded, public[f.Name] != "", "Mutation.%s needs @auth, or a reason in publicMutations, and not both", f.Name)
		delete(public, f.Name)
	}
	require.Empty(t, public, "there are no such mutations")
}

func TestScopesOfTheSchemaAreKnown(t *testing.T) {
	t.Parallel()
	guarded := 0
	for f := range fieldsOf(parsedSDL(t)) {
		scope, is := scopeOf(f.FieldDefinition)
		if !is {
			continue
		}
		guarded++
		require.True(t, scope == "" || slices.Contains(commerce.Scopes(), scope), "%s: there is no scope %q", f, scope)
	}
	require.Greater(t, guarded, 10)
}

// Private things are reached through guarded fields alone.
func TestPrivateTypesAreBehindGuards(t *testing.T) {
	t.Parallel()
	schema, doors := parsedSDL(t), openDoors()
	// A payload is behind a guard when every field that leads to it is.
	open := map[string]bool{}
	for f := range fieldsOf(schema) {
		if _, is := scopeOf(f.FieldDefinition); !is {
			open[f.Type.Name()] = true
		}
	}
	for f := range fieldsOf(schema) {
		if !isPrivate(f.Type.Name()) || isPrivate(f.owner) {
			continue
		}
		_, guarded := scopeOf(f.FieldDefinition)
		behind := guarded || f.owner != "Query" && f.owner != "Mutation" && !open[f.owner] && strings.HasSuffix(f.owner, "Payload")
		require.NotEqual(t, behind, doors[f.String()] != "", "%s needs @auth, or a reason in openDoors, and not both", f)
		delete(doors, f.String())
	}
	require.Empty(t, doors, "there are no such fields")
	var nodes []string
	for _, def := range schema.PossibleTypes["Node"] {
		if isPrivate(def.Name) {
			nodes = append(nodes, def.Name)
		}
	}
	slices.Sort(nodes)
	require.Equal(t, privateNodes(), nodes)
}

// ownedField is a field of an object type.
type ownedField struct {
	*ast.FieldDefinition

	owner string
}

// String is the field's coordinate.
func (f ownedField) String() string { return f.owner + "." + f.Name }

func fieldsOf(schema *ast.Schema) func(func(ownedField) bool) {
	return func(yield func(ownedField) bool) {
		for _, name := range slices.Sorted(maps.Keys(schema.Types)) {
			def := schema.Types[name]
			if def.BuiltIn || def.Kind != ast.Object {
				continue
			}
			for _, f := range def.Fields {
				if !strings.HasPrefix(f.Name, "__") && !yield(ownedField{f, name}) {
					return
				}
			}
		}
	}
}

// scopeOf is the scope that a field asks for, "" for none but being known.
func scopeOf(f *ast.FieldDefinition) (scope commerce.Scope, guarded bool) {
	d := f.Directives.ForName("auth")
	if d == nil {
		return "", false
	}
	if a := d.Arguments.ForName("scope"); a != nil {
		scope = commerce.Scope(a.Value.Raw)
	}
	return scope, true
}

// twoStores are a store of the viewer's and one of somebody else's. Both are published, so that nothing but the guard stands in
// the way.
type twoStores struct{}

func (twoStores) all() []*commerce.Store {
	return []*commerce.Store{{ID: 1, Handle: "corner", Status: commerce.StorePublished}, {ID: 2, Handle: "market", Status: commerce.StorePublished}}
}

func (s twoStores) StoresByID(context.Context, []commerce.StoreID) (map[commerce.StoreID]*commerce.Store, error) {
	return map[commerce.StoreID]*commerce.Store{1: s.all()[0], 2: s.all()[1]}, nil
}

func (s twoStores) StoresByHandle(context.Context, []string) (map[string]*commerce.Store, error) {
	return map[string]*commerce.Store{"corner": s.all()[0], "market": s.all()[1]}, nil
}

func (twoStores) Stores(context.Context, commerce.Page, string) (commerce.List[*commerce.Store], error) {
	return commerce.List[*commerce.Store]{}, nil
}

// ways lead to the objects whose fields carry a guard, in a store.
func ways() map[string]string {
	return map[string]string{
		"Query": "%", "Mutation": "%", "Store": `store(handle: "STORE") { % }`,
		"Collection":     `store(handle: "STORE") { collection(handle: "c") { % } }`,
		"Metafield":      `store(handle: "STORE") { metafield(key: "k") { % } }`,
		"Order":          `order(id: "gid://kirana/Order/NUMBER/1?key=k") { % }`,
		"Product":        `store(handle: "STORE") { product(handle: "p") { % } }`,
		"ProductVariant": `store(handle: "STORE") { product(handle: "p") { variants(first: 1) { nodes { % } } } }`,
	}
}

// oneOrder is an order in each store, oneProduct a product, oneVariant its variant, oneCollection a collection, and oneMetafield what each thing has.
type (
	oneCollection struct{ commerce.CollectionReader }
	oneMetafield  struct{ commerce.MetafieldReader }
	oneOrder      struct{ commerce.OrderReader }
	oneProduct    struct{ commerce.ProductReader }
	oneVariant    struct{ commerce.VariantReader }
)

func (oneProduct) ProductsByHandle(_ context.Context, refs []commerce.HandleRef) (map[commerce.HandleRef]*commerce.Product, error) {
	found := map[commerce.HandleRef]*commerce.Product{}
	for _, r := range refs {
		found[r] = &commerce.Product{StoreID: r.Store, ID: 1, Handle: r.Handle}
	}
	return found, nil
}

func (oneOrder) Orders(_ context.Context, keys []commerce.OrderKey) (map[commerce.OrderKey]*commerce.Order, error) {
	found := map[commerce.OrderKey]*commerce.Order{}
	for _, k := range keys {
		found[k] = &commerce.Order{StoreID: k.Store, ID: k.ID, Key: k.Key}
	}
	return found, nil
}

func (oneCollection) CollectionsByHandle(_ context.Context, refs []commerce.HandleRef) (map[commerce.HandleRef]*commerce.Collection, error) {
	found := map[commerce.HandleRef]*commerce.Collection{}
	for _, r := range refs {
		found[r] = &commerce.Collection{StoreID: r.Store, ID: 1, Handle: r.Handle}
	}
	return found, nil
}

func (oneMetafield) Metafields(_ context.Context, keys []commerce.MetafieldKey) (map[commerce.MetafieldKey]*commerce.Metafield, error) {
	found := map[commerce.MetafieldKey]*commerce.Metafield{}
	for _, k := range keys {
		found[k] = &commerce.Metafield{ID: 1, Owner: k.Owner, Key: k.Key}
	}
	return found, nil
}

func (oneVariant) VariantLists(_ context.Context, keys []commerce.ProductPageKey) (map[commerce.ProductPageKey]commerce.List[*commerce.ProductVariant], error) {
	found := map[commerce.ProductPageKey]commerce.List[*commerce.ProductVariant]{}
	for _, k := range keys {
		v := &commerce.ProductVariant{StoreID: k.Product.Store, ProductID: k.Product.ID, ID: 1}
		found[k] = commerce.NewList(k.Page, []commerce.Item[*commerce.ProductVariant]{{Node: v, ID: 1}})
	}
	return found, nil
}

// asking asks for one field, with the least that it must be given.
func asking(t *testing.T, schema *ast.Schema, f ownedField, store string) string {
	t.Helper()
	way, known := ways()[f.owner]
	require.True(t, known, "say in ways how to reach a %s, for %s", f.owner, f)
	text := f.Name
	var arguments []string
	for _, a := range f.Arguments {
		if a.Type.NonNull && a.DefaultValue == nil || a.Name == "first" {
			arguments = append(arguments, a.Name+": "+someValue(schema, a.Type))
		}
	}
	if len(arguments) > 0 {
		text += "(" + strings.Join(arguments, ", ") + ")"
	}
	if def := schema.Types[f.Type.Name()]; def.IsCompositeType() {
		text += " { __typename }"
	}
	operation := "query"
	if f.owner == "Mutation" {
		operation = "mutation"
	}
	return operation + " { " + strings.NewReplacer("%", text, "STORE", store, "NUMBER", map[string]string{"corner": "1", "market": "2"}[store]).Replace(way) + " }"
}

// someValue is some value of a type, as it stands in a document.
func someValue(schema *ast.Schema, typ *ast.Type) string {
	if typ.Elem != nil {
		return "[" + someValue(schema, typ.Elem) + "]"
	}
	switch def := schema.Types[typ.NamedType]; {
	case def.Kind == ast.Enum:
		return def.EnumValues[0].Name
	case def.Kind == ast.InputObject:
		var fields []string
		for _, f := range def.Fields {
			if f.Type.NonNull && f.DefaultValue == nil {
				fields = append(fields, f.Name+": "+someValue(schema, f.Type))
			}
		}
		return "{" + strings.Join(fields, ", ") + "}"
	case typ.NamedType == "Int" || typ.NamedType == "Float" || typ.NamedType == "Decimal":
		return "1"
	case typ.NamedType == "Boolean":
		return "true"
	case typ.NamedType == "ID":
		return `"gid://kirana/Store/1"`
	case typ.NamedType == "Decimal":
		return `"1"`
	case typ.NamedType == "Date":
		return `"2026-11-26"`
	case typ.NamedType == "DateTime":
		return `"2026-11-26T09:30:00Z"`
	}
	return `"x"`
}

// answered is the code of the only fault of an answer, "" for none. What is behind a guard has no servers here, so a field that
// was let through answers INTERNAL at worst.
func answered(t *testing.T, h http.Handler, r auth.Request, query string) string {
	t.Helper()
	body, err := json.Marshal(map[string]string{"query": query})
	require.NoError(t, err)
	request := httptest.NewRequestWithContext(auth.With(t.Context(), r), http.MethodPost, "/graphql", strings.NewReader(string(body)))
	request.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, request)
	var a struct {
		Errors []struct {
			Message    string
			Extensions map[string]any
		}
	}
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &a), w.Body.String())
	if len(a.Errors) == 0 {
		return ""
	}
	code, _ := a.Errors[0].Extensions["code"].(string)
	require.NotContains(t, []string{"GRAPHQL_VALIDATION_FAILED", "GRAPHQL_PARSE_FAILED"}, code, "%s: %s", query, a.Errors[0].Message)
	return code
}

// Both executors refuse every guarded field to everybody but those whom it is for: in the store of the object, or in the
// current store for fields of the roots.
func TestBothExecutorsGuard(t *testing.T) {
	t.Parallel()
	schema := parsedSDL(t)
	config := generated.Config{Schema: publicSchema(), Resolvers: &resolvers.Resolver{Stores: twoStores{}}, Directives: directives()}
	for name, executable := range map[string]graphql.ExecutableSchema{
		"plans": generated.NewPlan(config), "gqlgen": generated.NewExecutableSchema(config),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, err := newHandler(executable, Options{
				Logger: slog.New(slog.DiscardHandler),
				PerResponse: func(ctx context.Context, _ bool) context.Context {
					return dataloader.With(ctx, dataloader.New(dataloader.Readers{Stores: twoStores{}, Products: oneProduct{}, Variants: oneVariant{}, Collections: oneCollection{}, Metafields: oneMetafield{}, Orders: oneOrder{}}))
				},
			})
			require.NoError(t, err)
			for f := range fieldsOf(schema) {
				if scope, guarded := scopeOf(f.FieldDefinition); guarded {
					requireGuarded(t, h, schema, f, scope)
				}
			}
		})
	}
}

func requireGuarded(t *testing.T, h http.Handler, schema *ast.Schema, f ownedField, scope commerce.Scope) {
	t.Helper()
	with := func(store commerce.StoreID, handle string, scopes ...commerce.Scope) *commerce.Viewer {
		return &commerce.Viewer{Merchant: 7, Grants: []commerce.Grant{{Store: store, Handle: handle, Scopes: scopes}}}
	}
	corner, refusals := asking(t, schema, f, "corner"), []string{"UNAUTHENTICATED", "FORBIDDEN", "STORE_REQUIRED", "STORE_NOT_FOUND"}
	require.Equal(t, "UNAUTHENTICATED", answered(t, h, auth.Request{StoreHandle: "corner"}, corner), "%s, nobody", f)
	if scope == "" {
		require.NotContains(t, refusals, answered(t, h, auth.Request{Viewer: &commerce.Viewer{Merchant: 7}}, corner), "%s, somebody", f)
		return
	}
	all := slices.DeleteFunc(commerce.Scopes(), func(s commerce.Scope) bool { return s == scope })
	require.Equal(t, "FORBIDDEN", answered(t, h, auth.Request{StoreHandle: "corner", Viewer: with(1, "corner", all...)}, corner), "%s, every other scope", f)
	elsewhere := "STORE_NOT_FOUND" // the store of a root's field may be a draft
	if f.owner != "Query" && f.owner != "Mutation" {
		elsewhere = "FORBIDDEN"
		require.NotContains(t, refusals, answered(t, h, auth.Request{Viewer: with(1, "corner", scope)}, corner),
			"%s: it is not seen to belong to a store; does its Go type have a Tenant?", f)
		current := "corner"
		if f.owner == "Order" {
			current = "" // an order of another store than the current one is not found at all
		}
		require.Equal(t, "FORBIDDEN", answered(t, h, auth.Request{StoreHandle: current, Viewer: with(1, "corner", scope)}, asking(t, schema, f, "market")),
			"%s of another store", f)
	}
	require.Equal(t, elsewhere, answered(t, h, auth.Request{StoreHandle: "corner", Viewer: with(2, "market", scope)}, corner), "%s, in another store", f)
	require.NotContains(t, refusals, answered(t, h, auth.Request{StoreHandle: "corner", Viewer: with(1, "corner", scope)}, corner), "%s, whom it is for", f)
}
