// One file of scripts for pages that lie close to each other: what only some of them share would be a file, and a request, for each set that does.
export { SetupPage } from './setup/setup.tsx'
export { NotSetUp } from './sign-in/not-set-up.tsx'
export { SignIn } from './sign-in/sign-in.tsx'
