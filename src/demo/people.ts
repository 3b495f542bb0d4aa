import type { Random } from './random.ts'

const FIRST = [
  'Amelie',
  'Jonas',
  'Priya',
  'Mateo',
  'Ingrid',
  'Tomasz',
  'Leila',
  'Oliver',
  'Sofia',
  'Kenji',
  'Freya',
  'Luca',
  'Amara',
  'Emil',
  'Chloé',
  'Nikolai',
  'Zoe',
  'Ravi',
  'Hanna',
  'Dylan',
  'Marta',
  'Yusuf',
  'Elin',
  'Gabriel',
  'Noor',
  'Felix',
  'Isabel',
  'Callum',
  'Astrid',
  'Daniel',
  'Mei',
  'Viktor',
  'Rosa',
  'Henrik',
  'Aoife',
  'Samuel',
  'Petra',
  'Owen',
  'Camille',
  'Anders',
]
const LAST = [
  'Lindqvist',
  'Baker',
  'Sharma',
  'Fernández',
  'Haugen',
  'Kowalski',
  'Haddad',
  'Wright',
  'Rossi',
  'Tanaka',
  'Nilsen',
  'Moreau',
  'Okafor',
  'Schneider',
  'Petrov',
  'Walsh',
  'Iyer',
  'Virtanen',
  'Morgan',
  'Novak',
  'Demir',
  'Bergström',
  'Silva',
  'Khan',
  'Weber',
  'García',
  'MacLeod',
  'Dahl',
  'Murphy',
  'Chen',
  'Jensen',
  'Brandt',
  'Larsen',
  'Dubois',
  'Svensson',
  'Hughes',
  'Marino',
  'Vogel',
]
const CITIES = [
  'Bergen',
  'Leeds',
  'Hamburg',
  'Utrecht',
  'Gothenburg',
  'Lyon',
  'Kraków',
  'Galway',
  'Tampere',
  'Innsbruck',
  'Porto',
  'Aarhus',
  'Edinburgh',
  'Turin',
  'Ghent',
  'Bilbao',
  'Tromsø',
  'Zürich',
  'Brno',
  'Bristol',
]
export const CARRIERS = ['NordPost', 'Swiftline', 'ParcelOne'] as const

export interface Person {
  first: string
  last: string
  email: string
  userId: string
  city: string
}

/** Somebody of a population of some hundreds, so that the same people come again. */
export function person(random: Random, kind: 'cus' | 'emp'): Person {
  const first = random.pick(FIRST)
  const last = LAST[(FIRST.indexOf(first) * 7 + random.int(0, 9)) % LAST.length] ?? 'Dahl'
  const plain = `${first}.${last}`
    .normalize('NFD')
    .replace(/[^a-zA-Z.]/g, '')
    .toLowerCase()
  const number = [...plain].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 900_000, 7) + 100_000
  return {
    first,
    last,
    email: `${plain}@example.com`,
    userId: `${kind}_${number}`,
    city: CITIES[number % CITIES.length] ?? 'Bergen',
  }
}
