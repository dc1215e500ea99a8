/**
 * Owns: the catalogue of everything that can be wrong with examples, data sets, splits and measured results.
 * Does not own: errors of bundled packages (bridge/datasets) and of programs (actors/program-errors).
 * Invariants: E2.
 */

import { catalogue, entry } from '#runtime'

export const evaluationErrors = catalogue({
  'dataset.row_invalid': entry<{
    source: string
    row: number
    line: number
    column: string
    expected: string
    got: string
    bad: number
  }>({
    message: (f) =>
      `${f.source}, row ${f.row} (line ${f.line})${f.column ? `, column ${JSON.stringify(f.column)}` : ''}: expected ${f.expected}, got ${f.got}.${
        f.bad > 1 ? ` ${f.bad} rows are bad; this is the first.` : ''
      } Nothing was imported.`,
    remedy: () => 'Correct the row, or leave the column out of the import, and import again.',
    retry: 'never',
    audience: 'caller',
    sample: {
      source: 'mails.csv',
      row: 17,
      line: 18,
      column: 'label',
      expected: 'spam or ham',
      got: '"spma"',
      bad: 2,
    },
  }),
  'dataset.column_missing': entry<{ source: string; column: string; known: string; nearest?: string }>({
    message: (f) => `${f.source} has no column ${JSON.stringify(f.column)}. Nothing was imported.`,
    remedy: (f) => `${f.nearest ? `Did you mean ${JSON.stringify(f.nearest)}? ` : ''}Its columns are: ${f.known}.`,
    retry: 'never',
    audience: 'caller',
    sample: { source: 'mails.csv', column: 'lable', known: 'subject, body, label', nearest: 'label' },
  }),
  'dataset.empty': entry<{ source: string }>({
    message: (f) => `${f.source} holds no example.`,
    remedy: () => 'Give at least one row.',
    retry: 'never',
    audience: 'caller',
    sample: { source: 'mails.jsonl' },
  }),
  'dataset.example_invalid': entry<{ dataset: string; index: number; path: string; expected: string; got: string }>({
    message: (f) =>
      `Example ${f.index} of the data set ${JSON.stringify(f.dataset)} is not valid${f.path ? ` at ${f.path}` : ''}: expected ${f.expected}, got ${f.got}. Nothing was sealed.`,
    remedy: () => 'Correct the example and seal again; examples are objects of JSON values and have every input and label field.',
    retry: 'never',
    audience: 'caller',
    sample: { dataset: 'mail', index: 3, path: 'label', expected: 'a value', got: 'nothing' },
  }),
  'dataset.changed': entry<{ dataset: string; expected: string; got: string }>({
    message: (f) =>
      `The examples of ${JSON.stringify(f.dataset)} are not the sealed ones: expected the hash ${f.expected}, got ${f.got}.`,
    remedy: () => 'A sealed version never changes: seal the new examples as a new version, or restore the old ones.',
    retry: 'never',
    audience: 'operator',
    sample: { dataset: 'mail', expected: 'a3f1…', got: '99c0…' },
  }),
  'split.invalid': entry<{ part: string; expected: string; got: string }>({
    message: (f) => `The split is not valid at ${f.part}: expected ${f.expected}, got ${f.got}.`,
    remedy: () =>
      'Give every part a count of examples, or every part a fraction of at most 1 in sum, and a seed from 0 to 4294967295.',
    retry: 'never',
    audience: 'caller',
    sample: { part: 'train', expected: 'a fraction or a count', got: '-1' },
  }),
  'quantile.invalid': entry<{ expected: string; got: string }>({
    message: (f) => `Not something to take a quantile of: expected ${f.expected}, got ${f.got}.`,
    remedy: () => 'Give finite numbers, and a share from 0 to 1.',
    retry: 'never',
    audience: 'caller',
    sample: { expected: 'a share from 0 to 1', got: '95' },
  }),
})
