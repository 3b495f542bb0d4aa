import { expect, it } from 'vitest'
import { getOrAdd } from '../../../get-or-add.ts'
import type { ProjectId, TraceId } from '../../../ids.ts'
import { PROJECT, START, TENANT, TestStore, uuid, wireTrace } from '../testing.ts'
import { type ListSessions, sessionPage } from './sessions.ts'

const OTHER = uuid<ProjectId>(9)

/**
 * Turns of conversations: most by a crowd that shares one user id, some by a few people, in two projects, several at once and not in the order of
 * their time. There are conversations in which the crowd takes part in one of the projects only.
 */
const TURNS = Array.from({ length: 6_000 }, (_, i) => {
  const session = (i * 7) % 83
  const projectId = i % 3 === 0 ? OTHER : PROJECT
  const without = session % 5 === 0 && projectId === OTHER
  return {
    id: uuid<TraceId>(i + 10),
    userId: without || i % 97 === 0 ? `person ${i % 5}` : 'crowd',
    sessionId: i % 101 === 0 ? null : `session ${session}`,
    projectId,
    startedAt: START + ((i * 7_919) % 211),
  }
})

/** By conversation and project, when the last turn was. */
function sessionsOf(user: string): Record<string, number> {
  const turns = new Map<string, (typeof TURNS)[number][]>()
  for (const turn of TURNS)
    if (turn.sessionId !== null) getOrAdd(turns, `${turn.sessionId} ${turn.projectId}`, () => []).push(turn)
  const own = [...turns].filter(([, of]) => of.some(({ userId }) => userId === user))
  return Object.fromEntries(own.map(([key, of]) => [key, Math.max(...of.map(({ startedAt }) => startedAt))]))
}

it('of a user are those with a trace of theirs, whether theirs are few or most of all', () => {
  const store = new TestStore()
  store.write(...TURNS.map((turn) => wireTrace({ ...turn, whenKnown: 'duplicate' })))
  const all = (userId: string) => {
    const found: [string, number][] = []
    let after: ListSessions['after']
    for (;;) {
      const ask = { tenantId: TENANT, userId, limit: 20, ...(after ? { after } : {}) }
      const { sessions, hasMore, last } = sessionPage(store.db, ask)
      found.push(
        ...sessions.map((one): [string, number] => [`${one.id} ${one.project_id}`, Date.parse(one.last_activity_at)]),
      )
      if (!hasMore || !last) return found
      after = last
    }
  }
  for (const user of ['crowd', 'person 1', 'person 4', 'nobody']) {
    const found = all(user)
    expect(Object.fromEntries(found)).toEqual(sessionsOf(user))
    expect(found).toHaveLength(Object.keys(sessionsOf(user)).length)
    expect(found.map(([, at]) => at)).toEqual(found.map(([, at]) => at).toSorted((a, b) => b - a))
  }
  const count = (user: string) => Object.keys(sessionsOf(user)).length
  expect([count('crowd'), count('person 1') > 5, count('nobody')]).toEqual([149, true, 0])
  store.close()
})
