import { test } from 'node:test'
import { catalogue, type Duration, describeExit, type ExitReason, entry, type Json, type Telemetry } from '#runtime'

const compiled = (_code: () => unknown): void => undefined

test('JSON is what JSON can say', () => {
  compiled(() => {
    const good: Json = { a: [1, 'x', null, { b: true }] }
    // @ts-expect-error because a function is no JSON
    const action: Json = { run: () => 1 }
    // @ts-expect-error because a date is no JSON
    const date: Json = new Date(0)
    // @ts-expect-error because a big integer is no JSON
    const big: Json = 1n
    return [good, action, date, big]
  })
})

test('E2: an error is made with the fields of its entry', () => {
  compiled(() => {
    const errors = catalogue({
      'fruit.rotten': entry<{ fruit: string; days: number }>({
        message: (f) => `${f.fruit} ${f.days}`,
        remedy: () => '',
        retry: 'never',
        audience: 'caller',
        sample: { fruit: 'fig', days: 1 },
      }),
    })
    errors.make('fruit.rotten', { fruit: 'fig', days: 1 })
    // @ts-expect-error because days is a number
    errors.make('fruit.rotten', { fruit: 'fig', days: 'many' })
    // @ts-expect-error because a field is missing
    errors.make('fruit.rotten', { fruit: 'fig' })
    // @ts-expect-error because there is no such code
    errors.make('fruit.ripe', { fruit: 'fig', days: 1 })
  })
})

test('TE1: an event carries exactly its measurements and metadata', () => {
  compiled(() => {
    const emitting = (telemetry: Telemetry): void => {
      telemetry.emit('snapshot.large', { bytes: 1 }, { address: 'a/1' })
      // @ts-expect-error because bytes is a number
      telemetry.emit('snapshot.large', { bytes: '1' }, { address: 'a/1' })
      // @ts-expect-error because the address is missing
      telemetry.emit('snapshot.large', { bytes: 1 }, {})
      // @ts-expect-error because there is no such event
      telemetry.emit('snapshot.huge', { bytes: 1 }, { address: 'a/1' })
    }
    return emitting
  })
})

test('durations have a unit', () => {
  compiled(() => {
    const good: readonly Duration[] = [250, '2s', '1.5h', 'infinity']
    // @ts-expect-error because a unit is missing
    const bare: Duration = '2'
    // @ts-expect-error because there is no such unit
    const weeks: Duration = '2w'
    return [good, bare, weeks]
  })
})

test('X1: an exit reason has the members of its type', () => {
  compiled(() => {
    const good: ExitReason = { type: 'shutdown', detail: { why: 'deploy' } }
    // @ts-expect-error because a crash has an error
    const bad: ExitReason = { type: 'crashed' }
    // @ts-expect-error because there is no such reason
    describeExit({ type: 'vanished' })
    return [good, bad]
  })
})
