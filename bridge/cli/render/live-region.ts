/**
 * Owns: a few lines at the bottom of a terminal that are drawn again and again in place.
 * Does not own: what they say; what stands above them.
 * Invariants: LR1 a frame is one write, so that no half frame is seen. LR2 after `close` the cursor is shown and stands below the region.
 */

const hideCursor = '\u001b[?25l'
/** Gives the cursor back to whoever ends in the middle of a frame. */
export const showCursor = '\u001b[?25h'
const clearDown = '\u001b[0J'

/** Where terminal output goes. */
export interface Screen {
  write(text: string): void
}

export class LiveRegion {
  readonly #screen: Screen
  #lines: readonly string[] = []
  #open = false

  constructor(screen: Screen) {
    this.#screen = screen
  }

  /** Draws `lines` (each at most as wide as the terminal, otherwise the region drifts) in place of the ones before. */
  draw(lines: readonly string[]): void {
    if (this.#open && lines.length === this.#lines.length && lines.every((line, at) => line === this.#lines[at])) return
    this.#screen.write(`${this.#open ? '' : hideCursor}${this.#home()}${lines.map((line) => `${line}\u001b[K\n`).join('')}`)
    this.#open = true
    this.#lines = lines
  }

  /** Prints lines that stay, above the region. */
  above(text: string): void {
    const region = this.#lines.map((line) => `${line}\n`).join('')
    this.#screen.write(`${this.#home()}${text.endsWith('\n') ? text : `${text}\n`}${region}`)
  }

  /** Leaves the last frame where it is, or takes it away. */
  close(keep: 'keep' | 'clear' = 'keep'): void {
    if (!this.#open) return
    this.#screen.write(`${keep === 'clear' ? this.#home() : ''}${showCursor}`)
    this.#open = false
    this.#lines = []
  }

  /** To the first column of the region's first line, with everything below cleared. */
  #home(): string {
    return this.#lines.length === 0 ? '' : `\u001b[${this.#lines.length}A\r${clearDown}`
  }
}
