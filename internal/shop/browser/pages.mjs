// Looks at the stores' pages in a real browser: at three widths, in light and dark. It fails on anything that axe finds, on
// what the content security policy blocks, on a page wider than its screen, on a layout that jumps, and on targets too small
// for a thumb. Screenshots go to docs/pages, to be looked at before they are committed.
//
//   node pages.mjs [--url http://127.0.0.1:8080] [--png DIR] [--only NAME,NAME]
//
// Without --url it starts bin/kirana dev with the demo stores and the odd one of testdata. The browser is Chromium, as
// installed; TEST_CHROMIUM names another.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, '../../..');
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const option = (name) => (process.argv.includes(name) ? process.argv[process.argv.indexOf(name) + 1] : undefined);

const widths = [360, 768, 1280];
const schemes = ['light', 'dark'];

// shot: kept as a picture; at: only at these widths.
const pages = [
  { name: 'store', path: '/s/corner', shot: true },
  { name: 'search', path: '/s/boutique/search?q=cotton&o.size=M', shot: true },
  { name: 'product', path: '/s/boutique/p/everyday-cotton-kurta', shot: true },
  { name: 'odd-store', path: '/s/odd', shot: true, at: [360, 1280] },
  { name: 'long-title', path: '/s/odd/p/long-title', shot: true, at: [360] },
  { name: 'hindi', path: '/s/odd/p/hindi', shot: true, at: [360] },
  { name: 'right-to-left', path: '/s/odd/p/arabic', shot: true, at: [360] },
  { name: 'no-picture', path: '/s/odd/p/no-picture', shot: true, at: [360] },
  { name: 'filters', path: '/s/corner/search?available=1', shot: true, at: [360], open: true },
  { name: 'many-options', path: '/s/odd/p/many-options' },
  { name: 'one-word', path: '/s/odd/p/one-word' },
  { name: 'markup', path: '/s/odd/p/markup' },
  { name: 'backorder', path: '/s/odd/p/backorder' },
  { name: 'gadgets', path: '/s/gadgets' },
  { name: 'all', path: '/s/gadgets/search' },
  { name: 'second-page', path: '/s/gadgets/search', next: true },
  { name: 'odd-search', path: '/s/odd/search?q=%3Cscript%3Ealert(5)%3C/script%3E&vendor=%22%3E%3Cscript%3E' },
  { name: 'faults', path: '/s/corner/search?min=cheap&max=1,0', shot: true, at: [360] },
  { name: 'nothing', path: '/s/corner/search?q=zzzzqqqq' },
  { name: 'collection', path: '/s/corner', collection: true, shot: true, at: [360, 1280] },
  { name: 'no-product', path: '/s/corner/p/nothing-here', status: 404 },
  { name: 'no-store', path: '/s/nobody', status: 404 },
];

/** Starts kirana dev on servers and data of its own. */
async function start() {
  const dir = mkdtempSync(join(tmpdir(), 'kirana-pages-'));
  const child = spawn(join(root, 'bin/kirana'), ['dev', '--addr', '127.0.0.1:0', '--data-dir', dir, '--import', `odd=${join(here, 'testdata/odd.csv')}`], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise((done) => child.once('close', done));
  const stop = async () => {
    child.kill('SIGINT');
    await ended;
    rmSync(dir, { recursive: true, force: true });
  };
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.startsWith('ready ')) return { url: line.slice('ready '.length).replace(/\/graphql$/, ''), stop };
  }
  await stop();
  throw new Error('kirana dev was never ready');
}

/** What is wrong with a page as it stands in the browser. */
function faults() {
  const found = [];
  const { scrollWidth, clientWidth } = document.documentElement;
  if (scrollWidth > clientWidth) found.push(`the page is ${scrollWidth} wide on a screen of ${clientWidth}`);
  for (const target of document.querySelectorAll('a, button, select, summary, input:not([type=hidden])')) {
    const box = (target.type === 'checkbox' ? target.closest('label') : target).getBoundingClientRect();
    if (target.closest('.prose, .skip') || !target.checkVisibility() || box.width === 0) continue;
    if (box.height < 43.5 || box.width < 43.5) found.push(`${target.tagName} "${target.textContent.trim().slice(0, 40)}" is ${Math.round(box.width)} × ${Math.round(box.height)}`);
  }
  for (const picture of document.images) {
    if (picture.complete && picture.naturalWidth === 0 && !picture.closest('.prose')) found.push(`the picture ${picture.src} does not load`);
  }
  if (window.shift > 0.01) found.push(`the layout jumped by ${window.shift}`);
  return found;
}

async function look(browser, url, page, width, scheme, scripted) {
  const context = await browser.newContext({ viewport: { width, height: width < 600 ? 740 : 900 }, colorScheme: scheme, javaScriptEnabled: scripted, reducedMotion: 'reduce' });
  const tab = await context.newPage();
  const said = [];
  tab.on('console', (m) => { if (['error', 'warning'].includes(m.type()) && !(page.status && m.text().includes('404')) && !/\/(favicon\.ico|x)$/.test(m.location().url)) said.push(`console: ${m.text()} ${m.location().url}`); });
  tab.on('pageerror', (e) => said.push(`script: ${e}`));
  tab.on('dialog', (d) => { said.push(`a script of the catalogue ran: ${d.message()}`); d.dismiss(); });
  if (scripted) {
    await tab.addInitScript(() => {
      window.shift = 0;
      new PerformanceObserver((list) => { for (const e of list.getEntries()) if (!e.hadRecentInput) window.shift += e.value; }).observe({ type: 'layout-shift', buffered: true });
    });
  }
  let answer = await tab.goto(url + page.path, { waitUntil: 'load' });
  // On a busy machine search may miss its time limit: the page that says so is a good one, but not the one to look at.
  const away = () => tab.locator('p.notice').count();
  for (let i = 0; i < 5 && await away(); i++) answer = await tab.reload({ waitUntil: 'load' });
  if (await away()) said.push('search did not answer');
  if (page.next) await Promise.all([tab.waitForURL(/after=/), tab.click('a[rel=next]')]);
  if (page.collection) await Promise.all([tab.waitForURL(/\/c\//), tab.click('.tile')]);
  if (page.open && width < 900) await tab.click('.filters > summary');
  if (answer.status() !== (page.status ?? 200)) said.push(`status ${answer.status()}`);
  if (scripted) {
    said.push(...await tab.evaluate(faults));
    await tab.evaluate(axe);
    const { violations } = await tab.evaluate(() => globalThis.axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }));
    for (const v of violations) said.push(`axe ${v.id}: ${v.help}: ${v.nodes.map((n) => n.html.slice(0, 160)).join(' | ')}`);
  }
  if (scripted && page.shot && (page.at ?? widths).includes(width)) await keep(context, tab, `${page.name}-${width}-${scheme}`, width);
  await context.close();
  return said;
}

/** Keeps what a person sees first and a little more of it. */
async function keep(context, tab, name, width) {
  await tab.evaluate(async () => { for (const i of document.images) { i.loading = 'eager'; } await Promise.allSettled([...document.images].map((i) => i.decode())); });
  const height = await tab.evaluate((most) => Math.min(document.documentElement.scrollHeight, most), width < 600 ? 1500 : 1100);
  await tab.setViewportSize({ width, height });
  const cdp = await context.newCDPSession(tab);
  const { data } = await cdp.send('Page.captureScreenshot', { format: 'webp', quality: 62 });
  writeFileSync(join(root, 'docs/pages', `${name}.webp`), Buffer.from(data, 'base64'));
  if (option('--png')) await tab.screenshot({ path: join(option('--png'), `${name}.png`) });
}

const system = option('--url') ? { url: option('--url'), stop: async () => {} } : await start();
mkdirSync(join(root, 'docs/pages'), { recursive: true });
let failed = 0;
try {
  const browser = await chromium.launch({ executablePath: process.env.TEST_CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox', '--force-color-profile=srgb', '--hide-scrollbars'] });
  const only = option('--only')?.split(',');
  for (const page of pages) {
    if (only && !only.includes(page.name)) continue;
    for (const width of page.shot ? widths : [360, 1280]) {
      for (const scheme of schemes) {
        const said = await look(browser, system.url, page, width, scheme, true);
        if (width === 360 && scheme === 'light') said.push(...await look(browser, system.url, { ...page, shot: false, open: false }, width, scheme, false));
        failed += said.length;
        for (const line of said) console.log(`${page.name} ${width} ${scheme}: ${line}`);
      }
    }
  }
  await browser.close();
} finally {
  await system.stop();
}
console.log(failed ? `${failed} faults` : `${pages.length} pages at ${widths.join(', ')} pixels in ${schemes.join(' and ')}: nothing found`);
process.exit(failed ? 1 : 0);
