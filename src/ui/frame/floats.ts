// One file of scripts for what floats over every page.
export { KeySheet } from './key-sheet.tsx'
export { Palette } from './palette.tsx'
