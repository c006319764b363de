// graphql-schema-linter on the published schema: every rule it has but those that are off for a reason.
import { readdirSync } from 'node:fs';
import { check, report, run, tail } from './tool.mjs';

const unsorted = 'fields stand in the order a reader needs them: id and name first, long lists last';
const off = {
  'interface-fields-sorted-alphabetically': unsorted,
  'type-fields-sorted-alphabetically': unsorted,
};

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
const messages = (rule) => found.filter((e) => e.rule === rule).map((e) => e.message).join('\n');
const known = rules.map((rule) => check(rule, messages(rule) === '', messages(rule)));
report([...known, check('exit 0', status === 0, tail(text))]);
