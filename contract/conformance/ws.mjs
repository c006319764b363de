// The protocol graphql-transport-ws, as the client graphql-ws speaks it, and message by message where no client would go.
// The first argument is the address of the API. With a second one, the server is the one of graph/client_test.go, which has
// subscriptions: count sends 0, 1, 2 and ends, forever sends one event and stays, fails sends an error, and the query running
// says how many streams of forever there are.
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { assert, equal, runAll } from './cases.mjs';
import { report } from './tool.mjs';

const [address, streams] = process.argv.slice(2);
const url = address.replace(/^http/, 'ws');
const query = streams ? '{ running }' : '{ stores(first: 1) { nodes { id } } }';
const init = { type: 'connection_init' };
const subscribe = (id, text = query) => ({ id, type: 'subscribe', payload: { query: text } });

/** A connection without a client: what is sent is sent, what comes is kept until it is asked for. */
function open(protocols = ['graphql-transport-ws']) {
  const socket = new WebSocket(url, protocols);
  const messages = [];
  const waiting = [];
  const closed = new Promise((resolve) => socket.on('close', (code, reason) => resolve({ code, reason: String(reason) })));
  socket.on('error', () => {}); // the close says more
  socket.on('message', (data) => (waiting.length ? waiting.shift()(JSON.parse(data)) : messages.push(JSON.parse(data))));
  return {
    socket,
    closed,
    opened: new Promise((resolve) => socket.on('open', resolve)),
    send: (...list) => list.forEach((m) => socket.send(typeof m === 'object' && !Buffer.isBuffer(m) ? JSON.stringify(m) : m)),
    next: () =>
      messages.length
        ? Promise.resolve(messages.shift())
        : Promise.race([
            new Promise((resolve) => waiting.push(resolve)),
            closed.then((c) => Promise.reject(new Error(`closed with ${c.code} ${c.reason}`))),
          ]),
    end: () => socket.terminate(),
  };
}

/** An acknowledged connection. */
async function begun() {
  const c = open();
  await c.opened;
  c.send(init);
  equal((await c.next()).type, 'connection_ack');
  return c;
}

/** Sends messages on a connection and expects it to be closed with a code. */
const closes = (code, messages, { acknowledged = true, protocols } = {}) => async () => {
  const c = acknowledged ? await begun() : open(protocols);
  await c.opened;
  c.send(...messages);
  equal((await c.closed).code, code);
};

/** Asks for a pong: all that was sent before has been read when it comes. Returns what came in between. */
async function barrier(c) {
  const between = [];
  c.send({ type: 'ping' });
  for (;;) {
    const m = await c.next();
    if (m.type === 'pong') return between;
    between.push(m);
  }
}

/** Runs an operation with a client to its end. */
function collect(client, text) {
  return new Promise((resolve, reject) => {
    const results = [];
    client.subscribe({ query: text }, { next: (r) => results.push(r), error: reject, complete: () => resolve(results) });
  });
}

const connect = (options = {}) => createClient({ url, webSocketImpl: WebSocket, retryAttempts: 0, ...options });

/** What needs no subscription. */
const queries = {
  'close 4400: a message that is not JSON': closes(4400, ['{']),
  'close 4400: a message that is no object': closes(4400, ['"hello"']),
  'close 4400: an unknown type': closes(4400, [{ type: 'hello' }]),
  'close 4400: a type that only servers send': closes(4400, [{ id: '1', type: 'next', payload: {} }]),
  'close 4400: subscribe without an id': closes(4400, [{ type: 'subscribe', payload: { query } }]),
  'close 4400: subscribe without a payload': closes(4400, [{ id: '1', type: 'subscribe' }]),
  'close 4400: subscribe without a query': closes(4400, [{ id: '1', type: 'subscribe', payload: {} }]),
  'close 4400: not JSON before connection_init': closes(4400, ['{'], { acknowledged: false }),
  'close 4401: subscribe before connection_init': closes(4401, [subscribe('1')], { acknowledged: false }),
  'close 4406: no subprotocol': closes(4406, [], { acknowledged: false, protocols: [] }),
  'close 4408: connection_init does not come': closes(4408, [], { acknowledged: false }),
  'close 4429: connection_init twice': closes(4429, [init]),
  'close 4429: connection_init twice at once': closes(4429, [init, init], { acknowledged: false }),
  'a page of another origin is kept out': async () => {
    const socket = new WebSocket(url, ['graphql-transport-ws'], { origin: 'https://evil.example' });
    const status = await new Promise((resolve) => {
      socket.on('unexpected-response', (_, response) => resolve(response.statusCode));
      socket.on('open', () => resolve('open'));
      socket.on('error', () => {});
    });
    equal(status, 403);
  },
  'connection_init with a payload': async () => {
    const c = open();
    await c.opened;
    c.send({ ...init, payload: { token: 'x' } });
    equal((await c.next()).type, 'connection_ack');
    c.end();
  },
  'ping is answered with pong': async () => {
    const c = await begun();
    c.send({ type: 'ping', payload: { n: 1 } });
    equal((await c.next()).type, 'pong');
    c.end();
  },
  'a pong that nobody asked for is fine': async () => {
    const c = await begun();
    c.send({ type: 'pong' });
    equal(await barrier(c), []);
    c.end();
  },
  'a query: next, then complete': async () => {
    const c = await begun();
    c.send(subscribe('q'));
    const next = await c.next();
    equal([next.id, next.type, Object.keys(next.payload)[0]], ['q', 'next', 'data']);
    equal(await c.next(), { id: 'q', type: 'complete' });
    c.end();
  },
  'an id is free again when its operation is complete': async () => {
    const c = await begun();
    for (let i = 0; i < 5; i++) {
      c.send(subscribe('q'));
      equal([(await c.next()).type, (await c.next()).type], ['next', 'complete']);
    }
    c.end();
  },
  'a request that is not valid: error, and the connection lives': async () => {
    const c = await begun();
    c.send(subscribe('q', '{ nothing }'));
    const error = await c.next();
    equal([error.id, error.type, Array.isArray(error.payload)], ['q', 'error', true]);
    equal(error.payload[0].extensions.code, 'GRAPHQL_VALIDATION_FAILED');
    equal(await barrier(c), []); // and no complete after the error
    c.send(subscribe('q'));
    equal((await c.next()).type, 'next');
    c.end();
  },
  'complete of an id that is not there is ignored': async () => {
    const c = await begun();
    c.send({ id: 'nothing', type: 'complete' });
    equal(await barrier(c), []);
    c.end();
  },
  'connections do not share ids': async () => {
    const [a, b] = [await begun(), await begun()];
    a.send(subscribe('1'));
    b.send(subscribe('1'));
    equal([(await a.next()).type, (await b.next()).type], ['next', 'next']);
    a.end();
    b.send(subscribe('2'));
    equal((await b.next()).id, '1'); // its complete
    equal((await b.next()).id, '2');
    b.end();
  },
  'client: one query': async () => {
    const client = connect();
    const [result] = await collect(client, query);
    assert(result.data && !result.errors, JSON.stringify(result));
    await client.dispose();
  },
  'client: forty queries at a time on one connection': async () => {
    let connections = 0;
    const client = connect({ on: { connected: () => connections++ } });
    const all = await Promise.all(Array.from({ length: 40 }, () => collect(client, query)));
    assert(all.every(([r]) => r.data), 'an answer without data');
    equal(connections, 1);
    await client.dispose();
  },
  'client: errors of a request reach it': async () => {
    const client = connect();
    const errors = await collect(client, '{ nothing }').then(() => [], (e) => e);
    equal(errors[0]?.extensions?.code, 'GRAPHQL_VALIDATION_FAILED');
    await client.dispose();
  },
  'client: pings of its own keep the connection alive': async () => {
    let client;
    const ponged = new Promise((resolve) => {
      client = connect({ lazy: false, keepAlive: 50, on: { pong: (received) => received && resolve() } });
    });
    await ponged;
    await client.dispose();
  },
  'client: it is gone without a word, and the server lives': async () => {
    const c = await begun();
    c.send(subscribe('1'));
    c.end();
    const client = connect();
    equal((await collect(client, query)).length, 1);
    await client.dispose();
  },
};

const running = async () => {
  const client = connect();
  const [result] = await collect(client, '{ running }');
  await client.dispose();
  return result.data.running;
};

/** Waits until the server has that many streams. */
async function until(n) {
  while ((await running()) !== n) await new Promise((resolve) => setTimeout(resolve, 10));
}

const subscriptions = {
  'close 4409: an id twice': async () => {
    await closes(4409, [subscribe('1', 'subscription { forever }'), subscribe('1', 'subscription { forever }')])();
    await until(0); // its streams end with the connection
  },
  'a subscription: its events in order, then complete': async () => {
    const c = await begun();
    c.send(subscribe('s', 'subscription { count }'));
    for (let i = 0; i < 3; i++) equal(await c.next(), { id: 's', type: 'next', payload: { data: { count: i } } });
    equal(await c.next(), { id: 's', type: 'complete' });
    equal(await barrier(c), []);
    c.end();
  },
  'complete from the client ends the stream, and nothing comes after': async () => {
    const c = await begun();
    c.send(subscribe('s', 'subscription { forever }'));
    equal((await c.next()).type, 'next');
    equal(await running(), 1);
    c.send({ id: 's', type: 'complete' });
    await barrier(c);
    await until(0);
    equal(await barrier(c), []);
    c.end();
  },
  'complete races with the first event': async () => {
    const c = await begun();
    for (let i = 0; i < 100; i++) c.send(subscribe(`${i}`, 'subscription { forever }'), { id: `${i}`, type: 'complete' });
    const between = await barrier(c);
    assert(between.every((m) => m.type === 'next'), JSON.stringify(between.find((m) => m.type !== 'next')));
    equal(await barrier(c), []);
    c.send(subscribe('after', 'subscription { count }'));
    equal((await c.next()).payload, { data: { count: 0 } });
    await until(0);
    c.end();
  },
  'complete races with the end of the stream': async () => {
    const c = await begun();
    for (let i = 0; i < 50; i++) {
      c.send(subscribe('s', 'subscription { count }'));
      for (let n = 0; n < 3; n++) equal((await c.next()).type, 'next');
      c.send({ id: 's', type: 'complete' });
      const rest = await barrier(c);
      assert(rest.every((m) => m.type === 'complete' && m.id === 's'), JSON.stringify(rest));
    }
    c.end();
  },
  'an id is free again as soon as the client has ended it': async () => {
    const c = await begun();
    c.send(subscribe('s', 'subscription { forever }'));
    equal((await c.next()).payload, { data: { forever: 0 } });
    c.send({ id: 's', type: 'complete' }, subscribe('s', 'subscription { count }')); // in one breath
    for (let i = 0; i < 3; i++) equal(await c.next(), { id: 's', type: 'next', payload: { data: { count: i } } });
    equal(await c.next(), { id: 's', type: 'complete' });
    c.end();
  },
  'streams end with their connection': async () => {
    const c = await begun();
    for (let i = 0; i < 10; i++) c.send(subscribe(`${i}`, 'subscription { forever }'));
    for (let i = 0; i < 10; i++) equal((await c.next()).type, 'next');
    await until(10);
    c.end();
    await until(0);
  },
  'streams of one connection do not wait for each other': async () => {
    const c = await begun();
    c.send(subscribe('slow', 'subscription { forever }'));
    equal((await c.next()).id, 'slow');
    c.send(subscribe('fast', 'subscription { count }'));
    for (const type of ['next', 'next', 'next', 'complete']) equal((await c.next()).type, type);
    c.end();
  },
  'an event with an error is an event': async () => {
    const c = await begun();
    c.send(subscribe('s', 'subscription { fails }'));
    const next = await c.next();
    equal([next.type, Array.isArray(next.payload.errors)], ['next', true]);
    equal((await c.next()).type, 'complete');
    c.end();
  },
  'client: twenty subscriptions at a time': async () => {
    const client = connect();
    const all = await Promise.all(Array.from({ length: 20 }, () => collect(client, 'subscription { count }')));
    for (const results of all) equal(results.map((r) => r.data.count), [0, 1, 2]);
    await client.dispose();
  },
  'client: to leave the loop is to end the stream': async () => {
    const client = connect();
    for await (const result of client.iterate({ query: 'subscription { forever }' })) {
      equal(result.data, { forever: 0 });
      equal(await running(), 1);
      break;
    }
    await until(0);
    await client.dispose();
  },
};

report(await runAll(streams ? subscriptions : queries));
process.exit(); // a server that does not close must not keep this process
