import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { errorData, errorFrom, TroupeError } from '../../runtime/kernel/errors.ts'
import { declaredCatalogues, doorCatalogues } from './catalogues.ts'
import { assertNone } from './source-files.ts'

const catalogues = await doorCatalogues()
const entries = catalogues.flatMap(({ name, catalogue }) =>
  Object.entries(catalogue.entries).map(([code, entry]) => ({ name, code, entry, catalogue })),
)

test('CA1: every catalogue that a file declares is exported by the door of its folder', () => {
  const exported = new Set(catalogues.map(({ name }) => name))
  assertNone(
    declaredCatalogues()
      .filter(({ name }) => !exported.has(name))
      .map(({ name, path }) => `${name} of ${path}`),
    'catalogues that no door exports',
  )
})

test('E1: no two entries of any catalogues have the same code', () => {
  const codes = entries.map(({ code }) => code)
  assertNone(
    codes.filter((code, i) => codes.indexOf(code) !== i),
    'codes that are used twice',
  )
})

test('every code is dotted lower-case words', () => {
  assertNone(
    entries.map(({ code }) => code).filter((code) => !/^[a-z][a-z_]*(\.[a-z][a-z_0-9]*)*$/.test(code)),
    'odd codes',
  )
})

for (const { code, entry, catalogue } of entries) {
  test(`E2: ${code} is built, printed and told over a wire`, () => {
    const cause = new TypeError('the cause')
    const error = catalogue.make(code, entry.sample, cause)
    assert.ok(TroupeError.is(error, code))
    assert.match(error.message, /^[^\s].*[.…]$/s, 'a message is a sentence')
    assert.doesNotMatch(`${error.message} ${error.remedy}`, /undefined|\[object|NaN/)
    assert.match(error.remedy, /^[^\s].*([.?]|: [^.]+)$/s, 'a remedy is a sentence, or ends with a command after a colon')
    assert.ok(['never', 'later', 'elsewhere'].includes(entry.retry) && ['caller', 'operator'].includes(entry.audience))
    assert.ok(inspect(error).includes(error.message))
    const wire = JSON.parse(JSON.stringify(error))
    assert.deepEqual(wire, errorData(error))
    const back = errorFrom(wire)
    assert.deepEqual(errorData(back), wire)
    assert.equal(errorData(back).cause?.message, 'the cause')
  })
}

test('E2: the text of every error names each of its fields', () => {
  const missing = entries.flatMap(({ code, entry, catalogue }) => {
    const { message, remedy } = catalogue.make(code, entry.sample)
    const text = `${message} ${remedy}`
    return (
      Object.entries(entry.sample)
        .filter(([, value]) => typeof value === 'string' || typeof value === 'number')
        .filter(([, value]) => value !== '' && !text.includes(String(value)) && !text.includes(JSON.stringify(value)))
        // A long text may be left in the fields when the text says so by its name.
        .filter(([field]) => !new RegExp(`\\b${field}\\b`).test(text))
        .map(([field]) => `${code}: ${field}`)
    )
  })
  assertNone(missing, 'fields that are in neither message nor remedy')
})
