import { isIP } from 'node:net'

/**
 * The built-in detectors. Each finds its matches in time linear in the text: what could repeat is bounded, and no pattern is tried
 * where a character that it needs is missing. Precision comes before reach: a mask over an order number costs more trust than it saves.
 */
export const DETECTORS = ['api_key', 'jwt', 'iban', 'card', 'email', 'ip', 'phone'] as const
export type Detector = (typeof DETECTORS)[number]

/** Replaces every match in the text by what `mask` makes of it. */
export type Finder = (text: string, mask: (match: string) => string) => string

export const FINDERS: Record<Detector, Finder> = {
  api_key: (text, mask) =>
    text.replace(API_KEYS, mask).replace(BEARER, (all, token: string) => all.replace(token, mask)),
  jwt: (text, mask) =>
    text.includes('eyJ') ? text.replace(JWT, (token) => (isJwt(token) ? mask(token) : token)) : text,
  iban: (text, mask) => replaceIbans(text, mask),
  card: (text, mask) => text.replace(DIGITS, (digits) => (isCard(digits) ? mask(digits) : digits)),
  email: (text, mask) => (text.includes('@') ? text.replace(EMAIL, (all) => (isEmail(all) ? mask(all) : all)) : text),
  ip: (text, mask) =>
    text
      .replace(IPV4, (all) => (isAddress(all) ? mask(all) : all))
      .replace(IPV6, (all) => (isIP(all) === 6 && /\d/.test(all) && all.length > 6 ? mask(all) : all)),
  phone: (text, mask) => text.replace(PHONE, (all) => (isPhone(all) ? mask(all) : all)),
}

/** Keys by the prefixes their providers gave them so that they can be found. */
const KEY_FORMS = [
  'sk-[A-Za-z0-9_-]{20,200}', // OpenAI, Anthropic, DeepSeek, OpenRouter, Langfuse
  'pk-lf-[A-Za-z0-9-]{20,80}',
  '(?:AKIA|ASIA|AROA|AIDA)[A-Z0-9]{16}(?![A-Z0-9])', // AWS
  'AIza[A-Za-z0-9_-]{35}', // Google
  'ya29\\.[A-Za-z0-9_-]{20,400}',
  'gh[pousr]_[A-Za-z0-9]{36,255}', // GitHub
  'github_pat_[A-Za-z0-9_]{50,255}',
  'glpat-[A-Za-z0-9_-]{20,64}', // GitLab
  'xox[abeoprs]-[A-Za-z0-9-]{10,250}', // Slack
  '[sr]k_(?:live|test)_[A-Za-z0-9]{16,250}', // Stripe
  'whsec_[A-Za-z0-9+/=]{20,100}',
  'hf_[A-Za-z0-9]{30,64}', // Hugging Face
  'gsk_[A-Za-z0-9]{40,64}', // Groq
  'xai-[A-Za-z0-9]{40,100}',
  'pplx-[A-Za-z0-9]{40,64}', // Perplexity
  'r8_[A-Za-z0-9]{30,50}', // Replicate
  'npm_[A-Za-z0-9]{36}',
  'SG\\.[A-Za-z0-9_-]{22}\\.[A-Za-z0-9_-]{43}', // SendGrid
  'dop_v1_[a-f0-9]{64}', // DigitalOcean
  'dapi[a-f0-9]{32}', // Databricks
  'lsv2_(?:pt|sk)_[a-f0-9]{32}_[a-f0-9]{10}', // LangSmith
  'tl_[A-Za-z0-9_-]{20,100}', // this appliance
  '-----BEGIN (?:[A-Z]+ ){0,3}PRIVATE KEY-----[A-Za-z0-9+/=\\s\\\\]{1,8000}-----END (?:[A-Z]+ ){0,3}PRIVATE KEY-----',
]
const API_KEYS = new RegExp(`(?<![A-Za-z0-9_-])(?:${KEY_FORMS.join('|')})`, 'g')
const BEARER = /\bBearer\s{1,4}([A-Za-z0-9._~+/-]{20,4000}=*)/g

const JWT = /(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{8,4000}\.[A-Za-z0-9_-]{4,16000}\.[A-Za-z0-9_-]{8,2000}/g

/** Its first part is a JSON object that names an algorithm. */
function isJwt(token: string): boolean {
  const [head = ''] = token.split('.')
  try {
    const value: unknown = JSON.parse(Buffer.from(head, 'base64url').toString())
    return typeof value === 'object' && value !== null && 'alg' in value
  } catch {
    return false
  }
}

/** Registered lengths (SWIFT IBAN registry). */
const IBAN_LENGTHS: Record<string, number> = {
  ...{ AD: 24, AE: 23, AL: 28, AT: 20, AZ: 28, BA: 20, BE: 16, BG: 22, BH: 22, BR: 29, BY: 28, CH: 21, CR: 22, CY: 28 },
  ...{ CZ: 24, DE: 22, DK: 18, DO: 28, EE: 20, EG: 29, ES: 24, FI: 18, FO: 18, FR: 27, GB: 22, GE: 22, GI: 23, GL: 18 },
  ...{ GR: 27, GT: 28, HR: 21, HU: 28, IE: 22, IL: 23, IQ: 23, IS: 26, IT: 27, JO: 30, KW: 30, KZ: 20, LB: 28, LC: 32 },
  ...{ LI: 21, LT: 20, LU: 20, LV: 21, LY: 25, MC: 27, MD: 24, ME: 22, MK: 19, MR: 27, MT: 31, MU: 30, NL: 18, NO: 15 },
  ...{ PK: 24, PL: 28, PS: 29, PT: 25, QA: 29, RO: 24, RS: 22, SA: 24, SC: 31, SE: 24, SI: 19, SK: 24, SM: 27, ST: 25 },
  ...{ SV: 28, TL: 23, TN: 24, TR: 26, UA: 29, VA: 22, VG: 24, XK: 20 },
}
const IBAN_START = /(?<![A-Za-z0-9])([A-Z]{2})\d{2}/g

/** What begins like an IBAN is read on for as long as its country's are, single spaces left out; then its checksum decides. */
function replaceIbans(text: string, mask: (match: string) => string): string {
  let out = ''
  let done = 0
  for (const { index, 1: country = '' } of text.matchAll(IBAN_START)) {
    if (index < done) continue
    const end = endOfIban(text, index, IBAN_LENGTHS[country] ?? 0)
    if (end === null) continue
    out += text.slice(done, index) + mask(text.slice(index, end))
    done = end
  }
  return done === 0 ? text : out + text.slice(done)
}

function endOfIban(text: string, start: number, length: number): number | null {
  let compact = ''
  let at = start
  while (compact.length < length) {
    const char = text[at] ?? ''
    if (/[A-Z0-9]/.test(char)) compact += char
    else if (char !== ' ' || text[at - 1] === ' ') return null
    at += 1
  }
  return length > 0 && !/[A-Za-z0-9]/.test(text[at] ?? '') && checksum97(compact) ? at : null
}

/** ISO 13616: the first four characters go to the end, letters count from 10, and the rest of a division by 97 is 1. */
function checksum97(iban: string): boolean {
  let rest = 0
  for (const char of iban.slice(4) + iban.slice(0, 4)) {
    const value = Number.parseInt(char, 36)
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97
  }
  return rest === 1
}

/** 13 to 19 digits, in groups with one separator, that are no part of a longer number or name. */
const DIGITS = /(?<![\w.,+-])\d{4}(?:[ -]?\d){9,15}(?![\w-]|[.,]\d)/g

/** By the number ranges of the card schemes and the lengths these have. */
const SCHEMES: [RegExp, number[]][] = [
  [/^4/, [13, 16, 19]],
  [/^5[1-5]|^2(?:22[1-9]|2[3-9]|[3-6]|7[01]|720)/, [16]],
  [/^3[47]/, [15]],
  [/^6(?:011|5|4[4-9])|^62|^35(?:2[89]|[3-8])/, [16, 17, 18, 19]],
  [/^3(?:0[0-5]|[689])/, [14, 16]],
  [/^(?:50|5[6-8]|6)/, [16]],
]

function isCard(text: string): boolean {
  const separators = new Set(text.match(/[ -]/g))
  const digits = text.replace(/[ -]/g, '')
  if (separators.size > 1 || /^(\d)\1+$/.test(digits) || (separators.size === 1 && !isGrouped(text))) return false
  return SCHEMES.some(([begins, lengths]) => begins.test(digits) && lengths.includes(digits.length)) && luhn(digits)
}

/** As cards are printed: fours, or 4-6-5 and 4-6-4. */
const isGrouped = (text: string): boolean => /^(?:\d{4}(?:.\d{4}){2,3}(?:.\d{1,3})?|\d{4}.\d{6}.\d{4,5})$/.test(text)

function luhn(digits: string): boolean {
  let sum = 0
  for (let i = 0; i < digits.length; i += 1) {
    const digit = Number(digits[digits.length - 1 - i])
    const doubled = i % 2 === 1 ? digit * 2 : digit
    sum += doubled > 9 ? doubled - 9 : doubled
  }
  return sum % 10 === 0
}

const EMAIL =
  /(?<![\p{L}\p{N}._%+-])[\p{L}\p{N}_%+-][\p{L}\p{N}._%+-]{0,63}@(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?\.){1,8}[\p{L}]{2,24}(?![\p{L}\p{N}-]|:[\w~/])/gu

/** `image@2x.png` is a file. */
const isEmail = (text: string): boolean =>
  !/\.(?:png|jpe?g|gif|svg|webp|avif|ico|js|mjs|ts|css|map|json|html?)$/i.test(text)

const IPV4 = /(?<![\w.-]|\w\/)(?:\d{1,3}\.){3}\d{1,3}(?![\w-]|\.\d)/g
const IPV6 = /(?<![\w:.])(?:[0-9A-Fa-f]{0,4}:){3,7}[0-9A-Fa-f]{0,4}(?![\w:])/g

/** Nobody's: the machine itself, any, and numbers of versions such as 120.0.0.0. */
const isAddress = (text: string): boolean => isIP(text) === 4 && !/^(?:0|127|255)\.|\.0\.0$/.test(text)

/** With a country code; or as written in North America; or in groups after a 0. */
const PHONE =
  /(?<![\w.,/#-])(?:\+[1-9](?:[ .()/-]{0,2}\d){7,14}|(?:1[ .-])?(?:\([2-9]\d{2}\) ?|[2-9]\d{2}[.-])[2-9]\d{2}[ .-]\d{4}|0\d{1,4}(?:[ /-]\d{2,8}){1,4})(?![\w-]|[.,:]\d)/g

function isPhone(text: string): boolean {
  const digits = text.replace(/\D/g, '').length
  if (text.startsWith('+')) return digits >= 8 && digits <= 15 && (digits > 8 || /\D/.test(text.slice(1)))
  if (!text.startsWith('0')) return true
  return digits >= 9 && digits <= 12 && !/^\d{2}[ /-]\d{2}[ /-]\d{4}/.test(text)
}
