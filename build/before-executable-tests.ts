export { executable as default } from './before-tests.ts'
