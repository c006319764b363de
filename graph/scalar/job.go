package scalar

import (
	"slices"

	"github.com/99designs/gqlgen/graphql"

	"github.com/kirana-commerce/kirana/commerce"
	"github.com/kirana-commerce/kirana/graph/plan"
)

// AppendJobKind renders the kind of a job.
func AppendJobKind(b []byte, k commerce.JobKind) []byte { return plan.AppendText(b, k) }

// MarshalJobKind renders the kind of a job.
func MarshalJobKind(k commerce.JobKind) graphql.Marshaler { return appended(AppendJobKind, k) }

// UnmarshalJobKind reads the kind of a job.
func UnmarshalJobKind(v any) (commerce.JobKind, error) {
	return enum(v, func(k commerce.JobKind) bool {
		return k == commerce.JobProductsImport || k == commerce.JobProductsExport
	})
}

// AppendJobState renders the state of a job.
func AppendJobState(b []byte, s commerce.JobState) []byte { return plan.AppendText(b, s) }

// MarshalJobState renders the state of a job.
func MarshalJobState(s commerce.JobState) graphql.Marshaler { return appended(AppendJobState, s) }

// UnmarshalJobState reads the state of a job.
func UnmarshalJobState(v any) (commerce.JobState, error) {
	return enum(v, func(s commerce.JobState) bool { return slices.Contains(commerce.JobStates(), s) })
}

// AppendImportFormat renders a kind of file.
func AppendImportFormat(b []byte, f commerce.ImportFormat) []byte { return plan.AppendText(b, f) }

// MarshalImportFormat renders a kind of file.
func MarshalImportFormat(f commerce.ImportFormat) graphql.Marshaler {
	return appended(AppendImportFormat, f)
}

// UnmarshalImportFormat reads a kind of file.
func UnmarshalImportFormat(v any) (commerce.ImportFormat, error) {
	return enum(v, func(f commerce.ImportFormat) bool {
		switch f {
		case commerce.ImportAuto, commerce.ImportShopify, commerce.ImportPriceList, commerce.ImportChat:
			return true
		}
		return false
	})
}
