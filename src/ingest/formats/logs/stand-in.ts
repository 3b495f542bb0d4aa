import { DETAILS_EVENT } from '../families/genai-messages.ts'
import type { KeyValue, OtlpSpan } from '../otlp-types.ts'
import { attributesOf } from '../otlp-values.ts'
import { allAttributes, type LogEvent, type Place } from './reader.ts'

/**
 * A span as the GenAI events that were written in it tell of it, until it comes itself. Who sends logs and no traces sees their calls all
 * the same: the event that has the details has the models, tokens and parameters too, single messages only who provides the model.
 */
export class StandIn {
  readonly #place: Place
  #details: LogEvent | null = null
  #other: LogEvent | null = null
  #isCall = false
  #from: bigint | null = null
  #to = 0n

  constructor(place: Place) {
    this.#place = place
  }

  hear(event: LogEvent, isMessage: boolean): void {
    if (event.name === DETAILS_EVENT) this.#details ??= event
    this.#isCall ||= isMessage || event.name === DETAILS_EVENT
    this.#other ??= event
    const at = BigInt(event.nanos)
    if (at === 0n) return
    if (this.#from === null || at < this.#from) this.#from = at
    if (at > this.#to) this.#to = at
  }

  span(): OtlpSpan {
    const attributes = this.#attributes()
    const said = attributesOf(attributes)
    const failed = said.get('error.type')
    const [operation, model] = [said.get('gen_ai.operation.name'), said.get('gen_ai.request.model')]
    return {
      ...{ traceId: this.#place.traceHex, spanId: this.#place.spanHex },
      name: this.#isCall ? [operation, model].filter((one) => one !== undefined).join(' ') : (this.#other?.name ?? ''),
      ...(this.#isCall ? { kind: CLIENT } : {}),
      ...this.#times(),
      ...(attributes.length === 0 ? {} : { attributes }),
      ...(typeof failed === 'string' ? { status: { message: failed, code: STATUS_ERROR } } : {}),
    }
  }

  /** One event tells when something was over, not how long it took. */
  #times(): Pick<OtlpSpan, 'startTimeUnixNano' | 'endTimeUnixNano'> {
    if (this.#from === null) return {}
    return {
      startTimeUnixNano: String(this.#from),
      ...(this.#to > this.#from ? { endTimeUnixNano: String(this.#to) } : {}),
    }
  }

  #attributes(): KeyValue[] {
    if (this.#details !== null) {
      const attributes = allAttributes(this.#details)
      return attributes.some(({ key }) => key === 'gen_ai.operation.name') ? attributes : [CHAT, ...attributes]
    }
    const known = (this.#other?.record.attributes ?? []).filter(({ key = '' }) => PROVIDER.has(key))
    return this.#isCall ? [CHAT, ...known] : known
  }
}

const CLIENT = 3
const STATUS_ERROR = 2
const CHAT: KeyValue = { key: 'gen_ai.operation.name', value: { stringValue: 'chat' } }
const PROVIDER = new Set(['gen_ai.system', 'gen_ai.provider.name'])
