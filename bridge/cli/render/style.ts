/**
 * Owns: how output may look: width, colours, symbols; for a terminal, a pipe, and terminals without Unicode.
 * Does not own: what is printed.
 * Invariants: ST1 without colours no escape sequence is printed.
 */

import { styleText } from 'node:util'

const symbolSets = {
  unicode: {
    ok: '✔',
    bad: '✖',
    warn: '▲',
    skip: '◌',
    dot: '·',
    arrow: '→',
    restart: '↻',
    ellipsis: '…',
    full: '━',
    empty: '─',
    branch: '├─ ',
    last: '└─ ',
    trunk: '│  ',
    gap: '   ',
    living: '●',
    resting: '○',
    steps: ['◐', '◓', '◑', '◒'],
  },
  ascii: {
    ok: '+',
    bad: 'x',
    warn: '!',
    skip: '-',
    dot: '|',
    arrow: '->',
    restart: 'restarts',
    ellipsis: '...',
    full: '#',
    empty: '-',
    branch: '|- ',
    last: '`- ',
    trunk: '|  ',
    gap: '   ',
    living: '*',
    resting: 'o',
    steps: ['|', '/', '-', '\\'],
  },
} as const

export type Symbols = { readonly [S in keyof (typeof symbolSets)['unicode']]: S extends 'steps' ? readonly string[] : string }

/** What a piece of text is, from which its colour follows. */
export type Tone = 'strong' | 'quiet' | 'good' | 'bad' | 'warn' | 'accent'

export interface Style {
  /** Columns that a line may have. */
  readonly columns: number
  readonly symbols: Symbols
  /** `text` in the colour of its tone; as it is without colours. */
  paint(tone: Tone, text: string): string
}

const formats = {
  strong: 'bold',
  quiet: 'gray',
  good: 'green',
  bad: 'red',
  warn: 'yellow',
  accent: 'cyan',
} as const satisfies { readonly [T in Tone]: Parameters<typeof styleText>[0] }

export interface StyleOptions {
  /** Default 80; at least 40 are assumed, because narrower tables cannot be read. */
  readonly columns?: number
  readonly colours?: boolean
  readonly unicode?: boolean
}

/** @example styleOf({ columns: 80, colours: false }).paint('bad', 'no') // 'no' */
export function styleOf(options: StyleOptions = {}): Style {
  const colours = options.colours ?? false
  return {
    columns: Math.max(40, options.columns ?? 80),
    symbols: symbolSets[(options.unicode ?? true) ? 'unicode' : 'ascii'],
    paint: (tone, text) => (colours && text !== '' ? styleText(formats[tone], text, { validateStream: false }) : text),
  }
}
