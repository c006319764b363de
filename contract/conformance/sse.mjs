// GraphQL over server-sent events, "distinct connections mode", as the client graphql-sse speaks it. The arguments are those
// of ws.mjs.
import { createClient } from 'graphql-sse';
import { assert, equal, runAll } from './cases.mjs';
import { report } from './tool.mjs';

const [url, streams] = process.argv.slice(2);
const query = streams ? '{ running }' : '{ stores(first: 1) { nodes { id } } }';

const connect = (options = {}) => createClient({ url, singleConnection: false, retryAttempts: 0, ...options });

/** Runs an operation to its end. */
async function collect(client, text) {
  const results = [];
  for await (const result of client.iterate({ query: text })) results.push(result);
  return results;
}

const post = (body, headers = {}) =>
  fetch(url, { method: 'POST', headers: { 'content-type': 'application/json', accept: 'text/event-stream', ...headers }, body });

const queries = {
  'client: one query': async () => {
    const results = await collect(connect(), query);
    equal(results.length, 1);
    assert(results[0].data && !results[0].errors, JSON.stringify(results));
  },
  'client: errors of a request reach it': async () => {
    const [result] = await collect(connect(), '{ nothing }');
    equal(result.errors?.[0]?.extensions?.code, 'GRAPHQL_VALIDATION_FAILED');
  },
  'client: forty queries on distinct connections': async () => {
    const all = await Promise.all(Array.from({ length: 40 }, () => collect(connect(), query)));
    assert(all.every(([r]) => r.data), 'an answer without data');
  },
  'a stream has its media type, and is not kept': async () => {
    const response = await post(JSON.stringify({ query }));
    equal(response.status, 200);
    assert(/^text\/event-stream/.test(response.headers.get('content-type')), response.headers.get('content-type'));
    await response.text();
  },
  'events are named, and the last is complete': async () => {
    const text = await (await post(JSON.stringify({ query }))).text();
    const events = text.split('\n\n').map((e) => /^event: (.*)$/m.exec(e)?.[1]).filter(Boolean);
    equal(events, ['next', 'complete']);
  },
  'a body that is not JSON is refused without a stream': async () => {
    const response = await post('{');
    equal(response.status, 400);
    assert(/json/.test(response.headers.get('content-type')), response.headers.get('content-type'));
    assert((await response.json()).errors.length > 0, 'no errors');
  },
  'the single connection mode is refused, not half done': async () => {
    const response = await fetch(url, { method: 'PUT', headers: { accept: 'text/plain' } });
    assert(response.status >= 400 && response.status < 500, response.status);
    await response.text();
  },
};

const running = async () => (await collect(connect(), '{ running }'))[0].data.running;

/** Waits until the server has that many streams. */
async function until(n) {
  while ((await running()) !== n) await new Promise((resolve) => setTimeout(resolve, 10));
}

const subscriptions = {
  'client: the events of a subscription in order': async () => {
    equal((await collect(connect(), 'subscription { count }')).map((r) => r.data.count), [0, 1, 2]);
  },
  'client: twenty subscriptions at a time': async () => {
    const all = await Promise.all(Array.from({ length: 20 }, () => collect(connect(), 'subscription { count }')));
    for (const results of all) equal(results.map((r) => r.data.count), [0, 1, 2]);
  },
  'client: to leave the loop is to end the stream': async () => {
    for await (const result of connect().iterate({ query: 'subscription { forever }' })) {
      equal(result.data, { forever: 0 });
      equal(await running(), 1);
      break;
    }
    await until(0);
  },
  'client: an event with an error is an event': async () => {
    const results = await collect(connect(), 'subscription { fails }');
    equal([results.length, Array.isArray(results[0].errors)], [1, true]);
  },
  'client: ten that leave at once, and one that stays': async () => {
    const staying = connect().iterate({ query: 'subscription { forever }' });
    equal((await staying.next()).value.data, { forever: 0 });
    await Promise.all(
      Array.from({ length: 10 }, async () => {
        const leaving = connect().iterate({ query: 'subscription { forever }' });
        await leaving.next();
        await leaving.return();
      }),
    );
    await until(1);
    await staying.return();
    await until(0);
  },
};

report(await runAll(streams ? subscriptions : queries));
process.exit(); // a server that does not end its streams must not keep this process
