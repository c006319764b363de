// graphql-schema-linter on the published schema: every rule it has but those that are off for a reason.
import { readFileSync, readdirSync } from 'node:fs';
import { check, report, run, tail } from './tool.mjs';

const unsorted = 'fields stand in the order a reader needs them: id and name first, long lists last';
const off = {
  'interface-fields-sorted-alphabetically': unsorted,
  'input-object-fields-sorted-alphabetically': unsorted,
  'type-fields-sorted-alphabetically': unsorted,
};
// Fields that have the shape of Shopify's Storefront API, whose clients they are for: a list from the start, without a cursor.
const excused = { 'relay-connection-arguments-spec': /^\s*(productTags|productTypes)\(/ };

const rules = readdirSync('node_modules/graphql-schema-linter/lib/rules')
  .map((file) => file.replace(/\.js$/, '').replaceAll('_', '-'))
  .filter((rule) => !(rule in off));

const { status, stdout, text } = run('graphql-schema-linter', ['--format', 'json', '--rules', rules.join(','), '../schema.graphql'], 'lint');
let found = [];
try {
  found = JSON.parse(stdout).errors;
} catch {
  found = [{ rule: 'exit 0', message: tail(text) }];
}
const lines = readFileSync('../schema.graphql', 'utf8').split('\n');
// An error stands at a field's description, or at the field.
const isExcused = (e) => lines.slice(e.location?.line - 1, e.location?.line + 4).some((line) => excused[e.rule]?.test(line));
found = found.filter((e) => !isExcused(e));
const messages = (rule) => found.filter((e) => e.rule === rule).map((e) => e.message).join('\n');
const known = rules.map((rule) => check(rule, messages(rule) === '', messages(rule)));
report([...known, check('exit 0, or nothing that is not excused', status === 0 || found.length === 0, tail(text))]);
