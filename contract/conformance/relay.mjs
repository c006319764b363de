// relay-compiler on the published documents, each as the module that a client would write, and on a list that pages by
// Relay's own directives. The rule about @alias is off: it is about the types that Relay writes for fragments inside
// `... on Type`, and wants a directive in the documents that no other client knows.
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { parse, print } from 'graphql';
import { check, report, run, tail } from './tool.mjs';

rmSync('out/relay', { recursive: true, force: true });
mkdirSync('out/relay/__generated__', { recursive: true });
writeFileSync('out/relay/documents.json', '{}');

/** The operations and fragments of a module, as their names. */
const modules = {};
for (const file of readdirSync('../documents').filter((name) => name.endsWith('.graphql'))) {
  const name = file.replace(/\.graphql$/, '');
  const { definitions } = parse(readFileSync(`../documents/${file}`, 'utf8'));
  modules[name] = definitions.map((d) => d.name.value);
  const tags = definitions.map((d) => `export const ${d.name.value} = graphql\`${print(d)}\`;\n`);
  writeFileSync(`out/relay/${name}.js`, `import { graphql } from 'relay-runtime';\n\n${tags.join('\n')}`);
}
copyFileSync('relay/CollectionProducts.js', 'out/relay/CollectionProducts.js');
modules.CollectionProducts = ['CollectionProducts_collection', 'CollectionProducts_card', 'CollectionProductsQuery', 'CollectionProductsPaginationQuery'];

const { status, text } = run('relay-compiler', ['relay.config.json'], 'relay', 'relay');
const missing = (names) => names.filter((name) => !existsSync(`out/relay/__generated__/${name}.graphql.js`));
report([
  check('exit 0', status === 0, tail(text, 2000)),
  ...Object.entries(modules).map(([name, names]) => check(name, missing(names).length === 0, `no artifact for ${missing(names)}`)),
]);
