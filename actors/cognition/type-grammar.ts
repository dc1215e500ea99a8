/**
 * Owns: reading Python parameter lists and type expressions, as far as DSPy resolves them, from text.
 * Does not own: what the fields become (signature).
 * Invariants: TG1 what Python refuses as a syntax error is refused. TG2 names are looked up in a given table, never in the environment.
 */

import { cognitionErrors } from './cognition-errors.ts'
import { type FieldType, type LiteralValue, literalOf, noneType, plainType, plainTypes, unionOf } from './field-type.ts'
import { isParameterName, unescapeText } from './python-text.ts'
import { pyRepr } from './python-value.ts'

/** The text is not what Python or DSPy accepts; `problem` is DSPy's own wording where it has one. */
export class GrammarError extends Error {}

export type NamedTypes = { readonly [name: string]: FieldType }

export interface Parameter {
  readonly name: string
  /** Absent when no type is written. */
  readonly type?: FieldType
  /** DSPy's words for an annotation that is no type; it looks at that only after both sides were read. */
  readonly problem?: string
}

type Token = { readonly kind: 'name' | 'number' | 'string' | 'op' | 'end'; readonly text: string; readonly value?: LiteralValue }

/** What an expression stands for before it is known to be a type. */
type Node =
  | { readonly kind: 'type'; readonly type: FieldType }
  | { readonly kind: 'module'; readonly name: string }
  | { readonly kind: 'constant'; readonly value: LiteralValue }
  | { readonly kind: 'tuple'; readonly items: readonly Node[] }
  | { readonly kind: 'field'; readonly description?: string }

const pattern =
  /\s+|#[^\n]*|(?<name>[\p{XID_Start}_][\p{XID_Continue}]*)|(?<number>(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][+-]?\d+)?)|(?<string>'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*")|(?<op>\.\.\.|->|[[\](){},:.|=*/+-])/uy

function tokens(text: string): Token[] {
  const found: Token[] = []
  pattern.lastIndex = 0
  while (pattern.lastIndex < text.length) {
    const match = pattern.exec(text)
    if (!match) throw new GrammarError('invalid syntax')
    const { name, number, string, op } = match.groups!
    // Python compares identifiers in their NFKC form, so the names of fields have it too.
    if (name !== undefined) found.push({ kind: 'name', text: name.normalize('NFKC') })
    else if (number !== undefined) {
      const next = text[pattern.lastIndex]
      if (next !== undefined && /[\p{XID_Start}_\d]/u.test(next)) throw new GrammarError('invalid decimal literal')
      found.push({ kind: 'number', text: number, value: Number(number.replaceAll('_', '')) })
    } else if (string !== undefined) found.push({ kind: 'string', text: string, value: unescapeText(string.slice(1, -1)) })
    else if (op !== undefined) found.push({ kind: 'op', text: op })
  }
  found.push({ kind: 'end', text: 'the end' })
  return found
}

const typingNames: { readonly [name: string]: FieldType } = {
  ...Object.fromEntries(
    plainTypes
      .filter((name) => !/^(date|datetime|time|timedelta|Decimal|UUID|Ellipsis)$/.test(name))
      .map((name) => [name, plainType(name)]),
  ),
  Text: plainType('str'),
}
/** `typing.List` is `list` as soon as it has arguments; alone it is no type for DSPy. */
const aliases: { readonly [name: string]: FieldType } = {
  List: plainType('list'),
  Dict: plainType('dict'),
  Tuple: plainType('tuple'),
  Set: plainType('set'),
  FrozenSet: plainType('frozenset'),
}
const modules: { readonly [name: string]: NamedTypes } = {
  typing: { ...typingNames, ...aliases },
  datetime: {
    date: plainType('date'),
    datetime: plainType('datetime'),
    time: plainType('time'),
    timedelta: plainType('timedelta'),
  },
  decimal: { Decimal: plainType('Decimal') },
  uuid: { UUID: plainType('UUID') },
}

/** Names of `typing` that DSPy resolves and we do not. */
const declined: ReadonlySet<string> = new Set(
  'AbstractSet AnyStr AsyncIterable AsyncIterator Awaitable ByteString Callable ChainMap ClassVar Collection Container Counter DefaultDict Deque Final ForwardRef Generator Generic Hashable ItemsView Iterable Iterator KeysView Mapping MappingView MutableMapping MutableSequence MutableSet NamedTuple OrderedDict Pattern Reversible Sequence Sized SupportsInt Type TypedDict ValuesView'.split(
    ' ',
  ),
)

class Reader {
  readonly #tokens: readonly Token[]
  readonly #types: NamedTypes
  #at = 0

  constructor(text: string, types: NamedTypes) {
    this.#tokens = tokens(text)
    this.#types = types
  }

  peek(): Token {
    return this.#tokens[this.#at]!
  }

  take(text: string): boolean {
    const found = this.peek().kind === 'op' && this.peek().text === text
    if (found) this.#at++
    return found
  }

  expect(text: string): void {
    if (!this.take(text)) throw new GrammarError(`invalid syntax: expected '${text}', got ${this.peek().text}`)
  }

  name(): string {
    const { kind, text } = this.peek()
    if (kind !== 'name') throw new GrammarError(`invalid syntax: expected a name, got ${text}`)
    this.#at++
    return text
  }

  /** `a | b | c`. */
  expression(): Node {
    let left = this.#primary()
    while (this.take('|')) {
      const right = this.#primary()
      left = { kind: 'type', type: unionOf([asMember(left), asMember(right)]) }
    }
    return left
  }

  /** A default value: read and dropped. */
  skipDefault(): void {
    let depth = 0
    let read = 0
    while (this.peek().kind !== 'end') {
      const { kind, text } = this.peek()
      if (kind === 'op' && depth === 0 && (text === ',' || text === ':' || text === '=')) break
      if (kind === 'op' && /^[[({]$/.test(text)) depth++
      if (kind === 'op' && /^[\])}]$/.test(text)) depth--
      if (depth < 0) throw new GrammarError(`invalid syntax: unmatched '${text}'`)
      this.#at++
      read++
    }
    if (read === 0 || depth > 0) throw new GrammarError('invalid syntax: a default value is missing or not closed')
  }

  #primary(): Node {
    let node = this.#atom()
    for (;;) {
      if (this.take('.')) node = this.#attribute(node, this.name())
      else if (this.take('[')) node = subscript(node, this.#list(']'))
      else return node
    }
  }

  #atom(): Node {
    const token = this.peek()
    if (token.kind === 'number' || token.kind === 'string') {
      this.#at++
      let { value } = token
      while (token.kind === 'string' && this.peek().kind === 'string') value = `${value}${this.#tokens[this.#at++]!.value}`
      return { kind: 'constant', value: value! }
    }
    if (this.take('...')) return { kind: 'type', type: plainType('Ellipsis') }
    if (this.take('(')) {
      const items = this.#list(')')
      return items.length === 1 && !items.trailing ? items[0]! : { kind: 'tuple', items }
    }
    const name = this.name()
    const constant = own({ True: true, False: false, None: null }, name)
    if (constant !== undefined) return { kind: 'constant', value: constant }
    if (!isParameterName(name)) throw new GrammarError(`invalid syntax: ${name} is a keyword`)
    if (name === 'Field' && this.take('(')) return this.#field()
    return this.#resolve(name)
  }

  #list(close: string): Node[] & { trailing?: boolean } {
    const items: Node[] & { trailing?: boolean } = []
    while (!this.take(close)) {
      items.push(this.expression())
      items.trailing = this.take(',')
      if (!items.trailing && this.peek().text !== close)
        throw new GrammarError(`invalid syntax: expected '${close}', got ${this.peek().text}`)
    }
    return items
  }

  #resolve(name: string): Node {
    const known = own(this.#types, name) ?? own(typingNames, name)
    if (known) return { kind: 'type', type: known }
    if (own(aliases, name) || name === 'Annotated') return { kind: 'module', name: `typing.${name}` }
    if (declined.has(name))
      throw cognitionErrors.make('cognition.declined', { what: `The type ${name}`, reason: 'it has no native form' })
    if (own(modules, name) || name === 'dspy') return { kind: 'module', name }
    throw new GrammarError(`Unknown name: ${name}`)
  }

  #attribute(base: Node, name: string): Node {
    if (base.kind === 'module') {
      const found = base.name === 'dspy' ? own(this.#types, `dspy.${name}`) : own(own(modules, base.name) ?? {}, name)
      if (base.name === 'typing' && own(aliases, name)) return { kind: 'module', name: `typing.${name}` }
      if (found) return { kind: 'type', type: found }
      throw new GrammarError(`Unknown attribute: ${name} on <module '${base.name}'>`)
    }
    throw new GrammarError(`Unknown attribute: ${name} on ${shown(base)}`)
  }

  #field(): Node {
    let description: string | undefined
    while (!this.take(')')) {
      const key = this.name()
      this.expect('=')
      const value = this.expression()
      if (key === 'description' && value.kind === 'constant' && typeof value.value === 'string') description = value.value
      if (!this.take(',') && this.peek().text !== ')')
        throw new GrammarError(`invalid syntax: expected ')', got ${this.peek().text}`)
    }
    return description === undefined ? { kind: 'field' } : { kind: 'field', description }
  }
}

/** A member of a union: `None` is its type. */
function asMember(node: Node): FieldType {
  if (node.kind === 'type') return node.type
  if (node.kind === 'constant' && node.value === null) return noneType
  // A text among type arguments is a forward reference.
  if (node.kind === 'constant' && typeof node.value === 'string') return parseType(node.value, {})
  if (node.kind === 'module' && node.name.startsWith('typing.')) return aliases[node.name.slice(7)]!
  throw new GrammarError(`Union[arg, ...]: each arg must be a type. Got ${shown(node)}.`)
}

function subscript(base: Node, given: readonly Node[]): Node {
  const args = given.flatMap((node) => (node.kind === 'tuple' && given.length === 1 ? node.items : [node]))
  const name =
    base.kind === 'module'
      ? aliasName(base.name)
      : base.kind === 'type' && base.type.kind === 'plain'
        ? base.type.name
        : undefined
  const made = name === undefined ? undefined : own(makers, name)?.(args)
  if (!made) throw new GrammarError(`${shown(base)} is not subscriptable`)
  return { kind: 'type', type: made }
}

function aliasName(module: string): string | undefined {
  if (module === 'typing.Annotated') return 'Annotated'
  const alias = aliases[module.replace('typing.', '')]
  return alias?.kind === 'plain' ? alias.name : undefined
}

function generic(name: 'list' | 'dict' | 'tuple' | 'set' | 'frozenset', count?: number): (args: readonly Node[]) => FieldType {
  return (args) => {
    if (count !== undefined && args.length !== count)
      throw new GrammarError(`${name}[…] takes ${count} type arguments, got ${args.length}`)
    // Unlike a union, a list keeps `None` as it is instead of turning it into its type, and prints it so.
    const argument = (node: Node) => (node.kind === 'constant' && node.value === null ? plainType('None') : asMember(node))
    return { kind: 'generic', name, args: args.map(argument) }
  }
}

const makers: { readonly [name: string]: (args: readonly Node[]) => FieldType } = {
  list: generic('list', 1),
  set: generic('set', 1),
  frozenset: generic('frozenset', 1),
  dict: generic('dict', 2),
  tuple: generic('tuple'),
  Union(args) {
    if (args.length === 0) throw new GrammarError('Cannot take a Union of no types.')
    return unionOf(args.map(asMember))
  },
  Optional(args) {
    if (args.length !== 1) throw new GrammarError('Optional must have exactly one type argument')
    return unionOf([asMember(args[0]!), noneType])
  },
  Annotated(args) {
    if (args.length < 2)
      throw new GrammarError('Annotated[...] should be used with at least two arguments (a type and an annotation).')
    return asMember(args[0]!)
  },
  Literal: (args) =>
    literalOf(
      args.flatMap((node) => {
        if (node.kind === 'constant') return [node.value]
        if (node.kind === 'type' && node.type.kind === 'literal') return node.type.values
        throw new GrammarError(`Literal[…] lists texts, integers, booleans and None, got ${shown(node)}`)
      }),
    ),
}

function shown(node: Node): string {
  if (node.kind === 'constant') return typeof node.value === 'string' ? node.value : pyRepr(fromLiteral(node.value))
  if (node.kind === 'module') return node.name.startsWith('typing.') ? node.name : `<module '${node.name}'>`
  if (node.kind === 'tuple') return `(${node.items.map(shown).join(', ')})`
  if (node.kind === 'field')
    return `annotation=NoneType required=True${node.description === undefined ? '' : ` description=${pyRepr(node.description)}`}`
  return node.type.kind === 'plain' ? `<class '${node.type.name}'>` : node.type.kind
}

function fromLiteral(value: Exclude<LiteralValue, string>): null | boolean | bigint | number {
  return typeof value === 'number' && Number.isInteger(value) ? BigInt(value) : value
}

const classNames: { readonly [K in Node['kind']]: (node: Node) => string } = {
  type: () => 'type',
  module: (node) => (node.kind === 'module' && node.name.startsWith('typing.') ? 'typing._SpecialGenericAlias' : 'module'),
  constant: (node) => {
    const value = node.kind === 'constant' ? node.value : null
    return typeof value === 'string' ? 'str' : typeof value === 'boolean' ? 'bool' : Number.isInteger(value) ? 'int' : 'float'
  },
  tuple: () => 'tuple',
  field: () => 'pydantic.fields.FieldInfo',
}

/** The type of a field; `None` means no annotation. */
function asField(node: Node): Pick<Parameter, 'type' | 'problem'> {
  if (node.kind === 'type' && node.type.kind === 'plain' && /^(Optional|Union|Literal|Ellipsis)$/.test(node.type.name))
    return { problem: `Unable to generate pydantic-core schema for typing.${node.type.name}.` }
  if (node.kind === 'type') return { type: node.type }
  if (node.kind === 'constant' && node.value === null) return {}
  return { problem: `Field types must be types, but received: ${shown(node)} of type <class '${classNames[node.kind](node)}'>.` }
}

/**
 * The parameters of one side of a signature: those that Python would take by position or by name.
 *
 * @throws GrammarError
 */
export function parseParameters(text: string, types: NamedTypes): Parameter[] {
  const reader = new Reader(text, types)
  let found: Parameter[] = []
  let defaults = false
  let rest = false
  while (reader.peek().kind !== 'end') {
    if (reader.take('/')) {
      if (found.length === 0 || rest) throw new GrammarError('invalid syntax: / must come after a parameter')
      found = []
    } else if (reader.take('*')) {
      rest = true
      if (reader.take('*') || reader.peek().kind === 'name') readParameter(reader)
    } else {
      const { parameter, hasDefault } = readParameter(reader)
      if (defaults && !hasDefault && !rest) throw new GrammarError('non-default argument follows default argument')
      defaults ||= hasDefault
      if (!rest) found.push(parameter)
    }
    if (reader.peek().kind !== 'end') reader.expect(',')
  }
  return found
}

function readParameter(reader: Reader): { readonly parameter: Parameter; readonly hasDefault: boolean } {
  const name = reader.name()
  if (!isParameterName(name)) throw new GrammarError(`invalid syntax: ${name} is a keyword`)
  const annotation = reader.take(':') ? asField(reader.expression()) : {}
  const hasDefault = reader.take('=')
  if (hasDefault) reader.skipDefault()
  return { parameter: { name, ...annotation }, hasDefault }
}

/**
 * One type expression.
 *
 * @throws GrammarError
 */
export function parseType(text: string, types: NamedTypes): FieldType {
  const reader = new Reader(text, types)
  const node = reader.expression()
  if (reader.peek().kind !== 'end') throw new GrammarError(`invalid syntax at ${reader.peek().text}`)
  if (node.kind === 'module') return asMember(node)
  const { type = noneType, problem } = asField(node)
  if (problem !== undefined) throw new GrammarError(problem)
  return type
}

/** The member of a table. A name such as `constructor` is no member, though every object answers to it. */
function own<T>(table: { readonly [name: string]: T }, name: string): T | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined
}
