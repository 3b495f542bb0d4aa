import { constants, setPriority } from 'node:os'

/** Keeps a processor busy until it is killed, at the least priority: all that it takes from others is what one processor takes from another. */
if (process.platform === 'linux') setPriority(constants.priority.PRIORITY_LOW)
process.send?.('ready', () => {
  for (;;);
})
