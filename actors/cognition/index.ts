/**
 * Owns: the door of cognition: signatures, adapters, modules, the language model as data.
 * Does not own: anything else; it only exports.
 */

export { type Adapter, formatMessages, type Values } from './adapter.ts'
export { bamlAdapter } from './baml-adapter.ts'
export * from './best-of-n.ts'
export { chatAdapter } from './chat-adapter.ts'
export { cognitionErrors } from './cognition-errors.ts'
export * from './comparison.ts'
export { type FieldType, typeName } from './field-type.ts'
export { jsonAdapter, type ModelFacts } from './json-adapter.ts'
export * from './language-model.ts'
export { codeType, dspyTypes, modelType, printedTypes } from './named-types.ts'
export {
  type AdapterChoice,
  chainOfThought,
  type ModelAnswer,
  type ModelChoice,
  type ParseFailure,
  type Prediction,
  type Predictor,
  type PredictState,
  predictor,
  requestOf,
  resumePredict,
  type Step,
  startPredict,
} from './predict.ts'
export { type Constraints, constraintText, inferPrefix } from './prefix.ts'
export * from './prices.ts'
export type { ExactNumber } from './python-value.ts'
export * from './react.ts'
export { canonicalRequest, requestKey } from './request-key.ts'
export * from './signature.ts'
export { extractionSignature, twoStepAdapter } from './two-step-adapter.ts'
export { type NamedTypes, parseType } from './type-grammar.ts'
export { xmlAdapter } from './xml-adapter.ts'
