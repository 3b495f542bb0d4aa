/** Pieces that are drawn before they are taken, at most: 4 MB of a trace. */
const MOST_AHEAD = 8

/**
 * Takes pieces in order up to the first null, and draws some ahead, so that the threads that make them go on while the event loop is busy: `first`
 * of them to begin with, and twice as many each time that the taker has to wait. Whoever reads slowly never waits, and so makes nobody buffer.
 */
export async function* drawnAhead<T>(draw: () => Promise<T | null>, first = 1): AsyncGenerator<T> {
  const ahead: { piece: Promise<T | null>; here: boolean }[] = []
  let most = first
  const fill = () => {
    while (ahead.length < most) {
      const drawn = { piece: draw(), here: false }
      const arrived = () => {
        drawn.here = true
      }
      // A failure is met where it is awaited, or not at all when nobody takes it any more.
      drawn.piece.then(arrived, arrived)
      ahead.push(drawn)
    }
  }
  fill()
  for (let next = ahead.shift(); next; next = ahead.shift()) {
    if (!next.here) most = Math.min(most * 2, MOST_AHEAD)
    const piece = await next.piece
    if (piece === null) return
    fill()
    yield piece
  }
}
