/**
 * Owns: the catalogue of what can be wrong with programs and with what they are run on.
 * Does not own: signatures (cognition), examples (evaluation).
 * Invariants: E2.
 */

import { catalogue, entry } from '#runtime'

export const programErrors = catalogue({
  'program.invalid': entry<{ path: string; expected: string; got: string; problems: number; all: string; nearest?: string }>({
    message: (f) =>
      `The program is not valid at ${f.path || '(whole)'}: expected ${f.expected}, got ${f.got}.${f.problems > 1 ? ` It has ${f.problems} problems: ${f.all}.` : ''}`,
    remedy: (f) =>
      `${f.nearest ? `Did you mean ${JSON.stringify(f.nearest)}? ` : ''}Correct ${f.path || 'the program'} and publish again; nothing was published.`,
    retry: 'never',
    audience: 'caller',
    sample: {
      path: 'steps.label.inputs.subject',
      expected: 'a field of the program’s inputs (subject, body)',
      got: '"subjct"',
      problems: 2,
      all: 'steps.label.inputs.subject, outputs.label',
      nearest: 'subject',
    },
  }),
  'program.input_invalid': entry<{ program: string; path: string; expected: string; got: string; nearest?: string }>({
    message: (f) => `The input of ${f.program} is not valid at ${f.path || '(whole)'}: expected ${f.expected}, got ${f.got}.`,
    remedy: (f) =>
      f.nearest ? `Did you mean ${JSON.stringify(f.nearest)}?` : `Give ${f.expected} and run it again; nothing was started.`,
    retry: 'never',
    audience: 'caller',
    sample: { program: 'triage', path: 'subjct', expected: 'one of subject, body', got: 'an unknown field', nearest: 'subject' },
  }),
})
