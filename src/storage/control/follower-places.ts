import type { Clock } from '../../clock.ts'
import type { ControlDb, ControlTrx } from './schema.ts'

/** Places: how far each follower whose effects are in `control.db` has read the log. */
export class FollowerPlaces {
  readonly #db: ControlDb
  readonly #clock: Clock

  constructor(db: ControlDb, clock: Clock) {
    this.#db = db
    this.#clock = clock
  }

  /** The last `seq` whose effects are in; 0 before the first. */
  async get(name: string): Promise<number> {
    const place = await this.#db.selectFrom('follower_places').select('seq').where('name', '=', name).executeTakeFirst()
    return place?.seq ?? 0
  }

  /** Those of all followers that ever kept one here. */
  async all(): Promise<number[]> {
    const rows = await this.#db.selectFrom('follower_places').select('seq').execute()
    return rows.map(({ seq }) => seq)
  }

  /**
   * Moves a place, in the transaction of the effects it stands for. False when the place is already at `seq` or past it: the
   * effects are in, and the caller must roll its own back.
   */
  async advance(trx: ControlTrx, name: string, seq: number): Promise<boolean> {
    const { numInsertedOrUpdatedRows } = await trx
      .insertInto('follower_places')
      .values({ name, seq, updated_at: this.#clock.now() })
      .onConflict((conflict) =>
        conflict
          .column('name')
          .doUpdateSet((eb) => ({ seq: eb.ref('excluded.seq'), updated_at: eb.ref('excluded.updated_at') }))
          .whereRef('follower_places.seq', '<', 'excluded.seq'),
      )
      .executeTakeFirstOrThrow()
    return numInsertedOrUpdatedRows === 1n
  }
}
