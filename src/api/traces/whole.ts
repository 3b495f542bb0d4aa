import { drawnAhead } from '../../storage/telemetry/drawn-ahead.ts'
import type { TraceDetail } from '../../storage/telemetry/questions/detail.ts'
import type { Telemetry } from '../../storage/telemetry/telemetry.ts'

/** The JSON of a trace piece by piece, each asked of the reader that has the least to do: of a large one they make two at a time. */
export async function* wholeTrace(
  telemetry: Pick<Telemetry, 'ask'>,
  { opening, more, closing }: TraceDetail,
): AsyncGenerator<Uint8Array> {
  yield opening
  let next = 0
  const draw = async () => {
    const ask = more[next++]
    return ask === undefined ? null : telemetry.ask('moreSpans', ask)
  }
  yield* drawnAhead(draw, 2)
  yield Buffer.from(closing)
}
