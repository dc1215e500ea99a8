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
  'model.log_failed': entry<{ file: string; reason: string }>({
    message: (f) => `The log of model requests ${f.file} cannot be used: ${f.reason}.`,
    remedy: () => 'Make its folder writable and free space, or leave countFile out.',
    retry: 'later',
    audience: 'operator',
    sample: { file: '/data/requests.jsonl', reason: 'ENOSPC' },
  }),
})
