// graphql-js decides which requests are refused before they run. It reads one JSON object per line, { query, variables },
// and writes one per line: { refused, class, message }. The class is the names of the rules that are broken. With --rules it
// names all rules.
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { buildSchema, getOperationAST, getVariableValues, parse, specifiedRules, validate } from 'graphql';

const schema = buildSchema(readFileSync('../schema.graphql', 'utf8'));

/** The names of the rules that a document breaks, in the order of the rules. */
function broken(document) {
  const names = [];
  for (const rule of specifiedRules) {
    const errors = validate(schema, document, [rule]);
    if (errors.length > 0) names.push({ rule: rule.name, message: errors[0].message });
  }
  return names;
}

function decide({ query, variables }) {
  let document;
  try {
    document = parse(query);
  } catch (error) {
    return { refused: true, class: 'syntax', message: error.message };
  }
  if (validate(schema, document, specifiedRules, { maxErrors: 1 }).length > 0) {
    const rules = broken(document);
    return { refused: true, class: rules.map((r) => r.rule).join(' '), message: rules.map((r) => r.message).join(' · ') };
  }
  const operation = getOperationAST(document);
  if (!operation) return { refused: true, class: 'operation', message: 'which operation?' };
  const { errors } = getVariableValues(schema, operation.variableDefinitions ?? [], variables ?? {});
  if (errors) return { refused: true, class: 'variables', message: errors[0].message };
  return { refused: false, class: '', message: '' };
}

if (process.argv.includes('--rules')) {
  process.stdout.write(JSON.stringify(specifiedRules.map((rule) => rule.name)));
  process.exit();
}
for await (const line of createInterface({ input: process.stdin })) {
  if (line) process.stdout.write(`${JSON.stringify(decide(JSON.parse(line)))}\n`);
}
