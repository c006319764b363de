// Looks at the stores' pages in a real browser: at three widths, in light and dark. It fails on anything that axe finds, on
// what the content security policy blocks, on a page wider than its screen, on a layout that jumps, and on targets too small
// for a thumb. Screenshots go to docs/pages, to be looked at before they are committed.
//
//   node pages.mjs [--url http://127.0.0.1:8080 --data-dir DIR] [--png DIR] [--only NAME,NAME]
//
// Without --url it starts bin/kirana dev with the demo stores and the odd one of testdata; with it, --data-dir is where that
// server keeps its data. A merchant opens one more store, that sends things home. The browser is Chromium, as installed;
// TEST_CHROMIUM names another.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { faults, launch, open, option, press, root } from './system.mjs';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

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
  { name: 'cart', path: '/s/till', shot: true, walk: toCart },
  { name: 'cart-refused', path: '/s/till', shot: true, at: [360], walk: toRefusedCart, status: 422 },
  { name: 'empty-cart', path: '/s/till/cart', shot: true, at: [360] },
  { name: 'checkout', path: '/s/till', shot: true, walk: toCheckout },
  { name: 'checkout-pickup', path: '/s/till', shot: true, at: [360], walk: toPickup },
  { name: 'checkout-refused', path: '/s/till', shot: true, at: [360, 1280], walk: toRefusal, status: 422 },
  { name: 'price-changed', path: '/s/till', shot: true, at: [360], walk: toNewPrice, status: 422 },
  { name: 'order', path: '/s/till', shot: true, walk: toOrder },
  { name: 'order-pickup', path: '/s/till', shot: true, at: [360], walk: toPickupOrder },
  { name: 'no-order', path: '/s/till/o/1-NOTHING', status: 404 },
  { name: 'no-product', path: '/s/corner/p/nothing-here', status: 404 },
  { name: 'no-store', path: '/s/nobody', status: 404 },
];

async function toCart(tab) {
  for (const product of ['sugar', 'whole-wheat-atta']) {
    await tab.goto(new URL(`/s/till/p/${product}`, tab.url()).href);
    await press(tab, 'text=Add to cart');
  }
  await tab.fill('input.count >> nth=0', '2');
  await tab.fill('#code', 'WELCOME');
  await tab.press('#code', 'Enter');
  await tab.waitForSelector('.codes');
  return { status: () => 200 };
}

async function toRefusedCart(tab) {
  await toCart(tab);
  await tab.fill('input.count >> nth=0', 'two');
  return press(tab, 'text=Update cart');
}

async function fill(tab) {
  for (const [field, text] of [['name', 'Ravi Kumar'], ['phone', '+91 98765 43210'], ['address1', '14 Temple Lane'], ['zip', '682001'], ['city', 'Kochi'], ['province', 'KL']]) {
    await tab.fill(`#${field}`, text);
  }
}

async function toCheckout(tab) {
  await toCart(tab);
  const answer = await press(tab, 'button[value=checkout]');
  await tab.check('.ships');
  await fill(tab);
  return answer;
}

async function toPickup(tab) {
  await toCart(tab);
  const answer = await press(tab, 'button[value=checkout]');
  await tab.check('input[name=delivery]:not(.ships)');
  return answer;
}

async function toRefusal(tab) {
  await toCheckout(tab);
  for (const field of ['name', 'phone', 'city']) await tab.fill(`#${field}`, field === 'phone' ? 'soon' : '');
  return press(tab, 'button[value=order]');
}

async function toNewPrice(tab) {
  await toCheckout(tab);
  await press(tab, 'text=Update total');
  await tab.check('input[name=delivery]:not(.ships)');
  return press(tab, 'button[value=order]');
}

async function toOrder(tab) {
  await toCheckout(tab);
  await tab.check('input[value=MANUAL]');
  await press(tab, 'text=Update total');
  return press(tab, 'button[value=order]');
}

async function toPickupOrder(tab) {
  await toPickup(tab);
  await tab.fill('#name', 'Ravi Kumar');
  await tab.fill('#phone', '+91 98765 43210');
  await press(tab, 'text=Update total');
  return press(tab, 'button[value=order]');
}

async function look(browser, url, page, width, scheme, scripted) {
  const context = await browser.newContext({ viewport: { width, height: width < 600 ? 740 : 900 }, colorScheme: scheme, javaScriptEnabled: scripted, reducedMotion: 'reduce' });
  const tab = await context.newPage();
  const said = [];
  tab.on('console', (m) => { if (['error', 'warning'].includes(m.type()) && !(page.status && m.text().includes(String(page.status))) && !/\/(favicon\.ico|x)$/.test(m.location().url)) said.push(`console: ${m.text()} ${m.location().url}`); });
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
  if (page.walk) answer = await page.walk(tab);
  if (answer.status() !== (page.status ?? 200)) said.push(`status ${answer.status()}`);
  if (scripted) {
    said.push(...await tab.evaluate(faults));
    await tab.evaluate(axe);
    const { violations } = await tab.evaluate(() => globalThis.axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }));
    for (const v of violations) said.push(`axe ${v.id}: ${v.help}: ${v.nodes.map((n) => n.html.slice(0, 160)).join(' | ')}`);
  }
  if (scripted && page.shot && (page.at ?? widths).includes(width)) await keep(context, tab, `${page.name}-${width}-${scheme}`, width, page.walk);
  await context.close();
  return said;
}

/** Keeps what a person sees first and a little more of it. */
async function keep(context, tab, name, width, tall) {
  await tab.evaluate(async () => { for (const i of document.images) { i.loading = 'eager'; } await Promise.allSettled([...document.images].map((i) => i.decode())); });
  await tab.evaluate(() => { document.activeElement.blur(); window.scrollTo(0, 0); });
  const height = await tab.evaluate((most) => Math.min(document.documentElement.scrollHeight, most), (width < 600 ? 1500 : 1100) * (tall ? 1.5 : 1));
  await tab.setViewportSize({ width, height });
  const cdp = await context.newCDPSession(tab);
  const { data } = await cdp.send('Page.captureScreenshot', { format: 'webp', quality: 62 });
  writeFileSync(join(root, 'docs/pages', `${name}.webp`), Buffer.from(data, 'base64'));
  if (option('--png')) await tab.screenshot({ path: join(option('--png'), `${name}.png`) });
}

const system = await open('--import', `odd=${join(root, 'internal/shop/browser/testdata/odd.csv')}`);
mkdirSync(join(root, 'docs/pages'), { recursive: true });
let failed = 0;
try {
  const browser = await launch();
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
