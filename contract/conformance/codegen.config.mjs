// What a client in TypeScript runs: types for its documents, and the manifest of the documents it registers.
export default {
  schema: '../schema.graphql',
  documents: ['../documents/*.graphql', '../../graph/playground/examples/1-buyer/*.graphql'],
  generates: {
    'out/client/': {
      preset: 'client',
      presetConfig: { persistedDocuments: { hashAlgorithm: 'sha256' } },
      config: {
        scalars: { Color: 'string', Date: 'string', DateTime: 'string', Decimal: 'string', HTML: 'string', JSON: 'string', URL: 'string' },
        strictScalars: true, // a new scalar must be mapped here, as every client must map it
        useTypeImports: true,
      },
    },
  },
};
