import { describe, expect, it } from 'vitest'
import { WIDE } from './dashboard.ts'
import { page, serve, ui, watch } from './served.ts'
import { settled } from './settled.ts'
import { someTraces } from './traces.ts'
import { PATIENCE_MS } from './watch.ts'

serve(async () => {
  await ui.send(someTraces(24))
  await ui.asOwner('/v1/projects', { name: 'Checkout' })
})

const press = (key: string) => page.keyboard.press(key)
const path = () => new URL(page.url()).pathname

async function inPalette(text: string, option: string | RegExp): Promise<void> {
  await press('Control+k')
  await page.locator('.palette').waitFor()
  await page.keyboard.type(text)
  await page.getByRole('option', { name: option }).first().waitFor()
}

async function list(): Promise<void> {
  await ui.open('/traces')
  await page.locator('.list-row .trace-name').first().waitFor()
  await settled(page)
}

describe('the palette', () => {
  it('finds traces by what was said in them, and opens one', async () => {
    await list()
    await inPalette('charged twice', /^support-agent/)
    await watch.expectAccessible()
    await page
      .getByRole('option', { name: /^support-agent/ })
      .first()
      .click()
    await page.waitForURL(/\/traces\/[0-9a-f-]{36}/)
    await page.locator('.span-row').first().waitFor()
  })

  it('opens the list that was meant', async () => {
    await list()
    await inPalette('refund', 'Traces with the text “refund”')
    await press('Enter')
    await ui.shows('.chip', 'text has')
    expect(ui.search().get('q')).toBe('refund')
  })

  it('opens by a slash where the page has no search of its own', async () => {
    await ui.open('/failures')
    await page.locator('.list-row').first().waitFor()
    await press('/')
    await page.locator('.palette').waitFor()
    await press('Escape')
    await page.locator('.palette').waitFor({ state: 'detached' })
    await list()
    await press('/')
    await page.locator('.filter-list:not([hidden])').waitFor()
    // The last of what is suggested is brought into sight, however low the window.
    await page.setViewportSize({ width: 1280, height: 420 })
    await press('ArrowUp')
    const [box, of] = await Promise.all(
      ['.filter-list [aria-selected="true"]', '.filter-list'].map((one) => page.locator(one).first().boundingBox()),
    )
    expect((box?.y ?? 0) + (box?.height ?? 0)).toBeLessThanOrEqual((of?.y ?? 0) + (of?.height ?? 0))
    await page.setViewportSize(WIDE)
    expect(await page.locator('.palette').count()).toBe(0)
    // A project is a filter too.
    await page.keyboard.type('project is check')
    await ui.shows('[role="option"]', 'project is Checkout')
    await press('Enter')
    await ui.shows('.chip', 'Checkout')
    await ui.shows('.switcher', 'Checkout')
    await page.getByRole('button', { name: 'Remove the filter project is Checkout' }).click()
    await page.locator('.list-row .trace-name').first().waitFor()
    expect(ui.search().get('project')).toBeNull()
  })

  it('switches the project', async () => {
    await list()
    await inPalette('Checkout', /^Checkout/)
    await page.getByRole('option', { name: /^Checkout/ }).click()
    await page.waitForURL(/project=/)
    await ui.shows('.switcher', 'Checkout')
    await ui.shows('.empty', 'Traces appear here')
  })

  it('does what can be done', async () => {
    await list()
    await inPalette('Dark', 'Dark theme')
    await page.getByRole('option', { name: 'Dark theme' }).click()
    await page.locator(':root[data-theme="dark"]').waitFor({ state: 'attached' })
    await inPalette('Compact', /^Compact/)
    await page.getByRole('option', { name: /^Compact/ }).click()
    await expect.poll(async () => (await page.locator('.list-rows > .list-row').first().boundingBox())?.height).toBe(28)
  })
})

describe('the theme', () => {
  it('is what was chosen, after a reload too, and else the system’s', async () => {
    const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor)
    await list()
    await page.getByRole('button', { name: 'Appearance' }).click()
    await page.getByRole('menuitemradio', { name: 'Light' }).click()
    const light = await ground()
    await page.getByRole('button', { name: 'Appearance' }).click()
    await page.getByRole('menuitemradio', { name: 'Dark' }).click()
    const dark = await ground()
    expect(dark).not.toBe(light)
    await page.reload()
    await page.locator('.list-row').first().waitFor()
    expect(await ground()).toBe(dark)
    await page.getByRole('button', { name: 'Appearance' }).click()
    await page.getByRole('menuitemradio', { name: 'As the system' }).click()
    for (const [colorScheme, colour] of [
      ['light', light],
      ['dark', dark],
    ] as const) {
      await page.emulateMedia({ colorScheme })
      expect(await ground()).toBe(colour)
    }
    await page.emulateMedia({ colorScheme: null })
  })
})

describe('the keyboard', () => {
  it('goes to each page by two letters', async () => {
    await list()
    // Two keys belong together only if they come one soon after the other, which no busy machine promises.
    const goes = (letter: string) => async () => {
      await press('g')
      await press(letter)
      return path()
    }
    const places = { s: '/sessions', m: '/charts', f: '/failures', a: '/anomalies', b: '/feedback', t: '/traces' }
    for (const [letter, place] of Object.entries(places)) {
      await expect.poll(goes(letter), { timeout: PATIENCE_MS, interval: 1_000 }).toBe(place)
    }
    await settled(page)
  })

  it('moves through a list, its panel and its pages', async () => {
    await list()
    const peek = () => ui.search().get('peek')
    const ids = await page
      .locator('.list-rows .trace-name')
      .evaluateAll((all) => all.map((one) => one.getAttribute('href')?.split('/').pop()))
    await press('j')
    await press('Enter')
    await page.locator('.peek .span-row').first().waitFor()
    expect(peek()).toBe(ids[1])
    await press(']')
    await expect.poll(peek).toBe(ids[2])
    await press('[')
    await expect.poll(peek).toBe(ids[1])
    await press('k')
    await expect.poll(peek).toBe(ids[0])
    await press('Enter')
    await page.waitForURL(/\/traces\/[0-9a-f-]{36}/)
    await page.locator('.trace-page .span-row').first().waitFor()
    await press(']')
    await expect.poll(path).toBe(`/traces/${ids[1]}`)
    await press('[')
    await expect.poll(path).toBe(`/traces/${ids[0]}`)
    await press('Escape')
    await expect.poll(path).toBe('/traces')
    await settled(page)
  })

  it('peeks at a span, and leaves where it was peeked from', async () => {
    await ui.open('/traces?error=true')
    await page.locator('.list-row .trace-name').first().waitFor()
    await press('Enter')
    await page.locator('.peek .span-row').first().waitFor()
    await press('Enter')
    await page.locator('.trace-page .span-row').first().waitFor()
    const peek = page.locator('.span-peek')
    await press(' ')
    await peek.getByText('RateLimitError').waitFor()
    await watch.expectAccessible()
    await press('ArrowUp')
    await peek.getByText('lookup_order').first().waitFor()
    await ui.shows('.span-row[aria-selected="true"]', 'lookup_order')
    await press(' ')
    await peek.waitFor({ state: 'detached' })
    await press(' ')
    await peek.waitFor()
    await press('Escape')
    await peek.waitFor({ state: 'detached' })
    expect(path()).toMatch(/^\/traces\/./)
    await press('Escape')
    await expect.poll(path).toBe('/traces')
    // The list is as it was left.
    expect(ui.search().get('error')).toBe('true')
    await settled(page)
  })

  it('says which keys there are where one is', async () => {
    await list()
    await press('?')
    for (const words of ['Next row', 'Only failed ones', 'Go to Sessions', 'Search and commands']) {
      await ui.shows('.key-sheet dt', words)
    }
    await watch.expectAccessible()
    await press('Escape')
    await page.locator('.key-sheet').waitFor({ state: 'detached' })
  })

  it('shows where the focus is, wherever the tabulator leads', async () => {
    await list()
    await press('Tab')
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Skip to the content')
    for (let i = 0; i < 24; i++) {
      const shown = await page.evaluate(() => {
        const element = document.activeElement
        if (!element || element === document.body) return 'nothing'
        const marks = (one: Element) => {
          const { outlineStyle, boxShadow } = getComputedStyle(one)
          return outlineStyle !== 'none' || boxShadow !== 'none'
        }
        // A list marks its row, a bare field what it stands in.
        const around = [element, element.parentElement, element.closest('.filters')]
        const holders = [...around, ...element.querySelectorAll('.list-row[data-active="true"]')]
        return holders.some((one) => one && marks(one)) || element.outerHTML.slice(0, 200)
      })
      expect(shown).toBe(true)
      await press('Tab')
      if (await page.evaluate(() => document.activeElement?.closest('.list') !== null)) break
    }
  })

  it('has nothing move for who wants it so', async () => {
    await page.emulateMedia({ reducedMotion: 'reduce' })
    await ui.open('/traces?live=on')
    await page.locator('[data-state-now="live"]').waitFor()
    await press('Control+k')
    await page.locator('.palette').waitFor()
    expect(await page.evaluate(() => document.getAnimations().length)).toBe(0)
    await press('Escape')
    await page.emulateMedia({ reducedMotion: null })
  })
})
