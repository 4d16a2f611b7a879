/** The OpenAPI document: complete, consistent, and the same as what the repository says about problems. */
import { readFileSync } from 'node:fs';
import { problemsOf } from '../../api/route.ts';
import { ROUTES } from '../../api/routes.ts';
import { problemSpec } from '../../domain/problem.ts';
import { generatedDocuments } from '../../scripts/generated-documents.ts';
import { answerOf, DOCUMENT } from './documented-client.ts';

type Json = Record<string, unknown>;
const operations = Object.entries(DOCUMENT.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({
    path,
    method,
    operation: operation as unknown as Json,
  })),
);

function collect(value: unknown, key: string, found: unknown[] = []): unknown[] {
  if (Array.isArray(value)) for (const inner of value) collect(inner, key, found);
  else if (value !== null && typeof value === 'object') {
    for (const [name, inner] of Object.entries(value)) {
      if (name === key) found.push(inner);
      collect(inner, key, found);
    }
  }
  return found;
}

test('it is OpenAPI 3.1 with JSON Schema 2020-12', () => {
  expect(DOCUMENT).toMatchObject({
    openapi: '3.1.0',
    jsonSchemaDialect: 'https://json-schema.org/draft/2020-12/schema',
    info: { title: expect.any(String), version: expect.any(String) },
  });
});

test('every reference leads to a component', () => {
  for (const reference of collect(DOCUMENT, '$ref') as string[]) {
    const target = reference
      .slice(2)
      .split('/')
      .reduce<unknown>((inner, part) => (inner as Json | undefined)?.[part], DOCUMENT);
    expect([reference, typeof target]).toEqual([reference, 'object']);
  }
  expect(collect(DOCUMENT, '$defs')).toEqual([]);
});

test('operation ids are unique and each declared endpoint is there', () => {
  const ids = operations.map(({ operation }) => operation.operationId);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.sort()).toEqual(ROUTES.map(({ spec }) => spec.operationId).sort());
});

test('path parameters in a path and in its list are the same, and required', () => {
  for (const { path, operation } of operations) {
    const inPath = [...path.matchAll(/\{([a-z_]+)\}/g)].map(([, name]) => name);
    const listed = (operation.parameters as Json[]).filter((parameter) => parameter.in === 'path');
    expect([path, listed.map(({ name }) => name)]).toEqual([path, inPath]);
    expect(listed.every(({ required, schema }) => required === true && schema)).toBe(true);
  }
});

test('every operation describes a success and each of its problems', () => {
  for (const { spec } of ROUTES) {
    const path = spec.path.replace(/:([a-z_]+)/g, '{$1}');
    const operation = DOCUMENT.paths[path]?.[spec.method.toLowerCase()];
    const responses = operation?.responses ?? {};
    expect(Object.keys(responses).some((status) => status < '400')).toBe(true);
    for (const code of problemsOf(spec)) {
      const { status } = problemSpec(code);
      expect(answerOf(operation, status)?.['x-problem-codes']).toContain(code);
    }
    expect(
      Object.values(responses).every((response) => 'description' in response || '$ref' in response),
    ).toBe(true);
  }
});

test('every write asks for an Idempotency-Key, except those that change nothing', () => {
  const without = operations.filter(
    ({ method, operation }) =>
      method !== 'get' &&
      !JSON.stringify(operation.parameters).includes('components/parameters/IdempotencyKey'),
  );
  expect(without.map(({ path }) => path)).toEqual([
    '/v1/withdrawals/quote',
    '/v1/codec/decode',
    '/v1/codec/encode',
  ]);
});

test('objects in answers and bodies say whether further fields may come', () => {
  const schemas = (DOCUMENT.components.schemas ?? {}) as Record<string, Json>;
  const open = Object.entries(schemas).filter(
    ([, schema]) => schema.type === 'object' && schema.additionalProperties === undefined,
  );
  // Payloads are Temporal's: fields that it adds must pass.
  expect(open.map(([name]) => name).filter((name) => !name.startsWith('Payload'))).toEqual([]);
});

test.each(Object.entries(generatedDocuments()))(
  '%s is what the code says; npm run docs writes it',
  (path, text) => {
    expect(readFileSync(path, 'utf8')).toBe(text);
  },
);
