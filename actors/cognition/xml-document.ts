/**
 * Owns: reading strict XML into elements, refusing what expat refuses with expat's words and place.
 * Does not own: what the elements mean (xml-adapter).
 * Invariants: XD1 a text is well-formed or refused: nothing is repaired. XD2 nesting deeper than 1,000 is refused, so that nobody's stack ends. XD3 no entity is known but XML's five, so nothing expands.
 */

/** An element. `text` stands before its first child, `tail` after its end. */
export interface XmlElement {
  readonly tag: string
  readonly attributes: ReadonlyMap<string, string>
  readonly children: readonly XmlElement[]
  readonly text: string
  readonly tail: string
}

/** The text is not well-formed; the message says why, with line and column. */
export class NotWellFormed extends Error {}

interface Open {
  tag: string
  attributes: Map<string, string>
  children: Open[]
  text: string
  tail: string
}

const deepest = 1_000
const nameStart = /[\p{L}\p{Nl}_:]/u
const nameRest = /[\p{L}\p{N}\p{M}_:.\-·]/u
const space = /[ \t\r\n]/
const entities: { readonly [name: string]: string } = { lt: '<', gt: '>', amp: '&', apos: "'", quot: '"' }

/**
 * The root element of a text.
 *
 * @throws NotWellFormed
 * @example readXml('<a>x &amp; y</a>').text // 'x & y'
 */
export function readXml(text: string): XmlElement {
  return new Reader(text).read()
}

class Reader {
  readonly #text: string
  #at = 0
  readonly #open: Open[] = []
  #root: Open | undefined

  constructor(text: string) {
    this.#text = text
  }

  read(): XmlElement {
    while (this.#at < this.#text.length) {
      if (this.#root !== undefined && this.#open.length === 0) this.#epilog()
      else if (this.#text[this.#at] === '<') this.#markup()
      else if (this.#open.length === 0) this.#fail('syntax error', this.#at)
      else this.#append(this.#text[this.#at] === '&' ? this.#reference() : this.#data())
    }
    if (this.#root === undefined || this.#open.length > 0) this.#fail('no element found', this.#text.length)
    return this.#root!
  }

  #fail(problem: string, at: number): never {
    const lines = this.#text
      .slice(0, at)
      .replaceAll('\r\n', '\n')
      .split(/[\r\n]/)
    throw new NotWellFormed(`${problem}: line ${lines.length}, column ${[...lines[lines.length - 1]!].length}`)
  }

  #invalid(at: number, token: number): never {
    if (at >= this.#text.length) this.#fail('unclosed token', token)
    this.#fail('not well-formed (invalid token)', at)
  }

  #epilog(): void {
    const rest = /^[ \t\r\n]+/.exec(this.#text.slice(this.#at))
    if (rest) this.#at += rest[0].length
    else if (this.#text.startsWith('<!--', this.#at)) this.#comment()
    else if (this.#text.startsWith('<?', this.#at)) this.#instruction()
    else this.#fail('junk after document element', this.#at)
  }

  #append(text: string): void {
    const inner = this.#open[this.#open.length - 1]!
    const last = inner.children[inner.children.length - 1]
    if (last) last.tail += text
    else inner.text += text
  }

  #data(): string {
    const from = this.#at
    for (; this.#at < this.#text.length; this.#at++) {
      const character = this.#text[this.#at]!
      if (character === '<' || character === '&') break
      if (character === ']' && this.#text.startsWith(']]>', this.#at)) this.#invalid(this.#at + 2, from)
      this.#checkCharacter(from)
    }
    return newlines(this.#text.slice(from, this.#at))
  }

  #checkCharacter(token: number): void {
    const code = this.#text.codePointAt(this.#at)!
    if ((code < 32 && code !== 9 && code !== 10 && code !== 13) || code === 0xfffe || code === 0xffff)
      this.#invalid(this.#at, token)
    if (code >= 0xd800 && code <= 0xdfff) this.#invalid(this.#at, token)
    if (code > 0xffff) this.#at++
  }

  #reference(): string {
    const from = this.#at
    const number = /^&#(x[0-9a-fA-F]+|[0-9]+);/.exec(this.#text.slice(from, from + 16))
    if (number) {
      const code = Number(number[1]!.startsWith('x') ? `0${number[1]}` : number[1])
      this.#at += number[0].length
      if (!isCharacter(code)) this.#fail('reference to invalid character number', from)
      return String.fromCodePoint(code)
    }
    this.#at++
    if (this.#text[this.#at] === '#') {
      this.#at++
      if (this.#text[this.#at] === 'x') this.#at++
      while (/[0-9]/.test(this.#text[this.#at] ?? '')) this.#at++
      this.#invalid(this.#at, from)
    }
    const name = this.#name(from)
    if (this.#text[this.#at] !== ';') this.#invalid(this.#at, from)
    this.#at++
    const meant = Object.hasOwn(entities, name) ? entities[name] : undefined
    if (meant === undefined) this.#fail(`undefined entity &${name};`, from)
    return meant!
  }

  #name(token: number): string {
    const from = this.#at
    if (!nameStart.test(this.#character())) this.#invalid(from, token)
    while (this.#at < this.#text.length && nameRest.test(this.#character())) this.#at += this.#character().length
    return this.#text.slice(from, this.#at)
  }

  #character(): string {
    const code = this.#text.codePointAt(this.#at)
    return code === undefined ? '' : String.fromCodePoint(code)
  }

  #spaces(): boolean {
    const from = this.#at
    while (space.test(this.#text[this.#at] ?? '')) this.#at++
    return this.#at > from
  }

  #markup(): void {
    const next = this.#text[this.#at + 1]
    if (next === '/') this.#endTag()
    else if (next === '!') this.#declaration()
    else if (next === '?') this.#instruction()
    else this.#startTag()
  }

  #declaration(): void {
    const from = this.#at
    if (this.#text.startsWith('<!--', from)) this.#comment()
    else if (this.#text.startsWith('<![CDATA[', from)) {
      const end = this.#text.indexOf(']]>', from)
      if (end < 0) this.#fail('unclosed CDATA section', this.#text.length)
      this.#append(newlines(this.#text.slice(from + 9, end)))
      this.#at = end + 3
    } else this.#invalid(from + 2, from)
  }

  #comment(): void {
    const from = this.#at
    const end = this.#text.indexOf('--', from + 4)
    if (end < 0) this.#fail('unclosed token', from)
    if (this.#text[end + 2] !== '>') this.#invalid(end + 2, from)
    this.#at = end + 3
  }

  #instruction(): void {
    const from = this.#at
    this.#at += 2
    const name = this.#name(from)
    if (name.toLowerCase() === 'xml') this.#fail('XML or text declaration not at start of entity', from)
    const end = this.#text.indexOf('?>', this.#at)
    if (end < 0) this.#fail('unclosed token', from)
    if (end > this.#at && !space.test(this.#text[this.#at]!)) this.#invalid(this.#at, from)
    this.#at = end + 2
  }

  #endTag(): void {
    const from = this.#at
    this.#at += 2
    const named = this.#at
    const name = this.#name(from)
    this.#spaces()
    if (this.#text[this.#at] !== '>') this.#invalid(this.#at, from)
    if (this.#open[this.#open.length - 1]?.tag !== name) this.#fail('mismatched tag', named)
    this.#at++
    this.#open.pop()
  }

  #startTag(): void {
    const from = this.#at
    this.#at++
    const tag = this.#name(from)
    const attributes = this.#attributes(from)
    const empty = this.#text[this.#at] === '/'
    if (empty) this.#at++
    if (this.#text[this.#at] !== '>') this.#invalid(this.#at, from)
    this.#at++
    // Prefixes need a declaration, which a completion has no place for.
    for (const name of [tag, ...attributes.keys()])
      if (name.includes(':') && !name.startsWith('xml:')) this.#fail('unbound prefix', from)
    const element: Open = { tag, attributes, children: [], text: '', tail: '' }
    if (this.#open.length === 0) this.#root = element
    else this.#open[this.#open.length - 1]!.children.push(element)
    if (!empty) this.#open.push(element)
    if (this.#open.length > deepest) this.#fail('nested too deeply', from)
  }

  #attributes(token: number): Map<string, string> {
    const found = new Map<string, string>()
    while (this.#spaces() && !/[/>]/.test(this.#text[this.#at] ?? '')) {
      const from = this.#at
      const name = this.#name(token)
      this.#spaces()
      if (this.#text[this.#at] !== '=') this.#invalid(this.#at, token)
      this.#at++
      this.#spaces()
      if (found.has(name)) this.#fail('duplicate attribute', from)
      found.set(name, this.#quoted(token))
    }
    return found
  }

  #quoted(token: number): string {
    const quote = this.#text[this.#at]
    if (quote !== '"' && quote !== "'") this.#invalid(this.#at, token)
    this.#at++
    let value = ''
    while (this.#text[this.#at] !== quote) {
      if (this.#at >= this.#text.length || this.#text[this.#at] === '<') this.#invalid(this.#at, token)
      if (this.#text[this.#at] === '&') value += this.#reference()
      else {
        const from = this.#at
        this.#checkCharacter(token)
        this.#at++
        value += this.#text.slice(from, this.#at).replace(space, ' ')
      }
    }
    this.#at++
    return value
  }
}

function isCharacter(code: number): boolean {
  if (code === 9 || code === 10 || code === 13) return true
  return code >= 32 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff) && code !== 0xfffe && code !== 0xffff
}

function newlines(text: string): string {
  return text.replace(/\r\n?/g, '\n')
}

/** An element as text again, with its tail. */
export function writeXml({ tag, attributes, children, text, tail }: XmlElement): string {
  const given = [...attributes].map(([name, value]) => ` ${name}="${escapeAttribute(value)}"`).join('')
  const inner = escapeText(text) + children.map(writeXml).join('')
  const after = escapeText(tail)
  return inner === '' ? `<${tag}${given} />${after}` : `<${tag}${given}>${inner}</${tag}>${after}`
}

function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

function escapeAttribute(text: string): string {
  return escapeText(text).replaceAll('"', '&quot;').replaceAll('\r', '&#13;').replaceAll('\n', '&#10;').replaceAll('\t', '&#09;')
}
