package commerce

import "slices"

// Scope is a right in one store.
type Scope string

// The scopes there are.
const (
	ScopeCatalogRead    Scope = "catalog:read"
	ScopeCatalogWrite   Scope = "catalog:write"
	ScopeInventoryRead  Scope = "inventory:read"
	ScopeInventoryWrite Scope = "inventory:write"
	ScopeOrdersRead     Scope = "orders:read"
	ScopeOrdersWrite    Scope = "orders:write"
	ScopeCustomersRead  Scope = "customers:read"
	ScopeCustomersWrite Scope = "customers:write"
	ScopeSearchWrite    Scope = "search:write"
	ScopeStaffWrite     Scope = "staff:write"
	ScopeDocumentsWrite Scope = "documents:write"
)

// Scopes lists every scope.
func Scopes() []Scope {
	return []Scope{
		ScopeCatalogRead, ScopeCatalogWrite, ScopeInventoryRead, ScopeInventoryWrite, ScopeOrdersRead, ScopeOrdersWrite,
		ScopeCustomersRead, ScopeCustomersWrite, ScopeSearchWrite, ScopeStaffWrite, ScopeDocumentsWrite,
	}
}

// Role is what a merchant is in a store.
type Role string

// The roles, from the most rights to the fewest.
const (
	RoleOwner   Role = "OWNER"
	RoleManager Role = "MANAGER"
	RolePacker  Role = "PACKER"
)

// Scopes are the rights of a role: the owner has all, a manager all but those over staff and partners' documents, a packer
// those for sending orders out. An unknown role has none.
func (r Role) Scopes() []Scope {
	switch r {
	case RoleOwner:
		return Scopes()
	case RoleManager:
		return []Scope{
			ScopeCatalogRead, ScopeCatalogWrite, ScopeInventoryRead, ScopeInventoryWrite, ScopeOrdersRead, ScopeOrdersWrite,
			ScopeCustomersRead, ScopeCustomersWrite, ScopeSearchWrite,
		}
	case RolePacker:
		return []Scope{ScopeCatalogRead, ScopeInventoryRead, ScopeInventoryWrite, ScopeOrdersRead, ScopeOrdersWrite}
	}
	return nil
}

// Viewer is who asks: a merchant who has signed in, or an API key. Anonymous requests have none, a nil Viewer, which may do nothing.
type Viewer struct {
	// Merchant has signed in; 0 for an API key.
	Merchant MerchantID
	// Session is the merchant's session; 0 for an API key.
	Session SessionID
	// Key is the API key; 0 for a merchant.
	Key APIKeyID
	// Grants are the stores the viewer works in.
	Grants []Grant
	// Current is the current store of the request, as it was when the viewer was looked up; nil where the viewer does not work in
	// it, or where that was too long ago.
	Current *Store
}

// Later is the viewer at a time when what was read with them may have changed.
func (v *Viewer) Later() *Viewer {
	if v == nil || v.Current == nil {
		return v
	}
	later := *v
	later.Current = nil
	return &later
}

// Copy is a viewer of one response alone, whose grants may grow while it is made.
func (v *Viewer) Copy() *Viewer {
	if v == nil {
		return nil
	}
	own := *v
	own.Grants = slices.Clip(own.Grants)
	return &own
}

// Join notes that the merchant works in a store since a moment ago, so that the answer which tells them so can show it.
func (v *Viewer) Join(store *Store, role Role) {
	v.Grants = append(v.Grants, Grant{Store: store.ID, Handle: store.Handle, Role: role, Scopes: role.Scopes()})
}

// Grant is what a viewer may do in one store.
type Grant struct {
	Store  StoreID
	Handle string
	// Role is the merchant's, empty for an API key.
	Role   Role
	Scopes []Scope
}

// NamedRole is the role, nil for an API key.
func (g Grant) NamedRole() *Role {
	if g.Role == "" {
		return nil
	}
	return &g.Role
}

// ScopeNames are the scopes as texts.
func (g Grant) ScopeNames() []string { return scopeNames(g.Scopes) }

func scopeNames(scopes []Scope) []string {
	names := make([]string, len(scopes))
	for i, s := range scopes {
		names[i] = string(s)
	}
	return names
}

// May reports whether the viewer has the scope in the store.
func (v *Viewer) May(store StoreID, scope Scope) bool {
	if v == nil {
		return false
	}
	return slices.ContainsFunc(v.Grants, func(g Grant) bool { return g.Store == store && slices.Contains(g.Scopes, scope) })
}

// Grant finds what the viewer may do in the store with this handle.
func (v *Viewer) Grant(handle string) (Grant, bool) {
	if v == nil {
		return Grant{}, false
	}
	i := slices.IndexFunc(v.Grants, func(g Grant) bool { return g.Handle == handle })
	if i < 0 {
		return Grant{}, false
	}
	return v.Grants[i], true
}

// StoresWith are the stores in which the viewer has the scope.
func (v *Viewer) StoresWith(scope Scope) []StoreID {
	if v == nil {
		return nil
	}
	var stores []StoreID
	for _, g := range v.Grants {
		if slices.Contains(g.Scopes, scope) {
			stores = append(stores, g.Store)
		}
	}
	return stores
}

// Stores are all the stores that the viewer works in.
func (v *Viewer) Stores() []StoreID {
	if v == nil {
		return nil
	}
	stores := make([]StoreID, len(v.Grants))
	for i, g := range v.Grants {
		stores[i] = g.Store
	}
	return stores
}

// Author is the viewer as the audit log names it.
func (v *Viewer) Author() Author {
	if v == nil {
		return Author{}
	}
	return Author{Merchant: v.Merchant, Key: v.Key}
}

// Author is who changed something: a merchant, an API key, or, when it is zero, the operator at the command line.
type Author struct {
	Merchant MerchantID
	Key      APIKeyID
}

// Tenanted is a thing that belongs to a store. Private fields of it ask for a scope in that store.
type Tenanted interface {
	// Tenant is the store.
	Tenant() StoreID
}
