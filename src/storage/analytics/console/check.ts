import { CONSOLE_COLUMNS } from './columns.ts'

/**
 * What a statement of the SQL console may be: one SELECT over the tables of the console, judged by the tree that DuckDB's own parser makes
 * of it. What is not known here is refused. This is the second wall: the file that the statement runs on holds nothing but the tenant's
 * own rows, is opened read-only, and its connection has no way to files, network, extensions or settings.
 */
export class RefusedSql extends Error {
  override name = 'RefusedSql'
  /** Where in the statement, in bytes. */
  readonly at: number | null

  constructor(message: string, at: unknown = null) {
    super(message)
    this.at = placeOf(at)
  }
}

/** A place as DuckDB writes it: a number, or its digits; it has one that is no place. */
export function placeOf(at: unknown): number | null {
  const place = typeof at === 'string' && at !== '' ? Number(at) : at
  return Number.isSafeInteger(place) ? Number(place) : null
}

const CONSOLE_TABLES = Object.keys(CONSOLE_COLUMNS)

/** Where rows may come from. */
const SOURCES = new Set([
  'BASE_TABLE',
  'JOIN',
  'SUBQUERY',
  'TABLE_FUNCTION',
  'EXPRESSION_LIST',
  'EMPTY',
  'EMPTY_FROM',
  'PIVOT',
  'SHOW_REF',
  'CTE',
])
const TABLE_FUNCTIONS = new Set(['range', 'generate_series', 'unnest', 'json_each', 'json_tree'])
/** What UNION and its kin, and recursion, put together. */
const QUERIES = new Set(['SELECT_NODE', 'SET_OPERATION_NODE', 'RECURSIVE_CTE_NODE', 'CTE_NODE'])
/** Functions that speak of the engine instead of the data, run text as SQL, or change something. */
const FORBIDDEN_FUNCTIONS =
  /^(duckdb_|pragma_|pg_|has_|read_|write_|parquet_|sniff_|from_substrait|get_substrait|json_execute|json_(de)?serialize|query$|query_table$|glob$|getenv|getvariable|current_setting|set_|nextval|currval|txid_|which_secret|force_|checkpoint|enable_|disable_|test_|load_|install_|copy_|export_|import_|in_search_path|current_(database|schema|schemas|catalog|query|role|user)|session_user|user$|version$|add_parquet_key|create_sort_key|parse_duckdb|reset_|sleep|error$|invoke|summary$)/i
/** A name for a part of a query that could stand for nothing else. */
const CTE_NAME = /^(?!duckdb_|pragma_|pg_|sqlite_|information_schema)[a-z_][a-z0-9_]{0,62}$/i

type Tree = { [key: string]: unknown }

/** Throws `RefusedSql`, which says what is wrong, unless the tree is one that may run. */
export function checkTree(tree: unknown): void {
  if (!isTree(tree)) throw new RefusedSql('This is not SQL.')
  if (tree.error === true) throw new RefusedSql(explain(tree), tree.position)
  const statements = Array.isArray(tree.statements) ? tree.statements : []
  if (statements.length !== 1) throw new RefusedSql('Send one statement.')
  const names = new Set<string>(CONSOLE_TABLES)
  walk(statements[0], (node) => collect(node, names))
  walk(statements[0], (node) => judge(node, names))
}

function explain({ error_type: type, error_message: message }: Tree): string {
  return type === 'not implemented' ? 'Only a SELECT may run here.' : `${String(message)}`
}

/** Names that the statement gives to parts of itself. */
function collect(node: Tree, names: Set<string>): void {
  const map = isTree(node.cte_map) ? node.cte_map.map : undefined
  const given = Array.isArray(map) ? map.map((entry) => (isTree(entry) ? String(entry.key) : '')) : []
  if (node.type === 'RECURSIVE_CTE_NODE' || node.type === 'CTE_NODE') given.push(String(node.cte_name))
  for (const name of given) {
    if (!CTE_NAME.test(name)) throw new RefusedSql(`A part of a query cannot be called ${name} here.`)
    names.add(name.toLowerCase())
  }
}

function judge(node: Tree, names: ReadonlySet<string>): void {
  for (const key of ['from_table', 'left', 'right', 'source'] as const) {
    const from = node[key]
    if (isTree(from) && 'sample' in from && !SOURCES.has(String(from.type)) && !QUERIES.has(String(from.type)))
      throw new RefusedSql(`Rows cannot come from a ${String(from.type).toLowerCase()} here.`, from.query_location)
  }
  if (node.type === 'BASE_TABLE') judgeTable(node, names)
  if (node.type === 'TABLE_FUNCTION') judgeTableFunction(node)
  if (node.type === 'SHOW_REF' && !isTree(node.query))
    throw new RefusedSql('Only DESCRIBE and SUMMARIZE of a table may be asked.')
  if (node.class === 'FUNCTION') judgeFunction(node)
  if (node.class === 'PARAMETER') throw new RefusedSql('Parameters cannot be used here.', node.query_location)
}

function judgeTable(
  { catalog_name: catalog, schema_name: schema, table_name: table, query_location: at }: Tree,
  names: ReadonlySet<string>,
): void {
  if (catalog !== '' || schema !== '' || !names.has(String(table).toLowerCase()))
    throw new RefusedSql(`There is no table ${String(table)} here; there are ${CONSOLE_TABLES.join(', ')}.`, at)
}

function judgeTableFunction({ function: called, query_location: at }: Tree): void {
  const name = isTree(called) ? String(called.function_name).toLowerCase() : ''
  if (!TABLE_FUNCTIONS.has(name)) throw new RefusedSql(`Rows cannot come from ${name}() here.`, at)
}

function judgeFunction({ function_name: called, schema, catalog, query_location: at }: Tree): void {
  const name = String(called)
  if ((schema !== '' && schema !== 'main') || catalog !== '' || FORBIDDEN_FUNCTIONS.test(name))
    throw new RefusedSql(`${name}() cannot be used here.`, at)
}

/** Every place that a tree names, in the order of the tree: of two trees of one statement, however written, the same ones at the same indexes. */
export function placesIn(tree: unknown): (number | null)[] {
  const places: (number | null)[] = []
  walk(tree, ({ query_location: at }) => {
    if (at !== undefined) places.push(placeOf(at))
  })
  return places
}

const DEEPEST = 500

function walk(node: unknown, visit: (node: Tree) => void, depth = 0): void {
  if (depth > DEEPEST) throw new RefusedSql('This is nested too deeply.')
  if (Array.isArray(node)) for (const child of node) walk(child, visit, depth + 1)
  else if (isTree(node)) {
    visit(node)
    for (const child of Object.values(node)) walk(child, visit, depth + 1)
  }
}

const isTree = (value: unknown): value is Tree => typeof value === 'object' && value !== null && !Array.isArray(value)
