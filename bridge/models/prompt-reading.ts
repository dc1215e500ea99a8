/**
 * Owns: reading a prompt in DSPy's chat or JSON format as its receiver: which outputs are asked, what the demos show, what is given.
 * Does not own: answering (bundled-model), the formats themselves (actors/cognition).
 * Invariants: PR2 any list of messages can be read: one that is in neither format is a question without fields.
 */

import type { Message } from '#actors'

/** An output that the prompt asks for. */
export interface AskedField {
  readonly name: string
  /** As printed: `str`, `Literal['spam', 'ham']`, `list[str]` … */
  readonly type: string
  /** The values that it may have; empty when it is free. */
  readonly options: readonly string[]
}

export type Texts = ReadonlyMap<string, string>

export interface Demo {
  readonly inputs: Texts
  readonly outputs: Texts
}

export interface ReadPrompt {
  readonly format: 'chat' | 'json' | 'plain'
  readonly asked: readonly AskedField[]
  readonly demos: readonly Demo[]
  readonly inputs: Texts
}

const marker = /^\[\[ ## ([\p{L}\p{N}_]+) ## \]\][^\S\n]*\n?/gmu
const reminder =
  /(^|\n\n)Respond with (the corresponding output fields, starting with the field|a JSON object in the following order of fields:) [^\n]*$/

/** The outputs that a system message asks for, and the format of the answer. */
export function readSystem(system: string): Pick<ReadPrompt, 'format' | 'asked'> {
  const list = /(?:^|\n)Your output fields are:\n([\s\S]*?)\nAll interactions will be structured/.exec(system)?.[1]
  if (list === undefined) return { format: 'plain', asked: [] }
  const format = system.includes('\nOutputs will be a JSON object with the following fields.\n') ? 'json' : 'chat'
  const asked = [...list.matchAll(/^\d+\. `([\p{L}\p{N}_]+)` \((.*?)\):(?= |$)/gmu)].map(([, name = '', type = '']) => ({
    name,
    type,
    options: optionsOf(system, name, type),
  }))
  return { format, asked }
}

/** Values that a field may have: booleans, or what the note in the format description lists. */
function optionsOf(system: string, name: string, type: string): readonly string[] {
  if (type === 'bool') return ['True', 'False']
  const place = `{${name}}        # note: the value you produce must `
  const from = system.indexOf(place)
  if (from < 0) return []
  const note = system.slice(from + place.length).split('\n', 1)[0]!
  const listed = /^(?:exactly match \(no extra characters\) one of|be one of): (.*?)(?:",?)?$/.exec(note)?.[1]
  return listed === undefined ? [] : listed.split('; ')
}

/** Texts under their markers; a text before the first marker has the empty name. */
export function readSections(content: string): Map<string, string> {
  const found = new Map<string, string>()
  let name = ''
  let from = 0
  const close = (end: number) => {
    const text = content.slice(from, end).trim()
    if (!found.has(name) && (name !== '' || text !== '')) found.set(name, text)
  }
  for (const match of content.matchAll(marker)) {
    close(match.index)
    name = match[1]!
    from = match.index + match[0].length
  }
  close(content.length)
  return found
}

function readInputs(content: string): Texts {
  const sections = readSections(content.replace(reminder, ''))
  if (sections.size > 1 && sections.get('')?.startsWith('This is an example of the task')) sections.delete('')
  return sections
}

function readOutputs(content: string, format: ReadPrompt['format']): Texts {
  if (format !== 'json') {
    const sections = readSections(content)
    sections.delete('completed')
    return sections
  }
  let object: unknown
  try {
    object = JSON.parse(content)
  } catch {
    // An answer in another format than the one asked for shows nothing, so there is nothing to learn from it.
    return new Map()
  }
  const entries = object !== null && typeof object === 'object' && !Array.isArray(object) ? Object.entries(object) : []
  return new Map(entries.map(([name, value]) => [name, outputText(value)]))
}

/** As the chat format would print it, so that what is learnt does not depend on the format. */
function outputText(value: unknown): string {
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  if (value === null) return 'None'
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** The pairs of question and answer before the last question. */
export function readDemos(messages: readonly Message[], format: ReadPrompt['format']): Demo[] {
  const demos: Demo[] = []
  for (let at = 1; at < messages.length; at++) {
    const [question, answer] = [messages[at - 1]!, messages[at]!]
    if (question.role !== 'user' || answer.role !== 'assistant') continue
    demos.push({ inputs: readInputs(question.content), outputs: readOutputs(answer.content, format) })
  }
  return demos
}

/** What the last message gives. */
export function readQuestion(messages: readonly Message[]): Texts {
  const last = messages[messages.length - 1]
  return last?.role === 'user' ? readInputs(last.content) : new Map()
}
