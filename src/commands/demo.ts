import { setTimeout } from 'node:timers/promises'
import type { DemoAnswer } from '../api/demo/present.ts'
import { CommandError, command, jsonOption, print, UsageError } from './command.ts'
import { type DemoPlace, demoPlace } from './demo-place.ts'

const EVERY_MS = 250

export const demo = command({
  name: 'demo',
  summary: 'Load two weeks of made-up traffic into a project named Demo, or remove it',
  options: {
    days: { type: 'string', value: 'N', help: 'how many days, up to now; 14 if it is not given' },
    seed: { type: 'string', value: 'N', help: 'the same seed makes the same conversations; 1 if it is not given' },
    remove: { type: 'boolean', help: 'remove the demo project and everything in it' },
    url: { type: 'string', value: 'URL', help: 'of the appliance; the one of this configuration if it is not given' },
    key: { type: 'string', value: 'KEY', help: 'an API key of it; TRULAYER_API_KEY if it is not given' },
    json: jsonOption,
  },
  details: `Asks the running appliance to do it, and waits. Where none runs on the data directory, it does so itself; that takes no key.
Loading again with the same seed and days changes nothing, and one that was broken off goes on.`,
  run: async ({ values }) => {
    const wish = { days: wholeNumber('days', values.days, 14), seed: wholeNumber('seed', values.seed, 1) }
    const place = await demoPlace({ url: values.url, key: values.key })
    try {
      const begun = values.remove ? await place.remove() : await place.load(wish)
      const demo = await settled(place, begun)
      if (demo.state === 'failed') throw new CommandError(`The demo is not complete: ${demo.error}`)
      print(values.json, demo, told(demo, place.url))
      return 0
    } finally {
      await place.close()
    }
  },
})

function wholeNumber(name: string, text: string | undefined, usual: number): number {
  if (text === undefined) return usual
  if (!/^\d{1,10}$/.test(text)) throw new UsageError(`trulayer demo takes a whole number as --${name}, not ${text}`)
  return Number(text)
}

/** Waits for the end, and says on a terminal how far it is. */
async function settled(place: DemoPlace, begun: DemoAnswer): Promise<DemoAnswer> {
  let demo = begun
  while (demo.state === 'loading' || demo.state === 'removing') {
    tell(demo.state === 'loading' ? `loading … ${Math.floor(demo.progress * 100)} %` : 'removing …')
    await setTimeout(EVERY_MS)
    demo = await place.state()
  }
  tell('')
  return demo
}

function tell(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`)
}

function told({ state, traces, days, project_id, incidents }: DemoAnswer, url: string | null): string {
  if (state === 'none') return 'There is no demo here now.'
  const planted = incidents.map(
    ({ kind, from, summary }) => `  ${from.slice(0, 16).replace('T', ' ')}  ${kind}: ${summary}`,
  )
  return [
    `${traces.toLocaleString('en')} traces of ${days} days are in the project Demo (${project_id}).`,
    ...(planted.length > 0 ? ['', 'What went wrong in them, to be found (UTC):', ...planted] : []),
    '',
    url === null ? 'Look at them: trulayer serve' : `Look at them: ${url}`,
    'Remove them: trulayer demo --remove',
  ].join('\n')
}
