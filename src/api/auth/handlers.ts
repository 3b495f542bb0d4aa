import type { Request } from 'express'
import type { Config } from '../../config.ts'
import { AppError } from '../../errors.ts'
import type { Actor, Key, Person } from '../../storage/control/actor.ts'
import type { ControlStore } from '../../storage/control/open.ts'
import type { Login } from '../../storage/control/users.ts'
import { presentKey, presentNewKey } from '../apikeys/present.ts'
import { type Binding, bind } from '../http/mount.ts'
import { noContent, ok, type Reply } from '../http/reply.ts'
import { presentProject } from '../projects/present.ts'
import { getSetup, logIn, logOut, setUp, whoAmI } from './contract.ts'
import { newKey } from './keys.ts'
import type { LoginLimits } from './login-limits.ts'
import { refuseForeignPage } from './origin.ts'
import { hashPassword, verifyPassword } from './passwords.ts'
import { firstTraceCommand, presentOrganization, presentSignedIn, presentUser } from './present.ts'
import { clearedCookie, type SessionTokens } from './sessions.ts'
import { type SetupGate, splitName } from './setup.ts'

export interface AuthServices {
  control: ControlStore
  tokens: SessionTokens
  limits: LoginLimits
  gate: SetupGate
  config: Pick<Config, 'server' | 'owner' | 'tenant'>
}

export const authHandlers = (services: AuthServices): Binding[] => [
  bind(getSetup, async () => ok({ needed: await services.gate.needed() })),

  bind(setUp, async ({ body, req }) => {
    refuseForeignPage(req, services.config.server.public_url)
    await services.gate.check(body.token)
    const { secret, ...material } = newKey()
    const { tenant, project, owner, key } = await services.control.found({
      organization: body.organization ?? null,
      fallbackName: services.config.owner.organization,
      plan: services.config.tenant.plan,
      owner: { email: body.email, passwordHash: await hashPassword(body.password), ...splitName(body.name) },
      key: material,
      job: 'setup',
    })
    if (!owner || !key) throw new Error('the set-up made no owner or no key')
    const login = { user: owner, tenantId: tenant.id, plan: tenant.plan, role: 'owner' as const }
    const { body: session, headers } = await signIn(services, login, req)
    const command = firstTraceCommand(baseUrl(services.config, req), secret)
    return {
      status: 201,
      body: { ...session, project: presentProject(project), key: presentNewKey(key, secret), try: command },
      headers,
    }
  }),

  bind(logIn, async ({ body, req }) => {
    refuseForeignPage(req, services.config.server.public_url)
    const login = await provenLogin(services, body, addressOf(req))
    return { status: 200, ...(await signIn(services, login, req)) }
  }),

  bind(logOut, async ({ actor, req }) => {
    if (actor.kind === 'person') await services.control.sessions.close(actor)
    return { ...noContent, headers: { 'Set-Cookie': clearedCookie(req) } }
  }),

  bind(whoAmI, ({ actor }) => me(services.control, actor)),
]

/** The person whose password this is. Slowed down and told apart from nobody neither by the answer nor by its time. */
async function provenLogin(
  { control, limits }: AuthServices,
  { email, password }: { email: string; password: string },
  address: string,
): Promise<Login> {
  limits.attempt(email, address)
  const login = await control.users.forLogin(email)
  if (!(await verifyPassword(password, login?.user.password_hash ?? null)) || !login) {
    if (login) control.later(() => control.sessions.refused(login, 'wrong_password', address))
    throw new AppError('invalid_credentials', 'The e-mail address or the password is wrong.')
  }
  limits.succeeded(email, address)
  if (login.status === 'active') return login
  control.later(() => control.sessions.refused(login, 'suspended', address))
  throw new AppError('forbidden', 'Your access to this organisation is suspended; ask one of its owners.')
}

async function signIn({ control, tokens }: AuthServices, login: Omit<Login, 'status'>, req: Request) {
  const session = await control.sessions.open(login, tokens.expiry(), addressOf(req))
  const tenant = await control.tenants.get(login.tenantId)
  if (!tenant) throw new Error('the organisation of a member is gone')
  const token = tokens.sign(session)
  const { user, role } = login
  return {
    body: presentSignedIn({ token, expiresAt: session.expiresAt, user, tenant, role }),
    headers: { 'Set-Cookie': tokens.cookie(req, token) },
  }
}

async function me(control: ControlStore, actor: Actor): Promise<Reply> {
  const tenant = await control.tenants.get(actor.tenantId)
  if (!tenant || actor.kind === 'job') throw new AppError('not_found', 'There is nobody here to tell about.')
  const organization = presentOrganization(tenant)
  return ok({
    organization,
    ...(actor.kind === 'person' ? await mePerson(control, actor) : await meKey(control, actor)),
  })
}

async function mePerson(control: ControlStore, { userId, role }: Person) {
  const user = await control.users.get(userId)
  return { kind: 'person', user: user && presentUser(user), role }
}

async function meKey(control: ControlStore, actor: Key) {
  const row = await control.apiKeys.get(actor.tenantId, actor.keyId)
  const target = await control.projects.resolve(actor, null)
  const project = target && (await control.projects.get(actor.tenantId, target.id))
  return { kind: 'key', key: row && presentKey(row), project: project ? presentProject(project) : null }
}

const addressOf = (req: Request): string => req.ip ?? 'unknown'

/** Where clients reach this appliance: as configured, else as this request did. */
function baseUrl({ server }: AuthServices['config'], req: Request): string {
  if (server.public_url !== null) return server.public_url.replace(/\/+$/, '')
  // It ends up in a command line, so a Host header that is not plainly a host is not repeated.
  const host = /^[\w.:[\]-]+$/.test(req.host) ? req.host : `localhost:${server.port}`
  return `${req.protocol}://${host}`
}
