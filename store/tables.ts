/**
 * Owns: the types of the tables, as Kysely sees them.
 * Does not own: their definition (migrations), their meaning for SQL users (their comments).
 * Invariants: they mirror the newest migration.
 */

import type { Generated } from 'kysely'

export interface Tables {
  installation: { singleton: Generated<boolean>; partitions: number; hash_version: number }
  leases: { partition: number; owner: string; epoch: number; expires_at: string }
  actors: {
    kind: string
    key: string
    partition: number
    version: number
    sequence: number
    status: string
    state: string
    applied: string
    updated_ms: number
  }
  outbox: { partition: number; sequence: number; envelope: string }
  timers: { kind: string; key: string; id: string; partition: number; due_ms: number; payload: string; armed: number }
  effects: {
    kind: string
    key: string
    id: string
    partition: number
    src: string
    input: string | null
    turn: number
    number: number
    epoch: number
  }
  replies: { kind: string; key: string; idempotency_key: string; digest: string; answer: string | null; expires_ms: number }
  dead_letters: {
    id: string
    kind: string
    key: string
    envelope: string
    reason: string
    error: string
    tries: number
    at_ms: number
  }
  facts: { id: Generated<number>; kind: string; key: string; sequence: number; name: string; data: string; at_ms: number }
}
