/**
 * Owns: values of machines as plain data: actor references and errors inside of them are written as marked objects and read back.
 * Does not own: snapshots as a whole (persisted-cell).
 * Invariants: PL1 what is written comes back equal, references as references of the living cell. PR1 a value without references is not copied.
 */

import { type Address, formatAddress } from '../address.ts'
import { type ErrorData, errorData, errorFrom } from '../errors.ts'
import type { Json } from '../json.ts'
import { kernelErrors } from '../kernel-errors.ts'
import { actorRef, ForeignRef } from './actor-ref.ts'
import { CellActor } from './cell-actor.ts'
import { type InSystem, life } from './in-cell.ts'

/** XState's own mark for references in persisted data. */
const mark = 'xstate$$type'
const errorMark = 'troupe$error'

interface Walk {
  readonly owner: string
  /** False: what JSON cannot say is left as it is. */
  readonly strict: boolean
  readonly ref: (actor: CellActor) => Json
  readonly above: Set<object>
}

/**
 * `value` as JSON.
 *
 * @param path how the value is called in the error
 * @throws `snapshot.not_json` naming the path of the first thing that JSON cannot say, unless `strict` is false
 */
export function toPlain(value: unknown, path: string, owner: string, strict = true): Json {
  return write(value, path, { owner, strict, ref: inside, above: new Set() }) as Json
}

/** A message for another actor: a reference to this actor itself becomes its address. @throws `logic.unsupported` for one to its children */
export function toOutgoing(message: unknown, system: InSystem): unknown {
  const owner = formatAddress(system.address)
  const ref = (actor: CellActor): Json => {
    if (actor === system.root) return new ForeignRef(system.address).toJSON() as unknown as Json
    throw kernelErrors.make('logic.unsupported', {
      address: owner,
      what: `sending a reference to its child ${actor.id} to another actor`,
    })
  }
  return write(message, 'message', { owner, strict: false, ref, above: new Set() })
}

const inside = (actor: CellActor): Json => ({ [mark]: 1, id: actor.id, key: actor.key })

function write(value: unknown, path: string, walk: Walk): unknown {
  if (value === null || typeof value === 'string' || typeof value === 'boolean' || value === undefined) return value
  if (typeof value === 'number') return Number.isFinite(value) ? value : refuse(value, String(value), path, walk)
  if (typeof value !== 'object') return refuse(value, `a ${typeof value}`, path, walk)
  if (value instanceof CellActor) return walk.ref(value)
  if (value instanceof ForeignRef) return value.toJSON()
  if (value instanceof Error) return { [errorMark]: errorData(value) }
  if (walk.above.has(value)) return refuse(value, 'a cycle', path, walk)
  walk.above.add(value)
  const written = Array.isArray(value) ? writeList(value, path, walk) : writeObject(value, path, walk)
  walk.above.delete(value)
  return written
}

function writeList(list: readonly unknown[], path: string, walk: Walk): unknown {
  let copy: unknown[] | undefined
  for (let at = 0; at < list.length; at++) {
    const member = list[at]
    if (member === undefined) refuse(member, 'undefined in a list', `${path}[${at}]`, walk)
    if (typeof member === 'string') continue
    const written = write(member, `${path}[${at}]`, walk)
    if (written !== member) {
      copy ??= [...list]
      copy[at] = written
    }
  }
  return copy ?? list
}

function writeObject(value: object, path: string, walk: Walk): unknown {
  const prototype = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null)
    return refuse(value, `an instance of ${prototype.constructor?.name || 'a class'}`, path, walk)
  let copy: Record<string, unknown> | undefined
  for (const name of Object.keys(value)) {
    const member = (value as Record<string, unknown>)[name]
    if (typeof member === 'string') continue
    const written = write(member, `${path}.${name}`, walk)
    if (written !== member) {
      copy ??= { ...value }
      copy[name] = written
    }
  }
  return copy ?? value
}

function refuse(value: unknown, got: string, path: string, walk: Walk): unknown {
  if (!walk.strict) return value
  throw kernelErrors.make('snapshot.not_json', { address: walk.owner, path, got })
}

/** The value that `data` stands for. A reference to an actor that is gone comes back as one that is stopped. */
export function fromPlain(data: unknown, system: InSystem): unknown {
  if (data === null || typeof data !== 'object') return data
  if (Array.isArray(data)) {
    let copy: unknown[] | undefined
    for (let at = 0; at < data.length; at++) {
      const read = fromPlain(data[at], system)
      if (read !== data[at]) {
        copy ??= [...data]
        copy[at] = read
      }
    }
    return copy ?? data
  }
  const object = data as { readonly [name: string]: unknown }
  if (mark in object && object[mark] === 1) return reference(object, system)
  if (errorMark in object) return errorFrom(object[errorMark] as ErrorData)
  let copy: Record<string, unknown> | undefined
  for (const name of Object.keys(object)) {
    const read = fromPlain(object[name], system)
    if (read !== object[name]) {
      copy ??= { ...object }
      copy[name] = read
    }
  }
  return copy ?? data
}

function reference(marked: { readonly [name: string]: unknown }, system: InSystem): unknown {
  if (marked.address !== undefined) return actorRef(marked.address as Address)
  return system.lookup(String(marked.key)) ?? departed(String(marked.id), String(marked.key), system)
}

const empty = {
  getInitialSnapshot: () => ({ status: 'stopped' as const, output: undefined, error: undefined }),
  transition: (it: unknown) => it,
}

/** Stands for an actor that was stopped before its state was stored: it keeps its id and takes no events. */
function departed(id: string, key: string, system: InSystem): CellActor {
  const number = key.slice(key.lastIndexOf('#') + 1)
  const gone = new CellActor({ system, id, sessionId: `x:${number}`, logic: empty as never, src: '', parent: system.root })
  gone.key = key
  gone._initState()
  gone._processingStatus = life.stopped
  return gone
}
