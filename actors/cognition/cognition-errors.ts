/**
 * Owns: the catalogue of everything that can go wrong in signatures, adapters and modules.
 * Does not own: errors of the model itself (language-model) and of its transport (bridge).
 * Invariants: E2.
 */

import { catalogue, entry } from '#runtime'

export const cognitionErrors = catalogue({
  'signature.invalid': entry<{ signature: string; problem: string }>({
    message: (f) => f.problem,
    remedy: (f) =>
      `Write it like "question: str, context: list[str] -> answer: Literal['yes', 'no']"; got ${JSON.stringify(f.signature)}.`,
    retry: 'never',
    audience: 'caller',
    sample: { signature: 'question', problem: "Invalid signature format: 'question', must contain exactly one '->'." },
  }),
  'signature.no_field': entry<{ field: string; known: string }>({
    message: (f) => `The signature has no field ${JSON.stringify(f.field)}; its fields are ${f.known}.`,
    remedy: () => 'Use one of its fields, or add it first with appendField.',
    retry: 'never',
    audience: 'caller',
    sample: { field: 'anser', known: 'question, answer' },
  }),
  'signature.index': entry<{ index: number; kind: string; count: number }>({
    message: (f) => `A field cannot be inserted at ${f.index}: there are ${f.count} ${f.kind} fields.`,
    remedy: (f) => `Use an index from ${-f.count - 1} to ${f.count}.`,
    retry: 'never',
    audience: 'caller',
    sample: { index: 7, kind: 'input', count: 2 },
  }),
  'state.invalid': entry<{ path: string; expected: string; got: string }>({
    message: (f) => `The saved state is not valid at ${f.path}: expected ${f.expected}, got ${f.got}.`,
    remedy: () => 'Load a state that was saved by DSPy 2.6 or later, or by Troupe.',
    retry: 'never',
    audience: 'caller',
    sample: { path: 'signature.fields[0].prefix', expected: 'a text', got: 'nothing' },
  }),
  'value.invalid': entry<{ field: string; expected: string; got: string }>({
    message: (f) => `The value of ${f.field} cannot be put into a prompt: expected ${f.expected}, got ${f.got}.`,
    remedy: (f) => `Give ${f.expected}, or declare the field with the type of the value.`,
    retry: 'never',
    audience: 'caller',
    sample: { field: 'context', expected: 'a list of texts', got: '1' },
  }),
  'cognition.declined': entry<{ what: string; reason: string }>({
    message: (f) => `${f.what} is not done natively: ${f.reason}.`,
    remedy: () => 'Run this module through a Python worker, which runs the real DSPy.',
    retry: 'elsewhere',
    audience: 'caller',
    sample: { what: 'A field of type Audio', reason: 'its value has no native form' },
  }),
  'completion.unparsable': entry<{ adapter: string; problem: string; completion: string; expected: string }>({
    message: (f) => f.problem,
    remedy: () => 'Give the module demos, a clearer instruction, or a stronger model; the completion is in the fields.',
    retry: 'later',
    audience: 'caller',
    sample: {
      adapter: 'ChatAdapter',
      problem: 'Adapter ChatAdapter failed to parse the LM response “no markers”: expected the field answer.',
      completion: 'no markers',
      expected: 'answer',
    },
  }),
  'model.failed': entry<{ model: string; kind: string; reason: string }>({
    message: (f) => `The model ${f.model} failed (${f.kind}): ${f.reason}.`,
    remedy: () => 'Read the cause; the kind says whether trying again can help.',
    retry: 'later',
    audience: 'caller',
    sample: { model: 'openai/gpt-4o-mini', kind: 'rate_limited', reason: 'HTTP 429' },
  }),
  'module.misused': entry<{ module: string; problem: string }>({
    message: (f) => `The ${f.module} was not used as it must be: ${f.problem}.`,
    remedy: () => 'See its documentation.',
    retry: 'never',
    audience: 'caller',
    sample: { module: 'Predict', problem: 'n must be a positive integer, got 0' },
  }),
})
