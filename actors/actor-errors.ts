/**
 * Owns: the catalogue of what can go wrong with programs, executions and data sets.
 * Does not own: errors of thinking (cognition), of data (evaluation), of the runtime.
 * Invariants: E2.
 */

import { catalogue, entry } from '#runtime'

export const actorErrors = catalogue({
  'execution.cancelled': entry<{ execution: string }>({
    message: (f) => `Execution ${f.execution} was cancelled.`,
    remedy: () => 'Start a new execution if the result is still wanted.',
    retry: 'never',
    audience: 'caller',
    sample: { execution: '01hf' },
  }),
  'program.unknown': entry<{ program: string; known?: string; nearest?: string }>({
    message: (f) => `There is no program ${JSON.stringify(f.program)}.`,
    remedy: (f) =>
      `${f.nearest ? `Did you mean ${JSON.stringify(f.nearest)}? ` : ''}Publish it first${f.known === undefined ? '' : `; known programs: ${f.known || 'none'}`}.`,
    retry: 'never',
    audience: 'caller',
    sample: { program: 'triag', known: 'triage', nearest: 'triage' },
  }),
  'program.not_promoted': entry<{ program: string; versions: number }>({
    message: (f) => `Program ${f.program} has ${f.versions} versions and none of them is in production.`,
    remedy: () => 'Promote one, or name the version to run.',
    retry: 'never',
    audience: 'caller',
    sample: { program: 'triage', versions: 2 },
  }),
  'program.unknown_version': entry<{ version: string }>({
    message: (f) => `There is no program version with the content hash ${f.version}.`,
    remedy: () => 'Publish it again: a version is found by its content.',
    retry: 'never',
    audience: 'operator',
    sample: { version: 'a3f5…' },
  }),
  'program.no_version': entry<{ program: string; version: number; versions: number }>({
    message: (f) => `Program ${f.program} has no version ${f.version}; it has ${f.versions}.`,
    remedy: () => 'Name a published version.',
    retry: 'never',
    audience: 'caller',
    sample: { program: 'triage', version: 7, versions: 2 },
  }),
  'execution.input_missing': entry<{ program: string; field: string; given: string }>({
    message: (f) => `Program ${f.program} needs the input ${JSON.stringify(f.field)}; given were: ${f.given || 'none'}.`,
    remedy: (f) => `Add ${JSON.stringify(f.field)} to the input.`,
    retry: 'never',
    audience: 'caller',
    sample: { program: 'triage', field: 'body', given: 'subject' },
  }),
  'dataset.unknown': entry<{ dataset: string }>({
    message: (f) => `There is no data set ${JSON.stringify(f.dataset)}.`,
    remedy: () => 'Import and seal it first.',
    retry: 'never',
    audience: 'caller',
    sample: { dataset: 'mial' },
  }),
})
