'use strict';

// Starts GraphiQL. The schema comes from /schema.graphql, so that docs and completion work where introspection is off.
(function () {
  const container = document.getElementById('playground');
  const examples = JSON.parse(document.getElementById('examples').textContent);
  const fetcher = GraphiQL.createFetcher({ url: '/graphql' });

  function start(schema) {
    ReactDOM.createRoot(container).render(
      React.createElement(
        GraphiQL,
        {
          fetcher,
          schema,
          defaultTabs: examples.map(function (query) { return { query }; }),
          defaultEditorToolsVisibility: 'variables',
        },
        React.createElement(
          GraphiQL.Logo,
          null,
          React.createElement('span', { className: 'kirana-logo' }, 'Kirana'),
        ),
      ),
    );
  }

  fetch('/schema.graphql')
    .then(function (response) {
      if (!response.ok) throw new Error('status ' + response.status);
      return response.text();
    })
    .then(function (sdl) { return GraphiQL.GraphQL.buildSchema(sdl); })
    .catch(function () { return undefined; }) // GraphiQL asks the API itself then
    .then(start);
})();
