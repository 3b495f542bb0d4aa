import { AppError } from '../../errors.ts'
import type { ProjectId } from '../../ids.ts'
import type { Actor } from '../../storage/control/actor.ts'
import type { ControlStore } from '../../storage/control/open.ts'

export type Found =
  | { open: true; id: ProjectId }
  | { open: false; id: ProjectId | null; fault: { code: string; message: string } }

const ARCHIVED = 'This project is archived and takes no traces; unarchive it, or send to another one.'

/** Finds the projects that one request's traces go to, each name once. */
export class Projects {
  readonly #control: ControlStore
  readonly #actor: Actor
  readonly #found = new Map<string | null, Found>()

  constructor(control: ControlStore, actor: Actor) {
    this.#control = control
    this.#actor = actor
  }

  /** By id or name; null is the key's own project, else the default one. A name that is new makes a project. */
  async find(named: string | null): Promise<Found> {
    const known = this.#found.get(named)
    if (known) return known
    const project = await this.#control.projects.resolve(this.#actor, named)
    const found: Found = !project
      ? { open: false, id: null, fault: { code: 'unknown_project', message: `There is no project ${named}.` } }
      : project.archived
        ? { open: false, id: project.id, fault: { code: 'error.project.archived', message: ARCHIVED } }
        : { open: true, id: project.id }
    this.#found.set(named, found)
    return found
  }

  /** The open project, or the 403 or 404 that says why there is none. */
  async require(named: string | null): Promise<ProjectId> {
    const found = await this.find(named)
    if (found.open) return found.id
    throw found.id === null
      ? new AppError('not_found', found.fault.message)
      : new AppError('error.project.archived', ARCHIVED)
  }

  throwIfAllArchived(): void {
    const found = [...this.#found.values()]
    if (found.length > 0 && found.every((one) => !one.open && one.id !== null)) {
      throw new AppError('error.project.archived', ARCHIVED)
    }
  }
}
