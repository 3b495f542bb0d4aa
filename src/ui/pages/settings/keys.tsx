import { useQuery } from '@tanstack/react-query'
import { Ellipsis, Plus } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import type { createAPIKey, listAPIKeys, revokeAPIKey, rotateAPIKey } from '../../../api/apikeys/contract.ts'
import { type AnswerOf, call } from '../../client/call.ts'
import { useProjects } from '../../client/projects.ts'
import { queryClient } from '../../client/query.ts'
import { usePerson } from '../../client/session.ts'
import { Button } from '../../components/button.tsx'
import { Confirm } from '../../components/confirm.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { Field } from '../../components/form.tsx'
import { Menu, MenuItem } from '../../components/menu.tsx'
import { Empty, Mark, Problem, Skeleton } from '../../components/states.tsx'
import { Time } from '../../components/time.tsx'
import { KeyBox } from '../setup/first-steps.tsx'
import { SettingsPage } from './settings.tsx'

type ApiKey = AnswerOf<typeof listAPIKeys>[number]
type Created = AnswerOf<typeof createAPIKey>
type Asking = { kind: 'create' } | { kind: 'rotate' | 'revoke'; key: ApiKey } | { kind: 'show'; created: Created }

const KEY = ['api-keys']
const renewed = () => queryClient.invalidateQueries({ queryKey: KEY })

export function KeysPage() {
  const keys = useQuery({ queryKey: KEY, queryFn: () => call<typeof listAPIKeys>('get', '/v1/apikeys') })
  const { role } = usePerson()
  const [asking, setAsking] = useState<Asking | null>(null)
  const close = () => setAsking(null)
  return (
    <SettingsPage
      title="API keys"
      about="What applications and programs sign in with. A key is shown once; only its hash is kept."
      action={
        role !== 'viewer' && (
          <Button look="primary" onClick={() => setAsking({ kind: 'create' })}>
            <Plus size={14} aria-hidden="true" /> New key
          </Button>
        )
      }
    >
      {keys.isError && <Problem error={keys.error} retry={keys.refetch} />}
      {keys.isPending && <Skeleton lines={6} />}
      {keys.data?.length === 0 && (
        <Empty title="There is no key yet">
          <p>Make one, put it into TRULAYER_API_KEY of your application, and its traces arrive.</p>
        </Empty>
      )}
      {keys.data && keys.data.length > 0 && <KeyTable keys={keys.data} ask={setAsking} />}
      {asking?.kind === 'create' && <Create close={close} show={(created) => setAsking({ kind: 'show', created })} />}
      {asking?.kind === 'show' && <ShowOnce created={asking.created} close={close} />}
      {asking?.kind === 'rotate' && (
        <Confirm
          title={`Rotate ${asking.key.name}?`}
          action="Rotate"
          close={() => setAsking((now) => (now?.kind === 'show' ? now : null))}
          run={async () => {
            const created = await call<typeof rotateAPIKey>('post', '/v1/apikeys/{id}/rotate', {
              params: { id: asking.key.id },
            })
            await renewed()
            setAsking({ kind: 'show', created })
          }}
        >
          <p>It gets a new secret. Whatever uses the old one is refused from the next request on.</p>
        </Confirm>
      )}
      {asking?.kind === 'revoke' && (
        <Confirm
          title={`Revoke ${asking.key.name}?`}
          type={asking.key.name}
          action="Revoke for good"
          close={close}
          run={async () => {
            await call<typeof revokeAPIKey>('delete', '/v1/apikeys/{id}', { params: { id: asking.key.id } })
            await renewed()
          }}
        >
          <p>Whatever uses it is refused from the next request on. This cannot be undone.</p>
        </Confirm>
      )}
    </SettingsPage>
  )
}

function KeyTable({ keys, ask }: { keys: readonly ApiKey[]; ask: (asking: Asking) => void }) {
  const { role } = usePerson()
  const { data: projects = [] } = useProjects()
  return (
    <div className="table-scroll panel">
      <table className="plain-table settings-table">
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col">Key</th>
            <th scope="col">State</th>
            <th scope="col">May</th>
            <th scope="col">Project</th>
            <th scope="col">Last used</th>
            <th scope="col">Made</th>
            <th scope="col">
              <span className="only-heard">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {keys.map((key) => (
            <tr key={key.id} data-off={key.revoked_at !== null}>
              <th scope="row" title={key.created_by_email ? `Made by ${key.created_by_email}` : undefined}>
                {key.name}
              </th>
              <td>
                <code>{key.prefix}…</code>
              </td>
              <td>
                <State apiKey={key} />
              </td>
              <td>{key.scopes === null || key.scopes.length === 0 ? 'read and write' : 'only read'}</td>
              <td>
                {projects.find(({ id }) => id === key.project_id)?.name ?? <span className="quiet">default</span>}
              </td>
              <td>{key.last_used_at ? <Time at={key.last_used_at} /> : <span className="quiet">never</span>}</td>
              <td>
                <Time at={key.created_at} />
              </td>
              <td>
                {role !== 'viewer' && key.revoked_at === null && (
                  <Menu
                    align="end"
                    trigger={
                      <button type="button" className="icon-button small" aria-label={`Actions for ${key.name}`}>
                        <Ellipsis size={16} aria-hidden="true" />
                      </button>
                    }
                  >
                    <MenuItem onSelect={() => ask({ kind: 'rotate', key })}>Rotate…</MenuItem>
                    {role === 'owner' && (
                      <MenuItem danger onSelect={() => ask({ kind: 'revoke', key })}>
                        Revoke…
                      </MenuItem>
                    )}
                  </Menu>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function State({ apiKey: { revoked_at, expires_at } }: { apiKey: ApiKey }) {
  if (revoked_at !== null) return <Mark kind="off">revoked</Mark>
  if (expires_at === null) return <Mark kind="ok">active</Mark>
  return Date.parse(expires_at) < Date.now() ? (
    <Mark kind="off">expired</Mark>
  ) : (
    <Mark kind="ok" title={`Until ${expires_at}`}>
      active
    </Mark>
  )
}

function Create({ close, show }: { close: () => void; show: (created: Created) => void }) {
  const { data: projects = [] } = useProjects()
  const [name, setName] = useState('')
  const [scope, setScope] = useState('full')
  const [project, setProject] = useState('')
  const [days, setDays] = useState('')
  const [problem, setProblem] = useState<unknown>(null)
  const [busy, setBusy] = useState(false)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (busy || name.trim() === '') return
    setBusy(true)
    const body = {
      name: name.trim(),
      scopes: scope === 'query' ? (['query'] as ['query']) : null,
      project_id: project || null,
      expires_at: days === '' ? null : new Date(Date.now() + Number(days) * 86_400_000).toISOString(),
    }
    call<typeof createAPIKey>('post', '/v1/apikeys', { body })
      .then(async (created) => {
        await renewed()
        show(created)
      })
      .catch((error: unknown) => {
        setProblem(error)
        setBusy(false)
      })
  }
  return (
    <Dialog open onOpenChange={close} title="New API key">
      <form className="form" onSubmit={submit}>
        <Field
          name="name"
          label="Name"
          required
          maxLength={100}
          autoFocus
          hint="Where it is used: production API, CI, notebook."
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        <div className="field">
          <label htmlFor="scope">It may</label>
          <select id="scope" value={scope} onChange={(event) => setScope(event.target.value)}>
            <option value="full">read and write</option>
            <option value="query">only read</option>
          </select>
        </div>
        <div className="field">
          <label htmlFor="project">Project</label>
          <select id="project" value={project} onChange={(event) => setProject(event.target.value)}>
            <option value="">the default project</option>
            {projects
              .filter(({ archived_at }) => archived_at === null)
              .map(({ id, name }) => (
                <option key={id} value={id}>
                  {name}
                </option>
              ))}
          </select>
          <span className="hint">Where traces go that name no project.</span>
        </div>
        <div className="field">
          <label htmlFor="days">It ends</label>
          <select id="days" value={days} onChange={(event) => setDays(event.target.value)}>
            <option value="">never</option>
            <option value="30">in 30 days</option>
            <option value="90">in 90 days</option>
            <option value="365">in a year</option>
          </select>
        </div>
        {problem !== null && <Problem error={problem} />}
        <Button type="submit" look="primary" busy={busy} disabled={name.trim() === ''}>
          Create
        </Button>
      </form>
    </Dialog>
  )
}

/** Does not close by a click beside it: the key cannot be seen again. */
function ShowOnce({ created, close }: { created: Created; close: () => void }) {
  return (
    <Dialog
      open
      onOpenChange={close}
      title={created.name}
      description="The key is shown this once. Put it where your secrets are."
    >
      <div className="stack">
        <KeyBox apiKey={created.key} />
        <div className="dialog-end">
          <Button look="primary" onClick={close}>
            I have it
          </Button>
        </div>
      </div>
    </Dialog>
  )
}
