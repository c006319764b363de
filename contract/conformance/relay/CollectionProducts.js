// A list that grows as the shopper scrolls, as Relay wants it: a fragment that can be refetched by the id of its node, over
// a connection. It compiles only if Node, PageInfo and connections have the shape that Relay knows.
import { graphql } from 'relay-runtime';

export const list = graphql`
  fragment CollectionProducts_collection on Collection
  @argumentDefinitions(count: { type: "Int", defaultValue: 12 }, cursor: { type: "String" })
  @refetchable(queryName: "CollectionProductsPaginationQuery") {
    title
    products(first: $count, after: $cursor) @connection(key: "CollectionProducts_products") {
      edges {
        node {
          ...CollectionProducts_card
        }
      }
    }
  }
`;

export const card = graphql`
  fragment CollectionProducts_card on Product {
    handle
    title
    featuredImage {
      url
    }
  }
`;

export const page = graphql`
  query CollectionProductsQuery($handle: String!) {
    collection(handle: $handle) {
      ...CollectionProducts_collection
    }
  }
`;
