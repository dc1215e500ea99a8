/**
 * Owns: one partition of a registry: its two tables and the process that cleans them when a holder dies.
 * Does not own: which partition a key belongs to, uniqueness (registry).
 * Invariants: RG2, RG4. RG5 both tables tell the same: an entry is in both or in none.
 */

import { canonicalJson, type Json, type Processes, type ProcessSelf, type Ref, type Server } from '#runtime'

interface Entry {
  readonly ref: Ref
  readonly key: Json
  value: unknown
}

type Notify = (type: 'registry.registered' | 'registry.unregistered', key: Json, ref: Ref, value?: unknown) => void

export class RegistryPartition {
  readonly #processes: Processes
  readonly #notify: Notify
  readonly #byKey = new Map<string, Entry[]>()
  readonly #byOwner = new Map<number, Entry[]>()
  #self: Ref | undefined

  constructor(processes: Processes, notify: Notify) {
    this.#processes = processes
    this.#notify = notify
  }

  get ref(): Ref | undefined {
    return this.#self && this.#processes.alive(this.#self) ? this.#self : undefined
  }

  get size(): number {
    let size = 0
    for (const entries of this.#byKey.values()) size += entries.length
    return size
  }

  /** How many processes hold a key here. */
  get owners(): number {
    return this.#byOwner.size
  }

  /** The process that cleans up; a new one starts with empty tables, because the links of the old one are gone. */
  server(): Server {
    return {
      init: (self: ProcessSelf) => {
        self.trapExits(true)
        this.#byKey.clear()
        this.#byOwner.clear()
        this.#self = self.ref
        return { init: 'ok' }
      },
      handle: (signal) => {
        if (signal.signal === 'exit') this.#forget(signal.from)
        else if (signal.signal === 'call') signal.reply('ok')
      },
    }
  }

  add(owner: Ref, key: Json, value: unknown): void {
    const entry: Entry = { ref: owner, key, value }
    const text = canonicalJson(key)
    const owned = this.#byOwner.get(owner.id)
    if (owned) owned.push(entry)
    else {
      this.#byOwner.set(owner.id, [entry])
      if (this.#self) this.#processes.link(owner, this.#self)
    }
    const held = this.#byKey.get(text)
    if (held) held.push(entry)
    else this.#byKey.set(text, [entry])
    this.#notify('registry.registered', key, owner, value)
  }

  entries(key: Json): readonly Entry[] {
    return this.#byKey.get(canonicalJson(key)) ?? []
  }

  lookup(key: Json): { readonly ref: Ref; readonly value: unknown }[] {
    return this.entries(key).map(({ ref, value }) => ({ ref, value }))
  }

  keys(owner: Ref): Json[] {
    return (this.#byOwner.get(owner.id) ?? []).map((entry) => entry.key)
  }

  remove(owner: Ref, key: Json): void {
    const text = canonicalJson(key)
    for (const entry of this.entries(key).filter((e) => e.ref.id === owner.id)) this.#drop(entry, text)
    if (!this.#byOwner.has(owner.id) && this.#self) this.#processes.unlink(owner, this.#self)
  }

  /** Clears what a dead holder left under the key. */
  dropKey(key: Json): void {
    const text = canonicalJson(key)
    for (const entry of [...this.entries(key)]) this.#drop(entry, text)
  }

  #forget(owner: Ref): void {
    for (const entry of this.#byOwner.get(owner.id) ?? []) this.#drop(entry, canonicalJson(entry.key))
  }

  #drop(entry: Entry, text: string): void {
    keepOthers(this.#byKey, text, entry)
    keepOthers(this.#byOwner, entry.ref.id, entry)
    this.#notify('registry.unregistered', entry.key, entry.ref)
  }
}

/** Takes `entry` out of its list, and an empty list out of the table. */
function keepOthers<K>(table: Map<K, Entry[]>, key: K, entry: Entry): void {
  const rest = (table.get(key) ?? []).filter((other) => other !== entry)
  if (rest.length > 0) table.set(key, rest)
  else table.delete(key)
}
