/**
 * Owns: the bundled model: a small text model that learns from the demos in its prompt and answers in the asked fields. It is no language model.
 * Does not own: HTTP (bundled-server), learning (naive-bayes), reading prompts (prompt-reading).
 * Invariants: BM1 at temperature 0 the same messages give the same answer, in any process. BM2 above it, the same seed does. BM3 it holds no data:
 * whatever it answers comes from the prompt.
 */

import type { Message } from '#actors'
import { seededRandom } from '#runtime'
import { LruMap } from './lru-map.ts'
import { type Classifier, learn } from './naive-bayes.ts'
import { sharedKey } from './prompt-key.ts'
import { type AskedField, type Demo, type ReadPrompt, readDemos, readQuestion, readSystem, type Texts } from './prompt-reading.ts'
import { type Features, featuresOf } from './text-features.ts'
import { cutTokens } from './token-count.ts'

export interface BundledRequest {
  readonly messages: readonly Message[]
  /** 0 = the most likely option; 1 = options by their probabilities; above, flatter. */
  readonly temperature: number
  /** Where sampling starts. */
  readonly seed: number
  readonly maxTokens?: number
  /** `sharedKey` of the messages, where it is known already. */
  readonly shared?: string
}

export interface BundledAnswer {
  readonly text: string
  /** The answer was longer than `maxTokens`. */
  readonly cut: boolean
}

interface LearntDemo extends Demo {
  readonly features: Features
}

/** What was learnt from the part of a prompt before its question. */
interface Learnt {
  readonly format: ReadPrompt['format']
  readonly asked: readonly AskedField[]
  readonly demos: readonly LearntDemo[]
  readonly classifiers: ReadonlyMap<string, Classifier>
}

/** Prompts of one program share their demos, so that a few programs at a time fill it. */
const rememberedPrompts = 8

/**
 * The bundled model.
 *
 * @example new BundledModel().answer({ messages: [{ role: 'user', content: 'Hello there.' }], temperature: 0, seed: 0 }).text // 'Hello there.'
 */
export class BundledModel {
  readonly #learnt = new LruMap<string, Learnt>(rememberedPrompts)

  answer(request: BundledRequest): BundledAnswer {
    const learnt = this.#learn(request.messages, request.shared ?? sharedKey(request.messages))
    const inputs = readQuestion(request.messages)
    const random = seededRandom(request.seed)
    const features = featuresOf(inputs)
    const outputs = new Map<string, string>()
    for (const field of learnt.asked)
      outputs.set(
        field.name,
        answerField(field, learnt, inputs, features, { temperature: request.temperature, next: () => random.next() }),
      )
    const text = printAnswer(learnt, outputs, inputs)
    return request.maxTokens === undefined ? { text, cut: false } : cutTokens(text, request.maxTokens)
  }

  #learn(messages: readonly Message[], key: string): Learnt {
    const known = this.#learnt.get(key)
    if (known) return known
    const { format, asked } = readSystem(messages.find(({ role }) => role === 'system')?.content ?? '')
    const demos = readDemos(messages.slice(0, -1), format).map((demo) => ({ ...demo, features: featuresOf(demo.inputs) }))
    const classifiers = new Map<string, Classifier>()
    for (const { name, options } of asked) {
      if (options.length === 0) continue
      const examples = demos.flatMap(({ features, outputs }) =>
        outputs.has(name) ? [{ features, label: outputs.get(name)! }] : [],
      )
      classifiers.set(name, learn(examples, options))
    }
    const learnt = { format, asked, demos, classifiers }
    this.#learnt.set(key, learnt)
    return learnt
  }
}

interface Sampling {
  readonly temperature: number
  readonly next: () => number
}

function answerField(field: AskedField, learnt: Learnt, inputs: Texts, features: Features, sampling: Sampling): string {
  const classifier = learnt.classifiers.get(field.name)
  if (classifier) return field.options[choose(classifier.probabilities(features), sampling)]!
  const shown = nearest(learnt.demos, field.name, features)
  if (shown !== undefined) return shown
  if (field.type === 'str') return extract(learnt, inputs, features)
  return emptyValue(field.type)
}

/** The most likely option; above temperature 0 one by its probability, sharpened or flattened by the temperature. Ties go to the first. */
function choose(probabilities: readonly number[], { temperature, next }: Sampling): number {
  if (temperature <= 0) return probabilities.indexOf(Math.max(...probabilities))
  const weights = probabilities.map((probability) => probability ** (1 / temperature))
  let left = next() * weights.reduce((sum, weight) => sum + weight, 0)
  for (let at = 0; at < weights.length; at++) {
    left -= weights[at]!
    if (left < 0) return at
  }
  return weights.length - 1
}

/** What the demo with the most similar inputs says for a field. */
function nearest(demos: readonly LearntDemo[], name: string, features: Features): string | undefined {
  let best: string | undefined
  let most = -1
  for (const demo of demos) {
    const output = demo.outputs.get(name)
    if (output === undefined || output.startsWith('Not supplied for this')) continue
    let shared = 0
    for (const feature of features.keys()) if (demo.features.has(feature)) shared++
    const similarity = shared / Math.sqrt((features.size || 1) * (demo.features.size || 1))
    if (similarity > most) {
      most = similarity
      best = output
    }
  }
  return best
}

/**
 * A free text that no demo shows. Where a choice was learnt, the words that speak for it; otherwise the sentence of the inputs that shares most
 * words with the other inputs, as an answer that can be checked against its source.
 */
function extract(learnt: Learnt, inputs: Texts, features: Features): string {
  for (const { name, options } of learnt.asked) {
    const classifier = learnt.classifiers.get(name)
    if (!classifier || learnt.demos.length === 0) continue
    const probabilities = classifier.probabilities(features)
    const option = probabilities.indexOf(Math.max(...probabilities))
    const words = classifier.reasons(features, option, 12).filter((feature) => /^[\p{L}\p{N}'’ -]+$/u.test(feature))
    if (words.length > 0) return `These words speak for ${options[option]}: ${words.slice(0, 5).join(', ')}.`
  }
  const texts = [...inputs.values()].sort((a, b) => b.length - a.length)
  const [source = '', ...others] = texts
  const wanted = featuresOf([['', others.join(' ')]])
  const sentences = source
    .split(/(?<=[.!?])\s+|\n+/)
    .map((sentence) => sentence.trim())
    .filter((sentence) => sentence !== '')
  const overlap = (sentence: string) => [...featuresOf([['', sentence]]).keys()].filter((feature) => wanted.has(feature)).length
  let best = sentences[0] ?? ''
  let most = best === '' ? 0 : overlap(best)
  for (const sentence of sentences.slice(1, 400)) {
    const count = overlap(sentence)
    if (count > most) {
      best = sentence
      most = count
    }
  }
  return best
}

/** A value that is valid for the type and says nothing. */
function emptyValue(type: string): string {
  if (/NoneType/.test(type)) return 'None'
  if (/^(int|float|Decimal)$/.test(type)) return '0'
  if (/^(list|tuple|set|frozenset)\b/.test(type)) return '[]'
  return /^Any$|str/.test(type) && !type.startsWith('dict') ? '' : '{}'
}

function printAnswer(learnt: Learnt, outputs: Texts, inputs: Texts): string {
  if (learnt.format === 'plain') return extract(learnt, inputs, new Map())
  if (learnt.format === 'chat')
    return `${[...outputs].map(([name, text]) => `[[ ## ${name} ## ]]\n${text}`).join('\n\n')}\n\n[[ ## completed ## ]]\n`
  const object = learnt.asked.map(({ name, type }) => [name, jsonValue(outputs.get(name)!, type)] as const)
  return JSON.stringify(Object.fromEntries(object), undefined, 2)
}

/** A text as the JSON value that its type asks for. */
function jsonValue(text: string, type: string): unknown {
  if (type === 'str' || /^Literal\[["']/.test(type)) return text
  if (text === 'True' || text === 'False') return text === 'True'
  if (text === 'None') return null
  try {
    return JSON.parse(text)
  } catch {
    // What is no JSON is a text: the reader coerces it or says what is wrong with it.
    return text
  }
}
