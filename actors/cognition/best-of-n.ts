/**
 * Owns: BestOfN as a stepper: a predictor is run up to N times, each prediction is scored, the best one is given back.
 * Does not own: the score; whoever steps performs it, because a reward is a function of the host.
 * Invariants: PD1, PD2. BN1 each attempt has its own rollout_id, so that no attempt is taken from the cache of another.
 */

import { errorData } from '#runtime'
import type { Values } from './adapter.ts'
import { cognitionErrors } from './cognition-errors.ts'
import {
  type ModelAnswer,
  type ModelChoice,
  type ParseFailure,
  type Prediction,
  type Predictor,
  type PredictState,
  resumePredict,
  type Step,
  startPredict,
} from './predict.ts'

/** A BestOfN module as data. */
export interface BestOfN {
  readonly of: Predictor
  /** Attempts at most. */
  readonly n: number
  /** A score at or above it ends the run. */
  readonly threshold: number
}

export interface BestOfNState {
  readonly module: 'BestOfN'
  readonly program: BestOfN
  readonly model: ModelChoice
  readonly inputs: Values
  readonly attempt: number
  /** Failed attempts that are still allowed; DSPy compares it with the attempt's index. */
  readonly allowed: number
  readonly best?: { readonly reward: number; readonly prediction: Prediction }
  readonly failures: readonly ParseFailure[]
  readonly at?: PredictState
}

/** What BestOfN wants next: a model call, or the score of a prediction. */
export type BestOfNStep =
  | Step<BestOfNState>
  | { readonly status: 'scoring'; readonly inputs: Values; readonly prediction: Prediction; readonly state: BestOfNState }

/** The first step of a run. */
export function startBestOfN(program: BestOfN, model: ModelChoice, inputs: Values): BestOfNStep {
  return attempt({ module: 'BestOfN', program, model, inputs, attempt: 0, allowed: program.n, failures: [] })
}

/** The next step, given the model's answer. */
export function resumeBestOfN(state: BestOfNState, answer: ModelAnswer): BestOfNStep {
  return settle(state, resumePredict(state.at!, answer))
}

/** The next step, given the score of the prediction. */
export function resumeScore(state: BestOfNState, prediction: Prediction, reward: number): BestOfNStep {
  const best = state.best === undefined || reward > state.best.reward ? { reward, prediction } : state.best
  if (reward >= state.program.threshold) return { status: 'done', prediction: best.prediction, failures: state.failures }
  return attempt({ ...state, best, attempt: state.attempt + 1 })
}

function attempt(state: BestOfNState): BestOfNStep {
  const { program, model, inputs, best, failures } = state
  if (state.attempt >= program.n) {
    if (best) return { status: 'done', prediction: best.prediction, failures }
    const problem = `none of ${program.n} attempts gave a prediction`
    return {
      status: 'failed',
      error: errorData(cognitionErrors.make('module.misused', { module: 'BestOfN', problem })),
      failures,
    }
  }
  const first = typeof model.settings.rollout_id === 'number' ? model.settings.rollout_id : 0
  const settings = { ...model.settings, temperature: 1, rollout_id: first + state.attempt }
  return settle(state, startPredict(program.of, { ...model, settings }, inputs))
}

function settle(state: BestOfNState, step: Step<PredictState>): BestOfNStep {
  if (step.status === 'asking') return { ...step, state: { ...state, at: step.state } }
  const now = { ...state, failures: [...state.failures, ...step.failures] }
  if (step.status === 'done') return { status: 'scoring', inputs: state.inputs, prediction: step.prediction, state: now }
  if (state.attempt > state.allowed) return { ...step, failures: now.failures }
  return attempt({ ...now, allowed: state.allowed - 1, attempt: state.attempt + 1 })
}
