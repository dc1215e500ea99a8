/**
 * Owns: the catalogue of what can be wrong with a command line.
 * Does not own: exit codes (exit-codes).
 * Invariants: E2.
 */

import { catalogue, entry } from '#runtime'

export const cliErrors = catalogue({
  'cli.usage': entry<{ problem: string; command: string; nearest?: string }>({
    message: (f) => `${f.problem}.`,
    remedy: (f) => `${f.nearest ? `Did you mean ${f.nearest}? ` : ''}See: ${f.command} --help`,
    retry: 'never',
    audience: 'caller',
    sample: { problem: 'There is no command "pss"', command: 'troupe', nearest: 'ps' },
  }),
  'cli.json_invalid': entry<{ argument: string; got: string; problem: string }>({
    message: (f) => `${f.argument} is not valid JSON: ${f.problem}; got ${f.got}.`,
    remedy: () =>
      'Give JSON in single quotes, such as \'{"text":"hello"}\'; or @FILE to read a file; or - to read standard input.',
    retry: 'never',
    audience: 'caller',
    sample: { argument: '--input', got: '"{text"', problem: 'Expected property name' },
  }),
  'cli.file_unreadable': entry<{ argument: string; file: string }>({
    message: (f) => `${f.argument}: the file ${f.file} cannot be read.`,
    remedy: () => 'Check the path and its permissions.',
    retry: 'never',
    audience: 'caller',
    sample: { argument: '--input', file: 'mail.json' },
  }),
  'cli.message_invalid': entry<{ got: string }>({
    message: (f) => `Not a message: ${f.got}.`,
    remedy: () => 'Give a type and members (add by=2), or JSON with a type (\'{"type":"add","by":2}\').',
    retry: 'never',
    audience: 'caller',
    sample: { got: '"by=2"' },
  }),
  'cli.execution_not_found': entry<{ execution: string }>({
    message: (f) => `There is no execution ${JSON.stringify(f.execution)}.`,
    remedy: () => 'List them with: troupe ps --kind execution',
    retry: 'never',
    audience: 'caller',
    sample: { execution: 'ex-42' },
  }),
  'cli.actors_unreadable': entry<{ file: string }>({
    message: (f) => `The module ${f.file} of --actors cannot be loaded.`,
    remedy: () => 'Read the cause: check the path, and that the module runs by itself (node FILE).',
    retry: 'never',
    audience: 'caller',
    sample: { file: './actors.js' },
  }),
  'cli.actors_missing': entry<{ file: string; exports: string }>({
    message: (f) => `The module ${f.file} of --actors exports no behaviour; it exports ${f.exports || 'nothing'}.`,
    remedy: () => 'Export what defineActor gives: export const counter = defineActor({ … })',
    retry: 'never',
    audience: 'caller',
    sample: { file: './actors.js', exports: 'main' },
  }),
  'cli.run_deadline': entry<{ execution: string; deadline: string }>({
    message: (f) => `Execution ${f.execution} has not ended within ${f.deadline}.`,
    remedy: (f) => `It is kept, and goes on when a process runs on this store. Look at it with: troupe show ${f.execution}`,
    retry: 'later',
    audience: 'caller',
    sample: { execution: '01hf', deadline: '30s' },
  }),
  'cli.store_missing': entry<{ store: string }>({
    message: (f) => `There is no store at ${f.store}.`,
    remedy: () => 'Check --store and the folder you are in; npx troupe demo triage, or a program with createTroupe, makes one.',
    retry: 'never',
    audience: 'caller',
    sample: { store: './.troupe' },
  }),
  'cli.fresh_server': entry<{ command: string; store: string }>({
    message: (f) => `${f.command} --fresh throws away a folder; ${f.store} is a server's database and was left alone.`,
    remedy: (f) => `Start anew in another schema: ${f.command} --store … --schema ANOTHER_NAME`,
    retry: 'never',
    audience: 'caller',
    sample: { command: 'troupe demo triage', store: 'postgres://localhost/troupe' },
  }),
  'cli.demo_hopeless': entry<{ tries: number; remedy: string }>({
    message: (f) => `The first ${f.tries} all failed in the same way, so the rest was not tried.`,
    remedy: (f) => `${f.remedy} Then type the same command again: it goes on.`,
    retry: 'later',
    audience: 'operator',
    sample: { tries: 16, remedy: 'Give a valid key in TROUPE_MODEL_KEY.' },
  }),
  'cli.interrupted': entry<{ command: string }>({
    message: (f) => `${f.command} was interrupted.`,
    remedy: () => 'Type the same command again to go on; what was committed is kept.',
    retry: 'later',
    audience: 'caller',
    sample: { command: 'demo triage' },
  }),
  'doctor.node_old': entry<{ got: string; needed: string }>({
    message: (f) => `Node ${f.got} is too old; ${f.needed} or newer is needed.`,
    remedy: (f) => `Install Node ${f.needed} or newer, or start Troupe with npm start, which brings its own.`,
    retry: 'never',
    audience: 'operator',
    sample: { got: '20.20.2', needed: '22.18.0' },
  }),
  'doctor.folder': entry<{ folder: string; problem: string }>({
    message: (f) => `The folder ${f.folder} cannot be used: ${f.problem}.`,
    remedy: (f) => `Make it writable (chmod u+rwx ${f.folder}), or choose another with --store.`,
    retry: 'never',
    audience: 'operator',
    sample: { folder: './.troupe', problem: 'it is not writable' },
  }),
  'doctor.model_unreachable': entry<{ url: string; problem: string }>({
    message: (f) => `The model endpoint ${f.url} does not answer: ${f.problem}.`,
    remedy: () => 'Start the server, check TROUPE_MODEL_URL, or leave it out to use the bundled model.',
    retry: 'later',
    audience: 'operator',
    sample: { url: 'http://127.0.0.1:11434/v1', problem: 'connection refused' },
  }),
  'doctor.model_refused': entry<{ url: string; status: number }>({
    message: (f) => `The model endpoint ${f.url} answers with status ${f.status}.`,
    remedy: (f) =>
      f.status === 401 || f.status === 403
        ? 'Check the key in TROUPE_MODEL_KEY.'
        : 'Check TROUPE_MODEL_URL: it usually ends in /v1.',
    retry: 'never',
    audience: 'operator',
    sample: { url: 'https://example.org/v1', status: 401 },
  }),
  'doctor.model_unknown': entry<{ model: string; url: string; known: string; nearest?: string }>({
    message: (f) => `The model endpoint ${f.url} has no model ${JSON.stringify(f.model)}.`,
    remedy: (f) => `${f.nearest ? `Did you mean ${JSON.stringify(f.nearest)}? ` : ''}It has: ${f.known}.`,
    retry: 'never',
    audience: 'operator',
    sample: { model: 'qwen', url: 'http://127.0.0.1:11434/v1', known: 'qwen3:8b', nearest: 'qwen3:8b' },
  }),
  'doctor.python': entry<{ problem: string }>({
    message: (f) => `Python workers cannot run: ${f.problem}.`,
    remedy: () =>
      'Only programs that use Python modules need it. Install Python 3.10 or newer and run: python3 -m pip install dspy',
    retry: 'never',
    audience: 'operator',
    sample: { problem: 'python3 was not found' },
  }),
})
