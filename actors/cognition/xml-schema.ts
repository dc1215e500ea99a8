/**
 * Owns: JSON Schemas as nested elements: the outline that a prompt shows, and the value that elements mean under a schema.
 * Does not own: fitting that value to a type (parse-value).
 * Invariants: XS1 a definition inside itself is outlined once.
 */

import type { Json } from '#runtime'
import { strip } from './python-text.ts'
import { PyDict, type PyValue } from './python-value.ts'
import { writeXml, type XmlElement } from './xml-document.ts'

/** What of a JSON Schema decides how elements are read. */
export interface Schema {
  readonly type?: string
  readonly $ref?: string
  readonly $defs?: Definitions
  readonly anyOf?: readonly Schema[]
  readonly items?: Schema
  readonly properties?: { readonly [name: string]: Schema }
  readonly additionalProperties?: Json | Schema
}

type Definitions = { readonly [name: string]: Schema }

const refName = (ref: string): string => ref.slice(ref.lastIndexOf('/') + 1)

/** The outline of an element under a schema, `...` where a value stands. */
export function skeleton(
  tag: string,
  schema: Schema,
  definitions: Definitions = schema.$defs ?? {},
  seen: readonly string[] = [],
): string {
  if (schema.$ref !== undefined) {
    const name = refName(schema.$ref)
    const meant = definitions[name]
    return seen.includes(name) || meant === undefined
      ? `<${tag}>...</${tag}>`
      : skeleton(tag, meant, definitions, [...seen, name])
  }
  if (schema.anyOf !== undefined && schema.anyOf.length > 0) {
    const choice = schema.anyOf.find(({ type }) => type !== 'null') ?? schema.anyOf[0]!
    return skeleton(tag, choice, definitions, seen)
  }
  if (schema.type === 'array') return `<${tag}>${skeleton('item', schema.items ?? {}, definitions, seen)}</${tag}>`
  const members = Object.entries(schema.properties ?? {}).map(([name, inner]) => skeleton(name, inner, definitions, seen))
  return `<${tag}>${members.length === 0 ? '...' : members.join('')}</${tag}>`
}

/** Children by tag; an `entry` goes by its key. */
export function groupChildren(element: XmlElement): Map<string, XmlElement[]> {
  const groups = new Map<string, XmlElement[]>()
  for (const child of element.children) {
    const name = child.tag === 'entry' ? (child.attributes.get('key') ?? child.tag) : child.tag
    const group = groups.get(name)
    if (group) group.push(child)
    else groups.set(name, [child])
  }
  return groups
}

/** The value of elements of one name under a schema; texts stay texts. At least one element is given. */
export function elementsValue(given: readonly XmlElement[], schema: Schema, definitions: Definitions): PyValue {
  const meant = resolve(schema, definitions)
  const [first] = given
  const chosen = choose(first!, meant)
  if (chosen === undefined) return null
  if (chosen.type === 'array') return listValue(given, chosen, definitions)
  if (chosen.type === 'string' && first!.children.length > 0) return first!.text + first!.children.map(writeXml).join('')
  if (first!.children.length > 0) return objectValue(first!, chosen, definitions)
  if (chosen.type === 'object' && strip(first!.text) === '') return new PyDict()
  const texts = given.map(({ text }) => strip(text))
  return texts.length === 1 ? texts[0]! : texts
}

function resolve(schema: Schema, definitions: Definitions): Schema {
  const name = refName(schema.$ref ?? '')
  return Object.hasOwn(definitions, name) ? definitions[name]! : schema
}

/** The alternative that an element is read by; undefined means None. */
function choose(element: XmlElement, schema: Schema): Schema | undefined {
  const { anyOf } = schema
  if (anyOf === undefined || anyOf.length === 0) return schema
  const present = anyOf.filter(({ type }) => type !== 'null')
  const isEmpty = element.children.length === 0 && strip(element.text) === ''
  if (present.length < anyOf.length && isEmpty) return undefined
  const structured = element.children.length > 0 ? present.find(({ type }) => type !== 'string') : undefined
  return structured ?? present[0]
}

function listValue(given: readonly XmlElement[], schema: Schema, definitions: Definitions): PyValue {
  const [first] = given
  let items = given
  if (given.length === 1) {
    const text = strip(first!.text)
    if (first!.children.length === 0 && text === '') return []
    // A list that was written as JSON inside its element.
    if (first!.children.length === 0 && text.startsWith('[')) return text
    items = groupChildren(first!).get('item') ?? given
  }
  return items.map((item) => elementsValue([item], schema.items ?? {}, definitions))
}

function objectValue(element: XmlElement, schema: Schema, definitions: Definitions): PyValue {
  const { properties = {}, additionalProperties } = schema
  const other = additionalProperties !== null && typeof additionalProperties === 'object' ? (additionalProperties as Schema) : {}
  const value = new PyDict()
  for (const [name, items] of groupChildren(element))
    value.set(name, elementsValue(items, Object.hasOwn(properties, name) ? properties[name]! : other, definitions))
  return value
}
