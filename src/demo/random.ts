/** Chance that is the same for the same seed on every machine: sfc32, seeded by a hash (cyrb128) of a text. Not for secrets. */
export class Random {
  #a: number
  #b: number
  #c: number
  #d: number

  constructor(seed: string) {
    ;[this.#a, this.#b, this.#c, this.#d] = hash(seed)
    for (let i = 0; i < 12; i++) this.next()
  }

  /** 0 ≤ x < 1 */
  next(): number {
    const t = (((this.#a + this.#b) | 0) + this.#d) | 0
    this.#d = (this.#d + 1) | 0
    this.#a = this.#b ^ (this.#b >>> 9)
    this.#b = (this.#c + (this.#c << 3)) | 0
    this.#c = (this.#c << 21) | (this.#c >>> 11)
    this.#c = (this.#c + t) | 0
    return (t >>> 0) / 2 ** 32
  }

  chance(probability: number): boolean {
    return this.next() < probability
  }

  /** A whole number from `least` to `most`, both included. */
  int(least: number, most: number): number {
    return least + Math.floor(this.next() * (most - least + 1))
  }

  pick<T>(items: readonly [T, ...T[]] | readonly T[]): T {
    const item = items[Math.floor(this.next() * items.length)]
    if (item === undefined) throw new RangeError('There is nothing to pick from.')
    return item
  }

  /** One of the items, each as likely as its weight. */
  weighted<T>(items: readonly (readonly [item: T, weight: number])[]): T {
    let left = this.next() * items.reduce((sum, [, weight]) => sum + weight, 0)
    for (const [item, weight] of items) {
      left -= weight
      if (left < 0) return item
    }
    return this.pick(items)[0]
  }

  /** So many different items, in a random order; all of them if there are fewer. */
  sample<T>(items: readonly T[], count: number): T[] {
    const left = [...items]
    const taken: T[] = []
    while (taken.length < count && left.length > 0) taken.push(...left.splice(this.int(0, left.length - 1), 1))
    return taken
  }

  /** How durations are spread: around `median`, never negative, with a long tail. A `spread` of 0.3 is calm, 0.8 is wild. */
  around(median: number, spread: number): number {
    return median * Math.exp(spread * this.#normal())
  }

  /** How many of something happen in a time in which `mean` are expected (Poisson, by Knuth's product). */
  arrivals(mean: number): number {
    const limit = Math.exp(-mean)
    let product = this.next()
    let count = 0
    while (product > limit) {
      count += 1
      product *= this.next()
    }
    return count
  }

  /** `digits` hexadecimal digits, not all zero. */
  hex(digits: number): string {
    let text = '1'
    while (text.length < digits)
      text += Math.floor(this.next() * 2 ** 28)
        .toString(16)
        .padStart(7, '0')
    return text.slice(0, digits)
  }

  /** A UUIDv7 of that time. */
  uuid(atMs: number): string {
    const time = Math.floor(atMs).toString(16).padStart(12, '0')
    const rest = this.hex(18)
    const variant = (8 + this.int(0, 3)).toString(16)
    return `${time.slice(0, 8)}-${time.slice(8)}-7${rest.slice(0, 3)}-${variant}${rest.slice(3, 6)}-${rest.slice(6)}`
  }

  /** Box–Muller. */
  #normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.next())) * Math.cos(2 * Math.PI * this.next())
  }
}

/** cyrb128 (public domain): four 32-bit numbers of a text. */
function hash(text: string): [number, number, number, number] {
  let [a, b, c, d] = [1779033703, 3144134277, 1013904242, 2773480762]
  for (let i = 0; i < text.length; i++) {
    const k = text.charCodeAt(i)
    a = b ^ Math.imul(a ^ k, 597399067)
    b = c ^ Math.imul(b ^ k, 2869860233)
    c = d ^ Math.imul(c ^ k, 951274213)
    d = a ^ Math.imul(d ^ k, 2716044179)
  }
  a = Math.imul(c ^ (a >>> 18), 597399067)
  b = Math.imul(d ^ (b >>> 22), 2869860233)
  c = Math.imul(a ^ (c >>> 17), 951274213)
  d = Math.imul(b ^ (d >>> 19), 2716044179)
  return [(a ^ b ^ c ^ d) >>> 0, (b ^ a) >>> 0, (c ^ a) >>> 0, (d ^ a) >>> 0]
}
