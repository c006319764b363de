// graphql-http's audit: what the specification of GraphQL over HTTP says a server must, should and may do.
import { writeFileSync } from 'node:fs';
import { auditServer } from 'graphql-http';
import { check, report } from './tool.mjs';

const [url] = process.argv.slice(2);
const results = await auditServer({ url, fetchFn: fetch });
const told = [];
for (const r of results) {
  const body = r.response ? await r.response.clone().text().catch(() => '') : '';
  told.push({ ...r, response: r.response && { status: r.response.status, headers: Object.fromEntries(r.response.headers), body } });
}
writeFileSync('out/audit.json', JSON.stringify(told, null, 2));
report(told.map((r) => check(`${r.id} ${r.name}`, r.status === 'ok', `${r.status}: ${r.reason} (HTTP ${r.response?.status}: ${r.response?.body.slice(0, 200)})`)));
