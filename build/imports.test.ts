import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { cruise, type ICruiseResult, type IForbiddenRuleType } from 'dependency-cruiser'
import { afterEach, describe, expect, it } from 'vitest'
import rules from './imports.json' with { type: 'json' }

/** Imports go one way, and never in a circle: the rules are in `imports.json`, the reasons in docs/architecture.md. */
async function violations(): Promise<string[]> {
  const { output } = await cruise(['src'], {
    ruleSet: { forbidden: rules.forbidden as IForbiddenRuleType[] },
    validate: true,
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: { extensions: ['.ts', '.js', '.json'] },
  })
  return (output as ICruiseResult).summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} → ${to}`)
}

let planted: string[] = []
afterEach(() => {
  for (const place of planted) rmSync(place, { recursive: true })
  planted = []
})

/** A file of the source tree that breaks a rule, gone after the test. */
function plant(dir: string, name: string, text: string): void {
  const place = mkdtempSync(path.join(dir, 'planted-'))
  planted.push(place)
  writeFileSync(path.join(place, name), text)
}

describe('imports', { timeout: 60_000 }, () => {
  it('keep to the rules', async () => {
    expect(await violations()).toEqual([])
  })

  it('are caught when they break one', async () => {
    plant('src/storage', 'upward.ts', "import { bind } from '../../api/http/mount.ts'\nexport const up = bind\n")
    plant('src/jobs', 'a.ts', "import { b } from './b.ts'\nexport const a = () => b\n")
    writeFileSync(path.join(planted.at(-1) ?? '', 'b.ts'), "import { a } from './a.ts'\nexport const b = () => a\n")
    const found = (await violations()).map((line) => line.split(':')[0])
    expect(found).toContain('storage-imports-only-leaves')
    expect(found).toContain('no-cycle')
  })
})
