/**
 * Owns: what a check finds, and how a failed check becomes a finding.
 * Does not own: the checks, their drawing.
 * Invariants: FI1 a check never throws into doctor: whatever goes wrong in it is a finding with a remedy.
 */

import { errorData } from '#runtime'

/** `ok`: fine. `warning`: something that only some programs need is missing. `problem`: Troupe cannot work like this. */
export type FindingStatus = 'ok' | 'warning' | 'problem'

export interface Finding {
  /** What was looked at, one or two words. */
  readonly check: string
  readonly status: FindingStatus
  /** What was found, one sentence. */
  readonly found: string
  /** What to do; absent when all is well. */
  readonly remedy?: string
}

export interface Check {
  readonly name: string
  /** How bad it is when it throws. */
  readonly severity: Exclude<FindingStatus, 'ok'>
  /** Says in one sentence what is well. A throw is what is not well. */
  look(): Promise<string>
}

/** Looks at everything, one after the other, because a check may need what the one before has given up (a lock, a port). */
export async function findings(checks: readonly Check[]): Promise<readonly Finding[]> {
  const found: Finding[] = []
  for (const check of checks) found.push(await finding(check))
  return found
}

async function finding({ name, severity, look }: Check): Promise<Finding> {
  try {
    return { check: name, status: 'ok', found: await look() }
  } catch (thrown) {
    const { message, remedy } = errorData(thrown)
    return { check: name, status: severity, found: message, remedy }
  }
}
