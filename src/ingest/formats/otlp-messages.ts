import type { JsonObject } from '../../storage/telemetry/record.ts'
import { malformed } from './otlp-malformed.ts'
import { MAX_DEPTH } from './otlp-schema.ts'
import type {
  AnyValue,
  KeyValue,
  OtlpEvent,
  OtlpRequest,
  OtlpResource,
  OtlpResourceSpans,
  OtlpScope,
  OtlpScopeSpans,
  OtlpSpan,
} from './otlp-types.ts'
import { doubleValue } from './otlp-values.ts'

/**
 * Messages as the generated code decodes them, straight into normal form: what the general way makes of them (`toObject`, then the tables
 * that read JSON), in a third of its time. A field that was not there is null, or an empty list.
 */
type Text = string | null
type Small = number | null
/** 64 bits; two halves, as signed numbers. */
type Wide = { low: number; high: number } | null
type Bytes = Uint8Array | null

interface AnyValueMessage {
  stringValue: Text
  boolValue: boolean | null
  intValue: Wide
  doubleValue: Small
  arrayValue: { values: AnyValueMessage[] } | null
  kvlistValue: { values: KeyValueMessage[] } | null
  bytesValue: Bytes
}

interface KeyValueMessage {
  key: Text
  value: AnyValueMessage | null
}

interface Described {
  attributes: KeyValueMessage[]
  droppedAttributesCount: Small
}

interface EventMessage extends Described {
  timeUnixNano: Wide
  name: Text
}

interface LinkMessage extends Described {
  traceId: Bytes
  spanId: Bytes
  traceState: Text
  flags: Small
}

interface SpanMessage extends Described {
  traceId: Bytes
  spanId: Bytes
  traceState: Text
  parentSpanId: Bytes
  name: Text
  kind: Small
  startTimeUnixNano: Wide
  endTimeUnixNano: Wide
  events: EventMessage[]
  droppedEventsCount: Small
  links: LinkMessage[]
  droppedLinksCount: Small
  status: { message: Text; code: Small } | null
  flags: Small
}

interface ResourceMessage extends Described {
  entityRefs: { schemaUrl: Text; type: Text; idKeys: string[]; descriptionKeys: string[] }[]
}

interface ScopeMessage extends Described {
  name: Text
  version: Text
}

export interface RequestMessage {
  resourceSpans: {
    resource: ResourceMessage | null
    scopeSpans: { scope: ScopeMessage | null; spans: SpanMessage[]; schemaUrl: Text }[]
    schemaUrl: Text
  }[]
}

/** A decoded request in normal form. Throws `invalid_otlp` where a value is nested deep; nothing else can be wrong with it. */
export function readMessages({ resourceSpans }: RequestMessage): OtlpRequest {
  return { resourceSpans: resourceSpans.map(resourceGroup), refused: [] }
}

function resourceGroup(group: RequestMessage['resourceSpans'][number]): OtlpResourceSpans {
  const out: OtlpResourceSpans = {}
  if (group.resource !== null) out.resource = resourceOf(group.resource)
  if (group.schemaUrl) out.schemaUrl = group.schemaUrl
  if (group.scopeSpans.length > 0) out.scopeSpans = group.scopeSpans.map(scopeGroup)
  return out
}

function scopeGroup(group: RequestMessage['resourceSpans'][number]['scopeSpans'][number]): OtlpScopeSpans {
  const out: OtlpScopeSpans = {}
  if (group.scope !== null) out.scope = scopeOf(group.scope)
  if (group.schemaUrl) out.schemaUrl = group.schemaUrl
  if (group.spans.length > 0) out.spans = group.spans.map(spanOf)
  return out
}

function resourceOf(message: ResourceMessage): OtlpResource {
  const out: OtlpResource = {}
  describe(out, message)
  if (message.entityRefs.length > 0) out.entityRefs = message.entityRefs.map(entityOf)
  return out
}

function entityOf({ schemaUrl, type, idKeys, descriptionKeys }: ResourceMessage['entityRefs'][number]): JsonObject {
  const out: JsonObject = {}
  if (schemaUrl) out.schemaUrl = schemaUrl
  if (type) out.type = type
  if (idKeys.length > 0) out.idKeys = idKeys
  if (descriptionKeys.length > 0) out.descriptionKeys = descriptionKeys
  return out
}

function scopeOf(message: ScopeMessage): OtlpScope {
  const out: OtlpScope = {}
  if (message.name) out.name = message.name
  if (message.version) out.version = message.version
  describe(out, message)
  return out
}

function spanOf(span: SpanMessage): OtlpSpan {
  const out: OtlpSpan = {}
  identify(out, span)
  if (span.parentSpanId?.length) out.parentSpanId = hex(span.parentSpanId)
  if (span.name) out.name = span.name
  if (span.kind) out.kind = span.kind
  if (isSet(span.startTimeUnixNano)) out.startTimeUnixNano = unsigned(span.startTimeUnixNano)
  if (isSet(span.endTimeUnixNano)) out.endTimeUnixNano = unsigned(span.endTimeUnixNano)
  describe(out, span)
  if (span.events.length > 0) out.events = span.events.map(eventOf)
  if (span.droppedEventsCount) out.droppedEventsCount = span.droppedEventsCount
  if (span.links.length > 0) out.links = span.links.map(linkOf)
  if (span.droppedLinksCount) out.droppedLinksCount = span.droppedLinksCount
  if (span.status !== null) out.status = statusOf(span.status)
  if (span.flags) out.flags = span.flags
  return out
}

function statusOf({ message, code }: NonNullable<SpanMessage['status']>): NonNullable<OtlpSpan['status']> {
  return { ...(message ? { message } : {}), ...(code ? { code } : {}) }
}

function eventOf(event: EventMessage): OtlpEvent {
  const out: OtlpEvent = {}
  if (isSet(event.timeUnixNano)) out.timeUnixNano = unsigned(event.timeUnixNano)
  if (event.name) out.name = event.name
  describe(out, event)
  return out
}

function linkOf(link: LinkMessage): JsonObject {
  const out: JsonObject = {}
  identify(out, link)
  describe(out, link)
  if (link.flags) out.flags = link.flags
  return out
}

/** What names a span, in itself and in a link to it. */
function identify(
  out: JsonObject,
  { traceId, spanId, traceState }: Pick<LinkMessage, 'traceId' | 'spanId' | 'traceState'>,
): void {
  if (traceId?.length) out.traceId = hex(traceId)
  if (spanId?.length) out.spanId = hex(spanId)
  if (traceState) out.traceState = traceState
}

function describe(
  out: { attributes?: KeyValue[]; droppedAttributesCount?: number } | JsonObject,
  { attributes, droppedAttributesCount }: Described,
): void {
  if (attributes.length > 0) out.attributes = attributes.map(attributeOf)
  if (droppedAttributesCount) out.droppedAttributesCount = droppedAttributesCount
}

/** What is nested deeper is left to the general way, which knows how deep is too deep. */
const DEEP = MAX_DEPTH / 2

const attributeOf = (attribute: KeyValueMessage): KeyValue => keyValueOf(attribute, 1)

function keyValueOf({ key, value }: KeyValueMessage, depth: number): KeyValue {
  const out: KeyValue = {}
  if (key) out.key = key
  if (value !== null) out.value = anyValueOf(value, depth + 1)
  return out
}

/** If more than one value is set, the one that the schema names last counts. */
function anyValueOf(value: AnyValueMessage, depth: number): AnyValue {
  if (depth > DEEP) throw malformed(`its values are nested more than ${DEEP} deep`)
  if (value.bytesValue !== null) return { bytesValue: buffer(value.bytesValue).toString('base64') }
  if (value.kvlistValue !== null)
    return { kvlistValue: { values: value.kvlistValue.values.map((one) => keyValueOf(one, depth + 2)) } }
  if (value.arrayValue !== null)
    return { arrayValue: { values: value.arrayValue.values.map((one) => anyValueOf(one, depth + 2)) } }
  if (value.doubleValue !== null) return { doubleValue: doubleValue(value.doubleValue) as number | string }
  if (value.intValue !== null) return { intValue: signed(value.intValue) }
  if (value.boolValue !== null) return { boolValue: value.boolValue }
  if (value.stringValue !== null) return { stringValue: value.stringValue }
  return {}
}

const isSet = (value: Wide): value is NonNullable<Wide> => value !== null && (value.low !== 0 || value.high !== 0)

function unsigned({ low, high }: NonNullable<Wide>): string {
  return ((BigInt(high >>> 0) << 32n) | BigInt(low >>> 0)).toString()
}

function signed({ low, high }: NonNullable<Wide>): string {
  // Most fit into 32 bits, for which no bigint is needed.
  if (high === low >> 31) return String(low)
  return ((BigInt(high) << 32n) | BigInt(low >>> 0)).toString()
}

const hex = (bytes: Uint8Array): string => buffer(bytes).toString('hex')

const buffer = (bytes: Uint8Array): Buffer =>
  Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
