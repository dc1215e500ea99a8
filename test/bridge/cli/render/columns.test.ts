/**
 * Owns: the proof that texts keep to their columns and cannot harm a terminal.
 * Does not own: what is printed.
 * Invariants: CL1, CL2, ST1, LR1, LR2.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { cut, ends, fold, oneLine, padLeft, padRight, printable, table, widthOf } from '../../../../bridge/cli/render/columns.ts'
import { LiveRegion } from '../../../../bridge/cli/render/live-region.ts'
import { styleOf } from '../../../../bridge/cli/render/style.ts'

const anyText = fc.oneof(fc.string({ unit: 'grapheme', maxLength: 80 }), fc.string({ unit: 'binary', maxLength: 80 }))
const wide = fc.constantFrom('日本語', 'ｗｉｄｅ', 'a', ' ', '👩‍👩‍👧', 'é', 'word', '\n')

test('CL1 a cut text has at most its width and says that it was cut', () => {
  assert.equal(cut('hello', 5), 'hello')
  assert.equal(cut('hello!', 5), 'hell…')
  assert.equal(cut('日本語', 5), '日本…')
  assert.equal(cut('hello', 0), '')
  fc.assert(
    fc.property(anyText.map(oneLine), fc.nat(40), (text, width) => {
      const result = cut(text, width)
      assert.ok(widthOf(result) <= width, result)
      if (widthOf(text) <= width) assert.equal(result, text)
    }),
  )
})

test('CL1 folded lines have at most their width, and lose nothing but blanks', () => {
  assert.deepEqual(fold('one two three', 7), ['one two', 'three'])
  assert.deepEqual(fold('a\n\nb', 7), ['a', '', 'b'])
  fc.assert(
    fc.property(fc.array(wide, { maxLength: 30 }), fc.integer({ min: 2, max: 20 }), (parts, width) => {
      const text = parts.join('')
      const lines = fold(text, width)
      for (const line of lines) assert.ok(widthOf(line) <= width, JSON.stringify(line))
      assert.equal(lines.join('').replaceAll(/\s/g, ''), text.replaceAll(/\s/g, ''))
    }),
  )
})

test('padding and ends count columns, not characters', () => {
  assert.equal(padRight('日', 4), '日  ')
  assert.equal(padLeft('日', 4), '  日')
  assert.equal(ends('a', 'b', 5), 'a   b')
  assert.equal(ends('aaaa', 'bbbb', 5), 'aaaa  bbbb')
})

test('CL1 a table fits when its shrinking columns can give way', () => {
  const columns = [
    { title: 'name', shrinks: true },
    { title: 'n', align: 'right' as const },
  ]
  assert.deepEqual(
    table(
      columns,
      [
        ['short', '1'],
        ['x'.repeat(60), '200'],
      ],
      20,
    ),
    ['name               n', 'short              1', `${'x'.repeat(14)}…  200`],
  )
})

test('CL2 foreign text moves no cursor and paints nothing', () => {
  assert.equal(oneLine('a\u001b[31mred\u001b[0m\tb\r\nc\u0007\u202e'), 'ared b c')
  assert.equal(printable('a\r\nb\u009b31m'), 'a\nb')
  fc.assert(
    fc.property(anyText, (text) => {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: none of these may be left
      assert.doesNotMatch(printable(text), /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/)
      assert.doesNotMatch(oneLine(text), /\n/)
    }),
  )
})

test('ST1 without colours no escape sequence is printed', () => {
  assert.equal(styleOf({ colours: false }).paint('bad', 'no'), 'no')
  assert.equal(styleOf({ colours: true }).paint('bad', 'no'), '\u001b[31mno\u001b[39m')
  assert.equal(styleOf({ colours: true }).paint('bad', ''), '')
})

/** A terminal that understands what the region writes: text, line feed, cursor up, carriage return, clear line, clear below. */
function terminal() {
  const rows: string[] = ['']
  let [row, column, writes] = [0, 0, 0]
  const put = (char: string): void => {
    rows[row] = `${(rows[row] ?? '').padEnd(column).slice(0, column)}${char}${(rows[row] ?? '').slice(column + 1)}`
    column++
  }
  return {
    rows,
    get writes() {
      return writes
    },
    write(text: string) {
      writes++
      // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what is read here
      for (const [token, count, verb] of text.matchAll(/\u001b\[(\?25|\d*)([A-Za-z])|[\s\S]/g)) {
        if (verb === 'A') row -= Number(count)
        else if (verb === 'J') rows.splice(row, rows.length, (rows[row] ?? '').slice(0, column))
        else if (verb === 'K') rows[row] = (rows[row] ?? '').slice(0, column)
        else if (token === '\n') {
          row++
          column = 0
          rows[row] ??= ''
        } else if (token === '\r') column = 0
        else if (verb === undefined) put(token)
      }
    },
  }
}

test('LR1 LR2 a live region is drawn in place, one write a frame, below the lines that stay', () => {
  const screen = terminal()
  const region = new LiveRegion(screen)
  region.draw(['one', 'long line'])
  region.draw(['two', 'short'])
  assert.deepEqual(screen.rows, ['two', 'short', ''])
  assert.equal(screen.writes, 2)
  region.draw(['two', 'short'])
  assert.equal(screen.writes, 2)
  region.above('note')
  assert.deepEqual(screen.rows, ['note', 'two', 'short', ''])
  region.draw(['three'])
  assert.deepEqual(screen.rows, ['note', 'three', ''])
  region.close()
  region.close()
  region.draw(['four'])
  assert.deepEqual(screen.rows, ['note', 'three', 'four', ''])
  region.close('clear')
  assert.deepEqual(screen.rows, ['note', 'three', ''])
})
