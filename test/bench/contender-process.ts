/**
 * Owns: the process that one contender lives in: it takes orders from the harness and tells figures.
 * Does not own: the contenders.
 * Invariants: CN1, CN2.
 */

import type { Contender, ContenderMaker, Order, Told } from './contender.ts'

const [module = '', name = '', setting = ''] = process.argv.slice(2)
let contender: Contender | undefined

const handlers: { readonly [O in Order['order']]: () => Promise<Told | undefined> } = {
  async prepare() {
    const { contenders } = (await import(`./contenders/${module}.ts`)) as { contenders: { [name: string]: ContenderMaker } }
    const make = contenders[name]
    if (!make)
      return { told: 'failed', reason: `${module} has no contender ${name}; it has ${Object.keys(contenders).join(', ')}` }
    contender = await make(setting)
    return { told: contender ? 'ready' : 'absent' }
  },
  async round() {
    return { told: 'figures', figures: await contender!.round() }
  },
  async close() {
    await contender?.close()
    process.disconnect()
    return undefined
  },
}

process.on('message', ({ order }: Order) => {
  handlers[order]().then(
    (told) => told && process.send?.(told),
    (error: unknown) =>
      process.send?.({ told: 'failed', reason: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
  )
})
