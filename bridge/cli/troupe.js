#!/usr/bin/env node
/**
 * Owns: the file behind `npx troupe`: finds the program, as sources in a checkout, as built files in an installed package.
 * Does not own: the program (main.ts).
 * Invariants: TR1 it is plain JavaScript that an old Node can read, so that an old Node is told what to do.
 */

import { existsSync } from 'node:fs'

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < 22 || (major === 22 && minor < 18)) {
  console.error(`Node ${process.versions.node} is too old for Troupe, which needs 22.18 or newer.`)
  console.error('  → Install a newer Node, or bring one with the project: npm install --save-dev node@24, then npx troupe again.')
  process.exit(1)
}

const source = new URL('../../main.ts', import.meta.url)
const checkout = existsSync(source)
const { runCommand } = await import(checkout ? source.href : new URL('../../dist/main.js', import.meta.url).href)
await runCommand(process.argv.slice(2))
