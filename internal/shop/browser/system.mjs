// The system that `make pages` and `make buyer` look at, and how they look.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

/** Where the repository is. */
export const root = resolve(dirname(fileURLToPath(import.meta.url)), '../../..');

/** What stands behind an option of the command line. */
export const option = (name) => (process.argv.includes(name) ? process.argv[process.argv.indexOf(name) + 1] : undefined);

/** Starts the browser: Chromium, as installed; TEST_CHROMIUM names another. */
export const launch = () => chromium.launch({ executablePath: process.env.TEST_CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox', '--force-color-profile=srgb', '--hide-scrollbars'] });

/** The system that --url names, or one of its own with such flags, and the link to the store in it. */
export async function open(...flags) {
  const system = option('--url') ? { url: option('--url'), dir: option('--data-dir'), stop: async () => {} } : await start(flags);
  try {
    return { ...system, link: await furnish(system.url, system.dir) };
  } catch (fault) {
    await system.stop();
    throw fault;
  }
}

/** Starts kirana dev on servers and data of its own. */
async function start(flags) {
  const dir = mkdtempSync(join(tmpdir(), 'kirana-pages-'));
  const child = spawn(join(root, 'bin/kirana'), ['dev', '--addr', '127.0.0.1:0', '--data-dir', dir, ...flags], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise((done) => child.once('close', done));
  const stop = async () => {
    child.kill('SIGINT');
    await ended;
    rmSync(dir, { recursive: true, force: true });
  };
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.startsWith('ready ')) return { url: line.slice('ready '.length).replace(/\/graphql$/, ''), dir, stop };
  }
  await stop();
  throw new Error('kirana dev was never ready');
}

/** A merchant opens a store with the groceries of the demo, that can be fetched or sent, gives out a code, and shares the link. */
async function furnish(url, dir) {
  const ask = async (query, variables, token) => {
    const headers = { 'content-type': 'application/json', 'kirana-store': 'till', ...(token && { authorization: `Bearer ${token}` }) };
    const { data, errors } = await (await fetch(`${url}/graphql`, { method: 'POST', headers, body: JSON.stringify({ query, variables }) })).json();
    const refused = Object.values(data ?? {}).flatMap((one) => one?.userErrors ?? []);
    if (errors || refused.length) throw new Error(JSON.stringify(errors ?? refused));
    return data;
  };
  const { store } = await ask('{ store(handle: "till") { url } }');
  if (store) return store.url;
  const { merchantSignUp: { token } } = await ask('mutation { merchantSignUp(input: {email: "asha@till.example", password: "a long walk home", name: "Asha"}) { token userErrors { message } } }');
  await ask('mutation { storeCreate(input: {name: "Asha’s Corner", handle: "till", currencyCode: INR}) { userErrors { message } } }', {}, token);
  await run('import', '--data-dir', dir, '--store', 'till', join(root, 'demo/corner.csv'));
  const { store: { locations } } = await ask('{ store { locations(first: 1) { nodes { id } } } }', {}, token);
  const { storePublish: { store: { url: link } } } = await ask(`mutation ($shop: ID!) {
    storePublish { store { url } userErrors { message } }
    deliverySettingsSet(input: {pickups: [{locationId: $shop, description: "Seven in the morning to nine at night"}], zones: [
      {name: "India", areas: [{country: IN}], rates: [{title: "To the door", description: "Tomorrow", price: 40, freeFrom: 2000}]},
      {name: "Nepal", areas: [{country: NP}], rates: [{title: "By road", description: "A week", price: 900}]}]}) { userErrors { message } }
    discountCodeCreate(input: {discountCode: {code: "WELCOME", type: PERCENTAGE, percentage: 10}}) { userErrors { message } }
  }`, { shop: locations.nodes[0].id }, token);
  return link;
}

/** Runs the program to its end. */
async function run(...args) {
  const child = spawn(join(root, 'bin/kirana'), args, { stdio: ['ignore', 'ignore', 'inherit'] });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`kirana ${args[0]} ended with ${code}`);
}

/** Presses a button, and waits for the page that it leads to. */
export async function press(tab, button) {
  const [answer] = await Promise.all([tab.waitForNavigation({ waitUntil: 'load' }), tab.click(button)]);
  return answer;
}

/** What is wrong with a page as it stands in the browser. It is run there. */
export function faults() {
  const found = [];
  const { scrollWidth, clientWidth } = document.documentElement;
  if (scrollWidth > clientWidth) found.push(`the page is ${scrollWidth} wide on a screen of ${clientWidth}`);
  for (const target of document.querySelectorAll('a, button, select, summary, input:not([type=hidden])')) {
    const box = (['checkbox', 'radio'].includes(target.type) ? target.closest('label') : target).getBoundingClientRect();
    if (target.closest('.prose, .skip, .first') || !target.checkVisibility() || box.width === 0) continue;
    if (box.height < 43.5 || box.width < 43.5) found.push(`${target.tagName} "${target.textContent.trim().slice(0, 40)}" is ${Math.round(box.width)} × ${Math.round(box.height)}`);
  }
  for (const line of document.querySelectorAll('.what')) {
    const texts = [];
    for (const nodes = document.createTreeWalker(line, NodeFilter.SHOW_TEXT); nodes.nextNode();) {
      const range = document.createRange();
      range.selectNodeContents(nodes.currentNode);
      if (nodes.currentNode.data.trim() && !nodes.currentNode.parentElement.closest('.unseen')) texts.push([nodes.currentNode.data.trim(), range.getBoundingClientRect()]);
    }
    for (let i = 1; i < texts.length; i++) {
      if (texts[i][1].top < texts[i - 1][1].bottom - 4 && texts[i][1].left < texts[i - 1][1].right) found.push(`"${texts[i][0]}" stands over "${texts[i - 1][0]}"`);
    }
  }
  for (const picture of document.images) {
    if (picture.complete && picture.naturalWidth === 0 && !picture.closest('.prose')) found.push(`the picture ${picture.src} does not load`);
  }
  if (window.shift > 0.01) found.push(`the layout jumped by ${window.shift}`);
  return found;
}
