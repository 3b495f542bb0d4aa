import { mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { makeDir } from './make-dir.ts'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'trulayer-make-dir-'))
})
afterEach(() => rmSync(dir, { recursive: true }))

it('makes what is missing, for this user alone, and leaves what is there', () => {
  const deep = path.join(dir, 'a/b/c')
  makeDir(deep)
  makeDir(deep)
  for (const made of ['a', 'a/b', 'a/b/c']) expect(statSync(path.join(dir, made)).mode & 0o777).toBe(0o700)
})

it('follows a link to a directory, and names one that leads nowhere', () => {
  symlinkSync(dir, path.join(dir, 'here'))
  makeDir(path.join(dir, 'here/below'))
  expect(statSync(path.join(dir, 'below')).isDirectory()).toBe(true)
  const dead = path.join(dir, 'dead')
  symlinkSync(path.join(dir, 'unmounted'), dead)
  for (const wanted of [dead, path.join(dead, 'data'), path.join(dead, 'data/cache')])
    expect(() => makeDir(wanted)).toThrow(`${dead} is a link to ${path.join(dir, 'unmounted')}, which is not there`)
})

it('says that there is a file where a directory is wanted', () => {
  const file = path.join(dir, 'file')
  writeFileSync(file, '')
  expect(() => makeDir(file)).toThrow(/EEXIST/)
  expect(() => makeDir(path.join(file, 'below'))).toThrow(/ENOTDIR/)
})

it.runIf(process.platform === 'linux')('ends where nothing can be made', () => {
  for (const wanted of ['/proc/x', '/proc/x/y/z']) expect(() => makeDir(wanted)).toThrow(/ENOENT.*\/proc\/x/)
})
