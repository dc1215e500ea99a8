/**
 * Owns: child machines that several machines of the comparison share.
 * Does not own: their parents.
 */

import { add, from, machine, note, say, sendUp, set } from './scenario-parts.ts'
import type { World } from './world.ts'

/** A child that counts, tells, and answers its parent. */
export const counter = (w: World, name = 'child') =>
  machine({
    id: name,
    initial: 'up',
    states: {
      up: { entry: say(w, `${name} up`), on: { FLIP: 'down' } },
      down: { entry: [say(w, `${name} down`), sendUp({ type: 'WENT_DOWN' })], on: { FLIP: 'up' } },
    },
    exit: say(w, `${name} exit`),
    on: {
      INC: { actions: [add(), say(w, `${name} inc`)] },
      ASK: { actions: sendUp(from(({ context }) => ({ type: 'ANSWER', n: context.n }))) },
      FAIL: {
        actions: set(() => {
          throw new Error(`${name} failed`)
        }),
      },
    },
    output: from(({ context }) => ({ total: context.n })),
  })

/** The same, able to end. */
export const mortal = (w: World, name = 'child') =>
  machine({
    id: name,
    initial: 'living',
    states: { living: { on: { END: 'end', INC: { actions: [add(), say(w, `${name} inc`)] } } }, end: { type: 'final' } },
    on: {
      FAIL: {
        actions: set(() => {
          throw new Error(`${name} failed`)
        }),
      },
    },
    output: from(({ context }) => ({ total: context.n })),
    exit: say(w, `${name} exit`),
  })

export const jobs = {
  onDone: { target: 'ok', actions: note((_c, event) => event.output) },
  onError: { target: 'bad', actions: note((_c, event) => String((event.error as Error).message)) },
}
