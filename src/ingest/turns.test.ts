import { describe, expect, it } from 'vitest'
import { Turns } from './turns.ts'

describe('turns', () => {
  it('let in so many at once, in the order in which they came, also after one that failed', async () => {
    const turns = new Turns(2)
    const log: string[] = []
    const ends: (() => void)[] = []
    const work = (name: string, fails = false) =>
      turns.take(async () => {
        log.push(name)
        await new Promise<void>((resolve) => ends.push(resolve))
        if (fails) throw new Error(name)
        return name
      })
    const all = Promise.allSettled([work('a'), work('b', true), work('c'), work('d')])
    await Promise.resolve()
    expect(log).toEqual(['a', 'b'])
    ends[1]?.()
    await new Promise(setImmediate)
    expect(log).toEqual(['a', 'b', 'c'])
    ends[0]?.()
    ends[2]?.()
    await new Promise(setImmediate)
    expect(log).toEqual(['a', 'b', 'c', 'd'])
    ends[3]?.()
    expect((await all).map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled'])
  })
})
