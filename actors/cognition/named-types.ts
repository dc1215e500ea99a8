/**
 * Owns: DSPy's own field types by name, and how a user's model or enum becomes one.
 * Does not own: what adapters do with their values.
 * Invariants: NT1 a type that is not in a table does not exist: nothing is looked up in an environment.
 */

import type { Json } from '#runtime'
import type { FieldType, NamedRole } from './field-type.ts'
import type { NamedTypes } from './type-grammar.ts'

function own(role: NamedRole, extra: { readonly schema?: Json; readonly description?: string } = {}): FieldType {
  return { kind: 'named', name: role, role, ...extra }
}

/** DSPy's code type: a text in a code fence of that language. */
export function codeType(language: string): FieldType {
  return {
    kind: 'named',
    name: `Code_${language}`,
    role: 'Code',
    description:
      'Code represented in a string, specified in the `code` field. If this is an output field, the code field should follow the markdown code block format, e.g. \n' +
      `\`\`\`${language}\n{code}\n\`\`\`\nProgramming language: ${language}`,
  }
}

/**
 * A type of the user's: a JSON Schema with a name. A schema with `enum` is an enumeration, otherwise it is a model.
 *
 * @example modelType('Person', { type: 'object', title: 'Person', properties: { name: { type: 'string', title: 'Name' } }, required: ['name'] })
 */
export function modelType(name: string, schema: { readonly [key: string]: Json }): FieldType {
  return { kind: 'named', name, role: 'enum' in schema ? 'enum' : 'model', schema }
}

const types: NamedTypes = {
  History: own('History'),
  Image: own('Image', {
    schema: {
      additionalProperties: false,
      properties: { url: { title: 'Url', type: 'string' } },
      required: ['url'],
      title: 'Image',
      type: 'object',
    },
  }),
  Audio: own('Audio'),
  File: own('File'),
  Tool: own('Tool'),
  ToolCalls: own('ToolCalls'),
  Code: { ...codeType('python'), name: 'Code' } as FieldType,
  Reasoning: own('Reasoning'),
  Document: own('Document'),
  Citations: own('Citations'),
}

/** DSPy's types as they are written in a string signature: `dspy.Image`. */
export const dspyTypes: NamedTypes = Object.fromEntries(Object.entries(types).map(([name, type]) => [`dspy.${name}`, type]))

/** The same by the names that DSPy prints: `Image`. */
export const printedTypes: NamedTypes = { ...types, Code_python: codeType('python') }
