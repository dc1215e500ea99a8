/**
 * Owns: the example: a program with demonstrations, run on the bundled model.
 * Does not own: anything of Troupe.
 */

import { createTroupe } from '#troupe'

const demos = [
  { subject: 'Cheap pills', body: 'Buy now, limited offer, click here', label: 'spam' },
  { subject: 'You won', body: 'Claim your prize, click this offer now', label: 'spam' },
  { subject: 'Lunch?', body: 'Are you free for lunch on Thursday', label: 'ham' },
  { subject: 'Minutes', body: 'Attached are the minutes of the meeting on Thursday', label: 'ham' },
]

/** Sorts one mail and returns its label, and how often the model was asked for two equal mails. */
export async function runTriage(store: string): Promise<{ readonly label: unknown; readonly calls: number }> {
  const troupe = await createTroupe({ store })
  try {
    const signature = "subject, body -> label: Literal['spam', 'ham']"
    await troupe.programs.publish('triage', { signature, steps: [{ id: 'sort', module: 'Predict', demos }] }, true)
    const mail = { subject: 'Offer', body: 'Click now to claim the limited offer' }
    // Two runs at the same time: equal calls in flight cost one.
    const runs = await Promise.all([troupe.programs.run('triage', mail), troupe.programs.run('triage', mail)])
    const [first] = await Promise.all(runs.map((run) => run.result('30s')))
    return { label: first!.outputs?.label, calls: (await troupe.model.served())?.calls ?? 0 }
  } finally {
    await troupe.stop()
  }
}

if (import.meta.main) console.log(await runTriage('./.troupe-triage'))
