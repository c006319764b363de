'use strict';

// Starts GraphiQL. The schema comes from /schema.graphql, so that docs and completion work where introspection is off.
(function () {
  const h = React.createElement;
  const container = document.getElementById('playground');
  const examples = JSON.parse(document.getElementById('examples').textContent);
  const session = window.kiranaSession;

  // The session hears every answer before GraphiQL shows it.
  function listening(url, options) {
    return session.send(url, options).then(function (response) {
      response.clone().json().then(session.learn, function () {});
      return response;
    });
  }

  // Examples are the tasks of buyers and merchants; a click opens one in a tab of its own.
  function Examples() {
    const editors = GraphiQL.React.useEditorContext();
    function open(query) {
      editors.addTab();
      setTimeout(function () { editors.queryEditor.setValue(query); }); // once the tab is there
    }
    return h('div', { className: 'kirana-examples' },
      examples.map(function (group) {
        return h('section', { key: group.title },
          h('h2', null, group.title),
          h('ul', null, group.documents.map(function (query) {
            const name = /^(?:query|mutation)\s+(\w+)/m.exec(query)[1];
            const about = /^#\s*(.*)/.exec(query);
            return h('li', { key: name },
              h('button', { type: 'button', onClick: function () { open(query); } }, name.replace(/(.)([A-Z])/g, '$1 $2')),
              about && h('p', null, about[1]));
          })));
      }));
  }

  const plugin = {
    title: 'Examples',
    icon: function () {
      return h('svg', { viewBox: '0 0 24 24', width: 20, height: 20, fill: 'none', stroke: 'currentColor', strokeWidth: 1.5 },
        h('path', { d: 'M5 4h14v16l-7-4-7 4z', strokeLinejoin: 'round' }));
    },
    content: Examples,
  };

  function start(schema) {
    ReactDOM.createRoot(container).render(
      h(
        GraphiQL,
        {
          fetcher: GraphiQL.createFetcher({ url: '/graphql', fetch: listening }),
          schema,
          plugins: [plugin],
          defaultTabs: examples[0].documents.map(function (query) { return { query }; }),
          defaultEditorToolsVisibility: 'variables',
        },
        h(GraphiQL.Logo, null, h('span', { className: 'kirana-logo' }, 'Kirana')),
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
