import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { checkEnvelope, decodeEnvelope, type Envelope, encodeEnvelope, milliseconds } from '../../../runtime/kernel/envelope.ts'
import { TroupeError } from '../../../runtime/kernel/errors.ts'

const texts = fc.string({ minLength: 1, maxLength: 40 })
const places = fc.record({
  kind: fc.stringMatching(/^[A-Za-z][A-Za-z0-9_-]{0,20}$/),
  key: fc.string({ minLength: 1, maxLength: 20 }),
})
const tokens = fc.record(
  { id: texts, type: texts, to: places, node: texts, as: texts, idempotencyKey: texts, digest: texts },
  { requiredKeys: ['id', 'type'] },
)
const messages = fc.tuple(texts, fc.dictionary(texts, fc.jsonValue())).map(([type, members]) => ({ ...members, type }))
const envelopes: fc.Arbitrary<Envelope> = fc.record(
  {
    v: fc.constant(1 as const),
    id: texts,
    to: places,
    from: places,
    message: messages,
    reply: tokens,
    deadline: fc.integer({ min: 0 }),
    causation: texts,
    trace: fc.record({ traceparent: texts, tracestate: texts }, { requiredKeys: ['traceparent'] }),
    idempotencyKey: texts,
    answers: texts,
    sentAt: fc.integer({ min: 0 }),
  },
  { requiredKeys: ['v', 'id', 'to', 'message', 'sentAt'] },
) as fc.Arbitrary<Envelope>

const sample: Envelope = { v: 1, id: 'm1', to: { kind: 'counter', key: 'c1' }, message: { type: 'add', by: 2 }, sentAt: 1 }
const catalogued = (error: unknown): boolean => TroupeError.is(error) && /^(envelope|address)\./.test(error.code)

test('EN1: decoding what was encoded gives the same envelope', () => {
  fc.assert(
    fc.property(envelopes, (envelope) => {
      const plain = JSON.parse(JSON.stringify(envelope))
      assert.deepEqual(decodeEnvelope(encodeEnvelope(envelope)), plain)
    }),
  )
})

test('EN2: an envelope of a newer version is refused by name, one without a version as invalid', () => {
  assert.throws(
    () => checkEnvelope({ ...sample, v: 2 }),
    (error) => TroupeError.is(error, 'envelope.version') && error.fields.got === 2 && error.fields.newest === 1,
  )
  for (const v of [undefined, null, '1', 0, -1, 1.5, Number.NaN])
    assert.throws(
      () => checkEnvelope({ ...sample, v }),
      (error) => TroupeError.is(error, 'envelope.invalid') && error.fields.path === 'v',
    )
})

test('EN3: each member that is wrong is named by its path', () => {
  const wrong: readonly (readonly [string, object])[] = [
    ['id', { id: '' }],
    ['id', { id: 7 }],
    ['id', { id: 'x'.repeat(1025) }],
    ['to', { to: null }],
    ['to.kind', { to: { key: 'c1' } }],
    ['to.key', { to: { kind: 'counter' } }],
    ['from', { from: [] }],
    ['message', { message: 'add' }],
    ['message.type', { message: { by: 1 } }],
    ['reply', { reply: 1 }],
    ['reply.id', { reply: { type: 'add' } }],
    ['reply.to', { reply: { id: 'r', type: 'add', to: 'counter/c1' } }],
    ['reply.as', { reply: { id: 'r', type: 'add', as: 1 } }],
    ['deadline', { deadline: 'soon' }],
    ['causation', { causation: 1 }],
    ['trace', { trace: 'x' }],
    ['trace.traceparent', { trace: {} }],
    ['idempotencyKey', { idempotencyKey: 1 }],
    ['answers', { answers: {} }],
    ['sentAt', { sentAt: null }],
  ]
  for (const [path, change] of wrong)
    assert.throws(
      () => checkEnvelope({ ...sample, ...change }),
      (error) => TroupeError.is(error, 'envelope.invalid') && error.fields.path === path,
      path,
    )
})

test('EN3: an address that is not valid is refused as an address', () => {
  for (const to of [
    { kind: '7', key: 'a' },
    { kind: 'a', key: '\ud800' },
  ])
    assert.throws(
      () => checkEnvelope({ ...sample, to }),
      (error) => TroupeError.is(error, 'address.invalid'),
    )
})

test('EN3: any text, and any valid envelope with one damaged place, decodes or is refused by a catalogued error', () => {
  const attempt = (text: string): void => {
    try {
      decodeEnvelope(text)
    } catch (error) {
      assert.ok(catalogued(error), String(error))
    }
  }
  fc.assert(fc.property(fc.string({ unit: 'binary' }), attempt))
  fc.assert(fc.property(fc.json(), attempt))
  fc.assert(
    fc.property(envelopes, fc.nat(), fc.string({ minLength: 0, maxLength: 3 }), (envelope, at, damage) => {
      const text = encodeEnvelope(envelope)
      const place = at % text.length
      attempt(text.slice(0, place) + damage + text.slice(place + 1))
    }),
  )
  fc.assert(
    fc.property(
      envelopes,
      fc.constantFrom(...Object.keys(sample), 'from', 'reply', 'trace', 'deadline'),
      fc.jsonValue(),
      (envelope, member, value) => {
        attempt(JSON.stringify({ ...envelope, [member]: value }))
      },
    ),
  )
})

test('EN3: a member named __proto__ changes no prototype', () => {
  const decoded = decodeEnvelope(
    '{"v":1,"id":"m","to":{"kind":"a","key":"b"},"message":{"type":"t","__proto__":{"admin":true}},"sentAt":1,"__proto__":{"x":1}}',
  )
  assert.equal((decoded as unknown as Record<string, unknown>).x, undefined)
  assert.equal(({} as Record<string, unknown>).admin, undefined)
})

test('durations are milliseconds or texts with a unit', () => {
  assert.deepEqual(
    (['250ms', '2s', '1.5s', '5m', '1h', 7, 0, 'infinity'] as const).map((duration) => milliseconds(duration)),
    [250, 2000, 1500, 300_000, 3_600_000, 7, 0, Number.POSITIVE_INFINITY],
  )
})

test('what is no duration is refused', () => {
  for (const bad of [-1, Number.NaN, '', 'soon', '2', '2 s', '-2s', '2d', '2S', null, undefined, {}, [], true])
    assert.throws(
      () => milliseconds(bad as never),
      (error) => TroupeError.is(error, 'deadline.invalid'),
      JSON.stringify(bad),
    )
})
