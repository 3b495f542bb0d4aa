import { useQuery } from '@tanstack/react-query'
import { Plus } from 'lucide-react'
import { useState } from 'react'
import type { createAPIKey, listAPIKeys, revokeAPIKey, rotateAPIKey } from '../../../api/apikeys/contract.ts'
import { type AnswerOf, call } from '../../client/call.ts'
import { useProjects } from '../../client/projects.ts'
import { queryClient } from '../../client/query.ts'
import { usePerson } from '../../client/session.ts'
import { Button } from '../../components/button.tsx'
import { Confirm } from '../../components/confirm.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { Form } from '../../components/form.tsx'
import { MenuItem } from '../../components/menu.tsx'
import { PlainTable, RowActions } from '../../components/plain-table.tsx'
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
    <PlainTable heads={['Name', 'Key', 'State', 'May', 'Project', 'Last used', 'Made']}>
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
          <td>{projects.find(({ id }) => id === key.project_id)?.name ?? <span className="quiet">default</span>}</td>
          <td>{key.last_used_at ? <Time at={key.last_used_at} /> : <span className="quiet">never</span>}</td>
          <td>
            <Time at={key.created_at} />
          </td>
          <td>
            {role !== 'viewer' && key.revoked_at === null && (
              <RowActions of={key.name}>
                <MenuItem onSelect={() => ask({ kind: 'rotate', key })}>Rotate…</MenuItem>
                {role === 'owner' && (
                  <MenuItem danger onSelect={() => ask({ kind: 'revoke', key })}>
                    Revoke…
                  </MenuItem>
                )}
              </RowActions>
            )}
          </td>
        </tr>
      ))}
    </PlainTable>
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

const DAY_MS = 86_400_000

function Create({ close, show }: { close: () => void; show: (created: Created) => void }) {
  const { data: projects = [] } = useProjects()
  const active = projects.filter(({ archived_at }) => archived_at === null)
  return (
    <Dialog open onOpenChange={close} title="New API key">
      <Form
        fields={[
          {
            ...{ name: 'name', label: 'Name', required: true, maxLength: 100, autoFocus: true },
            hint: 'Where it is used: production API, CI, notebook.',
          },
          {
            ...{ name: 'scope', label: 'It may' },
            choices: [
              { value: 'full', label: 'read and write' },
              { value: 'query', label: 'only read' },
            ],
          },
          {
            ...{ name: 'project', label: 'Project', hint: 'Where traces go that name no project.' },
            choices: [
              { value: '', label: 'the default project' },
              ...active.map(({ id, name }) => ({ value: id, label: name })),
            ],
          },
          {
            ...{ name: 'days', label: 'It ends' },
            choices: [
              { value: '', label: 'never' },
              { value: '30', label: 'in 30 days' },
              { value: '90', label: 'in 90 days' },
              { value: '365', label: 'in a year' },
            ],
          },
        ]}
        submit="Create"
        send={async ({ name = '', scope, project, days = '' }) => {
          const created = await call<typeof createAPIKey>('post', '/v1/apikeys', {
            body: {
              name: name.trim(),
              scopes: scope === 'query' ? ['query'] : null,
              project_id: project || null,
              expires_at: days === '' ? null : new Date(Date.now() + Number(days) * DAY_MS).toISOString(),
            },
          })
          await renewed()
          show(created)
        }}
      />
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
