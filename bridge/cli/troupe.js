#!/usr/bin/env node
/**
 * Owns: the file behind `npx troupe`: finds the program, as sources in a checkout, as built files in an installed package.
 * Does not own: the program (main.ts).
 * Invariants: TR1 it is plain JavaScript that an old Node can read, so that an old Node is told what to do.
 */

import { existsSync } from 'node:fs'

const source = new URL('../../main.ts', import.meta.url)
const checkout = existsSync(source)

if (checkout && !process.features.typescript) {
  console.error(`Node ${process.versions.node} cannot run TypeScript sources. Run npm ci first: it brings a Node that can.`)
  process.exit(1)
}
const { runCommand } = await import(checkout ? source.href : new URL('../../dist/main.js', import.meta.url).href)
await runCommand(process.argv.slice(2))
