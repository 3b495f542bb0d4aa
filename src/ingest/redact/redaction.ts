import type { ProjectId, TenantId } from '../../ids.ts'
import type { ControlStore } from '../../storage/control/open.ts'
import type { DeadLetter, TraceRecord } from '../../storage/telemetry/record.ts'
import { type Matches, Redactor } from './redactor.ts'
import { type RedactionRules, type Rule, rulesOf, unite } from './rules.ts'

/** What is left after masking, and how often each rule matched, by project; dead letters of no project count under null. */
export interface Redacted {
  records: readonly TraceRecord[]
  deadLetters: readonly DeadLetter[]
  matches: ReadonlyMap<ProjectId | null, Matches>
}

const MOST_COMPILED = 200

/** Which rules hold for a project: those of the configuration, which hold for all, and its own. Without any it costs a look-up. */
export class Redaction {
  readonly #control: ControlStore
  readonly #forAll: RedactionRules
  readonly #compiled = new Map<string, readonly Rule[]>()

  constructor(control: ControlStore, forAll: RedactionRules) {
    this.#control = control
    this.#forAll = forAll
  }

  /** Masks what is about to be stored. Gives back the lists themselves where no rule holds. */
  async apply(
    tenantId: TenantId,
    records: readonly TraceRecord[],
    deadLetters: readonly DeadLetter[],
  ): Promise<Redacted> {
    const redactors = new Map<ProjectId | null, Redactor | null>()
    for (const { projectId } of [...records, ...deadLetters])
      if (!redactors.has(projectId)) redactors.set(projectId, await this.#of(tenantId, projectId))
    const matches = new Map<ProjectId | null, Matches>()
    if ([...redactors.values()].every((redactor) => redactor === null)) return { records, deadLetters, matches }
    for (const projectId of redactors.keys()) matches.set(projectId, new Map())
    const masked: TraceRecord[] = []
    for (const record of records)
      masked.push((await redactors.get(record.projectId)?.record(record, of(matches, record))) ?? record)
    const letters: DeadLetter[] = []
    for (const letter of deadLetters)
      letters.push((await redactors.get(letter.projectId)?.letter(letter, of(matches, letter))) ?? letter)
    return { records: masked, deadLetters: letters, matches }
  }

  /** To try rules out: those of a project, or ones that are not in force, always with those of the configuration. */
  async redactor(tenantId: TenantId, of: ProjectId | RedactionRules | null): Promise<Redactor> {
    const rules = typeof of === 'string' || of === null ? await this.#rulesOf(tenantId, of) : unite(this.#forAll, of)
    return new Redactor(rulesOf(rules))
  }

  async #of(tenantId: TenantId, projectId: ProjectId | null): Promise<Redactor | null> {
    const rules = await this.#rulesOf(tenantId, projectId)
    return rules.detectors.length + rules.patterns.length === 0 ? null : new Redactor(this.#ready(rules))
  }

  async #rulesOf(tenantId: TenantId, projectId: ProjectId | null): Promise<RedactionRules> {
    const own = projectId === null ? null : await this.#control.projects.redaction(tenantId, projectId)
    return own === null ? this.#forAll : unite(this.#forAll, JSON.parse(own) as RedactionRules)
  }

  #ready(rules: RedactionRules): readonly Rule[] {
    const text = JSON.stringify(rules)
    const known = this.#compiled.get(text) ?? rulesOf(rules)
    if (this.#compiled.size >= MOST_COMPILED) this.#compiled.clear()
    this.#compiled.set(text, known)
    return known
  }
}

const of = (matches: Map<ProjectId | null, Matches>, { projectId }: { projectId: ProjectId | null }): Matches =>
  matches.get(projectId) ?? new Map()
