import type { SearchIndex } from '../../storage/search/search.ts'
import type { Follower } from './follow.ts'

/** Keeps the index of texts up to the log. It reads the log and the texts on its own thread. */
export const searchFollower = (search: SearchIndex): Follower => ({
  name: 'search',
  effects: 'own',
  place: () => search.place,
  kept: () => search.place,
  progress: () => search.progress,
  follow: () => search.follow(),
})
