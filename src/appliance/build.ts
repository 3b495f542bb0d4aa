export { executable as default } from '../api/testing/build.ts'
