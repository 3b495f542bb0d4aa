/** A tag as it is shown: one that has a value with it, `team:care`. */
export const tagWords = (key: string, value: string): string => (value === '' ? key : `${key}:${value}`)

/** All tags of a trace: those that are only a word, and those that have a value. */
export const allTags = ({
  tags,
  tag_map,
}: {
  tags: readonly string[]
  tag_map: Readonly<Record<string, string>>
}): string => [...tags, ...Object.entries(tag_map).map(([key, value]) => tagWords(key, value))].join(', ')
