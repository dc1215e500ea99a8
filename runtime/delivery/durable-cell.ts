/**
 * Owns: one life of a durable actor: load, decide, commit, and only then what others can see. The turn.
 * Does not own: the rows (turn-draft), group commit (committer), restarts (supervisors).
 * Invariants: T1–T3, T6, T7. DC1 a turn that throws commits nothing, what was decided before it in the same batch commits, what comes after it
 * waits. DC2 a delivery that crashes its actor `tries` times goes to the dead letters with its cause.
 */

import { formatAddress } from '../kernel/address.ts'
import { CellTurn, decideBody } from '../kernel/cell-turn.ts'
import type { Delivery } from '../kernel/delivery.ts'
import { errorData } from '../kernel/errors.ts'
import { crashed, describeExit, type ExitReason, normal } from '../kernel/exit.ts'
import type { Json } from '../kernel/json.ts'
import { kernelErrors } from '../kernel/kernel-errors.ts'
import type { Decision, Logic } from '../kernel/logic.ts'
import type { LoadedActor, OutboxRow } from '../kernel/ports.ts'
import type { InitResult, ProcessSelf, Server, Signal } from '../kernel/process.ts'
import { abandonWrite } from './abandon.ts'
import type { DurableContext } from './durable-context.ts'
import { refuseEnded } from './ended.ts'
import { joinKey } from './idempotency.ts'
import type { Inbox } from './inbox.ts'
import { keepTimers } from './kept-timers.ts'
import { performDraft } from './perform.ts'
import type { OutboxGate } from './relay.ts'
import { restoredState } from './restored.ts'
import { type DraftContext, TurnDraft } from './turn-draft.ts'

/** Most deliveries of one actor in one commit. */
const mostPerTurn = 64

/** What a batch goes back to when it is not committed. */
interface Before {
  readonly state: unknown
  readonly applied: { [source: string]: number }
}

/** Where a decision stopped: the delivery that threw, and what. */
interface Poison {
  readonly delivery: Delivery
  readonly error: unknown
}

export class DurableCell implements Server {
  readonly #context: DurableContext
  readonly #inbox: Inbox
  readonly #logic: Logic
  readonly #turn: CellTurn
  #self!: ProcessSelf
  #state: unknown
  #epoch = 0
  /** What its drafts need; the same for the whole life. */
  #surroundings!: DraftContext
  #sequence = 0
  /** JSON of the last committed state, to see whether a turn changed it. */
  #stored = ''
  #applied: { [source: string]: number } = {}
  #timers: ReadonlyMap<string, number> = new Map()
  #ended: ExitReason | undefined
  /** What the start of a new actor decided; committed with its first turn. */
  #first: readonly Decision[] | undefined

  constructor(context: DurableContext, inbox: Inbox) {
    this.#context = context
    this.#inbox = inbox
    this.#logic = inbox.behaviour.logic
    this.#turn = new CellTurn(inbox.address, context.sources.clock)
  }

  init(self: ProcessSelf): InitResult | Promise<InitResult> {
    this.#self = self
    const ready = this.#inbox.preloaded
    this.#inbox.preloaded = undefined
    return ready ? this.#open(ready.actor) : this.#load()
  }

  /** A restart by a supervisor: what the last life left in flight must have ended before the row is read. */
  async #load(): Promise<InitResult> {
    try {
      await this.#inbox.settled()
      return this.#open(await this.#context.load(this.#inbox.address))
    } catch (error) {
      return { init: 'error', reason: crashed(error) }
    }
  }

  #open(loaded: LoadedActor | undefined): InitResult {
    const epoch = this.#context.epochOf(this.#inbox.partition)
    if (epoch === undefined) return { init: 'error', reason: { type: 'fenced' } }
    this.#epoch = epoch
    this.#surroundings = this.#context.draft(this.#inbox, epoch)
    try {
      if (loaded) this.#restore(loaded)
      else this.#create()
    } catch (error) {
      return { init: 'error', reason: crashed(error) }
    }
    this.#context.telemetry.emit('actor.started', {}, { address: formatAddress(this.#inbox.address) })
    return { init: 'ok' }
  }

  #create(): void {
    this.#turn.begin()
    this.#state = this.#logic.start(this.#inbox.input, this.#turn)
    this.#first = this.#turn.take()
  }

  #restore({ row, timers }: LoadedActor): void {
    const { behaviour } = this.#inbox
    this.#sequence = row.sequence
    this.#applied = { ...row.applied }
    this.#timers = new Map(timers.map((timer) => [timer.id, timer.armed]))
    if (row.status !== 'active') this.#ended = row.status === 'error' ? { type: 'stopped', reason: 'error' } : normal
    this.#state = restoredState(behaviour, row, this.#turn)
    this.#stored = row.version === behaviour.version ? row.state : ''
    for (const decision of this.#turn.take()) {
      if (decision.type === 'start_effect') this.#inbox.live.startEffect(decision, true)
      else if (decision.type === 'start_volatile') this.#inbox.live.startChild(decision)
      else if (decision.type === 'send_volatile') this.#inbox.live.sendChild(decision)
    }
  }

  readonly #settle = (partition: number, gate: OutboxGate, row: OutboxRow | null): void =>
    this.#context.settle(partition, gate, row)

  handle(_signal: Signal): void {
    // Messages come through the inbox; exits of linked processes and downs have no meaning for an actor's logic.
  }

  /** The entry is only a wake-up: what there is to do waits in the inbox. */
  receive(): void | Promise<void> {
    this.#inbox.signalled = false
    const hand = this.#inbox.take(this.#inbox.single ? 1 : mostPerTurn)
    if (hand.length === 0) return undefined
    this.#inbox.active = this.#context.sources.clock.monotonic()
    if (this.#ended) return this.#refuse(hand)
    for (const delivery of hand) if (delivery.key) return this.#withKeys(hand)
    return this.#turns(hand)
  }

  /** The state for watchers. */
  view(): unknown {
    return this.#logic.view(this.#state)
  }

  get status(): string {
    return this.#ended ? 'ended' : this.#logic.status(this.#state).status
  }

  get sequence(): number {
    return this.#sequence
  }

  async #refuse(hand: readonly Delivery[]): Promise<void> {
    await refuseEnded(this.#context, this.#inbox, hand)
    this.#self.stop(normal)
  }

  async #withKeys(hand: readonly Delivery[]): Promise<void> {
    const fresh: Delivery[] = []
    const seen = new Set<string>()
    for (const [at, delivery] of hand.entries()) {
      // The same key twice in one batch: the second one must see what the first one stored.
      if (delivery.key && seen.has(delivery.key.key)) {
        this.#inbox.putBack(hand.slice(at))
        break
      }
      if (delivery.key) seen.add(delivery.key.key)
      try {
        if (!(await joinKey(this.#context, this.#inbox, delivery))) fresh.push(delivery)
      } catch (error) {
        this.#inbox.putBack(hand.slice(at + 1))
        if (fresh.length === 0) return this.#crash({ delivery, error }, { state: this.#state, applied: this.#applied })
        this.#inbox.putBack([delivery])
        break
      }
    }
    if (fresh.length > 0) await this.#turns(fresh)
    this.#context.wake(this.#inbox)
  }

  #turns(hand: readonly Delivery[]): void | Promise<void> {
    const draft = new TurnDraft(this.#surroundings)
    const before = { state: this.#state, applied: this.#applied }
    const taken: Delivery[] = []
    let poison: Poison | undefined
    let sequence = this.#sequence
    for (const [at, delivery] of hand.entries()) {
      try {
        if (this.#first && at === 0) draft.start(++sequence, this.#first)
        if (delivery.body.type === 'start' && (this.#sequence > 0 || at > 0)) {
          delivery.failed(kernelErrors.make('actor.already_started', { address: formatAddress(this.#inbox.address) }))
          continue
        }
        if (!this.#stillWanted(delivery, draft)) {
          taken.push(delivery)
          continue
        }
        this.#decide(delivery, draft, ++sequence)
        taken.push(delivery)
        if (draft.stop || this.#logic.status(this.#state).status !== 'active') {
          this.#inbox.putBack(hand.slice(at + 1))
          break
        }
      } catch (error) {
        poison = { delivery, error }
        this.#inbox.putBack(hand.slice(at + 1))
        break
      }
    }
    // A poison in a batch may have left decisions of its own in the draft: the ones before it are decided again without it.
    if (poison && taken.length > 0) {
      draft.settle(false, this.#inbox.partition, this.#settle)
      this.#back(before)
      this.#inbox.putBack([...taken, poison.delivery])
      this.#inbox.single = true
      this.#context.wake(this.#inbox)
      return undefined
    }
    if (poison) {
      draft.settle(false, this.#inbox.partition, this.#settle)
      return this.#crash(poison, before)
    }
    return this.#commit(draft, taken, sequence, before)
  }

  #back(before: Before): void {
    this.#state = before.state
    this.#applied = before.applied
  }

  /** False for what was applied before (T3), and for timers that fired, were replaced or cancelled meanwhile (T7), also within the draft. */
  #stillWanted(delivery: Delivery, { timers }: TurnDraft): boolean {
    const { position, body } = delivery
    if (position && (this.#applied[position.source] ?? 0) >= position.sequence) return false
    if (body.type !== 'timer') return true
    const { id, armed } = body
    return !timers?.cancel.has(id) && (timers?.set.get(id)?.armed ?? this.#timers.get(id)) === armed
  }

  #decide(delivery: Delivery, draft: TurnDraft, sequence: number): void {
    const turn = this.#turn
    turn.begin(delivery.reply, delivery.from)
    draft.begin(sequence, delivery)
    try {
      this.#state = decideBody(this.#logic, this.#state, delivery.body, turn)
    } finally {
      draft.add(turn.take())
    }
    if (delivery.position) this.#applied = { ...this.#applied, [delivery.position.source]: delivery.position.sequence }
  }

  #commit(draft: TurnDraft, taken: readonly Delivery[], sequence: number, before: Before): void | Promise<void> {
    const { address, behaviour, partition } = this.#inbox
    const status = this.#logic.status(this.#state)
    const ended = draft.stop ?? (status.status === 'done' ? normal : undefined)
    if (status.status === 'error') {
      draft.settle(false, partition, this.#settle)
      return this.#failed(taken, before, status.error)
    }
    let state: string
    try {
      state = this.#context.encode(this.#inbox, this.#logic.persist(this.#state))
    } catch (error) {
      draft.settle(false, partition, this.#settle)
      return this.#failed(taken, before, error)
    }
    const positions = this.#applied !== before.applied
    if (this.#sequence > 0 && !ended && !positions && draft.writesNothing && state === this.#stored) {
      // Nothing to remember: what it answers is already committed, so the output gate is open (T1).
      performDraft(this.#context, this.#inbox, draft, this)
      for (const delivery of taken) delivery.done()
      return this.#rest()
    }
    const row = {
      address,
      partition,
      version: behaviour.version,
      sequence,
      status: ended === undefined ? ('active' as const) : status.status === 'done' ? ('done' as const) : ('stopped' as const),
      state,
      applied: this.#applied,
    }
    const write = draft.write(row, this.#sequence, false)
    // One promise for the whole commit: the process is busy until it is settled.
    const settled = new Promise<void>((resolve, reject) => {
      this.#context.commit({
        write,
        epoch: this.#epoch,
        messages: taken.length,
        committed: () => attempt(resolve, reject, () => this.#committed(draft, taken, sequence, state, ended)),
        rejected: (error) =>
          attempt(resolve, reject, () => {
            draft.settle(false, partition, this.#settle)
            return this.#context.isFinal(error) ? this.#deposed(taken, error) : this.#failed(taken, before, error)
          }),
      })
    })
    this.#inbox.settling = settled
    return settled
  }

  #committed(draft: TurnDraft, taken: readonly Delivery[], sequence: number, state: string, ended: ExitReason | undefined): void {
    // Committed just before the epoch was lost: who takes the partition next finds the rows and does the rest.
    if (this.#inbox.gone) return taken.forEach(finished)
    this.#sequence = sequence
    this.#stored = state
    this.#first = undefined
    if (this.#inbox.single && this.#inbox.size === 0) this.#inbox.single = false
    if (draft.timers) this.#timers = keepTimers(this.#timers, draft.timers, this.#inbox.address, this.#context.timers)
    draft.settle(true, this.#inbox.partition, this.#settle)
    performDraft(this.#context, this.#inbox, draft, this)
    taken.forEach(finished)
    if (ended) {
      this.#ended = ended
      const address = formatAddress(this.#inbox.address)
      this.#context.asks.failFor(this.#inbox.address, () =>
        kernelErrors.make('actor.stopped', { address, reason: describeExit(ended), exit: ended as unknown as Json }),
      )
      this.#inbox.live.stop(true)
      this.#inbox.live.end()
      this.#self.stop(ended)
    } else this.#rest()
  }

  #rest(): void {
    this.#context.wake(this.#inbox)
  }

  /** The batch cannot be committed. Alone, the delivery is at fault; among others, each is tried by itself. */
  #failed(taken: readonly Delivery[], before: Before, error: unknown): void | Promise<void> {
    if (taken.length === 1) return this.#crash({ delivery: taken[0]!, error }, before)
    this.#back(before)
    this.#inbox.putBack(taken)
    this.#inbox.single = true
    this.#context.wake(this.#inbox)
    return undefined
  }

  /** The inbox is given up, with its partition or its node, so whoever waits for these is told here; what has a position goes out again from the next owner. */
  #deposed(taken: readonly Delivery[], error: unknown): never {
    for (const delivery of taken) delivery.failed(error)
    throw error
  }

  /** DC2. Throws, so that the process crashes and its supervisor hears. */
  async #crash({ delivery, error }: Poison, before: Before): Promise<never> {
    const { address, behaviour } = this.#inbox
    const label = delivery.label
    this.#context.telemetry.emit(
      'actor.crashed',
      {},
      { address: formatAddress(address), reason: errorData(error).message, type: label },
    )
    if (++delivery.tries < behaviour.tries) {
      this.#inbox.putBack([delivery])
      throw error
    }
    const cause = kernelErrors.make('actor.crashed', { address: formatAddress(address), type: label }, error)
    await this.#context.bury(this.#inbox, delivery, cause, this.#epoch)
    if (this.#sequence > 0) await this.#giveUp(delivery, before)
    throw error
  }

  /** A timer or a result that can never be taken must not come back: its row goes; without the result the actor cannot go on, and says so. */
  async #giveUp({ body }: Delivery, before: Before): Promise<void> {
    if (body.type !== 'timer' && body.type !== 'settled') return
    const { address, behaviour, partition } = this.#inbox
    const state = this.#context.encode(this.#inbox, this.#logic.persist(before.state))
    const row = { address, partition, version: behaviour.version, sequence: this.#sequence + 1, state, applied: before.applied }
    await new Promise<void>((committed, rejected) =>
      this.#context.commit({
        write: abandonWrite(row, this.#sequence, body),
        epoch: this.#epoch,
        messages: 0,
        committed,
        rejected,
      }),
    )
  }
}

const finished = (delivery: Delivery): void => delivery.done()

/** Settles a promise with what `work` does, also when it throws. */
function attempt(
  resolve: (value: void | Promise<void>) => void,
  reject: (error: unknown) => void,
  work: () => void | Promise<void>,
): void {
  try {
    resolve(work())
  } catch (error) {
    reject(error)
  }
}
