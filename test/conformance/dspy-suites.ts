/**
 * Owns: the check of one vector of each suite that Troupe does natively.
 * Does not own: reading files (dspy-vectors), counting (dspy).
 * Invariants: DS1 a vector passes only if everything that it states of what we have is equal. DS2 what is declined says why.
 */

import type { Adapter, Values } from '../../actors/cognition/adapter.ts'
import { formatMessages } from '../../actors/cognition/adapter.ts'
import { bamlAdapter } from '../../actors/cognition/baml-adapter.ts'
import { chatAdapter, fieldList, placeholder } from '../../actors/cognition/chat-adapter.ts'
import { typeName } from '../../actors/cognition/field-type.ts'
import { jsonAdapter } from '../../actors/cognition/json-adapter.ts'
import type { Message } from '../../actors/cognition/language-model.ts'
import { codeType, printedTypes } from '../../actors/cognition/named-types.ts'
import { inferPrefix } from '../../actors/cognition/prefix.ts'
import { readLiteral } from '../../actors/cognition/python-literal.ts'
import { PyDict, PySet, PyTuple, type PyValue } from '../../actors/cognition/python-value.ts'
import { canonicalParameters, keyOf } from '../../actors/cognition/request-key.ts'
import { dumpSignature, field, parseSignature, type Signature, signatureOf } from '../../actors/cognition/signature.ts'
import { twoStepAdapter } from '../../actors/cognition/two-step-adapter.ts'
import { parseType } from '../../actors/cognition/type-grammar.ts'
import { requireNative, valueText } from '../../actors/cognition/value-text.ts'
import { xmlAdapter } from '../../actors/cognition/xml-adapter.ts'
import { type Json, TroupeError } from '../../runtime/index.ts'
import { modules } from './dspy-modules.ts'
import { compare, compareMessages, declined, type Outcome, passed, skipped, type Vector } from './dspy-outcome.ts'
import { type Case, nativeValue, signatureFrom } from './dspy-vectors.ts'

const adapters: { readonly [kind: string]: Adapter } = {
  chat: chatAdapter,
  json: jsonAdapter,
  xml: xmlAdapter,
  baml: bamlAdapter,
  two_step: twoStepAdapter,
}

export const suites: { readonly [suite: string]: (vector: Vector) => Outcome } = {
  signature,
  prefix: ({ plain }) => compare({ prefix: [plain.prefix, inferPrefix(String(plain.name))] }),
  types,
  values,
  messages,
  parse,
  modules,
  cachekey({ exact, plain }) {
    const canonical = canonicalParameters(exact.request as { readonly [name: string]: Json })
    return compare({ canonical: [plain.canonical, canonical], key: [plain.key, keyOf(canonical)] })
  },
}

function signature({ plain }: Vector): Outcome {
  const expected = plain.expected as Case
  try {
    const made = parseSignature(String(plain.text))
    if (expected.ok !== true)
      return { result: 'failed', lines: [`expected ${expected.error}: ${expected.message}`, `got ${JSON.stringify(made)}`] }
    const fields = made.fields.map(({ name, kind, type, desc, constraints }) => ({
      name,
      kind,
      type: typeName(type),
      desc,
      constraints: constraints ?? null,
    }))
    return compare({
      instructions: [expected.instructions, made.instructions],
      fields: [expected.fields, fields],
      state: [expected.state, dumpSignature(made)],
    })
  } catch (error) {
    if (TroupeError.is(error, 'cognition.declined')) return declined(error.message)
    if (!TroupeError.is(error, 'signature.invalid')) throw error
    if (expected.ok === true) return { result: 'failed', lines: [`refused: ${error.message}`] }
    if (expected.error === 'SyntaxError' || typeof expected.message !== 'string') return passed
    return compare({ message: [expected.message, error.message] })
  }
}

function types({ plain, types }: Vector): Outcome {
  if (plain.error !== undefined) return declined(`${plain.type} has no JSON schema in DSPy either`)
  const code = /^dspy\.Code\['(.*)'\]$/.exec(String(plain.type))
  const known = { ...types, ...Object.fromEntries(Object.entries(types).map(([name, type]) => [`dspy.${name}`, type])) }
  let type = code ? codeType(code[1]!) : undefined
  try {
    type ??= parseType(String(plain.type), known)
    requireNative(field('out', 'output', { type }))
  } catch (error) {
    return declined(`${plain.type}: ${(error as Error).message}`)
  }
  const out = field('out', 'output', { type })
  const only = signatureOf([out])
  const between = (text: string) => text.slice(text.indexOf('All interactions'), text.indexOf('\nIn adhering'))
  // What the short form cannot say is declined by itself; the other texts of such a type are compared all the same.
  const short =
    type.kind === 'named' && type.role === 'Reasoning'
      ? plain.baml_structure
      : between(bamlAdapter.system(signatureOf([field('inp', 'input'), out])))
  return compare({
    name: [plain.name, typeName(type)],
    baml_structure: [plain.baml_structure, short],
    out_note: [plain.out_note, placeholder(out)],
    field_desc: [plain.field_desc, fieldList([out])],
    chat_requirement: [plain.chat_requirement, chatAdapter.user(only, {}, { request: true })],
    xml_requirement: [plain.xml_requirement, xmlAdapter.user(only, {}, { request: true })],
    json_requirement: [plain.json_requirement, jsonAdapter.user(only, {}, { request: true })],
  })
}

/** Values that the file only names, as they are natively. */
const namedValues: { readonly [name: string]: Json } = {
  '2**70': { $int: String(2n ** 70n) },
  'set{1}': [1],
  'Color.RED': 'red',
  Person: { name: 'Ada', age: 3, tags: [], home: { city: 'L', zip: null }, kind: 'a' },
  Reasoning: 'r',
  Code: 'x=1',
  History: { messages: [{ q: 'a' }] },
  'json string': '{"a": 1}',
}

function values({ plain }: Vector): Outcome {
  const name = String(plain.value)
  const literal = readLiteral(name)
  const value = namedValues[name] ?? (literal === undefined ? undefined : exactValue(literal))
  if (value === undefined) return declined(`the value ${name} is nothing that JSON can say`)
  const text = (type: string): unknown => {
    try {
      return valueText({ name: 'x', type: parseType(type, {}) }, value)
    } catch (error) {
      if (TroupeError.is(error, 'value.invalid')) return 'refused'
      throw error
    }
  }
  return compare({
    // A set is a list for us, so in a field of texts it is refused like any other list of numbers.
    ...(name.startsWith('set')
      ? {}
      : { str_field: [plain.str_field_error === undefined ? plain.str_field : 'refused', text('str')] }),
    any_field: [plain.any_field, text('Any')],
  })
}

function exactValue(value: PyValue): Json | undefined {
  if (typeof value === 'bigint') return { $int: String(value) }
  if (typeof value === 'number') return { $float: String(value) }
  if (value instanceof PyTuple || value instanceof PySet) return undefined
  if (Array.isArray(value)) return value.map((item) => exactValue(item) ?? null)
  if (!(value instanceof PyDict)) return value
  if (value.entries().some(([key]) => typeof key !== 'string')) return undefined
  return Object.fromEntries(value.entries().map(([key, member]) => [String(key), exactValue(member) ?? null]))
}

function messages({ plain, exact, types }: Vector): Outcome {
  const adapter = adapters[String(plain.adapter)]
  if (!adapter) return skipped(`the adapter ${plain.adapter}`)
  try {
    const made = formatMessages(
      adapter,
      withReasoning(signatureFrom(plain.signature, types), [exact.inputs, ...((exact.demos ?? []) as readonly Json[])]),
      nativeValue(exact.demos ?? []) as unknown as readonly Values[],
      nativeValue(exact.inputs ?? {}) as Values,
    )
    return compareMessages('', plain.messages as unknown as readonly Message[], made)
  } catch (error) {
    if (TroupeError.is(error, 'cognition.declined') && plain.native === 'may-decline') return declined(error.message)
    throw error
  }
}

/** The type Reasoning prints as `str`, so only its values tell that a field has it. */
function withReasoning(signature: Signature, given: readonly (Json | undefined)[]): Signature {
  const isReasoning = (name: string) =>
    given.some((values) => ((values as Case | undefined)?.[name] as Case | null | undefined)?.__py__ === 'Reasoning')
  return {
    ...signature,
    fields: signature.fields.map((one) => (isReasoning(one.name) ? { ...one, type: printedTypes.Reasoning! } : one)),
  }
}

function parse({ plain, types }: Vector): Outcome {
  const adapter = adapters[String(plain.adapter)]
  if (!adapter) return skipped(`the adapter ${plain.adapter}`)
  const expected = plain.expected as Case
  const made = signatureFrom(plain.signature, types)
  const unknown = made.fields.find(({ type }) => type.kind === 'named' && type.role === 'ToolCalls')
  if (unknown && plain.native === 'may-decline') return declined(`an output of type ${typeName(unknown.type)}`)
  try {
    const fields = adapter.parse(made, String(plain.completion))
    if (expected.ok !== true)
      return { result: 'failed', lines: [`expected ${expected.error}: ${expected.message}`, `got ${JSON.stringify(fields)}`] }
    return compare({ fields: [expected.fields, fields] })
  } catch (error) {
    if (!TroupeError.is(error, 'completion.unparsable')) throw error
    if (expected.ok === true)
      return { result: 'failed', lines: [`expected ${JSON.stringify(expected.fields)}`, `refused: ${error.message}`] }
    return typeof expected.message === 'string' ? compare({ message: [expected.message, error.message] }) : passed
  }
}
