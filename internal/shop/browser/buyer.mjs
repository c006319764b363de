// A buyer on a cheap phone, whose browser runs no script, comes by a link and goes away with an order: search, product, cart, checkout, cash on
// delivery. They touch what they see and nothing else, and forget things. It fails where a page does not say what it should, is wider than the
// phone, or has targets too small for a thumb.
//
//   node buyer.mjs [--url http://127.0.0.1:8080 --data-dir DIR] [--png DIR]
//
// Without --url it starts bin/kirana dev, without a search engine. --png keeps what the buyer sees on the way.
import { strict as assert } from 'node:assert';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { faults, launch, open, option } from './system.mjs';

const phone = { viewport: { width: 360, height: 640 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true, javaScriptEnabled: false, reducedMotion: 'reduce' };

/** A buyer with a phone, who looks at every page that comes. */
class Buyer {
  #seen = 0;

  constructor(tab) { this.tab = tab; }

  /** Touches something on the page that leads to another one. */
  async touch(what) {
    const [answer] = await Promise.all([this.tab.waitForNavigation({ waitUntil: 'load' }), what.tap()]);
    return answer.status();
  }

  button(name) { return this.tab.getByRole('button', { name }); }

  /** Looks at the page, and holds it against what it should say. */
  async look(name, ...says) {
    const text = await this.tab.locator('body').innerText();
    if (option('--png')) await this.#keep(`${++this.#seen}-${name}.png`);
    for (const one of says) assert.match(text, one, `${name} says`);
    assert.deepEqual(await this.tab.evaluate(faults), [], name);
    return text;
  }

  /** Keeps the whole page. What sticks to the end of the screen stands at its end. */
  async #keep(name) {
    const { width, height } = phone.viewport;
    await this.tab.setViewportSize({ width, height: await this.tab.evaluate(() => document.documentElement.scrollHeight) });
    await this.tab.screenshot({ path: join(option('--png'), name) });
    await this.tab.setViewportSize({ width, height });
  }
}

const typed = { Name: 'Ravi Kumar', Phone: '+91 98765 43210', 'House and street': '14 Temple Lane', 'Postal code': '682001', Town: 'Kochi', State: 'KL' };

/** What a buyer does between the link and the order. They leave the form open in another tab, too. */
async function buys(buyer, link) {
  const { tab } = buyer;
  await tab.goto(link);
  await buyer.look('link', /Asha’s Corner/);

  await tab.getByLabel('Search this shop').fill('atta');
  assert.equal(await buyer.touch(buyer.button('Search')), 200);
  await buyer.look('search', /Atta/);
  await buyer.touch(tab.locator('main a', { hasText: 'Atta' }).first());
  await buyer.look('product', /Atta/, /₹/);

  await buyer.touch(buyer.button('Add to cart'));
  await buyer.look('cart', /Your cart/, /Atta/);
  await tab.locator('input.count').fill('2');
  await buyer.touch(buyer.button('Update cart'));
  await buyer.look('two', /Subtotal/);
  assert.equal(await tab.locator('input.count').inputValue(), '2');

  await buyer.touch(buyer.button('Checkout'));
  await buyer.look('checkout', /Who buys/, /How you get it/, /How you pay/);
  assert.ok(await tab.getByLabel('Cash, when you get it').isChecked(), 'cash is what the form begins with');
  await tab.getByLabel('To the door').tap();
  assert.equal(await buyer.touch(buyer.button('Place order')), 422);
  await buyer.look('forgotten', /Nothing was ordered yet/);

  await type(tab);
  await buyer.look('typed');
  const other = new Buyer(await tab.context().newPage());
  await other.tab.goto(tab.url());
  await type(other.tab);
  await buyer.touch(buyer.button('Place order'));
  return other;
}

async function type(tab) {
  for (const [field, text] of Object.entries(typed)) await tab.getByLabel(field, { exact: true }).fill(text);
}

/** What a buyer does with an order: read it, come back to it, and send the form of the other tab. */
async function keeps(buyer, other) {
  const { tab } = buyer;
  const first = await buyer.look('order', /Order #/, /14 Temple Lane/, /in cash, when you get it/, /Ravi Kumar/);
  await tab.reload();
  assert.equal(await buyer.look('again'), first, 'the page stays as it is');
  const checkout = other.tab.url();
  await other.touch(other.button('Place order'));
  assert.equal(await other.look('twice'), first, 'a form that is sent twice orders once');
  await tab.goto(checkout);
  assert.equal(await buyer.look('checkout'), first, 'what was a checkout leads to the order');
  await buyer.touch(tab.getByRole('link', { name: 'Cart' }));
  await buyer.look('empty', /nothing in it/);
}

const system = await open('--search', 'postgres', '--no-demo');
if (option('--png')) mkdirSync(option('--png'), { recursive: true });
try {
  const browser = await launch();
  const buyer = new Buyer(await (await browser.newContext(phone)).newPage());
  await keeps(buyer, await buys(buyer, system.link));
  await browser.close();
} finally {
  await system.stop();
}
console.log('a buyer without scripts, 360 pixels wide: from the link to the order');
