/**
 * Owns: tests of signatures: what is refused, operations, saved state, equality.
 * Does not own: what DSPy's golden vectors show (test/conformance).
 * Invariants: SG1, SG2, SG3, TG1, TG2.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  appendField,
  appendInstructions,
  constraintText,
  deleteField,
  dumpSignature,
  field,
  insertField,
  loadSignature,
  modelType,
  parseSignature,
  prependField,
  type Signature,
  sameSignature,
  signatureHash,
  signatureText,
  typeName,
  withInstructions,
  withUpdatedField,
} from '../../../actors/index.ts'
import { TroupeError } from '../../../runtime/index.ts'

const names = ({ fields }: Signature) => fields.map(({ name }) => name)
const types = (text: string) => parseSignature(text).fields.map(({ type }) => typeName(type))

test('types are put together as Python does it (TG1)', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['a: None | int', 'Union[NoneType, int]'],
    ['a: Optional[None]', 'NoneType'],
    ['a: Union[int, Union[str, int]]', 'Union[int, str]'],
    ['a: Union[int]', 'int'],
    ["a: Literal['a', 'a', 1, True]", "Literal['a', 1, True]"],
    ["a: Literal[Literal['x'], 'y']", "Literal['x', 'y']"],
    ['a: tuple[int, ...]', 'tuple[int, Ellipsis]'],
    ['a: tuple[()]', 'tuple[]'],
    ["a: list['int']", 'list[int]'],
    ['a: list[None]', 'list[None]'],
    ["a: Annotated[int, 'x']", 'int'],
    ['a: typing.Dict[str, typing.List[int]]', 'dict[str, list[int]]'],
    ['a: datetime.date', 'date'],
    ['a: Text', 'str'],
    ['a: None', 'str'],
    ['a: int = 5', 'int'],
  ]
  for (const [text, expected] of cases) assert.deepEqual(types(`${text} -> b`), [expected, 'str'], text)
})

test('only parameters that Python would take by position or name are fields', () => {
  assert.deepEqual(names(parseSignature('a, /, b -> c')), ['b', 'c'])
  assert.deepEqual(names(parseSignature('a, *, b -> c')), ['a', 'c'])
  assert.deepEqual(names(parseSignature('*a, **k -> c')), ['c'])
  assert.deepEqual(names(parseSignature('a, # first\n b, -> c')), ['a', 'b', 'c'])
  assert.deepEqual(names(parseSignature('ﬁ -> b')), ['fi', 'b'])
})

const refused: readonly (readonly [string, RegExp])[] = [
  ['', /must contain exactly one '->'/],
  ['a -> b -> c', /must contain exactly one '->'/],
  ['x: 3 -> x', /distinct names, but found duplicates: 'x'/],
  ['a: List -> b', /received: typing\.List of type <class 'typing\._SpecialGenericAlias'>/],
  ['a: (int, str) -> b', /received: \(<class 'int'>, <class 'str'>\) of type <class 'tuple'>/],
  ["a: 'int' 'x' -> b", /received: intx of type <class 'str'>/],
  ['a: True -> b', /received: True of type <class 'bool'>/],
  ['a: Foo -> b', /Unknown name: Foo/],
  ['a: int = 5, b -> c', /non-default argument follows default argument/],
  ['a: dict[int] -> b', /takes 2 type arguments/],
  ['a: Union -> b', /pydantic-core schema/],
  ['_a -> b', /leading underscores/],
  ['fields -> b', /cannot be named 'fields'/],
  ['class -> b', /invalid syntax/],
  ['a,, b -> c', /invalid syntax/],
  ['a: list[ -> c', /invalid syntax/],
  ['a: -1 -> c', /invalid syntax/],
  ['a; b -> c', /invalid syntax/],
]

for (const [text, problem] of refused)
  test(`${JSON.stringify(text)} is refused as in DSPy (TG1)`, () => {
    assert.throws(
      () => parseSignature(text),
      (error) => TroupeError.is(error, 'signature.invalid') && problem.test(error.message),
    )
  })

test('a type that is known to Python but has no native form is declined, not refused', () => {
  assert.throws(
    () => parseSignature('a: Sequence[int] -> b'),
    (error) => TroupeError.is(error, 'cognition.declined') && error.retry === 'elsewhere',
  )
})

test('any text gives a signature or a catalogued error, and what it gives is plain JSON (SG3)', () => {
  const piece = fc.constantFrom(
    'a',
    'b',
    ': int',
    ': list[',
    ']',
    '->',
    ',',
    "Literal['x",
    "']",
    '|',
    'None',
    '(',
    ')',
    '=',
    '"',
    '\\',
    '#',
    '\n',
    ' ',
    'é',
    '1',
    '*',
    '/',
  )
  fc.assert(
    fc.property(
      fc.oneof(
        fc.array(piece, { maxLength: 14 }).map((list) => list.join('')),
        fc.string({ unit: 'binary' }),
      ),
      (text) => {
        try {
          const signature = parseSignature(text)
          assert.deepEqual(JSON.parse(JSON.stringify(signature)), signature)
        } catch (error) {
          assert.ok(TroupeError.is(error, 'signature.invalid') || TroupeError.is(error, 'cognition.declined'), String(error))
        }
      },
    ),
    { numRuns: 2000 },
  )
})

test('operations give new signatures and keep inputs before outputs (SG1, SG2)', () => {
  const base = parseSignature('q, c -> a')
  const frozen = JSON.stringify(base)
  assert.deepEqual(names(prependField(base, field('r', 'output'))), ['q', 'c', 'r', 'a'])
  assert.deepEqual(names(appendField(base, field('x', 'input'))), ['q', 'c', 'x', 'a'])
  assert.deepEqual(names(insertField(base, -2, field('x', 'input'))), ['q', 'x', 'c', 'a'])
  assert.deepEqual(names(deleteField(base, 'c')), ['q', 'a'])
  assert.deepEqual(deleteField(base, 'nothing'), base)
  assert.equal(withUpdatedField(base, 'a', { desc: 'short' }).fields[2]!.desc, 'short')
  assert.equal(appendInstructions(withInstructions(base, 'One.'), 'Two.').instructions, 'One.\n\nTwo.')
  assert.equal(withInstructions(base, '').instructions, 'Given the fields `q`, `c`, produce the fields `a`.')
  assert.equal(signatureText(base), 'q, c -> a')
  assert.equal(JSON.stringify(base), frozen)
  assert.throws(
    () => insertField(base, 3, field('x', 'input')),
    (error) => TroupeError.is(error, 'signature.index'),
  )
  assert.throws(
    () => withUpdatedField(base, 'z', {}),
    (error) => TroupeError.is(error, 'signature.no_field'),
  )
})

test('instructions are cleaned as a docstring is', () => {
  const { instructions } = parseSignature('a -> b', { instructions: '\n  First.\n\n      Indented.\n\tTab.\n  ' })
  assert.equal(instructions, 'First.\n\n    Indented.\n      Tab.')
})

test('a saved state brings back instructions, prefixes and descriptions; a bad one is refused with its path', () => {
  const changed = withUpdatedField(parseSignature('q -> a', { instructions: 'Do it.' }), 'a', { desc: 'short', prefix: 'A:' })
  const loaded = loadSignature(parseSignature('q -> a'), dumpSignature(changed))
  assert.deepEqual(dumpSignature(loaded), dumpSignature(changed))
  const partial = loadSignature(parseSignature('q -> a'), { instructions: 'x', fields: [{ prefix: 'Q:', description: 'd' }] })
  assert.deepEqual(
    partial.fields.map(({ desc }) => desc),
    ['d', '${a}'],
  )
  for (const [state, path] of [
    [{ instructions: 'x' }, 'signature.fields'],
    [{ instructions: 'x', fields: [{ description: 'd' }] }, 'signature.fields[0].prefix'],
    [{ fields: [] }, 'signature.instructions'],
  ] as const)
    assert.throws(
      () => loadSignature(parseSignature('q -> a'), state as never),
      (error) => TroupeError.is(error, 'state.invalid') && error.fields.path === path,
    )
})

test('equality is DSPy’s, without types; the hash has everything', () => {
  const [a, b] = [parseSignature('q: str -> a: int'), parseSignature('q: str -> a: str')]
  assert.ok(sameSignature(a, b))
  assert.notEqual(signatureHash(a), signatureHash(b))
  assert.equal(signatureHash(a), signatureHash(parseSignature('q: str -> a: int')))
  assert.ok(!sameSignature(a, withInstructions(a, 'Other.')))
})

test('own types are found by name, and constraints are put in DSPy’s words', () => {
  const person = modelType('Person', {
    type: 'object',
    title: 'Person',
    properties: { name: { type: 'string', title: 'Name' } },
    required: ['name'],
  })
  assert.equal(typeName(parseSignature('p: list[Person] -> b', { types: { Person: person } }).fields[0]!.type), 'list[Person]')
  assert.equal(
    constraintText({ gt: 3, max_length: 5, allow_inf_nan: false }),
    "greater than: 3, maximum length: 5, allow 'inf', '-inf', 'nan' values: False",
  )
})
