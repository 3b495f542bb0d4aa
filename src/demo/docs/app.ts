import { MINUTE } from '../calendar.ts'
import { feedbackOn } from '../feedback.ts'
import { EMBEDDING_MODEL } from '../models.ts'
import { person } from '../people.ts'
import type { Random } from '../random.ts'
import { Recorder, type Scene } from '../recorder.ts'
import { tokensOf } from '../tokens.ts'
import type { Message, RetrievedDocument, Run } from '../types.ts'
import { asAsked } from '../voice.ts'
import type { Weather } from '../weather.ts'
import { PASSAGE_IDS, PASSAGES, type PassageId } from './handbook.ts'
import { QUESTIONS, UNANSWERED } from './questions.ts'

const SYSTEM = `You answer questions of Fjellheim's people from the handbook. Use only the passages below and cite them by number, like [1]. If they do not hold the answer, say so and name the team that may know. Be brief.`
const UNKNOWN =
  'The handbook passages I found do not answer that. The people team (people@fjellheim.example) will know, or ask in the general channel.'

const CANDIDATES = 8
const KEPT = 4

interface Asked {
  asks: string
  from: readonly PassageId[]
  answer: string
  wrong?: string
}

/** Somebody asks the handbook, and perhaps goes on asking: a trace for each question. */
export function docsSession({ random, weather, at }: { random: Random; weather: Weather; at: number }): Run[] {
  const colleague = person(random, 'emp')
  const scene: Scene = {
    ...{ app: 'docs-assistant', random, weather },
    sessionId: `docs-${random.hex(10)}`,
    userId: colleague.userId,
    environment: 'production',
    tags: {},
    metadata: {
      index: 'handbook-v31',
      team: random.pick(['shop', 'service', 'warehouse', 'people', 'data', 'platform']),
    },
  }
  const history: Message[] = []
  const runs: Run[] = []
  let now = at
  for (const asked of questions(random)) {
    const run = answer(scene, { ...asked, asks: asAsked(asked.asks, random) }, history, now)
    runs.push(run)
    now = run.endedAt + random.around(1.3 * MINUTE, 0.6)
    if (run.error !== null && random.chance(0.4)) break
  }
  return runs
}

function questions(random: Random): Asked[] {
  if (random.chance(0.06)) return [{ asks: random.pick(UNANSWERED), from: [], answer: UNKNOWN }]
  const { asks, next = [], ...question } = random.pick(QUESTIONS)
  const asked: Asked[] = [{ ...question, asks: random.pick(asks) }]
  for (const one of next) if (random.chance(0.6)) asked.push(one)
  if (random.chance(0.2)) {
    const other = random.pick(QUESTIONS)
    if (other.from[0] !== question.from[0]) asked.push({ ...other, asks: random.pick(other.asks) })
  }
  return asked
}

function answer(scene: Scene, { asks, from, answer: right, wrong }: Asked, history: Message[], at: number): Run {
  const { random } = scene
  const run = new Recorder(scene, { name: 'answer-question', kind: 'chain', input: asks, at })
  const kept = run.within('retrieve', asks, () => retrieve(run, random, asks, from))
  const isWrong = wrong !== undefined && random.chance(0.12)
  const said = isWrong ? (wrong ?? right) : right
  const passages = kept.map(({ title, content }, i) => `[${i + 1}] ${title}\n${content}`).join('\n\n')
  const error = run.model({
    name: 'generate',
    model: 'claude-haiku-4-5',
    messages: [{ role: 'system', content: `${SYSTEM}\n\n${passages}` }, ...history, { role: 'user', content: asks }],
    reply: { role: 'assistant', content: said },
    parameters: { temperature: 0.2, max_tokens: 600 },
  })
  const finished = run.finish(error === null ? said : null, error, { documents: kept.length })
  if (error === null) history.push({ role: 'user', content: asks }, { role: 'assistant', content: said })
  const poor = isWrong || from.length === 0
  return { ...finished, feedback: feedbackOn(random, { run: finished, poor, unhappy: false, rate: 0.11 }) }
}

/** Embeds the question, finds passages near it, and ranks them anew; the ones that hold the answer come out on top. */
function retrieve(run: Recorder, random: Random, query: string, from: readonly PassageId[]): RetrievedDocument[] {
  run.step(
    {
      name: 'embed-query',
      kind: 'embedding',
      input: query,
      model: EMBEDDING_MODEL,
      provider: 'openai',
      tokens: { input: tokensOf(query), output: 0, cached: 0 },
    },
    95,
  )
  const others = random.sample(
    PASSAGE_IDS.filter((id) => !from.includes(id)),
    CANDIDATES - from.length,
  )
  const near = [
    ...from.map((id) => document(id, 0.62 + random.next() * 0.22)),
    ...others.map((id) => document(id, 0.34 + random.next() * 0.3)),
  ].sort(byScore)
  run.step(
    { name: 'search-handbook', kind: 'retrieval', input: query, documents: near, metadata: { top_k: CANDIDATES } },
    34,
  )
  const ranked = [
    ...from.map((id, i) => document(id, 0.93 - i * 0.06 - random.next() * 0.05)),
    ...others.slice(0, KEPT).map((id) => document(id, 0.02 + random.next() * 0.3)),
  ].sort(byScore)
  const kept = ranked.slice(0, KEPT)
  run.step({ name: 'rerank', kind: 'reranker', input: query, documents: kept, metadata: { top_k: KEPT } }, 120)
  return kept
}

function document(id: PassageId, score: number): RetrievedDocument {
  const [title, content] = PASSAGES[id]
  return { id, title, content, score: Math.round(score * 1e4) / 1e4 }
}

const byScore = (a: RetrievedDocument, b: RetrievedDocument): number => b.score - a.score
