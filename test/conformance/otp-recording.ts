/**
 * Owns: a process table and a supervisor that tell what they do, at the moment at which the traces have it.
 * Does not own: the log (otp-world).
 * Invariants: OT5.
 */

import { type ExitReason, ProcessTable, type Ref } from '#runtime'
import { Supervisor } from '#supervisors'

/** Tells of a death before anybody else hears of it. */
export class RecordingTable extends ProcessTable {
  died: (ref: Ref, reason: ExitReason) => void = () => undefined
  override buried(cell: Parameters<ProcessTable['buried']>[0], reason: ExitReason): void {
    this.died(cell.ref, reason)
    super.buried(cell, reason)
  }
}

/** Tells of the terminate phase. */
export class LoggedSupervisor extends Supervisor {
  terminating: (reason: ExitReason) => void = () => undefined
  override async terminate(reason?: ExitReason): Promise<void> {
    if (reason) this.terminating(reason)
    await super.terminate()
  }
}
