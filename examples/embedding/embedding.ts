/**
 * Owns: the example: a host with its own pool and logger.
 * Does not own: anything of Troupe.
 */

import pg from 'pg'
import { type Logger, pino } from 'pino'
import { z } from 'zod'
import { createTroupe, defineActor } from '#troupe'

const visits = defineActor({
  kind: 'visits',
  version: 1,
  messages: { visit: z.object({ page: z.string().min(1) }), top: z.object({}) },
  replies: { top: z.record(z.string(), z.number()) },
  logic: {
    initial: (): { readonly [page: string]: number } => ({}),
    transition(counts, message, turn) {
      if (message.type === 'visit') return { ...counts, [message.page]: (counts[message.page] ?? 0) + 1 }
      turn.reply(counts)
      return counts
    },
  },
})

/** What a host would do at its start and at its end. @param schema schema of Troupe's tables in the host's database */
export async function runHost(pool: pg.Pool, logger: Logger, schema: string): Promise<{ readonly [page: string]: number }> {
  const troupe = await createTroupe({ actors: [visits], store: pool, schema, logger })
  const site = troupe.actor(visits, 'example.org')
  await Promise.all(['/', '/docs', '/'].map((page) => site.tell({ type: 'visit', page })))
  const top = await site.ask({ type: 'top' })
  await troupe.stop()
  // The pool is still the host's: Troupe gave its connections back and left it open.
  await pool.query('select 1')
  return top
}

if (import.meta.main) {
  const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL })
  console.log(await runHost(pool, pino({ level: 'info' }), 'troupe_example'))
  await pool.end()
}
