import { Plus } from 'lucide-react'
import { useState } from 'react'
import type { archiveProject, createProject, patchProject, unarchiveProject } from '../../../api/projects/contract.ts'
import { call } from '../../client/call.ts'
import { PROJECTS_KEY, type Project, useProjects } from '../../client/projects.ts'
import { queryClient } from '../../client/query.ts'
import { usePerson } from '../../client/session.ts'
import { Button } from '../../components/button.tsx'
import { Confirm } from '../../components/confirm.tsx'
import { Id } from '../../components/copy.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { Form } from '../../components/form.tsx'
import { MenuItem } from '../../components/menu.tsx'
import { PlainTable, RowActions } from '../../components/plain-table.tsx'
import { Mark, Problem, Skeleton } from '../../components/states.tsx'
import { Time } from '../../components/time.tsx'
import { toast, toastProblem } from '../../components/toast.ts'
import { SettingsPage } from './settings.tsx'

type Asking = { kind: 'create' } | { kind: 'change' | 'archive'; project: Project }

const renewed = () => queryClient.invalidateQueries({ queryKey: PROJECTS_KEY })

export function ProjectsPage() {
  const projects = useProjects()
  const { role } = usePerson()
  const [asking, setAsking] = useState<Asking | null>(null)
  const close = () => setAsking(null)
  return (
    <SettingsPage
      title="Projects"
      about="A project is one application or environment. Traces belong to one; a trace that names a new one makes it."
      action={
        role !== 'viewer' && (
          <Button look="primary" onClick={() => setAsking({ kind: 'create' })}>
            <Plus size={14} aria-hidden="true" /> New project
          </Button>
        )
      }
    >
      {projects.isError && <Problem error={projects.error} retry={projects.refetch} />}
      {projects.isPending && <Skeleton lines={6} />}
      {projects.data && (
        <PlainTable heads={['Name', 'State', 'Keeps traces', 'Made', 'Id']}>
          {projects.data.map((project) => (
            <Row key={project.id} project={project} ask={setAsking} />
          ))}
        </PlainTable>
      )}
      {asking?.kind === 'create' && <Create close={close} />}
      {asking?.kind === 'change' && <Change project={asking.project} close={close} />}
      {asking?.kind === 'archive' && (
        <Confirm
          title={`Archive ${asking.project.name}?`}
          action="Archive"
          close={close}
          run={async () => {
            await call<typeof archiveProject>('post', '/v1/projects/{id}/archive', {
              params: { id: asking.project.id },
            })
            await renewed()
            toast(`${asking.project.name} is archived.`, { label: 'Undo', run: () => void unarchive(asking.project) })
          }}
        >
          <p>
            From then on nothing is accepted for it: SDKs that send to it switch themselves off. What it holds stays
            readable.
          </p>
        </Confirm>
      )}
    </SettingsPage>
  )
}

async function unarchive(project: Project): Promise<void> {
  const { id, name } = project
  try {
    await call<typeof unarchiveProject>('post', '/v1/projects/{id}/unarchive', { params: { id } })
    toast(`${name} takes traces again.`)
  } catch (error) {
    toastProblem(error, () => void unarchive(project))
  }
  await renewed()
}

function Row({ project, ask }: { project: Project; ask: (asking: Asking) => void }) {
  const { role } = usePerson()
  const { name, archived_at, is_default, retention_days_override, created_at, id } = project
  return (
    <tr>
      <th scope="row">{name}</th>
      <td>
        {archived_at === null ? (
          <Mark kind="ok">{is_default ? 'default' : 'active'}</Mark>
        ) : (
          <Mark kind="off">archived</Mark>
        )}
      </td>
      <td>
        {retention_days_override === null ? (
          <span className="quiet">as the plan says</span>
        ) : (
          `${retention_days_override} days`
        )}
      </td>
      <td>
        <Time at={created_at} />
      </td>
      <td>
        <Id id={id} what="project id" />
      </td>
      <td>
        {role !== 'viewer' && (
          <RowActions of={name}>
            <MenuItem onSelect={() => ask({ kind: 'change', project })}>Rename, retention…</MenuItem>
            {role === 'owner' &&
              (archived_at === null ? (
                <MenuItem danger onSelect={() => ask({ kind: 'archive', project })}>
                  Archive…
                </MenuItem>
              ) : (
                <MenuItem onSelect={() => void unarchive(project)}>Take up again</MenuItem>
              ))}
          </RowActions>
        )}
      </td>
    </tr>
  )
}

function Create({ close }: { close: () => void }) {
  return (
    <Dialog open onOpenChange={close} title="New project">
      <Form
        fields={[
          {
            name: 'name',
            label: 'Name',
            required: true,
            maxLength: 100,
            autoFocus: true,
            hint: 'Applications may send this name as project_id.',
          },
          { name: 'description', label: 'Description', maxLength: 2_000, hint: 'Optional.' },
        ]}
        submit="Create"
        send={async ({ name = '', description = '' }) => {
          await call<typeof createProject>('post', '/v1/projects', {
            body: { name, description: description.trim() || null },
          })
          await renewed()
          close()
        }}
      />
    </Dialog>
  )
}

function Change({ project, close }: { project: Project; close: () => void }) {
  return (
    <Dialog open onOpenChange={close} title={`Change ${project.name}`}>
      <Form
        fields={[
          { name: 'name', label: 'Name', required: true, maxLength: 100, defaultValue: project.name, autoFocus: true },
          {
            name: 'days',
            label: 'Keep traces for, in days',
            type: 'number',
            min: 1,
            step: 1,
            defaultValue: project.retention_days_override ?? '',
            hint: 'Empty: as long as the plan says. Older traces are erased at night.',
          },
        ]}
        submit="Save"
        send={async ({ name = '', days = '' }) => {
          await call<typeof patchProject>('patch', '/v1/projects/{id}', {
            params: { id: project.id },
            body: { name, retention_days_override: days === '' ? null : Number(days) },
          })
          await renewed()
          close()
        }}
      />
    </Dialog>
  )
}
