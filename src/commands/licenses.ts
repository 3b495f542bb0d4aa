import { licensesText } from '../parts.ts'
import { command } from './command.ts'

export const licenses = command({
  name: 'licenses',
  summary: 'Print the licences of what is inside',
  run: async () => {
    process.stdout.write(licensesText())
    return 0
  },
})
