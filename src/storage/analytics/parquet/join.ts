import { type Field, listHeader, readStruct, type Struct, TYPE, writeStruct } from './thrift.ts'

/**
 * Parquet files of the same columns as one, which is sent while they are made: what stands between the mark at the beginning of a file and its
 * footer goes out as it is, and one footer in the end tells where everything came to stand. The names are those of `parquet.thrift`
 * (https://github.com/apache/parquet-format), by the ids of their fields.
 */
export class ParquetJoin {
  /** Where the next bytes will stand. */
  #at = 0
  #rows = 0n
  #first: Struct | null = null
  readonly #rowGroups: Uint8Array[] = []

  /** Takes a whole file; answers what is to be sent of it. */
  add(file: Uint8Array): Uint8Array {
    const length = new DataView(file.buffer, file.byteOffset, file.byteLength).getUint32(file.byteLength - 8, true)
    const end = file.byteLength - 8 - length
    const meta = readStruct(file.subarray(end, end + length))
    // The mark at the beginning is sent once.
    const from = this.#first === null ? 0 : MARK_BYTES
    const shift = BigInt(this.#at - from)
    for (const group of structs(meta, FILE.rowGroups)) {
      this.#rows += number(group, ROW_GROUP.rows)
      this.#rowGroups.push(writeStruct(moved(group, shift, this.#rowGroups.length)))
    }
    this.#first ??= meta
    this.#at += end - from
    return file.subarray(from, end)
  }

  /** What comes after all files, of which there must have been one. */
  end(): Uint8Array {
    if (this.#first === null) throw new Error('a Parquet file of nothing')
    const { fields } = this.#first
    const groups = [listHeader(this.#rowGroups.length, TYPE.struct), ...this.#rowGroups]
    const footer = writeStruct({
      fields: new Map<number, Field>([
        ...fields,
        [FILE.rows, { type: TYPE.i64, value: this.#rows }],
        [FILE.rowGroups, { type: TYPE.list, value: { encoded: groups } }],
      ]),
    })
    const length = Buffer.alloc(4)
    length.writeUInt32LE(footer.byteLength)
    return Buffer.concat([footer, length, MARK])
  }
}

const MARK = Buffer.from('PAR1')
const MARK_BYTES = MARK.byteLength

const FILE = { rows: 3, rowGroups: 4 }
const ROW_GROUP = { columns: 1, rows: 3, fileOffset: 5, ordinal: 7 }
const COLUMN = { fileOffset: 2, meta: 3 }
/** Where the indexes of a column's pages stand, which would have to be moved too: readers do without. */
const PAGE_INDEXES = [4, 5, 6, 7]
/** Of the data, the index and the dictionary of a column, and of its Bloom filter. */
const COLUMN_OFFSETS = [9, 10, 11, 14]
const MOST_ORDINAL = 32_767

function moved(group: Struct, shift: bigint, ordinal: number): Struct {
  const fields = new Map(group.fields)
  move(fields, ROW_GROUP.fileOffset, shift)
  if (ordinal > MOST_ORDINAL) fields.delete(ROW_GROUP.ordinal)
  else if (fields.has(ROW_GROUP.ordinal)) fields.set(ROW_GROUP.ordinal, { type: TYPE.i16, value: BigInt(ordinal) })
  const columns = structs(group, ROW_GROUP.columns).map((column) => movedColumn(column, shift))
  fields.set(ROW_GROUP.columns, { type: TYPE.list, of: TYPE.struct, value: columns })
  return { fields }
}

function movedColumn(column: Struct, shift: bigint): Struct {
  const fields = new Map(column.fields)
  for (const id of PAGE_INDEXES) fields.delete(id)
  move(fields, COLUMN.fileOffset, shift)
  const meta = fields.get(COLUMN.meta)?.value
  if (isStruct(meta)) {
    const inner = new Map(meta.fields)
    for (const id of COLUMN_OFFSETS) move(inner, id, shift)
    fields.set(COLUMN.meta, { type: TYPE.struct, value: { fields: inner } })
  }
  return { fields }
}

/** Some writers say 0 where they do not say where. */
function move(fields: Map<number, Field>, id: number, shift: bigint): void {
  const field = fields.get(id)
  if (typeof field?.value === 'bigint' && field.value > 0n) fields.set(id, { ...field, value: field.value + shift })
}

const isStruct = (value: Field['value'] | undefined): value is Struct =>
  typeof value === 'object' && value !== null && 'fields' in value

function structs({ fields }: Struct, id: number): Struct[] {
  const list = fields.get(id)?.value
  return Array.isArray(list) ? list.filter(isStruct) : []
}

function number({ fields }: Struct, id: number): bigint {
  const value = fields.get(id)?.value
  return typeof value === 'bigint' ? value : 0n
}
