/**
 * Owns: the proof that imports are all or nothing and name the bad row.
 * Does not own: sealing.
 * Invariants: DI1, DI2.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type ImportOptions, importCsv, importJsonl } from '../../../actors/evaluation/dataset-import.ts'
import { TroupeError } from '../../../runtime/kernel/errors.ts'

const columns = { label: { oneOf: ['spam', 'ham'] } } as const
const csv: ImportOptions = { source: 'mails.csv', columns }

function fault(run: () => unknown): TroupeError {
  try {
    run()
  } catch (error) {
    assert.ok(TroupeError.is(error), String(error))
    return error
  }
  return assert.fail('expected an error')
}

test('CSV cells keep quotes, commas, line ends and an empty text', () => {
  const text = '\ufefftext,label\r\n"Win, ""now""\r\n!",spam\r\n\r\n,ham\r\n'
  const expected = [
    { text: 'Win, "now"\r\n!', label: 'spam' },
    { text: '', label: 'ham' },
  ]
  assert.deepEqual(importCsv(text, csv), expected)
})

test('DI2 a bad CSV cell is named by row, line and column, counting lines within cells and empty ones', () => {
  for (const end of ['\n', '\r\n']) {
    const text = ['text,label', `"two${end}lines",spam`, '', 'x,spma', 'y,ham', 'z,'].join(end)
    const error = fault(() => importCsv(text, csv))
    assert.equal(error.code, 'dataset.row_invalid')
    assert.deepEqual(error.fields, {
      source: 'mails.csv',
      row: 2,
      line: 5,
      column: 'label',
      expected: 'spam or ham',
      got: '"spma"',
      bad: 2,
    })
    assert.match(error.message, /Nothing was imported/)
  }
})

test('DI2 a CSV row with too few or too many cells is named', () => {
  assert.deepEqual(fault(() => importCsv('a,b\n1,2\n3\n4,5,6\n', { source: 's' })).fields, {
    source: 's',
    row: 2,
    line: 3,
    column: '',
    expected: '2 cells',
    got: '1 cells',
    bad: 2,
  })
})

test('DI2 an unclosed quote is named with its row', () => {
  const error = fault(() => importCsv('a,b\n1,2\n"x,2\n', { source: 's' }))
  assert.equal(error.code, 'dataset.row_invalid')
  assert.equal(error.fields.row, 2)
  assert.equal(error.fields.line, 3)
})

test('DI2 a header with the same column twice is refused', () => {
  assert.equal(fault(() => importCsv('a,a\n1,2\n', { source: 's' })).fields.column, 'a')
})

test('a missing column is refused with the nearest name', () => {
  const error = fault(() => importCsv('text,lable\nx,spam\n', csv))
  assert.equal(error.code, 'dataset.column_missing')
  assert.equal(error.fields.nearest, 'lable')
})

test('CSV numbers, truths and JSON are read by their column type', () => {
  const options: ImportOptions = {
    source: 's',
    columns: { n: { type: 'number' }, b: { type: 'boolean' }, j: { type: 'json' }, o: { type: 'number', optional: true } },
  }
  assert.deepEqual(importCsv('n,b,j,o\n-1.5e3,Yes,"[1]",\n', options), [{ n: -1500, b: true, j: [1] }])
  assert.equal(fault(() => importCsv('n,b,j,o\n1x,Yes,"[1]",\n', options)).fields.column, 'n')
  assert.equal(fault(() => importCsv('n,b,j,o\n1,maybe,"[1]",\n', options)).fields.column, 'b')
  assert.equal(fault(() => importCsv('n,b,j,o\n1,no,[1,\n', options)).code, 'dataset.row_invalid')
})

test('JSONL lines are examples; only named columns are taken when that is asked', () => {
  const text = '{"text":"a","label":"spam","extra":1}\n\n{"text":"b","label":"ham"}\r\n'
  assert.deepEqual(importJsonl(text, { source: 's', columns: { text: {}, label: {} }, only: true }), [
    { text: 'a', label: 'spam' },
    { text: 'b', label: 'ham' },
  ])
})

test('DI2 a JSONL line that is no object is named by row and line', () => {
  for (const line of ['{"text":', '[1]', '"x"', 'null', '7']) {
    const error = fault(() => importJsonl(`{"text":"a"}\n\n${line}\n`, { source: 's' }))
    assert.equal(error.fields.row, 2, line)
    assert.equal(error.fields.line, 3, line)
  }
})

test('DI2 JSONL values of a wrong type and missing values are named by column', () => {
  const options: ImportOptions = { source: 's', columns: { text: { type: 'text' }, n: { type: 'number' } } }
  assert.equal(fault(() => importJsonl('{"text":1,"n":1}', options)).fields.column, 'text')
  assert.equal(fault(() => importJsonl('{"text":"a","n":"1"}', options)).fields.column, 'n')
  assert.equal(fault(() => importJsonl('{"text":"a","n":1}\n{"text":"a"}', options)).fields.expected, 'a value')
})

test('an empty source is refused', () => {
  for (const run of [() => importJsonl('\n', { source: 's' }), () => importCsv('a,b\n', { source: 's' })])
    assert.equal(fault(run).code, 'dataset.empty')
})

test('DI1 whatever the text, an import gives examples or one catalogued error', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[ab",\n\r{}:[\]1]{0,40}$/)), (text) => {
      for (const read of [importCsv, importJsonl]) {
        try {
          for (const example of read(text, { source: 's', columns: { a: { type: 'number', optional: true } } }))
            assert.equal(typeof example, 'object')
        } catch (error) {
          assert.ok(TroupeError.is(error), String(error))
        }
      }
    }),
    { numRuns: 2000 },
  )
})

test('CSV that was written by rule is read back as it was', () => {
  const cell = fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\0'))
  const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`
  fc.assert(
    fc.property(fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 8 }), (rows) => {
      const text = ['a,b', ...rows.map((row) => row.map(quoted).join(','))].join('\n')
      assert.deepEqual(
        importCsv(text, { source: 's' }),
        rows.map(([a, b]) => ({ a, b })),
      )
    }),
    { numRuns: 500 },
  )
})
