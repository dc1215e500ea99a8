import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentTelemetry, type Telemetry, type TelemetryName, telemetryEvents } from '../../../runtime/kernel/telemetry.ts'
import { combineTelemetry, logSink, Metrics, openLogger } from '../../../runtime/telemetry/index.ts'

type Seen = { readonly name: TelemetryName; readonly metadata: object }

function recorder(): Telemetry & { readonly seen: Seen[] } {
  const seen: Seen[] = []
  return { seen, emit: (name, _measurements, metadata) => void seen.push({ name, metadata }) }
}

const broken = (): Telemetry => ({
  emit() {
    throw new Error('disk full')
  },
})

function lines(): { readonly text: string[]; write(line: string): void } {
  const text: string[] = []
  return { text, write: (line) => void text.push(line) }
}

test('TE2: a sink that throws reaches neither the emitter nor the other sinks', () => {
  const [before, after] = [recorder(), recorder()]
  combineTelemetry([before, broken(), after]).emit('message.refused', {}, { address: 'a/1', type: 't', reason: 'full' })
  assert.equal(before.seen[0]?.name, 'message.refused')
  assert.ok(after.seen.some((it) => it.name === 'message.refused'))
})

test('TE3: a failing sink is reported once to the others, and again after it has recovered', () => {
  const good = recorder()
  let fail = true
  const flaky: Telemetry = {
    emit() {
      if (fail) throw new Error('closed')
    },
  }
  const telemetry = combineTelemetry([flaky, good])
  const emit = (): void => telemetry.emit('partition.claimed', { partitions: 1 }, { owner: 'n' })
  const reports = (): number => good.seen.filter((it) => it.name === 'sink.failed').length
  emit()
  emit()
  assert.equal(reports(), 1)
  assert.deepEqual(good.seen.find((it) => it.name === 'sink.failed')?.metadata, { sink: 'Object', reason: 'closed' })
  fail = false
  emit()
  fail = true
  emit()
  assert.equal(reports(), 2)
})

test('TE2: sinks that all throw do not report each other for ever', () => {
  combineTelemetry([broken(), broken()]).emit('partition.claimed', { partitions: 1 }, { owner: 'n' })
})

test('no sinks are the silent door, which costs nothing', () => {
  assert.equal(combineTelemetry([]), silentTelemetry)
})

test('ME1: metrics count events and measure their measurements, whatever their metadata', () => {
  const metrics = new Metrics()
  for (let i = 0; i < 1000; i++) metrics.emit('snapshot.large', { bytes: 1000 + i }, { address: `a/${i}` })
  assert.equal(metrics.count('snapshot.large'), 1000)
  assert.equal(metrics.measured('snapshot.large', 'bytes').max, 1999)
  assert.deepEqual(Object.keys(metrics.snapshot()), ['snapshot.large'])
  assert.deepEqual(Object.keys(metrics.snapshot()['snapshot.large']!.measurements), ['bytes'])
})

test('metrics of an event that never came are zero', () => {
  const metrics = new Metrics()
  assert.equal(metrics.count('reply.late'), 0)
  assert.equal(metrics.measured('timer.fired', 'late').count, 0)
  metrics.emit('reply.late', {}, { address: 'a/1', type: 't' })
  metrics.reset()
  assert.deepEqual(metrics.snapshot(), {})
})

test('LS1: a log line carries the event, its measurements and metadata, its level and its description', () => {
  const out = lines()
  logSink(openLogger({ level: 'trace', destination: out })).emit('snapshot.large', { bytes: 7 }, { address: 'a/1' })
  const line = JSON.parse(out.text[0]!)
  const { level, event, bytes, address, msg } = line
  assert.deepEqual({ level, event, bytes, address }, { level: 40, event: 'snapshot.large', bytes: 7, address: 'a/1' })
  assert.equal(msg, telemetryEvents['snapshot.large'].when)
  assert.match(line.time, /^\d{4}-\d\d-\d\dT/)
})

test('an event below the logger’s level writes nothing', () => {
  const out = lines()
  const sink = logSink(openLogger({ level: 'warn', destination: out }))
  sink.emit('store.opened', { milliseconds: 1 }, { store: 'memory', where: 'memory' })
  assert.deepEqual(out.text, [])
})

test('LS1: no event has a field that is pino’s own', () => {
  for (const [name, definition] of Object.entries(telemetryEvents)) {
    const fields: readonly string[] = [...definition.measurements, ...definition.metadata]
    for (const own of ['level', 'time', 'msg', 'pid', 'hostname', 'name', 'event'])
      assert.ok(!fields.includes(own), `${name} has ${own}`)
    assert.equal(new Set(fields).size, fields.length, `${name} names a field twice`)
    assert.ok(definition.when.length > 0, name)
  }
})

test('LG1: a logger of its own keeps no process alive', async () => {
  const before = process.getActiveResourcesInfo().length
  openLogger({ level: 'silent' }).info('nothing')
  assert.equal(process.getActiveResourcesInfo().length, before)
})
