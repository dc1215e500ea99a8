/**
 * Owns: when progress is drawn: live on a terminal, now and then in a log.
 * Does not own: what it looks like (render/progress).
 * Invariants: PV1 a terminal is drawn at most every 80 ms and at once when the job is done. PV2 a log gets a line of a job at the start, at every tenth,
 * at most `pause` apart, and at the end; a stage, which is short, gets one only when it lasts longer than that.
 */

import type { Clock, Scheduled } from '#runtime'
import { fold } from './render/columns.ts'
import { LiveRegion, type Screen } from './render/live-region.ts'
import { isJob, type Progress, progressLine, progressLines, type Stage } from './render/progress.ts'
import type { Style } from './render/style.ts'

/** Where a job tells how far it is. */
export interface ProgressView {
  update(progress: Stage | Progress): void
  /** A line that stays. */
  say(text: string): void
  /** Ends what is shown: the last state stays, or goes away because what comes next says more. Safe to call twice. */
  close(last?: 'stays' | 'goes'): void
}

const frame = 80
const pause = 5000

/** Progress in place, at the bottom of a terminal. */
export class LiveProgress implements ProgressView {
  readonly #region: LiveRegion
  readonly #clock: Clock
  readonly #style: () => Style
  #latest: Stage | Progress | undefined
  #timer: Scheduled | undefined
  #tick = 0

  /** @param style asked for each frame, because a window changes its width */
  constructor(screen: Screen, clock: Clock, style: () => Style) {
    this.#region = new LiveRegion(screen)
    this.#clock = clock
    this.#style = style
  }

  update(progress: Stage | Progress): void {
    this.#latest = progress
    if (progress.done >= progress.total) this.#draw()
    else this.#timer ??= this.#clock.schedule(this.#tick === 0 ? 0 : frame, () => this.#next())
  }

  say(text: string): void {
    // A line that the terminal folds by itself would count as one line and take two.
    this.#region.above(fold(text, this.#style().columns).join('\n'))
  }

  close(last: 'stays' | 'goes' = 'stays'): void {
    this.#timer?.cancel()
    this.#timer = undefined
    if (this.#latest && last === 'stays') this.#draw()
    this.#latest = undefined
    this.#region.close(last === 'stays' ? 'keep' : 'clear')
  }

  /** Goes on turning the wheel while nothing happens, so that a slow job does not look dead. */
  #next(): void {
    this.#draw()
    this.#timer = this.#clock.schedule(frame, () => this.#next())
  }

  #draw(): void {
    if (this.#latest) this.#region.draw(progressLines(this.#latest, this.#style(), Math.floor(this.#tick++ / 2)))
  }
}

/** Progress as lines of a log. */
export class PlainProgress implements ProgressView {
  readonly #screen: Screen
  readonly #clock: Clock
  #latest: Stage | Progress | undefined
  #printed: { readonly at: number; readonly tenth: number; readonly done: number } | undefined

  constructor(screen: Screen, clock: Clock) {
    this.#screen = screen
    this.#clock = clock
  }

  update(progress: Stage | Progress): void {
    this.#latest = progress
    const now = this.#clock.monotonic()
    const tenth = progress.total > 0 ? Math.floor((10 * progress.done) / progress.total) : 10
    if (!isJob(progress)) this.#printed ??= { at: now, tenth, done: 0 }
    const due = !this.#printed || now - this.#printed.at >= pause || (isJob(progress) && tenth > this.#printed.tenth)
    if (due) this.#print(progress, now, tenth)
  }

  say(text: string): void {
    this.#screen.write(`${text}\n`)
  }

  close(last: 'stays' | 'goes' = 'stays'): void {
    if (this.#latest && last === 'stays' && this.#printed?.done !== this.#latest.done)
      this.#print(this.#latest, this.#clock.monotonic(), 10)
    this.#latest = undefined
    this.#printed = undefined
  }

  #print(progress: Stage | Progress, at: number, tenth: number): void {
    this.#printed = { at, tenth, done: progress.done }
    this.#screen.write(`${progressLine(progress)}\n`)
  }
}
