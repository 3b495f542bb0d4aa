/** What stands in a page cannot be. */
export class Damage extends Error {
  override name = 'Damage'
  readonly page: number

  constructor(page: number, message: string) {
    super(message)
    this.page = page
  }
}
