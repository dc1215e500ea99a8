/**
 * Owns: the catalogue of everything that can go wrong in setting up models and the bundled model's endpoint.
 * Does not own: failures of calls; they are data (actors/cognition/language-model).
 * Invariants: E2.
 */

import { catalogue, entry } from '#runtime'

export const modelErrors = catalogue({
  'model.config': entry<{ key: string; expected: string; got: string }>({
    message: (f) => `The model's ${f.key} is not valid: expected ${f.expected}, got ${f.got}.`,
    remedy: (f) => `Set ${f.key} to ${f.expected}.`,
    retry: 'never',
    audience: 'operator',
    sample: { key: 'baseUrl', expected: 'an address such as http://localhost:11434/v1', got: '"localhost"' },
  }),
  'model.port_taken': entry<{ port: number; reason: string }>({
    message: (f) => `The bundled model cannot listen on port ${f.port}: ${f.reason}.`,
    remedy: () => 'Leave the port out, so that a free one is taken, or stop the process that has it.',
    retry: 'later',
    audience: 'operator',
    sample: { port: 11434, reason: 'EADDRINUSE' },
  }),
  'model.journal_failed': entry<{ file: string; reason: string }>({
    message: (f) => `The journal of the bundled model's answers ${f.file} cannot be used: ${f.reason}.`,
    remedy: () => 'Make its folder writable and free space, or start the bundled model without a journal.',
    retry: 'later',
    audience: 'operator',
    sample: { file: './.troupe/bundled-model.jsonl', reason: 'ENOSPC: no space left on device, write' },
  }),
  'model.journal_damaged': entry<{ file: string; line: number; got: string }>({
    message: (f) =>
      `The journal of the bundled model's answers ${f.file} is damaged: expected an answer in line ${f.line}, got ${f.got}.`,
    remedy: () => 'Move the file away: its answers are computed anew when they are asked for again.',
    retry: 'never',
    audience: 'operator',
    sample: { file: './.troupe/bundled-model.jsonl', line: 7, got: '"{\\"key\\":"' },
  }),
  'model.stopped': entry<{ model: string }>({
    message: (f) => `The model was stopped (${f.model}).`,
    remedy: () => 'Open it again with openModel, or create a new Troupe.',
    retry: 'never',
    audience: 'caller',
    sample: { model: 'naive Bayes' },
  }),
})
