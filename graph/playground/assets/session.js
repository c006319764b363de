'use strict';

// Who is signed in to the Playground, and which store its requests are about. Both are sent with every request unless a tab's own
// headers say otherwise, and kept for as long as the browser's tab is open.
window.kiranaSession = (function () {
  const tokenBox = document.getElementById('token');
  const storeBox = document.getElementById('store');
  const storeList = document.getElementById('stores');
  const status = document.getElementById('status');
  const signOut = document.getElementById('sign-out');
  const viewerQuery = '{ viewer { merchant { email } stores { role store { handle name status } } } }';

  function keep(name, value) {
    if (value) sessionStorage.setItem(name, value);
    else sessionStorage.removeItem(name);
  }

  // headers are what the session adds to a request that has these.
  function headers(given) {
    const all = Object.assign({}, given);
    const names = Object.keys(all).map(function (name) { return name.toLowerCase(); });
    if (tokenBox.value && !names.includes('authorization')) all.Authorization = 'Bearer ' + tokenBox.value;
    if (storeBox.value && !names.includes('kirana-store')) all['Kirana-Store'] = storeBox.value;
    return all;
  }

  function send(url, options) {
    return fetch(url, Object.assign({}, options, { headers: headers(options.headers) }));
  }

  // describe shows who the token belongs to, and offers their stores.
  function describe() {
    signOut.hidden = !tokenBox.value;
    if (!tokenBox.value) {
      status.textContent = 'Not signed in: run the examples “SignUp” or “SignIn”, or paste a token.';
      storeList.replaceChildren();
      return;
    }
    fetch('/graphql', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Authorization: 'Bearer ' + tokenBox.value },
      body: JSON.stringify({ query: viewerQuery }),
    })
      .then(function (response) { return response.json(); })
      .then(function (answer) {
        const viewer = answer.data && answer.data.viewer;
        if (!viewer) throw new Error('no viewer');
        status.textContent = viewer.merchant ? 'Signed in as ' + viewer.merchant.email : 'Signed in with an API key';
        const grants = viewer.stores.filter(function (grant) { return grant.store; });
        storeList.replaceChildren.apply(storeList, grants.map(function (grant) {
          const option = document.createElement('option');
          option.value = grant.store.handle;
          option.label = grant.store.name + ', ' + grant.store.status.toLowerCase();
          return option;
        }));
        if (!storeBox.value && grants.length === 1) choose(grants[0].store.handle);
      })
      .catch(function () { status.textContent = 'This token is not valid, or not any more.'; });
  }

  function choose(handle) {
    storeBox.value = handle;
    keep('kirana-store', handle);
  }

  function useToken(token) {
    tokenBox.value = token;
    keep('kirana-token', token);
    describe();
  }

  // learn takes over what an answer tells: the token of who has just signed in, the store that was just opened.
  function learn(answer) {
    const data = (answer && answer.data) || {};
    Object.keys(data).forEach(function (name) {
      const payload = data[name];
      if (!payload || typeof payload !== 'object') return;
      if (typeof payload.token === 'string' && payload.token.startsWith('kst_')) useToken(payload.token);
      // Only what opens or changes a store has errors beside it: a query for a store has not.
      if (payload.store && payload.store.handle && payload.userErrors) {
        choose(payload.store.handle);
        describe();
      }
    });
  }

  tokenBox.value = sessionStorage.getItem('kirana-token') || '';
  storeBox.value = sessionStorage.getItem('kirana-store') || '';
  tokenBox.addEventListener('change', function () { useToken(tokenBox.value.trim()); });
  storeBox.addEventListener('change', function () { choose(storeBox.value.trim()); });
  signOut.addEventListener('click', function () {
    send('/graphql', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ query: 'mutation { merchantSignOut { userErrors { message } } }' }),
    }).finally(function () {
      choose('');
      useToken('');
    });
  });
  describe();
  return { send: send, learn: learn };
})();
